import { describe, expect, it } from 'vitest';
import { samplesForShare, wilsonInterval } from '../../src/models/binomial.js';
import { createCallTree, functionsOf, totalsOf } from '../../src/models/call-tree.js';
import { designEffects, differenceOf } from '../../src/models/profile-difference.js';
import { seededRandom } from '../../src/models/random.js';

describe('the interval of a share', () => {
  it('agrees with published values of Wilson’s interval', () => {
    const [low, high] = wilsonInterval(81, 263);
    expect(low).toBeCloseTo(0.2553, 3);
    expect(high).toBeCloseTo(0.3662, 3);
  });
  it('never leaves 0 to 1', () => {
    expect(wilsonInterval(0, 10)[0]).toBe(0);
    expect(wilsonInterval(10, 10)[1]).toBe(1);
  });
  it('asks for 385 samples to place a half within five points', () => {
    expect(samplesForShare(0.5, 0.05)).toBe(385);
  });
});

describe('a call tree', () => {
  const NAMES = ['a', 'b'];
  const frames = {
    size: 2,
    name: (i: number) => NAMES[i] ?? '',
    file: () => '',
    line: () => 0,
    column: () => 0,
  };

  it('keeps parents before children and adds totals up', () => {
    const tree = createCallTree(1, 1);
    for (let i = 0; i < 500; i++) tree.add(tree.child(tree.child(0, i % 7), i % 11), 0, 1);
    const built = tree.build();
    for (let n = 1; n < built.size; n++) expect(built.parent[n]).toBeLessThan(n);
    expect(totalsOf(built, 0)[0]).toBe(500);
    expect(built.size).toBe(1 + 7 + 77);
  });

  it('counts a recursive function once', () => {
    const tree = createCallTree(1);
    const a = tree.child(0, 0);
    const deep = tree.child(tree.child(a, 1), 0);
    tree.add(deep, 0, 5);
    tree.add(a, 0, 1);
    const byName = new Map(functionsOf(tree.build(), frames, 0).map((f) => [f.name, f]));
    expect(byName.get('a')).toMatchObject({ self: 6, total: 6 });
    expect(byName.get('b')).toMatchObject({ self: 0, total: 5 });
  });
});

/** Counts of `functions` functions in n draws; the first, with 9 % of them, costs `factor` times as much. */
function draw(functions: number, n: number, factor: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const weight = Array.from({ length: functions }, (_, i) => (i === 0 ? 3 * factor : 1 / (1 + i / 10)));
  const whole = weight.reduce((a, b) => a + b, 0);
  const counts = new Float64Array(functions);
  for (let i = 0; i < n; i++) {
    let at = random() * whole;
    let f = 0;
    while (f < functions - 1 && at >= (weight[f] as number)) at -= weight[f++] as number;
    counts[f] = (counts[f] as number) + 1;
  }
  return counts;
}

function changed(factor: number, seed: number): number[] {
  const n = 20_000;
  const a = draw(200, n, 1, seed);
  const b = draw(200, n, factor, seed + 1);
  const rows = Array.from(a, (before, i) => ({ before, after: b[i] ?? 0 }));
  return differenceOf(rows, { before: n, after: n })
    .changes.filter((c) => c.isChanged)
    .map((c) => c.index);
}

describe('the difference of two profiles', () => {
  it('flags nothing between two draws of 20 000 samples of one workload', () => {
    for (const seed of [1, 11, 21, 31, 41]) expect(changed(1, seed)).toEqual([]);
  });

  it.each([1.3, 2])('flags exactly the function that costs %d times as much', (factor) => {
    for (const seed of [3, 13, 23]) expect(changed(factor, seed)).toEqual([0]);
  });

  it('does not call the others faster because one grew', () => {
    const rows = [
      { before: 4000, after: 8000 },
      ...Array.from({ length: 40 }, () => ({ before: 400, after: 300 })),
    ];
    const difference = differenceOf(rows, { before: 20_000, after: 20_000 });
    expect(difference.changes.filter((c) => c.isChanged).map((c) => c.index)).toEqual([0]);
    expect(difference.changes[0]?.ratio).toBeCloseTo(8 / 3, 1);
  });

  it('finds each of several that grew by so much that all others shrank', () => {
    const rows = [
      { before: 4000, after: 9000 },
      { before: 2000, after: 4600 },
      ...Array.from({ length: 70 }, () => ({ before: 200, after: 91 })),
    ];
    const { changes } = differenceOf(rows, { before: 20_000, after: 19_970 });
    expect(changes.filter((c) => c.isChanged).map((c) => c.index)).toEqual([0, 1]);
    expect(changes[5]?.ratio).toBeCloseTo(1, 1);
  });

  it('is as unsure of a function that is most of a profile as of the rest that it is held against', () => {
    const rows = [
      { before: 9700, after: 9760 },
      ...Array.from({ length: 10 }, () => ({ before: 30, after: 24 })),
    ];
    const { changes } = differenceOf(rows, { before: 10_000, after: 10_000 });
    expect(changes.filter((c) => c.isChanged)).toEqual([]);
    expect(changes[0]?.q).toBeGreaterThan(0.005);
  });

  it('calls nothing changed that is less than two samples in a thousand', () => {
    const rows = [
      { before: 0, after: 150 },
      { before: 150, after: 0 },
      { before: 0, after: 400 },
      ...Array.from({ length: 100 }, () => ({ before: 1000, after: 1000 })),
    ];
    const { changes } = differenceOf(rows, { before: 100_150, after: 100_550 });
    expect(changes.filter((c) => c.isChanged).map((c) => c.index)).toEqual([2]);
    expect(changes.filter((c) => c.isSuspected).map((c) => c.index)).toEqual([0, 1, 2]);
  });

  it('suspects what may be chance, and does not call it changed', () => {
    // One function doubled beyond doubt; another is as far off as one in some hundreds is by chance.
    const rows = [
      { before: 1000, after: 2000 },
      { before: 41, after: 10 },
      ...Array.from({ length: 590 }, () => ({ before: 32, after: 32 })),
    ];
    const { changes } = differenceOf(rows, { before: 20_000, after: 21_000 });
    expect(changes.filter((c) => c.isChanged).map((c) => c.index)).toEqual([0]);
    expect(changes.filter((c) => c.isSuspected).map((c) => c.index)).toEqual([0, 1]);
  });

  it('says what growth would have been found', () => {
    const rows = Array.from({ length: 200 }, () => ({ before: 100, after: 100 }));
    const { leastDetectable: at } = differenceOf(rows, { before: 20_000, after: 20_000 });
    expect(at(0.05)).toBeGreaterThan(1.1);
    expect(at(0.05)).toBeLessThan(1.3);
    expect(at(0.001)).toBeGreaterThan(at(0.05));
  });

  it('trusts samples that follow one another less', () => {
    const alternating = Int32Array.from({ length: 10_000 }, (_, i) => i % 2);
    const inRuns = Int32Array.from({ length: 10_000 }, (_, i) => (Math.sin(i / 900) > 0 ? 1 : 0));
    expect(designEffects(alternating, 2)[1]).toBe(1);
    expect(designEffects(inRuns, 2)[1]).toBeGreaterThan(20);
  });
});
