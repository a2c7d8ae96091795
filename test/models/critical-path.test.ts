import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { correctSkew, parentsFirst } from '../../src/models/clock-skew.js';
import { criticalPath, exclusiveDuration, exclusiveTime } from '../../src/models/critical-path.js';
import { retimedDuration, savedTime } from '../../src/models/retime.js';
import { resolveParents, type SpanTree, spanTree } from '../../src/models/span-tree.js';

type Row = [parent: number, start: number, end: number, detached?: 1];
const treeOf = (rows: readonly Row[]): SpanTree =>
  spanTree({
    parent: Int32Array.from(rows, (r) => r[0]),
    start: Float64Array.from(rows, (r) => r[1]),
    end: Float64Array.from(rows, (r) => r[2]),
    detached: Uint8Array.from(rows, (r) => r[3] ?? 0),
  });
const anyTree = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: -20, max: 120 }), fc.integer({ min: 0, max: 100 })), {
    maxLength: 30,
  })
  .map((rows) =>
    treeOf([[-1, 0, 100], ...rows.map(([p, start, length], i): Row => [p % (i + 1), start, start + length])]),
  );

describe('critical path', () => {
  it('gives the time to the child that finished last, else to the span itself', () => {
    const path = criticalPath(
      treeOf([
        [-1, 0, 100],
        [0, 10, 50],
        [0, 20, 60],
      ]),
      0,
    );
    expect([...path.span]).toEqual([0, 2, 0]);
    expect([...path.start]).toEqual([60, 20, 0]);
  });
  it('covers the root exactly, whatever the spans', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        const path = criticalPath(tree, 0);
        let until = 100;
        for (let i = 0; i < path.span.length; i++) {
          expect(path.end[i]).toBe(until);
          until = path.start[i] as number;
          const row = path.span[i] as number;
          expect(path.start[i] as number).toBeGreaterThanOrEqual(Math.max(0, tree.start[row] as number));
          expect(path.end[i] as number).toBeLessThanOrEqual(Math.min(100, tree.end[row] as number));
        }
        expect(until).toBe(0);
        const total = [...exclusiveTime(path).values()].reduce((a, b) => a + b, 0);
        expect(total).toBeCloseTo(100, 9);
      }),
    );
  });
  it('leaves out what the parent does not wait for', () => {
    const path = criticalPath(
      treeOf([
        [-1, 0, 30],
        [0, 10, 20, 1],
        [1, 12, 14],
      ]),
      0,
    );
    expect([...path.span]).toEqual([0]);
  });
  it('lets siblings overlap by one per cent of the parent, not more', () => {
    const chain = (overlap: number) =>
      exclusiveDuration(
        criticalPath(
          treeOf([
            [-1, 0, 1000],
            [0, 10, 210],
            [0, 210 - overlap, 310],
          ]),
          0,
        ),
      );
    expect(chain(10).get(1)).toBe(200);
    expect(chain(11).get(1)).toBeUndefined();
  });
  it('walks a chain of 100 000 calls', () => {
    const rows: Row[] = Array.from({ length: 100_000 }, (_, i) => [i - 1, 0, 100 - i / 2000]);
    expect(criticalPath(treeOf(rows), 0).members).toHaveLength(100_000);
  });
});

describe('parents by id', () => {
  it('names orphans, cuts circles and joins the halves of one span', () => {
    const found = resolveParents(['a', 'b', 'c', 'd', 'd', 'e'], ['c', 'a', 'b', 'x', '', 'd']);
    expect(found.orphans).toEqual([3]);
    expect(found.cut).toHaveLength(1);
    expect(found.parent[4]).toBe(3);
    expect(found.parent[5]).toBe(4);
    expect(resolveParents(['a'], ['a']).cut).toEqual([0]);
  });
  it('always ends at a root', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', '');
    fc.assert(
      fc.property(fc.array(fc.tuple(id, id), { maxLength: 12 }), (rows) => {
        const { parent } = resolveParents(
          rows.map((r) => r[0]),
          rows.map((r) => r[1]),
        );
        for (let i = 0; i < parent.length; i++) {
          let steps = 0;
          for (let at = i; at >= 0; at = parent[at] as number)
            expect(++steps).toBeLessThanOrEqual(parent.length);
        }
      }),
    );
  });
});

describe('clock skew', () => {
  it('centres a served call that lies outside of its caller, with all below it on that host', () => {
    const tree = treeOf([
      [-1, 0, 100],
      [0, 10, 60],
      [1, 500, 530],
      [2, 510, 520],
    ]);
    const { start, end, moved } = correctSkew(
      tree,
      Int32Array.from([0, 0, 1, 1]),
      Uint8Array.from([1, 0, 1, 0]),
      parentsFirst(tree),
    );
    expect([start[2], end[2], start[3]]).toEqual([20, 50, 30]);
    expect(moved.map((m) => m.span)).toEqual([2]);
    expect(tree.start[2]).toBe(500);
  });
  it('leaves clocks alone that need no correction', () => {
    const tree = treeOf([
      [-1, 0, 100],
      [0, 10, 60],
    ]);
    expect(
      correctSkew(tree, Int32Array.from([0, 1]), Uint8Array.from([1, 1]), parentsFirst(tree)).moved,
    ).toEqual([]);
  });
});

describe('re-timing', () => {
  const serial = treeOf([
    [-1, 0, 100],
    [0, 10, 30],
    [0, 40, 70],
    [0, 75, 95],
  ]);
  it('keeps an unchanged trace as it is', () => {
    fc.assert(
      fc.property(anyTree, (tree) => {
        expect(retimedDuration(tree, 0, {})).toBeCloseTo(100, 9);
      }),
    );
  });
  it('never makes a trace longer by taking work away', () => {
    fc.assert(
      fc.property(anyTree, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (tree, at, factor) => {
        const row = at % tree.parent.length;
        if (row === 0) return;
        for (const variant of ['sequential', 'independent'] as const) {
          expect(savedTime(tree, 0, { drop: new Set([row]) }, variant)).toBeGreaterThanOrEqual(-1e-9);
          expect(savedTime(tree, 0, { own: new Map([[row, factor]]) }, variant)).toBeGreaterThanOrEqual(
            -1e-9,
          );
        }
      }),
    );
  });
  it('saves the call, and in the optimistic variant the time beside it', () => {
    expect(savedTime(serial, 0, { drop: new Set([2]) })).toBe(30);
    expect(savedTime(serial, 0, { drop: new Set([2]) }, 'independent')).toBe(40);
  });
  it('saves nothing where another call takes as long', () => {
    const tree = treeOf([
      [-1, 0, 100],
      [0, 0, 90],
      [0, 0, 90],
    ]);
    expect(savedTime(tree, 0, { drop: new Set([1]) })).toBe(0);
  });
  it('scales own time and runs siblings side by side', () => {
    expect(retimedDuration(serial, 0, { own: new Map([[2, 0.5]]) })).toBe(85);
    // 1 and 2 start together at 10; the longer takes 30; 5 + 20 for the third, 5 at the end.
    expect(
      retimedDuration(serial, 0, {
        together: new Map([
          [1, 0],
          [2, 0],
        ]),
      }),
    ).toBe(70);
  });
});
