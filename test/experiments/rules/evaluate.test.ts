import { describe, expect, it } from 'vitest';
import { PromqlError, parsePromql } from '../../../src/evidence/readers/promql/parse.js';
import { newEngine } from '../../../src/experiments/rules/engine.js';
import { evaluateVector } from '../../../src/experiments/rules/evaluate.js';
import { readRuleFile } from '../../../src/experiments/rules/rule-file.js';
import { append, newStorage, type Storage, seriesFor } from '../../../src/experiments/rules/series.js';
import { expandValues, metricOf } from '../../../src/experiments/rules/unit-test.js';

function stored(series: Record<string, string>): Storage {
  const storage = newStorage();
  for (const [name, values] of Object.entries(series))
    expandValues(values).forEach((v, i) => {
      if (typeof v === 'number') append(seriesFor(storage, metricOf(name)), i * 60_000, v);
    });
  return storage;
}
const at = (storage: Storage, query: string, minute: number): number[] =>
  evaluateVector(parsePromql(query), storage, minute * 60_000).map((s) => s.value);

describe('an expression', () => {
  const storage = stored({
    'c{code="200",p="a"}': '0+60x60',
    'c{code="500",p="a"}': '0+6x30 0+6x30',
    'h_bucket{le="0.1"}': '0+50x60',
    'h_bucket{le="1"}': '0+90x60',
    'h_bucket{le="+Inf"}': '0+100x60',
  });
  it.each([
    ['rate(c{code="200"}[5m])', [1]],
    // The counter began anew at minute 31: the minute of the reset is lost, the fall is none.
    ['round(increase(c{code="500"}[10m]))', [54]],
    ['sum(rate(c{code=~"5.."}[5m])) / sum(rate(c[5m])) > 0.05', [2 / 27]],
    ['sum(rate(missing[5m])) or 0 * sum(rate(c{code="200"}[5m]))', [0]],
    ['histogram_quantile(0.5, rate(h_bucket[5m]))', [0.1]],
    ['absent(missing)', [1]],
    ['c{code="200"} unless on (p) c{code="500"}', []],
    ['max_over_time((c{code="200"} > 0)[5m:1m])', [2100]],
    ['count_values("v", vector(3))', [1]],
    ['scalar(c{code="200"}) * 2', [4200]],
  ])('%s is as Prometheus has it', (query, expected) => {
    const got = at(storage, query, 35);
    expect(got).toHaveLength(expected.length);
    got.forEach((g, i) => {
      expect(g).toBeCloseTo(expected[i] ?? Number.NaN, 6);
    });
  });
  it.each(['sum(', 'a b', '', 'rate(x[)'])('that is none is refused with its place: %s', (text) => {
    expect(() => parsePromql(text)).toThrow(PromqlError);
  });
});

describe('an alert', () => {
  it('waits for its time, fires, and ends when its series is gone', () => {
    const storage = stored({ x: '0x3 1x6 0x5' });
    const engine = newEngine(
      readRuleFile('groups: [{name: g, rules: [{alert: A, expr: x > 0, for: 2m}]}]'),
      storage,
    );
    for (let m = 0; m <= 15; m++) engine.step(m * 60_000);
    expect(engine.firings).toEqual([
      { alert: 'A', labels: { alertname: 'A' }, startMs: 6 * 60_000, endMs: 10 * 60_000 },
    ]);
  });
});
