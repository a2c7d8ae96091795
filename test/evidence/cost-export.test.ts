import { describe, expect, it } from 'vitest';
import { readFocus, readOpenCost, readUsage } from '../../src/evidence/readers/cost-export.js';
import { instanceType, parsePriceBook, samplePrices } from '../../src/knowledge/prices.js';

const HEADER = 'EffectiveCost,BillingCurrency,ServiceName,ChargePeriodStart,ChargePeriodEnd\n';

describe('exports of cost', () => {
  it('sums FOCUS by service, credits taken off, over the time it covers', () => {
    const bill = readFocus(
      `${HEADER}90,USD,EC2,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n50,USD,RDS,2026-01-01T00:00:00Z,2026-01-03T00:00:00Z\n-10,USD,EC2,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z\n`,
      'f.csv',
    );
    expect(bill.lines).toEqual([
      { name: 'EC2', cost: 80 },
      { name: 'RDS', cost: 50 },
    ]);
    expect(bill.hours).toBe(48);
  });
  it('refuses two currencies in one sum', () => {
    expect(() => readFocus(`${HEADER}1,USD,a,,\n1,EUR,b,,\n`, 'f.csv')).toThrow(/two currencies.*line 3/);
  });
  it('reads what OpenCost says was asked for and not used', () => {
    const bill = readOpenCost(
      {
        data: [
          {
            shop: {
              minutes: 60,
              totalCost: 10,
              cpuCost: 8,
              ramCost: 2,
              cpuCoreRequestAverage: 4,
              cpuCoreUsageAverage: 1,
              ramByteRequestAverage: 10,
              ramByteUsageAverage: 10,
            },
          },
        ],
      },
      'o.json',
    );
    expect(bill?.lines[0]?.usedShare).toBeCloseTo((8 * 0.25 + 2) / 10);
    expect(bill?.hours).toBe(1);
  });
  it('takes no other JSON for OpenCost, and names what is missing in it', () => {
    expect(readOpenCost({ items: [] }, 'o.json')).toBeUndefined();
    expect(() => readOpenCost({ data: [{ shop: {} }] }, 'o.json')).toThrow(/“shop” says no totalCost/);
  });
  it('reads samples of use by workload', () => {
    const [a] = readUsage('workload,cpu_used,cpu_request\na,0.5,2\na,0.7,2\n', 'u.csv');
    expect(a).toMatchObject({ workload: 'a', cpuUsed: [0.5, 0.7], cpuRequest: 2 });
  });
});

describe('the price book', () => {
  it('comes dated and with its source, and finds a type in any case of letters', () => {
    expect(samplePrices().date).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    expect(instanceType(samplePrices(), 'M6I.LARGE')?.cores).toBe(2);
  });
  it.each(['date: 2025', 'instances: [', '[]'])('refuses %j', (text) => {
    expect(() => parsePriceBook(text)).toThrow();
  });
});
