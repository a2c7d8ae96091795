import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readCase } from '../../src/case/index.js';
import type { Fact } from '../../src/domain/index.js';

const folder = new URL('../fixtures/prompts/', import.meta.url);

/** What people wrote → what it must be understood as: prompt | words | measure | of what | when | figure. */
const UNDERSTOOD = readFileSync(new URL('read/understood.txt', folder), 'utf8')
  .split('\n')
  .filter((l) => l !== '' && !l.startsWith('#'))
  .map((l) => l.split(' | '));

/** Words that were once taken for this measure, and must not be again. */
const NEVER: readonly (readonly [prompt: string, words: string, measure: RegExp])[] = [
  ['analytics', '8 and 10', /./],
  ['chat', '2', /^instances$/],
  ['corebank', '1 CPU', /./],
  ['corebank', '14ms', /^batch\./],
  ['flink', '1,000', /./],
  ['hl7', '9s', /^latency\.p999$/],
  ['hl7', '1.6 TB', /^payload\./],
  ['inference', '1,000 documents', /./],
  ['meters', '9ms', /^latency\./],
  ['lambda', '16', /^connections\./],
  ['logistics', '94%', /^cache\./],
  ['messaging', '640', /^pool\./],
  ['messaging', '24h', /^ttl$/],
  ['opensearch', '11%', /^cache\./],
  ['opensearch', '60ms', /^latency\./],
  ['subgraphs', '9 Node', /^instances$/],
  ['subgraphs', '9 minutes', /^latency\./],
  ['travel', '11', /^shards$/],
];

const factsOf = (() => {
  const read = new Map<string, Fact[]>();
  const textOf = (prompt: string): string => {
    for (const path of [`${prompt}.txt`, `read/${prompt}.txt`])
      try {
        return readFileSync(new URL(path, folder), 'utf8');
      } catch {}
    throw new Error(`no prompt named ${prompt}`);
  };
  return (prompt: string): Fact[] => {
    const known = read.get(prompt);
    if (known) return known;
    const facts = readCase(textOf(prompt)).case.facts;
    read.set(prompt, facts);
    return facts;
  };
})();
const wordsOf = (f: Fact): string[] => f.from.flatMap((p) => (p.kind === 'input' ? [p.text] : []));
const line = (f: Fact): string =>
  `${f.name} | ${f.subject.name} | ${f.phase} | ${f.comparator} ${Number(f.value.toPrecision(6))}`;

describe('prompts of many stacks', () => {
  for (const prompt of new Set(UNDERSTOOD.map(([p]) => p ?? '')))
    it(`understands the figures of ${prompt}`, () => {
      const facts = factsOf(prompt);
      for (const [, words, ...rest] of UNDERSTOOD.filter(([p]) => p === prompt))
        expect(facts.filter((f) => wordsOf(f).includes(words ?? '')).map(line)).toContain(rest.join(' | '));
    });

  it('leaves alone what it once took for something else', () => {
    for (const [prompt, words, measure] of NEVER)
      expect(
        factsOf(prompt)
          .filter((f) => wordsOf(f).includes(words) && measure.test(f.name) && !f.name.endsWith('.stated'))
          .map((f) => `${prompt}: ${line(f)}`),
      ).toEqual([]);
  });
});
