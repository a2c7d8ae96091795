import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import type { Rule } from './rule.js';

/** A rule file that cannot be used: nothing is read then, because half of the rules would let the rest through. */
export class RulesError extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what} (${where}). ${todo}`);
  }
}

/** What users add to the built-in rules. */
export interface OwnRules {
  rules: readonly Rule[];
  /** Keys of attributes whose values are always cut, and whose values are always kept. */
  cutKeys: ReadonlySet<string>;
  keepKeys: ReadonlySet<string>;
}

const fileSchema = z.strictObject({
  rules: z
    .array(
      z.strictObject({
        /** Placeholders carry it: `<employee:1>`. */
        kind: z.string().regex(/^[a-z]{1,24}$/, 'must be one word of small letters'),
        /** A regular expression of JavaScript; with a group, only the group is cut. */
        pattern: z.string().min(1).max(1000),
        ignoreCase: z.boolean().default(false),
      }),
    )
    .default([]),
  cutKeys: z.array(z.string().min(1)).default([]),
  keepKeys: z.array(z.string().min(1)).default([]),
});

/** Reads a rule file (YAML). Throws a RulesError, with the line, for anything that is not understood. */
export function readOwnRules(text: string, file: string): OwnRules {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineOf = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const error = document.errors[0];
  if (error)
    throw new RulesError(
      `The redaction rules are no YAML: ${error.code}.`,
      lineOf(error.pos[0]),
      'Mend this line.',
    );
  const placeOf = (path: readonly PropertyKey[]): string => {
    const node = document.getIn(path.map(String), true) as { range?: [number, number, number] } | undefined;
    return node?.range ? lineOf(node.range[0]) : file;
  };
  const parsed = fileSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path ?? [];
    throw new RulesError(
      `The redaction rules are wrong at ${path.join('.') || 'the top'}: ${issue?.message ?? ''}.`,
      placeOf(path),
      'A file has rules (kind, pattern, ignoreCase), cutKeys and keepKeys.',
    );
  }
  const rules = parsed.data.rules.map((rule, i) => ruleOf(rule, placeOf(['rules', i, 'pattern'])));
  return { rules, cutKeys: new Set(parsed.data.cutKeys), keepKeys: new Set(parsed.data.keepKeys) };
}

/** A repeated group that is repeated itself can take exponential time. */
const NESTED_REPEAT = /\((?:[^()\\]|\\.)*[+*}](?:[^()\\]|\\.)*\)(?:[+*]|\{\d+,)/;

function ruleOf(rule: { kind: string; pattern: string; ignoreCase: boolean }, where: string): Rule {
  let pattern: RegExp;
  try {
    pattern = new RegExp(rule.pattern, rule.ignoreCase ? 'gid' : 'gd');
  } catch (error) {
    throw new RulesError(
      `This pattern is no regular expression: ${(error as Error).message}.`,
      where,
      'Mend the pattern.',
    );
  }
  if (pattern.test(''))
    throw new RulesError('This pattern matches an empty text.', where, 'Let it need a character.');
  if (NESTED_REPEAT.test(rule.pattern))
    throw new RulesError(
      'This pattern repeats a repeated group, which can take for ever.',
      where,
      'Write it without a repeat inside a repeat.',
    );
  return {
    applies: () => true,
    apply: (text, cut) => {
      let out = '';
      let done = 0;
      for (const m of text.matchAll(pattern)) {
        const [start, end] = m.indices?.[1] ?? m.indices?.[0] ?? [0, 0];
        if (end <= start || start < done) continue;
        out += text.slice(done, start) + cut(rule.kind, text.slice(start, end));
        done = end;
      }
      return out + text.slice(done);
    },
  };
}
