import { describe, expect, it } from 'vitest';
import { inRanges } from '../../../src/facts/slices/ranges.js';
import { type AttributeRow, whatDiffers } from '../../../src/facts/slices/what-differs.js';
import { type Random, seededRandom } from '../../../src/models/random.js';

const pickOf = <T>(random: Random, values: readonly T[]): T =>
  values[Math.floor(random() * values.length)] as T;

/** Requests of a shop; `slow` says how likely one is to be slow. */
function split(
  seed: number,
  slow: (r: AttributeRow) => number,
  n = 3000,
): { slow: AttributeRow[]; other: AttributeRow[] } {
  const random = seededRandom(seed);
  const groups = { slow: [] as AttributeRow[], other: [] as AttributeRow[] };
  for (let i = 0; i < n; i++) {
    const region = pickOf(random, ['eu', 'us', 'ap']);
    const row = {
      tenant: pickOf(random, ['acme', 'bolt', 'corp', 'dune', 'echo']),
      'deployment.region': region,
      'cloud.zone': `${region}-1`,
      'service.version': pickOf(random, ['1.4.0', '1.5.0']),
      'payload.bytes': String(Math.floor(500 + random() * random() * 90_000)),
      'request.id': `r${i}`,
    };
    groups[random() < slow(row) ? 'slow' : 'other'].push(row);
  }
  return groups;
}
const parts = (d: { where: readonly { attribute: string; value: string }[] }): string =>
  d.where.map((w) => `${w.attribute}=${w.value}`).join(' & ');

describe('what differs between slow and other requests', () => {
  it('names the one value that makes requests slow, with its effect', () => {
    const { slow, other } = split(1, (r) => (r.tenant === 'acme' ? 0.3 : 0.03));
    const [first, ...rest] = whatDiffers(slow, other).found;
    expect(first && parts(first)).toBe('tenant=acme');
    expect(rest).toEqual([]);
    expect(first?.factor).toBeGreaterThan(2);
    expect(first?.interval[0]).toBeGreaterThan(1.5);
    expect(first?.q).toBeLessThan(1e-6);
  });

  it('names a combination when only both together are slow', () => {
    const { slow, other } = split(2, (r) =>
      r.tenant === 'bolt' && r['service.version'] === '1.5.0' ? 0.6 : 0.03,
    );
    expect(whatDiffers(slow, other).found.map(parts)).toEqual(['service.version=1.5.0 & tenant=bolt']);
  });

  it('tells two names of one thing as one', () => {
    const { slow, other } = split(3, (r) => (r['deployment.region'] === 'ap' ? 0.4 : 0.03));
    const [first, ...rest] = whatDiffers(slow, other).found;
    expect(rest).toEqual([]);
    expect(
      [first ? parts(first) : '', ...(first?.alike ?? []).map((where) => parts({ where }))].sort(),
    ).toEqual(['cloud.zone=ap-1', 'deployment.region=ap']);
  });

  it('reads a size in ranges and names the large ones', () => {
    const { slow, other } = split(4, (r) => (Number(r['payload.bytes']) > 45_000 ? 0.6 : 0.02));
    const [first] = whatDiffers(slow, other).found;
    expect(first?.where.map((w) => w.attribute)).toEqual(['payload.bytes']);
    expect(first?.where[0]?.value).toContain('>');
  });

  it('stays silent when slowness has nothing to do with the attributes, whatever the draw', () => {
    const named = Array.from({ length: 20 }, (_, seed) => {
      const { slow, other } = split(100 + seed, () => 0.06, 1500);
      return whatDiffers(slow, other).found.length;
    });
    expect(named.filter((n) => n > 0).length).toBeLessThanOrEqual(1);
  });

  it('marks what says how a request ended as an outcome', () => {
    const { slow, other } = split(5, () => 0.1);
    const failed = slow.map((r, i) => ({ ...r, 'http.response.status_code': i % 3 === 0 ? '504' : '200' }));
    const fine = other.map((r) => ({ ...r, 'http.response.status_code': '200' }));
    const found = whatDiffers(failed, fine).found;
    expect(found.map((d) => [parts(d), d.outcome])).toEqual([['http.response.status_code=504', true]]);
  });

  it('says nothing of a handful of requests', () => {
    expect(whatDiffers([{ tenant: 'a' }], [{ tenant: 'b' }]).found).toEqual([]);
  });

  it('leaves few values and words as they are, and missing ones empty', () => {
    expect(inRanges(['1', '2', '', '2'])).toEqual(['1', '2', '', '2']);
    expect(inRanges(['eu', 'us'])).toEqual(['eu', 'us']);
    expect(new Set(inRanges(Array.from({ length: 100 }, (_, i) => String(i)))).size).toBeLessThanOrEqual(5);
  });
});
