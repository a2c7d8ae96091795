import { beforeAll, describe, expect, it } from 'vitest';
import type { Text } from '../../src/domain/index.js';
import { compose, type Report } from '../../src/report/compose.js';
import { type OfTheCase, ofTheCase } from '../../src/report/of-the-case.js';
import { EXAMPLES, resultOf } from '../prompts.js';

/**
 * What is the same for everybody because it names a row or says how to read a drawing. Everything else has to be of
 * the case. The rows named here stand beside cells that are.
 */
const LEGENDS: Readonly<Record<string, string>> = {
  Quantity: 'what the number of a row is',
  'What would fit': 'what the number of a row is',
  Signal: 'the metric that a row asks for; its reading and its command name the part',
  Gate: 'the figure that a row limits',
};
/** What has fewer words is a label. */
const SENTENCE_WORDS = 6;
/** A part of a sentence that stands by itself after a semicolon. */
const CLAUSE_WORDS = 9;

interface Said {
  where: string;
  text: Text;
}

const isText = (v: unknown): v is Text =>
  Array.isArray(v) &&
  v.length > 0 &&
  v.every(
    (s) =>
      typeof s === 'string' ||
      (typeof s === 'object' && s !== null && ('n' in s || 'name' in s || 'quote' in s)),
  );

/** Every text below `value` but code and the drawings with their legend. */
function saidIn(value: unknown, where: string): Said[] {
  if (isText(value)) return [{ where, text: value }];
  if (Array.isArray(value)) return value.flatMap((v) => saidIn(v, where));
  if (value === null || typeof value !== 'object') return [];
  const piece = value as { kind?: string; rows?: Text[][]; columns?: { title: string }[]; caption?: Text };
  if (piece.kind === 'chart') return [];
  if (piece.kind === 'code') return saidIn(piece.caption, where);
  if (piece.kind === 'table')
    return [
      ...saidIn(piece.caption, where),
      ...(piece.rows ?? []).flatMap((row) =>
        row.flatMap((cell, i) => {
          const title = piece.columns?.[i]?.title ?? '';
          return title in LEGENDS ? [] : saidIn(cell, `${where}, ${title}`);
        }),
      ),
    ];
  return Object.values(value).flatMap((v) => saidIn(v, where));
}

const saidBy = (report: Report): Said[] => [
  ...saidIn([report.front.verdict, report.front.cards, report.front.implied], 'front'),
  ...[...report.sections, ...report.back].flatMap((s) => saidIn(s.pieces, s.title)),
];

/** Marks what is of the case, so that the words around can be cut into sentences. */
const CASE = '\u0001';
const marked = (text: Text, own: OfTheCase): string =>
  text
    .map((s) => {
      const shown = typeof s === 'string' ? s : 'n' in s ? s.n : 'name' in s ? s.name : s.quote;
      return own(s) ? `${CASE}${shown}${CASE}` : shown;
    })
    .join('');

const wordsIn = (text: string): number => text.split(/\s+/).length;
const sentences = (text: string): string[] =>
  text.split(/(?<=[.?!])\s+/).filter((s) => wordsIn(s) >= SENTENCE_WORDS);
const clauses = (text: string): string[] =>
  text.split(/(?<=[.?!;])\s+/).filter((s) => wordsIn(s) >= CLAUSE_WORDS);

describe('what a report says', () => {
  const reports: { id: string; said: { where: string; text: string }[]; parts: Set<string> }[] = [];
  beforeAll(async () => {
    for (const { id, text } of EXAMPLES) {
      const report = compose(await resultOf(text));
      const own = ofTheCase(report.look);
      reports.push({
        id,
        said: saidBy(report).map((s) => ({ where: s.where, text: marked(s.text, own) })),
        parts: new Set(report.look.result.components.map((c) => c.subject.name)),
      });
    }
  }, 120_000);

  /** What two reports or more say, with the place where it was found first. */
  const shared = (cut: (text: string) => string[], counts: (part: string) => boolean): string[] => {
    const found = new Map<string, { where: string; ids: Set<string> }>();
    for (const { id, said } of reports)
      for (const { where, text } of said)
        for (const part of cut(text).filter(counts)) {
          const entry = found.get(part) ?? { where, ids: new Set<string>() };
          entry.ids.add(id);
          found.set(part, entry);
        }
    return [...found]
      .filter(([, { ids }]) => ids.size > 1)
      .map(([part, { where }]) => `${where}: ${part.replaceAll(CASE, '')}`);
  };

  it('holds no sentence of general words and constants that another service is told too', () => {
    expect(shared(sentences, (s) => !s.includes(CASE))).toEqual([]);
  });

  it('joins no general clause to a sentence of the case to make it look specific', () => {
    expect(shared(clauses, (s) => !s.includes(CASE))).toEqual([]);
  });

  it('says the same to two services only about a part or a figure that both of them have', () => {
    const both = (s: string): boolean => {
      const inside = s.split(CASE).filter((_, i) => i % 2 === 1);
      const have = reports.filter(({ parts }) => inside.some((x) => parts.has(x)));
      return have.length > 1 || inside.some((x) => /^[\d−+]/.test(x));
    };
    expect(shared(sentences, (s) => s.includes(CASE) && !both(s))).toEqual([]);
  });
});
