import type { Place } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import type { Read } from './stated/read.js';

/** Clauses with a figure that yielded nothing. */
export function leftOver(
  frame: Frame,
  read: { reads: readonly Pick<Read, 'quantity'>[]; unread: readonly number[] },
): Place[] {
  return read.unread.map((k) => {
    const q = frame.quantities[k];
    const from = q?.from ?? 0;
    let a = from;
    let b = q?.to ?? from + 1;
    while (
      a > 0 &&
      from - a < 8 &&
      frame.segment[a - 1] === frame.segment[from] &&
      frame.tokens[a - 1]?.text !== ',' &&
      frame.tokens[a - 1]?.kind !== 'break'
    )
      a--;
    while (
      b < frame.tokens.length &&
      b - from < 10 &&
      frame.segment[b] === frame.segment[from] &&
      !/^[,;)]$/.test(frame.tokens[b]?.text ?? '') &&
      frame.tokens[b]?.kind !== 'break'
    )
      b++;
    return placeOf(frame, a, b);
  });
}
