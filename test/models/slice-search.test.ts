import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/models/random.js';
import { coverSlices, rowIn, type SliceRows, searchSlices, sliceKey } from '../../src/models/slice-search.js';

const REGIONS = ['eu', 'us', 'ap'];
const VERSIONS = ['1.4', '1.5'];
const TENANTS = ['a', 'b', 'c', 'd'];

/** Every combination with 200 events, 2 expected bad; `bad` decides what was seen. */
function world(bad: (region: string, version: string, tenant: string) => number): SliceRows {
  const rows = REGIONS.flatMap((r) => VERSIONS.flatMap((v) => TENANTS.map((t) => [r, v, t] as const)));
  return {
    attributes: ['region', 'version', 'tenant'],
    values: [0, 1, 2].map((a) => rows.map((row) => row[a] as string)),
    observed: Float64Array.from(rows, ([r, v, t]) => bad(r, v, t)),
    expected: Float64Array.from(rows, () => 2),
    count: Float64Array.from(rows, () => 200),
  };
}
const best = (rows: SliceRows): string => sliceKey(searchSlices(rows).slices[0] ?? { where: [] });

describe('slice search', () => {
  it('names the one value that all bad events share', () => {
    expect(best(world((_r, v) => (v === '1.5' ? 12 : 2)))).toBe('version=1.5');
  });

  it('names the combination when neither value alone is bad', () => {
    expect(best(world((r, v) => (r === 'eu' && v === '1.5' ? 12 : 2)))).toBe('region=eu\nversion=1.5');
  });

  it('names three attributes when it takes three', () => {
    expect(best(world((r, v, t) => (r === 'eu' && v === '1.5' && t === 'b' ? 60 : 2)))).toBe(
      'region=eu\ntenant=b\nversion=1.5',
    );
  });

  it('keeps the wide slice when one part of it is much worse but the rest is bad too', () => {
    expect(best(world((_r, v, t) => (v !== '1.5' ? 2 : t === 'b' ? 150 : 20)))).toBe('version=1.5');
  });

  it('names nothing when nothing exceeds what was expected', () => {
    expect(searchSlices(world(() => 2)).slices).toEqual([]);
    expect(coverSlices(world(() => 2))).toEqual([]);
  });

  it('names two causes that met, and no more', () => {
    const rows = world((r, v, t) =>
      v === '1.5' && t === 'a' ? 60 : r === 'ap' && v === '1.4' && t !== 'a' ? 20 : 2,
    );
    const named = coverSlices(rows).map(sliceKey);
    expect(named).toContain('tenant=a\nversion=1.5');
    expect(named).toContain('region=ap\nversion=1.4');
    expect(named).toHaveLength(2);
  });

  it('finds against the rest what it finds against a known expectation', () => {
    const random = seededRandom(7);
    const n = 4000;
    const values = [REGIONS, VERSIONS, TENANTS].map((names) =>
      Array.from({ length: n }, () => names[Math.floor(random() * names.length)] as string),
    );
    const slow = Float64Array.from({ length: n }, (_, i) =>
      random() < (values[1]?.[i] === '1.5' && values[2]?.[i] === 'c' ? 0.4 : 0.04) ? 1 : 0,
    );
    const rows = {
      attributes: ['region', 'version', 'tenant'],
      values,
      observed: slow,
      expected: new Float64Array(n).fill(1),
      count: new Float64Array(n).fill(1),
    };
    const { slices, tested } = searchSlices(rows, { reference: 'rest', fewest: 5 });
    expect(sliceKey(slices[0] ?? { where: [] })).toBe('tenant=c\nversion=1.5');
    expect(tested).toBeGreaterThan(30);
  });

  it('ignores rows that lack an attribute, and says which rows a slice holds', () => {
    const rows = world((_r, v) => (v === '1.5' ? 12 : 2));
    const gaps = { ...rows, values: rows.values.map((v, a) => (a === 0 ? v.map(() => '') : v)) };
    const found = searchSlices(gaps).slices;
    expect(found.every((s) => s.where.every((w) => w.attribute !== 'region'))).toBe(true);
    const inside = rowIn(rows, { where: [{ attribute: 'tenant', value: 'b' }] });
    expect([...rows.count.keys()].filter(inside)).toHaveLength(6);
  });
});
