import { describe, expect, it } from 'vitest';
import { ofFleet, typeOptions } from '../../src/capacity/instance-types.js';
import { latencyAt } from '../../src/capacity/latency.js';
import type { Today } from '../../src/capacity/today.js';
import { parsePriceBook, samplePrices } from '../../src/knowledge/prices.js';

const TODAY: Today = {
  name: 'orders',
  rate: 1000,
  objective: {},
  latency: [{ rate: 1000, p99: 100 }],
  resources: [
    {
      name: 'event loop of orders',
      used: 0.65,
      at: 1000,
      scales: 'instances',
      reached: 'all',
      ownCode: true,
      servers: 8,
      workMs: 5.2,
    },
  ],
  instances: 4,
  dependencies: [],
};
const BOOK = parsePriceBook(`# date: 2026-11-01
# currency: EUR
# source: our contract
# one year: 30%
type,vCPUs,memory GiB,per hour,speed
old.2,2,8,0.10,1
new.2,2,4,0.12,1.5
old.4,4,16,0.20,1
`);
const [OLD, NEW] = BOOK.instances;

describe('a price book as a table', () => {
  it('has what holds for all in its first lines, and a row a type', () => {
    expect(BOOK).toMatchObject({
      date: '2026-11-01',
      currency: 'EUR',
      commitmentDiscount: { oneYear: 0.3, threeYears: 0 },
    });
    expect(NEW).toEqual({ type: 'new.2', cores: 2, memoryGiB: 4, perHour: 0.12, speed: 1.5 });
  });
  it.each([
    ['type,cores,memoryGiB,perHour\na,2,8,0.1\n', /date/],
    [
      '# date: 2026-11-01\n# currency: EUR\n# source: contract\ntype,cores,memoryGiB,perHour\na,two,8,0.1\n',
      /entry 1, cores/,
    ],
    [
      '# date: 2026-11-01\n# currency: EUR\n# source: contract\ntype,cores,memoryGiB,perHour\na,2,8\n',
      /line 5: 3 cells/,
    ],
  ])('says what is wrong and where', (text, message) => {
    expect(() => parsePriceBook(text)).toThrow(message);
  });
  it('is read as YAML as well', () => {
    expect(samplePrices().instances.length).toBeGreaterThan(5);
  });
});

describe('types of instances for a load', () => {
  const options = OLD && typeOptions(TODAY, 2000, OLD, BOOK, {});
  const of = (type: string) => options?.find((o) => o.type === type);

  it('counts as many as carry it at the planning share: twice the load, twice the instances', () => {
    expect(of('old.2')).toMatchObject({ count: 8, billChange: 1 });
    expect(of('old.2')?.used).toBeCloseTo(0.65, 6);
  });
  it('needs fewer of a type with faster cores, or with more of them', () => {
    expect(of('new.2')?.count).toBe(6);
    expect(of('new.2')?.billChange).toBeCloseTo((6 * 0.12) / 0.4 - 1, 6);
    expect(of('old.4')?.count).toBe(4);
  });
  it('puts the cheapest in front, and says what to check', () => {
    expect(options?.map((o) => o.type)[0]).toBe('new.2');
    expect(of('new.2')?.check).toEqual(['less memory an instance']);
  });
  it('waits less on faster cores at the same busy share', () => {
    if (!OLD || !NEW) throw new Error('the book has two types');
    const slow = latencyAt(TODAY, 'p99', 1350, {});
    const fast = latencyAt(TODAY, 'p99', 1350 * 1.5, ofFleet(OLD, 4, NEW, 4));
    expect(fast?.value).toBeLessThan(slow?.value ?? 0);
  });
  it('adds no instances for an objective that none of them brings', () => {
    const hopeless = OLD && typeOptions({ ...TODAY, objective: { p99: 20 } }, 2000, OLD, BOOK, {});
    expect(hopeless?.find((o) => o.type === 'old.2')).toMatchObject({ count: 8 });
    expect(hopeless?.[0]?.check.join()).toMatch(/misses the objective at any count/);
  });
  it('tells nothing where nothing that grows with instances is known to be busy', () => {
    expect(OLD && typeOptions({ ...TODAY, resources: [] }, 2000, OLD, BOOK, {})).toBeUndefined();
  });
});
