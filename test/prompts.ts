import { readdirSync, readFileSync } from 'node:fs';
import type { Result } from '../src/domain/index.js';
import { investigate } from '../src/investigate/investigate.js';

const folder = (path: string): URL => new URL(path, import.meta.url);
const textsIn = (path: string): { id: string; text: string }[] =>
  readdirSync(folder(path))
    .filter((f) => f.endsWith('.txt'))
    .sort()
    .map((f) => ({ id: f.replace(/\.txt$/, ''), text: readFileSync(new URL(f, folder(path)), 'utf8') }));

/** The example of the brief and the prompts of the examples: they have golden reports. */
export const EXAMPLES: readonly { id: string; text: string }[] = [
  { id: 'novapay', text: readFileSync(folder('../examples/novapay/prompt.txt'), 'utf8') },
  ...textsIn('../examples/prompts/'),
];

/** All of them, with prompts of many other stacks and voices. */
export const PROMPTS: readonly { id: string; text: string }[] = [
  ...EXAMPLES,
  ...textsIn('./fixtures/prompts/'),
];

export const resultOf = async (text: string): Promise<Result> =>
  (await investigate({ caseText: text, evidence: [], redact: true })).result;
