import type { Block, Segment, Text } from '../domain/index.js';
import { isMethod } from './back.js';
import type { Front } from './front.js';
import type { Lookup, Piece, Section } from './page.js';
import { TALLY } from './words.js';

/** Whether a segment is of the case: a number of it, a name or its own words; not a constant of the method. */
export type OfTheCase = (segment: Segment) => boolean;

export const ofTheCase =
  (look: Lookup): OfTheCase =>
  (s) => {
    if (typeof s === 'string') return false;
    if (!('n' in s)) return true;
    const fact = look.fact(s.ref);
    return s.ref !== TALLY && fact !== undefined && !isMethod(fact);
  };

/** What has fewer words than this is a label, not a statement. */
const STATEMENT_WORDS = 6;

/**
 * The sections without what would fit any service unchanged: a sentence, or a clause after a semicolon, that holds
 * nothing of the case is left out where what stands with it does. A point of a list that is of general words alone is
 * left out too; steps stay, because each is needed, and so does a cell of a table that would else be empty.
 */
export const aboutTheCase = (sections: readonly Section[], own: OfTheCase): Section[] =>
  sections.map((s) => ({ ...s, pieces: s.pieces.map((p) => piece(p, own)) }));

/** The same for what stands in front. */
export const frontAboutTheCase = (front: Front, own: OfTheCase): Front => ({
  ...front,
  cards: front.cards.map((c) => ({
    ...c,
    benefit: specific(c.benefit, own),
    verification: specific(c.verification, own),
  })),
  implied: front.implied.map((p) => piece(p, own)),
});

function piece(p: Piece, own: OfTheCase): Piece {
  switch (p.kind) {
    case 'note':
      return { ...p, lead: specific(p.lead, own), pieces: p.pieces.map((x) => piece(x, own)) };
    case 'aside':
      return { ...p, lead: specific(p.lead, own), blocks: p.blocks.map((b) => block(b, own)) };
    case 'chart':
      return p;
    default:
      return block(p, own);
  }
}

function block(b: Block, own: OfTheCase): Block {
  switch (b.kind) {
    case 'paragraph':
      return { ...b, text: specific(b.text, own) };
    case 'list': {
      const items = b.items.map((i) => specific(i, own));
      const kept = b.ordered ? items : items.filter((i) => holds(i, own) || words(i) < STATEMENT_WORDS);
      return { ...b, items: kept.length > 0 ? kept : items };
    }
    case 'table': {
      const caption = b.caption ? { caption: specific(b.caption, own) } : {};
      return { ...b, ...caption, rows: b.rows.map((r) => r.map((c) => specific(c, own))) };
    }
    case 'code':
      return b.caption ? { ...b, caption: specific(b.caption, own) } : b;
    case 'details':
      return { ...b, blocks: b.blocks.map((x) => block(x, own)) };
    case 'heading':
    case 'plan':
      return b;
  }
}

/** A text without the sentences and the later clauses that hold nothing of the case, when others do. */
export function specific(text: Text, own: OfTheCase): Text {
  if (!holds(text, own)) return text;
  const sentences = split(text, /(?<=[.?!])\s+/);
  const kept = sentences.filter((s) => holds(s, own) || words(s) < STATEMENT_WORDS);
  return together(
    kept.map((s) => clausesOf(s, own)),
    ' ',
  );
}

/** Words with which a clause leans on the one before: it says the other half of a choice. */
const LEANS =
  /^(?:if|else|otherwise|but|and|or|so|then|not|the others?|in the|under|per|near|at|above|below|well|far)\b/i;

function clausesOf(sentence: Text, own: OfTheCase): Text {
  const clauses = split(sentence, /(?<=;)\s+/);
  if (clauses.length === 1 || !holds(clauses[0] ?? [], own)) return sentence;
  const kept = clauses.filter(
    (c, i) =>
      i === 0 ||
      holds(c, own) ||
      words(c) < STATEMENT_WORDS ||
      LEANS.test(start(c)) ||
      start(c).includes(':'),
  );
  return ended(together(kept, ' '), sentence);
}

const start = (text: Text): string => (typeof text[0] === 'string' ? text[0] : '');
const holds = (text: Text, own: OfTheCase): boolean => text.some(own);
const words = (text: Text): number =>
  text
    .map((s) => (typeof s === 'string' ? s : 'x'))
    .join('')
    .trim()
    .split(/\s+/).length;

/** The text cut at each match in our own words. */
function split(text: Text, at: RegExp): Text[] {
  const out: Text[] = [[]];
  for (const segment of text) {
    if (typeof segment !== 'string') {
      out[out.length - 1]?.push(segment);
      continue;
    }
    segment.split(at).forEach((part, i) => {
      if (i > 0) out.push([]);
      if (part !== '') out[out.length - 1]?.push(part);
    });
  }
  return out.filter((t) => t.length > 0);
}

function together(texts: readonly Text[], separator: string): Text {
  const out: Text = [];
  texts.forEach((text, i) => {
    for (const s of i > 0 ? [separator, ...text] : text) {
      const last = out[out.length - 1];
      if (typeof s === 'string' && typeof last === 'string') out[out.length - 1] = last + s;
      else out.push(s);
    }
  });
  return out;
}

/** A sentence that lost its last clause ends as it did before. */
function ended(text: Text, before: Text): Text {
  const mark = /[.?!]$/.exec(lastWords(before))?.[0] ?? '';
  const last = lastWords(text);
  if (!last.endsWith(';')) return text;
  return [...text.slice(0, -1), last.slice(0, -1) + mark];
}

function lastWords(text: Text): string {
  const last = text[text.length - 1];
  return typeof last === 'string' ? last : '';
}
