import { type Random, seededRandom } from '../../src/models/random.js';

/** Draws of one seeded source. */
export interface Draw {
  int(from: number, to: number): number;
  one<T>(of: readonly T[]): T;
  text(alphabet: string, length: number): string;
  chance(p: number): boolean;
}

export const DIGITS = '0123456789';
export const HEX = '0123456789abcdef';
export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
export const LOWER = UPPER.toLowerCase();
export const BASE62 = DIGITS + UPPER + LOWER;

export function drawFrom(seed: number): Draw {
  const random: Random = seededRandom(seed);
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
  const one = <T>(of: readonly T[]): T => of[int(0, of.length - 1)] as T;
  return {
    int,
    one,
    text: (alphabet, length) => Array.from({ length }, () => alphabet[int(0, alphabet.length - 1)]).join(''),
    chance: (p) => random() < p,
  };
}
