import { describe, expect, it } from 'vitest';
import { plain } from '../../src/domain/index.js';
import { criticalPathChart } from '../../src/report/charts/critical-path.js';
import { excessBudgetChart } from '../../src/report/charts/excess-budget.js';
import { loadChart } from '../../src/report/charts/load.js';
import { percentilesChart } from '../../src/report/charts/percentiles.js';
import { saturationChart } from '../../src/report/charts/saturation.js';
import { lookupOf } from '../../src/report/lookup.js';
import { bare, sample } from '../fixtures/report/sample.js';

const look = lookupOf(sample);
const shown = (text: Parameters<typeof plain>[0] | undefined): string =>
  plain(text ?? []).replaceAll('\u202f', ' ');

describe('charts', () => {
  it('draw the excess as steps from before to now', () => {
    const chart = excessBudgetChart(look);
    const rows = chart?.groups[0]?.rows ?? [];
    expect(rows.map((r) => shown(r.value))).toEqual([
      '518 ms',
      '721 ms · 52 %',
      '430 ms · 31 %',
      '236 ms · 17 %',
      '1 904 ms',
    ]);
    for (let i = 1; i < rows.length - 1; i++)
      expect(rows[i]?.marks[0]?.from).toBeCloseTo(rows[i - 1]?.marks[0]?.to ?? Number.NaN, 6);
    expect(rows[3]?.marks[0]?.look).toBe('unknown');
    expect(chart?.lines.map((l) => shown(l.label))).toEqual(['target 700 ms']);
  });

  it('leave the causes out when nothing claims the excess', () => {
    const budget = sample.excess;
    if (!budget) throw new Error('the sample has a budget');
    const chart = excessBudgetChart(lookupOf({ ...sample, excess: { ...budget, bars: [] } }));
    expect(shown(chart?.title)).toContain('no cause claims the difference');
    expect(chart?.groups[0]?.rows).toHaveLength(2);
  });

  it('set the slow request beside the normal one on one scale', () => {
    const chart = criticalPathChart(look);
    expect(chart?.groups.map((g) => shown(g.title))).toEqual(['A slow request', 'A normal one']);
    expect(chart?.max).toBe(1904);
    expect(shown(chart?.title)).toContain('838 ms');
    const labels = chart?.groups[0]?.rows.map((r) => shown(r.label)) ?? [];
    expect(labels).toContain('23× orders-db SELECT * FROM order_lines WHERE id = $1');
    expect(labels).toContain('pool wait, checkout-api');
    expect(labels).toContain('gap without a span, checkout-api');
  });

  it('state the finding in their titles', () => {
    expect(shown(percentilesChart(look)?.title)).toBe(
      'p99 of POST /checkout is 1 804 ms; the target is < 700 ms',
    );
    expect(shown(loadChart(look)?.title)).toBe('The load goes from 3 000/s to 6 000/s; 8 000/s is asked for');
    expect(shown(saturationChart(look)?.title)).toContain('120 % of what there is');
  });

  it('are not drawn without numbers', () => {
    const empty = lookupOf(bare);
    for (const draw of [excessBudgetChart, criticalPathChart, percentilesChart, loadChart, saturationChart])
      expect(draw(empty)).toBeUndefined();
  });
});
