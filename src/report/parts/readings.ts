import { bullets, type Reading, say, type Text } from '../../domain/index.js';
import { fold, type Lookup, note, type Piece } from '../page.js';

/** Readings from this weight on show their arithmetic open; lighter ones are folded. */
const WEIGHTY = 0.5;

export type Topic = Reading['topic'];

export const readingsOf = (look: Lookup, topics: readonly Topic[]): Reading[] =>
  look.result.readings.filter((r) => topics.includes(r.topic));

/** Each reading as its conclusion with the arithmetic under it; the lighter ones folded to one line each. */
export function readingPieces(readings: readonly Reading[]): Piece[] {
  return readings.map((r): Piece => {
    const backing = arithmetic(r);
    if (r.weight >= WEIGHTY || backing.length === 0) return note(r.headline, backing);
    return fold(r.headline, backing);
  });
}

/** The conclusions alone, for places that refer to arithmetic shown elsewhere. */
export const headlines = (readings: readonly Reading[]): Text[] => readings.map((r) => r.headline);

function arithmetic(r: Reading): Reading['arithmetic'] {
  if (r.assumptions.length === 0) return r.arithmetic;
  const [only] = r.assumptions;
  const assumed =
    r.assumptions.length === 1 && only
      ? ({ kind: 'paragraph', text: say`Assumed: ${only}` } as const)
      : bullets(r.assumptions.map((a) => say`Assumed: ${a}`));
  return [...r.arithmetic, assumed];
}
