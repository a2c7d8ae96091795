import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Text } from '../../src/domain/index.js';
import { compose } from '../../src/report/compose.js';
import { PROMPTS, resultOf } from '../prompts.js';

/** Columns that say how to read or how it was reckoned: the method, which is the same for everybody. */
const METHOD_COLUMNS = new Set([
  'Signal',
  'Window',
  'How to read it',
  'What it should read',
  'What changes with the answer',
  'Open until measured',
  'Quantity',
  'What would fit',
  'How',
  'Why',
  'Invalidation',
  'Never',
  'When it is cut off',
  'Why, and what a failure means',
  'Broken how',
  'Must still hold',
  'Stop when',
  'Why then',
  'It means',
  'Brings',
  'Verdict',
]);
/** Sentences of the trade that stand in changes of any stack. A new one is a reason to make it specific, not to add it here. */
const RULES_OF_THE_TRADE = new Set(
  readFileSync(new URL('../fixtures/report/rules-of-the-trade.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((l) => l !== '' && !l.startsWith('#')),
);
const LONG_WORDS = 8;
/** Stands for a number, a name or a quote. */
const OF_THE_CASE = '\u0001';

const isText = (v: unknown): v is Text =>
  Array.isArray(v) &&
  v.length > 0 &&
  v.every(
    (s) =>
      typeof s === 'string' ||
      (typeof s === 'object' && s !== null && ('n' in s || 'name' in s || 'quote' in s)),
  );

/** Every text of a section but code, charts and the columns of the method. */
function textsOf(value: unknown): Text[] {
  if (isText(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (value === null || typeof value !== 'object') return [];
  const piece = value as { kind?: string; rows?: Text[][]; columns?: { title: string }[] };
  if (piece.kind === 'code' || piece.kind === 'chart') return [];
  if (piece.kind === 'table')
    return (piece.rows ?? []).flatMap((row) =>
      row.flatMap((cell, i) => (METHOD_COLUMNS.has(piece.columns?.[i]?.title ?? '') ? [] : textsOf(cell))),
    );
  return Object.values(value).flatMap(textsOf);
}

/** Long sentences with nothing of the case in them. */
const bareSentences = (text: Text): string[] =>
  text
    .map((s) => (typeof s === 'string' ? s : OF_THE_CASE))
    .join('')
    .split(/(?<=[.?!])\s+/)
    .filter((s) => !s.includes(OF_THE_CASE) && s.split(/\s+/).length > LONG_WORDS);

describe('what the ten sections say', () => {
  const said = new Map<string, Set<string>>();
  beforeAll(async () => {
    for (const { id, text } of PROMPTS)
      for (const sentence of textsOf(compose(await resultOf(text)).sections.map((s) => s.pieces)).flatMap(
        bareSentences,
      ))
        said.set(sentence, (said.get(sentence) ?? new Set()).add(id));
  }, 120_000);

  it('is about the case: no sentence of general words alone fits two services', () => {
    const shared = [...said].filter(([s, ids]) => ids.size > 1 && !RULES_OF_THE_TRADE.has(s)).map(([s]) => s);
    expect(shared).toEqual([]);
  });
});
