import { bareNumber, type Fact, type Text } from '../../domain/index.js';

/** A number that stands in a made text after certain words, and the fact that it is. */
export interface Link {
  before: string;
  fact: Fact;
  /** From the fact's unit to that of the text. */
  factor?: number;
}

/** A text that a maker of plain text wrote, with the numbers that are known facts leading to them. */
export function linked(text: string, links: readonly Link[]): Text {
  const words = [...new Set(links.map((l) => l.before))].sort((a, b) => b.length - a.length);
  if (words.length === 0) return [text];
  const pattern = new RegExp(
    `(?:${words.map(inPattern).join('|')})(\\d+(?:\\.\\d+)?(?:e-?\\d+)?)(?![\\w.])`,
    'g',
  );
  const out: Text = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const shown = match[1] ?? '';
    const before = match[0].slice(0, -shown.length);
    const link = links.find(
      (l) => l.before === before && same(Number(shown), l.fact.value * (l.factor ?? 1)),
    );
    if (!link) continue;
    const at = match.index + before.length;
    out.push(
      text.slice(from, at),
      bareNumber(link.fact, link.factor ?? 1, () => shown),
    );
    from = at + shown.length;
  }
  out.push(text.slice(from));
  return out;
}

const same = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * Math.max(Math.abs(a), Math.abs(b));
const inPattern = (words: string): string => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
