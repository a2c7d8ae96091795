import type { KeyObject } from 'node:crypto';
import { Refusal } from '../refusal.js';
import { type PublicKey, publicOf, signerOf, signMessage } from '../ssh-keys.js';
import type { Plan } from './plan.js';

export const DECISIONS = ['approve', 'reject', 'break-glass'] as const;
export type Decision = (typeof DECISIONS)[number];

/** What a person says of a plan. Written as lines of text, so that a pull request can show it. */
export interface Statement {
  decision: Decision;
  plan: string;
  recommendation: string;
  title: string;
  risk: string;
  recommendationHash: string;
  evidenceHash: string;
  deliverablesHash: string;
  role: string;
  by: string;
  reason: string;
  /** ISO 8601, in UTC. */
  at: string;
  expires: string;
}

const FIRST_LINE = 'kneepoint approval 1';
const FIELDS = [
  'decision',
  'plan',
  'recommendation',
  'title',
  'risk',
  'recommendationHash',
  'evidenceHash',
  'deliverablesHash',
  'role',
  'by',
  'reason',
  'at',
  'expires',
] as const satisfies readonly (keyof Statement)[];

export function statementFor(
  plan: Plan,
  said: Pick<Statement, 'decision' | 'role' | 'by' | 'reason' | 'at' | 'expires'>,
): Statement {
  return {
    ...said,
    plan: plan.hash,
    recommendation: plan.recommendation,
    title: plan.title,
    risk: plan.risk,
    recommendationHash: plan.parts.recommendation,
    evidenceHash: plan.parts.evidence,
    deliverablesHash: plan.parts.deliverables,
  };
}

/** Exactly what is signed. Values are JSON strings: no line break can add a field. */
export const messageOf = (statement: Statement): string =>
  `${[FIRST_LINE, ...FIELDS.map((f) => `${f}: ${JSON.stringify(statement[f])}`)].join('\n')}\n`;

export const signed = (statement: Statement, key: KeyObject): { text: string; signer: PublicKey } => ({
  text: messageOf(statement) + signMessage(messageOf(statement), key),
  signer: publicOf(key),
});

export interface ReadStatement {
  statement: Statement;
  /** Nothing when the signature is of another text. */
  signer: PublicKey | undefined;
}

/** Reads an approval file. Refuses one that is not exactly of its form: what was not signed must not be read. */
export function readStatement(text: string, file: string): ReadStatement {
  const at = text.indexOf('-----BEGIN SSH SIGNATURE-----');
  const bad = (line: number): Refusal =>
    new Refusal(
      'This is no approval of kneepoint, or it was altered.',
      `${file}:${line}`,
      'Take the file as it was committed.',
    );
  if (at < 0) throw bad(1);
  const lines = text.slice(0, at).split('\n');
  if (lines[0] !== FIRST_LINE) throw bad(1);
  const entries = FIELDS.map((field, i) => {
    const line = lines[i + 1] ?? '';
    if (!line.startsWith(`${field}: `)) throw bad(i + 2);
    try {
      const value: unknown = JSON.parse(line.slice(field.length + 2));
      if (typeof value === 'string') return [field, value] as const;
    } catch {
      throw bad(i + 2);
    }
    throw bad(i + 2);
  });
  const statement = Object.fromEntries(entries) as unknown as Statement;
  if (messageOf(statement) !== text.slice(0, at)) throw bad(FIELDS.length + 2);
  if (!DECISIONS.includes(statement.decision)) throw bad(2);
  return { statement, signer: signerOf(messageOf(statement), text.slice(at), file) };
}
