import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { type Result, resultSchema } from '../domain/index.js';
import { type RedactorOptions, RulesError, readOwnRules } from '../evidence/redact/index.js';
import type { NewEntry } from '../governance/audit/entry.js';
import { AUDIT_PATH, appendEntry } from '../governance/audit/log.js';
import { sha256 } from '../governance/canonical.js';
import { DEFAULT_POLICY, POLICY_PATH, type Policy, readPolicy } from '../governance/policy.js';
import { Refusal } from '../governance/refusal.js';
import { VERSION } from '../investigate/version.js';
import { EXIT, UserError } from './exit.js';

/** The policy of a file, or the default one when there is none at the usual place. */
export function policyAt(path: string | undefined): Policy {
  const file = path ?? POLICY_PATH;
  if (path === undefined && !existsSync(file)) return DEFAULT_POLICY;
  return readPolicy(textOf(file), file);
}

export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new UserError(
      EXIT.badInput,
      `The file cannot be read (${code}).`,
      file,
      'Check the path and its rights.',
    );
  }
}

export function resultAt(file: string): Result {
  let json: unknown;
  try {
    json = JSON.parse(textOf(file));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      EXIT.badInput,
      `This is no JSON: ${(error as Error).message}.`,
      file,
      'Give the result.json of an investigation.',
    );
  }
  const parsed = resultSchema.safeParse(json);
  if (!parsed.success)
    throw new UserError(
      EXIT.badInput,
      `This is no result: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}.`,
      file,
      'Give the result.json of an investigation, unaltered.',
    );
  return parsed.data;
}

/** Who runs this, as the operating system says: no proof, which is why decisions are signed. */
export const who = (): string => `${userInfo().username}@${hostname()}`;

/** Whether this project wants its doings recorded. */
export const isAudited = (asked: boolean | undefined): boolean => asked === true || existsSync(POLICY_PATH);

/** Records something that was done. Names are roles of files; contents go in as hashes only. */
export function record(
  what: string,
  files: { inputs?: Record<string, string | Uint8Array>; outputs?: Record<string, string | Uint8Array> },
  log = AUDIT_PATH,
): void {
  const hashes = (of: Record<string, string | Uint8Array> = {}) =>
    Object.entries(of).map(([name, content]) => ({ name: name.slice(0, 120), sha256: sha256(content) }));
  const entry: NewEntry = {
    at: new Date().toISOString(),
    who: who(),
    what,
    inputs: hashes(files.inputs),
    outputs: hashes(files.outputs),
    version: VERSION,
  };
  appendEntry(log, entry);
}

/** Rules and key of redaction: of the command line, else of the policy. A broken rule file stops everything. */
export function redactionOf(rulesFile: string | undefined, policy?: Policy): RedactorOptions {
  const file = rulesFile ?? (policy ?? policyAt(undefined)).redaction.rules;
  const key = process.env.KNEEPOINT_REDACTION_KEY;
  if (key !== undefined && key.length < 16)
    throw new UserError(
      EXIT.badInput,
      'The key of redaction is shorter than 16 characters.',
      'KNEEPOINT_REDACTION_KEY',
      'Make one: openssl rand -hex 32',
    );
  try {
    return {
      ...(file === undefined ? {} : { own: readOwnRules(textOf(file), file) }),
      ...(key === undefined ? {} : { key: createHash('sha256').update(key).digest() }),
    };
  } catch (error) {
    if (error instanceof RulesError) throw new Refusal(error.what, error.where, error.todo);
    throw error;
  }
}
