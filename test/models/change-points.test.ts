import { describe, expect, it } from 'vitest';
import { changePoints } from '../../src/models/change-points/segment.js';
import { normalQuantile } from '../../src/models/distribution.js';
import { seededRandom } from '../../src/models/random.js';

type Draw = (i: number, normal: () => number) => number;
function series(n: number, draw: Draw, seed = 1): number[] {
  const random = seededRandom(seed);
  const normal = (): number => normalQuantile(Math.max(1e-12, random()));
  return Array.from({ length: n }, (_, i) => draw(i, normal));
}
const places = (y: number[]): number[] => changePoints(y).map((c) => c.at);
const near = (found: number[], truth: number[], margin = 3): boolean =>
  found.length === truth.length && truth.every((t, i) => Math.abs((found[i] ?? -99) - t) <= margin);

describe('lasting changes', () => {
  it('are found where a level steps', () => {
    expect(near(places(series(100, (i, z) => z() + (i >= 60 ? 3 : 0))), [60])).toBe(true);
  });
  it('are found one after the other', () => {
    expect(near(places(series(200, (i, z) => z() + 4 * Math.floor(i / 50))), [50, 100, 150])).toBe(true);
  });
  it('are found though they went away again', () => {
    expect(near(places(series(120, (i, z) => z() + (i >= 50 && i < 65 ? 5 : 0))), [50, 65])).toBe(true);
  });
  it('are found on a trend, and told as such', () => {
    const found = changePoints(series(100, (i, z) => 0.1 * i + z() + (i >= 60 ? 6 : 0)));
    expect(found).toMatchObject([{ on: 'trend' }]);
    expect(Math.abs((found[0]?.at ?? 0) - 60)).toBeLessThan(3);
  });
  it('are found where a trend turns', () => {
    const found = changePoints(series(80, (i, z) => 0.3 * Math.min(i, 40) + 0.5 * z()));
    expect(found).toMatchObject([{ on: 'slope' }]);
  });
  it('are found under a season', () => {
    expect(
      near(
        places(series(140, (i, z) => 3 * Math.sin((i * Math.PI) / 6) + (i >= 90 ? 4 : 0) + 0.5 * z())),
        [90],
      ),
    ).toBe(true);
  });
});

describe('what is no lasting change', () => {
  const silent = (draw: Draw, n = 100): number =>
    Array.from({ length: 40 }, (_, k) => places(series(n, draw, k + 1))).filter((f) => f.length > 0).length;
  it.each<[string, Draw]>([
    ['noise', (_, z) => z()],
    ['a trend', (i, z) => 0.1 * i + z()],
    ['a curve', (i, z) => (i * i) / 100 + z()],
    ['a season', (i, z) => 3 * Math.sin((i * Math.PI) / 6) + 0.5 * z()],
    ['single spikes', (i, z) => z() + (i % 30 === 7 ? 15 : 0)],
  ])('%s stays silent', (_name, draw) => {
    expect(silent(draw)).toBeLessThanOrEqual(3);
  });
  it('a wandering series stays silent', () => {
    let level = 0;
    expect(
      silent((i, z) => {
        level = i === 0 ? 0 : level + z();
        return level;
      }),
    ).toBeLessThanOrEqual(6);
  });
  it.each([[[]], [[1]], [[1, 2, 3]], [new Array(50).fill(7)]])('nor do %j', (y: number[]) => {
    expect(places(y)).toEqual([]);
  });
});

it('asks for more evidence when many series are looked at', () => {
  const y = series(100, (i, z) => z() + (i >= 50 ? 1 : 0), 4);
  const alone = changePoints(y);
  const among = changePoints(y, { amongSeries: 1000 });
  expect(among.length).toBeLessThanOrEqual(alone.length);
});
