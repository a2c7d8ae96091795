import { plain, type Text } from '../domain/index.js';
import type { Piece, Section } from './page.js';

/** Shorter texts than this repeat without being noticed: "not said", a name, a unit. */
const SHORT_WORDS = 6;

/**
 * The sections with nothing said twice: a table, code block, paragraph or point that stood in an earlier place, word
 * for word, is left out of the later one. Headings and leads stay, because they say what follows.
 */
export function withoutRepeats(sections: readonly Section[]): Section[] {
  const seen = new Set<string>();
  return sections.map((s) => ({ ...s, pieces: s.pieces.flatMap((p) => kept(p, seen)) }));
}

function kept(p: Piece, seen: Set<string>): Piece[] {
  switch (p.kind) {
    case 'paragraph':
      return isNew(p.text, seen) ? [p] : [];
    case 'list': {
      const items = p.items.filter((i) => isNew(i, seen));
      return items.length > 0 || p.items.length === 0 ? [{ ...p, items }] : [];
    }
    case 'table':
      return once(`table ${p.rows.map((r) => r.map(plain).join('|')).join('\n')}`, seen) ? [p] : [];
    case 'code':
      return once(`code ${plain(p.text)}`, seen) ? [p] : [];
    case 'details': {
      const blocks = p.blocks.flatMap((b) => kept(b, seen)) as typeof p.blocks;
      return blocks.length > 0 || p.blocks.length === 0 ? [{ ...p, blocks }] : [];
    }
    case 'aside':
      return [p];
    case 'note':
      return [{ ...p, pieces: p.pieces.flatMap((x) => kept(x, seen)) }];
    default:
      return [p];
  }
}

const isNew = (text: Text, seen: Set<string>): boolean => {
  const words = plain(text);
  return words.split(/\s+/).length <= SHORT_WORDS || once(words, seen);
};

function once(key: string, seen: Set<string>): boolean {
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}
