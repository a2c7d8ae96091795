import { describe, expect, it } from 'vitest';
import { exceedance } from '../../src/models/exceedance.js';
import { seededRandom } from '../../src/models/random.js';

/** Stretches of latencies of which `share` are over 100; `cluster` of them in a row are over or not. */
function stretches(seed: number, share: number, cluster: number, count = 20, size = 500): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const out: number[] = [];
    while (out.length < size) {
      const over = random() < share;
      for (let i = 0; i < cluster && out.length < size; i++) out.push(over ? 101 + random() : random() * 99);
    }
    return out;
  });
}
const answers = (share: number, cluster: number): Record<string, number> => {
  const told: Record<string, number> = { within: 0, beyond: 0, undecided: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const { answer } = exceedance(stretches(seed, share, cluster), 100, 0.01);
    told[answer] = (told[answer] ?? 0) + 1;
  }
  return told;
};

describe('a share over a limit', () => {
  it('is told apart when it is far from what is allowed', () => {
    expect(answers(0.001, 1)).toMatchObject({ within: 60 });
    expect(answers(0.03, 1)).toMatchObject({ beyond: 60 });
  });
  it.each([1, 10, 20])(
    'that is just what is allowed is rarely called either, in clusters of %d',
    (cluster) => {
      const { within = 0, beyond = 0 } = answers(0.01, cluster);
      expect(within).toBeLessThan(7);
      expect(beyond).toBeLessThan(7);
    },
  );
  it('counts less when values follow one another', () => {
    expect(exceedance(stretches(1, 0.02, 1), 100, 0.01).designEffect).toBeLessThan(3);
    expect(exceedance(stretches(1, 0.02, 50), 100, 0.01).designEffect).toBeGreaterThan(8);
  });
  it('of few values is not taken for sure, even when none is over, and says how many it takes', () => {
    const few = exceedance(
      [
        [1, 2, 3],
        [2, 1],
      ],
      100,
      0.01,
    );
    expect(few.answer).toBe('undecided');
    expect(few.needed).toBeGreaterThan(390);
    expect(exceedance([], 100, 0.01).answer).toBe('undecided');
  });
});
