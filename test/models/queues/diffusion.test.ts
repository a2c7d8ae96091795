import { describe, expect, test } from 'vitest';
import { moved, regimeOf } from '../../../src/models/queues/diffusion.js';
import { normalNumbers, seededRandom } from '../../../src/models/random.js';

/** Share of time that the motion is above a wait, looked at every `seconds`. */
function shareAbove(regime: ReturnType<typeof regimeOf>, wait: number, seconds: number): number {
  const random = seededRandom(3);
  const normal = normalNumbers(random);
  let at = 0;
  let above = 0;
  const looks = 200_000;
  for (let i = 0; i < looks; i++) {
    at = moved(at, regime, seconds, normal, random);
    if (at > wait) above++;
  }
  return above / looks;
}

describe('a queue seen as a motion', () => {
  test.each([0.1, 1, 10])('has the long run of M/M/c however often it is looked at: every %d s', (every) => {
    const regime = regimeOf(180, 20, 0.1, 1);
    const exact = regime.waits * Math.exp(-(200 - 180) * 0.05);
    expect(Math.abs(shareAbove(regime, 0.05, every) / exact - 1)).toBeLessThan(0.06);
  });

  test('above full load it grows by what cannot be done', () => {
    const regime = regimeOf(220, 20, 0.1, 1);
    const random = seededRandom(1);
    const at = moved(5, regime, 100, normalNumbers(random), random);
    expect(at).toBeGreaterThan(5 + 10 - 2);
    expect(at).toBeLessThan(5 + 10 + 2);
    expect(regime.memorySeconds).toBe(Number.POSITIVE_INFINITY);
  });

  test('without variation it is the fluid', () => {
    const random = seededRandom(1);
    const normal = normalNumbers(random);
    expect(moved(0, regimeOf(300, 20, 0.1, 0), 10, normal, random)).toBeCloseTo(5, 12);
    expect(moved(5, regimeOf(100, 20, 0.1, 0), 100, normal, random)).toBe(0);
  });
});
