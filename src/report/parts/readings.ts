import { join, name, type Reading, say, type Text } from '../../domain/index.js';
import { aside, type Lookup, note, type Piece } from '../page.js';

/** Readings from this weight on show their arithmetic open; lighter ones are folded. */
const WEIGHTY = 0.65;
/** No section opens the arithmetic of more than these, the weightiest. */
const OPEN = 2;

export type Topic = Reading['topic'];

/** So many readings lead section 1, whatever they are of; the rest stand with their topic. */
const LEADING = 2;
const LEADING_WEIGHT = 0.85;

/** The strongest readings: what is said first, in section 1. */
export const leading = (look: Lookup): Reading[] =>
  [...look.result.readings]
    .sort((a, b) => b.weight - a.weight)
    .filter((r) => r.weight >= LEADING_WEIGHT && r.topic !== 'change')
    .slice(0, LEADING);

export const readingsOf = (look: Lookup, topics: readonly Topic[]): Reading[] => {
  const first = new Set(leading(look).map((r) => r.id));
  // What is not said stands in the table of questions.
  return look.result.readings.filter(
    (r) => topics.includes(r.topic) && !first.has(r.id) && !r.id.startsWith('settle-first/'),
  );
};

/** Each reading as its conclusion with the arithmetic under it; the lighter ones folded to one line each. */
export function readingPieces(readings: readonly Reading[], most = OPEN): Piece[] {
  const open = new Set([...readings].sort((a, b) => b.weight - a.weight).slice(0, most));
  return readings.map((r): Piece => {
    const backing = arithmetic(r);
    if ((r.weight >= WEIGHTY && open.has(r)) || backing.length === 0) return note(r.headline, backing);
    return aside(r.headline, backing);
  });
}

function arithmetic(r: Reading): Reading['arithmetic'] {
  if (r.assumptions.length === 0) return r.arithmetic;
  const assumed = {
    kind: 'paragraph',
    text: say`Assumed of ${name(r.subject.name)}: ${join(r.assumptions.map(clause), '; ')}.`,
  } as const;
  return [...r.arithmetic, assumed];
}

/** A sentence as a part of another: no capital at the start, no point at the end. */
function clause(text: Text): Text {
  const [first, ...rest] = text;
  const lower =
    typeof first === 'string' && /^\p{Lu}\p{Ll}/u.test(first)
      ? [first.charAt(0).toLowerCase() + first.slice(1), ...rest]
      : [...text];
  const last = lower[lower.length - 1];
  return typeof last === 'string' && last.endsWith('.') ? [...lower.slice(0, -1), last.slice(0, -1)] : lower;
}
