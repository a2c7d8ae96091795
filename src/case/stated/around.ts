import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';

export const wordsAround = (frame: Frame, from: number, n: number): string =>
  frame.tokens
    .slice(Math.max(0, from), Math.max(0, from + n))
    .filter((t) => t.kind === 'word')
    .map((t) => t.lower)
    .join(' ');

export const clauseAround = (frame: Frame, q: Quantity): string => {
  let from = q.from;
  while (from > 0 && q.from - from < 5 && frame.segment[from - 1] === frame.segment[q.from]) from--;
  let to = q.to;
  while (to - q.to < 3 && frame.segment[to] === frame.segment[q.from]) to++;
  return wordsAround(frame, from, to - from);
};
