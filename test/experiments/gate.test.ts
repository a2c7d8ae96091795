import { describe, expect, it } from 'vitest';
import { calibrate } from '../../src/experiments/compare/calibrate.js';
import { compareRuns, DEFAULT_COMPARE, fewestRuns } from '../../src/experiments/compare/compare.js';
import { orderOf, type Run, worseWhen } from '../../src/experiments/compare/run.js';
import { gate } from '../../src/experiments/gate/gate.js';
import { parseStore, storeLine } from '../../src/experiments/gate/store.js';
import { normalQuantile } from '../../src/models/distribution.js';
import { seededRandom } from '../../src/models/random.js';
import { gateJunit, gateMarkdown, gateTerminal } from '../../src/report/comparison.js';

/** Runs with a p99 around `centre` that spread by a share, started a minute apart. */
function runs(n: number, centre: number, spread = 0.02, seed = 1, startMinute = 0, everyMinutes = 2): Run[] {
  const random = seededRandom(seed);
  return Array.from({ length: n }, (_, i) => ({
    name: `run ${i + 1}`,
    startedAtMs: (startMinute + i * everyMinutes) * 60_000,
    metrics: {
      'latency.p99': centre * (1 + spread * normalQuantile(Math.max(1e-9, random()))),
      'errors.ratio': 0,
    },
  }));
}
const before = runs(10, 100);
const slower = runs(10, 110, 0.02, 2, 1);
const same = runs(10, 100, 0.02, 3, 1);

describe('two sides of runs', () => {
  it('fail when the tail grew by a tenth', () => {
    const c = compareRuns(before, slower);
    expect(c).toMatchObject({ verdict: 'fail', order: 'interleaved' });
    expect(c.metrics[0]?.shift).toBeCloseTo(0.1, 1);
    expect(c.metrics[1]).toMatchObject({ metric: 'errors.ratio', verdict: 'pass' });
  });
  it('pass when a change that matters is ruled out', () => {
    expect(compareRuns(before, same).verdict).toBe('pass');
  });
  it('pass, and say better, when the tail shrank', () => {
    expect(compareRuns(slower, before).metrics[0]).toMatchObject({ verdict: 'pass', better: true });
  });
  it('are inconclusive with too few runs, and say how many more', () => {
    const c = compareRuns(before.slice(0, 3), slower.slice(0, 3));
    expect(c.verdict).toBe('inconclusive');
    expect(c.metrics[0]?.moreRuns).toBeGreaterThan(0);
  });
  it('do not fail for a change that is real but too small to matter', () => {
    expect(compareRuns(runs(30, 100, 0.005), runs(30, 101, 0.005, 2)).verdict).toBe('pass');
  });
  it('take a throughput that fell for worse', () => {
    expect(worseWhen('throughput')).toBe('lower');
    const of = (v: number): Run[] =>
      runs(8, v).map((r) => ({ ...r, metrics: { throughput: r.metrics['latency.p99'] ?? 0 } }));
    expect(compareRuns(of(100), of(80)).verdict).toBe('fail');
    expect(compareRuns(of(80), of(100)).verdict).toBe('pass');
  });
  it('need a metric that both have', () => {
    expect(() => compareRuns(before, [{ name: 'x', metrics: { other: 1 } }])).toThrow(RangeError);
    expect(() => compareRuns([], before)).toThrow(RangeError);
  });
  it('need four runs a side for the exact test to reject at one in twenty', () => {
    expect(fewestRuns(0.05)).toBe(4);
  });
});

describe('the order of the runs', () => {
  it('is told from their starts', () => {
    expect(orderOf(before, slower)).toBe('interleaved');
    expect(orderOf(before, runs(5, 100, 0.02, 1, 500))).toBe('one after the other');
    expect(orderOf(before, [{ name: 'x', metrics: {} }])).toBe('unknown');
  });
  it('makes the gate careful: a shift that blocks of the history show as well is no failure', () => {
    // Every six runs the machine is at another level.
    const drifting = Array.from({ length: 36 }, (_, i) => ({
      name: `h${i}`,
      startedAtMs: i * 60_000,
      metrics: { 'latency.p99': 100 + 12 * (Math.floor(i / 6) % 2) + (i % 6) * 0.2 },
    }));
    const baseline = drifting.slice(-12, -6);
    const candidate = drifting.slice(-6).map((r) => ({ ...r, startedAtMs: (r.startedAtMs ?? 0) + 1 }));
    const swapped =
      (baseline[0]?.metrics['latency.p99'] ?? 0) > 105 ? [candidate, baseline] : [baseline, candidate];
    const [a = [], b = []] = swapped;
    expect(compareRuns(a, b).verdict).toBe('fail');
    const answer = gate(a, b, drifting, DEFAULT_COMPARE);
    expect(answer.verdict).toBe('inconclusive');
    expect(answer.notes.join(' ')).toContain('interleave');
  });
  it('without a history is told as a doubt', () => {
    const answer = gate(before, runs(10, 115, 0.02, 4, 500), [], DEFAULT_COMPARE);
    expect(answer.notes.join(' ')).toContain('cannot be told from a change');
  });
});

describe('the history of the user', () => {
  it('shows the gate’s own false alarms and the noise floor', () => {
    const c = calibrate(runs(40, 100), 5, DEFAULT_COMPARE);
    expect(c?.falseAlarms).toBeLessThanOrEqual(0.05);
    expect(c?.floor['latency.p99']).toBeLessThan(0.06);
    expect(calibrate(before, 20, DEFAULT_COMPARE)).toBeUndefined();
  });
});

describe('the store', () => {
  it('is read back as it was written', () => {
    const run = {
      format: 'kneepoint.baseline/1' as const,
      series: 'checkout',
      commit: 'abc1234',
      source: { file: 'a.json', sha256: '00', tool: 'k6', format: 'k6 summary' },
      metrics: { 'latency.p99': 12 },
    };
    expect(parseStore(storeLine(run) + storeLine(run))).toEqual({ runs: [run, run] });
  });
  it('names the damaged line', () => {
    expect(parseStore('{"format":"kneepoint.baseline/1"}\n')).toMatchObject({ fault: { line: 1 } });
    expect(parseStore('\n{cut')).toMatchObject({ fault: { line: 2 } });
  });
});

describe('the answer', () => {
  const answer = gate(before, slower, before, DEFAULT_COMPARE);
  it('is written for a terminal, a pull request and a build server', () => {
    expect(gateTerminal(answer)).toMatchSnapshot();
    expect(gateMarkdown(answer)).toMatchSnapshot();
    expect(gateJunit(answer)).toMatchSnapshot();
  });
});

it('a metric that is nothing on both sides asks for the fewest runs that can tell, not for ever more', () => {
  const calm = (i: number): Run => ({
    name: `r${i}`,
    metrics: { 'errors.ratio': 0, 'latency.p99': 100 + i },
  });
  const sides = [1, 2].map((i) => calm(i));
  const errors = compareRuns(sides, sides).metrics.find((m) => m.metric === 'errors.ratio');
  expect(errors?.moreRuns).toBeLessThan(20);
});
