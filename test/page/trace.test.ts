import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpanRow } from '../../page/answers.js';
import { ownTimes, traceTree } from '../../page/trace/tree.js';
import { retimed } from '../../page/trace/what-if.js';

const span = (
  spanId: string,
  parentId: string,
  startMs: number,
  durationMs: number,
  operation = spanId,
): SpanRow => ({
  id: spanId,
  parent: parentId,
  service: 's',
  name: operation,
  kind: 'Internal',
  startMs,
  durationMs,
  status: 'Unset',
  attributes: {},
});

/** A call of 40 ms and then a loop of three statements, 20 ms each. */
const REQUEST = [
  span('root', '', 0, 110, 'POST /checkout'),
  span('coupon', 'root', 5, 40),
  span('q1', 'root', 46, 20, 'SELECT'),
  span('q2', 'root', 66, 20, 'SELECT'),
  span('q3', 'root', 86, 20, 'SELECT'),
];

const drawn = (spans: readonly SpanRow[]) => {
  const tree = traceTree(spans);
  if (!tree) throw new Error('nothing was drawn');
  return tree;
};

describe('a trace on the web page', () => {
  it('lists parents before children, and children by their start', () => {
    const tree = drawn([...REQUEST].reverse());
    expect(tree.order.map((o) => tree.spans[o.row]?.id)).toEqual(['root', 'coupon', 'q1', 'q2', 'q3']);
    expect(tree.order.map((o) => o.depth)).toEqual([0, 1, 1, 1, 1]);
  });
  it('adds own times up to the length of the request', () => {
    const groups = ownTimes(drawn(REQUEST));
    expect(groups[0]).toMatchObject({ operation: 'SELECT', ms: 60 });
    expect(groups.reduce((sum, g) => sum + g.ms, 0)).toBeCloseTo(110, 9);
  });
  it('says how many spans have lost their parent', () => {
    expect(drawn([...REQUEST, span('lost', 'gone', 1, 2)]).orphans).toBe(1);
  });
  it('draws nothing of nothing, and survives circles', () => {
    expect(traceTree([])).toBeUndefined();
    expect(drawn([span('a', 'b', 0, 1), span('b', 'a', 0, 1)]).order).toHaveLength(2);
  });
  it('draws every span of a large trace once', () => {
    const many = Array.from({ length: 50_000 }, (_, i) =>
      span(`x${i}`, i === 0 ? '' : `x${(i - 1) >> 1}`, i, 1),
    );
    expect(new Set(drawn(many).order.map((o) => o.row)).size).toBe(50_000);
  });
});

describe('a re-timed trace', () => {
  it('stays as it was when nothing changes', () => {
    const tree = drawn(REQUEST);
    const now = retimed(tree, ownTimes(tree), new Map());
    expect([now.beforeMs, now.pessimisticMs, now.optimisticMs]).toEqual([110, 110, 110]);
  });
  it('loses what a serial call took', () => {
    const tree = drawn(REQUEST);
    const groups = ownTimes(tree);
    const coupon = groups.find((g) => g.operation === 'coupon');
    const now = retimed(tree, groups, new Map([[coupon?.key ?? '', 0]]));
    expect(now.pessimisticMs).toBeCloseTo(70, 9);
    expect(now.optimisticMs).toBeLessThanOrEqual(now.pessimisticMs);
  });
  it('never grows when work shrinks, and never goes below nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(100), fc.nat(60)), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (children, factor) => {
          const spans = [
            span('root', '', 0, 200),
            ...children.map(([start, length], i) => span(`c${i}`, 'root', start, length, `op${i % 3}`)),
          ];
          const tree = drawn(spans);
          const groups = ownTimes(tree);
          const now = retimed(tree, groups, new Map(groups.map((g) => [g.key, factor])));
          expect(now.optimisticMs).toBeGreaterThanOrEqual(0);
          expect(now.optimisticMs).toBeLessThanOrEqual(now.pessimisticMs + 1e-9);
          expect(now.pessimisticMs).toBeLessThanOrEqual(now.beforeMs + 1e-9);
        },
      ),
    );
  });
});
