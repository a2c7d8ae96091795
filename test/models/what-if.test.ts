import { describe, expect, it } from 'vitest';
import { learnPrecedence, type NamedTrace } from '../../src/models/happens-before.js';
import { spanTree } from '../../src/models/span-tree.js';
import { type ChangedTrace, whatIf } from '../../src/models/what-if.js';

interface S {
  name: string;
  parent: number;
  start: number;
  end: number;
}
const trace = (...spans: S[]): NamedTrace => ({
  tree: spanTree({
    parent: Int32Array.from(spans, (s) => s.parent),
    start: Float64Array.from(spans, (s) => s.start),
    end: Float64Array.from(spans, (s) => s.end),
    detached: new Uint8Array(spans.length),
  }),
  nameOf: (row) => spans[row]?.name ?? '',
});
const span = (name: string, start: number, end: number, parent = 0): S => ({ name, parent, start, end });
const root = (end: number): S => ({ name: 'request', parent: -1, start: 0, end });

const serial = trace(root(100), span('a', 0, 40), span('b', 40, 90));
const overlapping = trace(root(100), span('a', 0, 40), span('b', 20, 90));
const swapped = trace(root(100), span('b', 0, 40), span('a', 40, 90));

describe('which siblings wait for which', () => {
  it('takes the order of all traces for a wait', () => {
    const precedes = learnPrecedence([serial, serial]);
    expect(precedes(serial)(1, 2)).toBe(true);
  });

  it('is refuted by one trace in which both run at once, or the other way round', () => {
    expect(learnPrecedence([serial, overlapping])(serial)(1, 2)).toBe(false);
    expect(learnPrecedence([serial, swapped])(serial)(1, 2)).toBe(false);
  });

  it('keeps the waits of a loop whose steps never overlap', () => {
    const loop = trace(root(100), span('a', 0, 20), span('b', 20, 40), span('a', 40, 60), span('b', 60, 80));
    expect(learnPrecedence([loop])(loop)(1, 2)).toBe(true);
    expect(learnPrecedence([loop])(loop)(1, 3)).toBe(true);
  });

  it('tells parents of other names apart', () => {
    const inner = trace(root(100), span('x', 0, 100), span('a', 0, 40, 1), span('b', 20, 60, 1));
    expect(learnPrecedence([serial, inner])(serial)(1, 2)).toBe(true);
  });
});

describe('what a change saves', () => {
  const many = (change: ChangedTrace['change']): ChangedTrace[] =>
    Array.from({ length: 100 }, (_, i) => {
      const t = trace(root(100 + i), span('a', 0, 40), span('b', 40, 90 + i));
      return { tree: t.tree, root: 0, change };
    });

  it('is nothing without a change', () => {
    const { rows, changed } = whatIf(many({}));
    expect(changed).toBe(0);
    for (const r of rows) expect(r.optimistic.saved).toBe(0);
  });

  it('is the time of a dropped call that others waited for', () => {
    const { rows } = whatIf(many({ drop: new Set([1]) }));
    for (const r of rows) {
      expect(r.pessimistic.saved).toBeCloseTo(40, 6);
      expect(r.pessimistic.interval?.[0]).toBeCloseTo(40, 6);
      expect(r.pessimistic.after).toBeCloseTo(r.pessimistic.before - 40, 6);
    }
  });

  it('is the shorter of two calls that run side by side', () => {
    const [p50] = whatIf(
      many({
        together: new Map([
          [1, 0],
          [2, 0],
        ]),
      }),
    ).rows;
    expect(p50?.optimistic.saved).toBeCloseTo(40, 6);
  });

  it('never says more is saved in the pessimistic case than in the optimistic', () => {
    for (const change of [{ drop: new Set([2]) }, { own: new Map([[1, 0.5]]) }])
      for (const r of whatIf(many(change)).rows)
        expect(r.pessimistic.saved).toBeLessThanOrEqual(r.optimistic.saved + 1e-9);
  });

  it('gives no interval for a handful of traces', () => {
    const [p50] = whatIf(many({ drop: new Set([1]) }).slice(0, 5)).rows;
    expect(p50?.pessimistic.interval).toBeUndefined();
  });
});
