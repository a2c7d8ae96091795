import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { APPROVALS_FOLDER, keepStatement, keptStatements } from '../governance/approvals/folder.js';
import { type Plan, planOf, planOfExperiment } from '../governance/approvals/plan.js';
import { type Standing, standingOf } from '../governance/approvals/standing.js';
import {
  type Decision,
  messageOf,
  readStatement,
  signed,
  statementFor,
} from '../governance/approvals/statement.js';
import { safeJson } from '../governance/audit/log.js';
import { POLICY_PATH, type Policy } from '../governance/policy.js';
import { Refusal } from '../governance/refusal.js';
import { publicOf, readPrivateKey, readPublicKey } from '../governance/ssh-keys.js';
import { EXIT } from './exit.js';
import { policyAt, record, resultAt, textOf } from './governance.js';

export interface DecideOptions {
  role: string;
  by?: string;
  key?: string;
  signature?: string;
  reason: string;
  hours?: string;
  breakGlass?: boolean;
  printStatement?: boolean;
  at?: string;
  policy?: string;
  folder: string;
}

/** Signs and keeps a decision on a recommendation of a result. */
export function decide(file: string, id: string, said: 'approve' | 'reject', options: DecideOptions): number {
  const policy = policyAt(options.policy);
  const plan = planAt(file, id);
  const decision: Decision = options.breakGlass && said === 'approve' ? 'break-glass' : said;
  if (options.reason.trim().length < (decision === 'break-glass' ? 20 : 5))
    throw new Refusal(
      'The reason is too short to be one.',
      '--reason',
      decision === 'break-glass' ? 'Say in a sentence why nobody could be asked.' : 'Say why.',
    );
  const people = policy.roles[options.role];
  if (!people)
    throw new Refusal(
      `The policy has no role ${options.role}.`,
      '--role',
      `Give one of: ${Object.keys(policy.roles).join(', ')}.`,
    );
  if (options.signature !== undefined) return keepForeign(textOf(options.signature), options, plan, policy);
  const key = options.key === undefined ? undefined : readPrivateKey(textOf(options.key), options.key);
  const fingerprint = key ? publicOf(key).fingerprint : undefined;
  const person = people.find((p) =>
    fingerprint === undefined
      ? p.name === options.by
      : readPublicKey(p.key, p.name).fingerprint === fingerprint,
  );
  if (!person)
    throw new Refusal(
      fingerprint === undefined
        ? `Nobody is called ${options.by ?? '(nobody)'} in the role ${options.role}.`
        : `The policy gives the key ${fingerprint} no role ${options.role}.`,
      fingerprint === undefined ? '--by' : (options.key ?? ''),
      'Add the person with the public key to the roles of the policy, by review.',
      'denied',
    );
  const at = options.at ?? new Date().toISOString();
  const most = decision === 'break-glass' ? policy.approvals.breakGlassHours : policy.approvals.validHours;
  const hours = Math.min(options.hours === undefined ? most : hoursOf(options.hours), most);
  const expires = new Date(Date.parse(at) + hours * 3_600_000).toISOString();
  const statement = statementFor(plan, {
    decision,
    role: options.role,
    by: person.name,
    reason: options.reason,
    at,
    expires,
  });
  if (!key) {
    if (!options.printStatement)
      throw new Refusal(
        'There is no key to sign with.',
        '--key',
        'Give --key, or --print-statement to sign with ssh-keygen.',
      );
    process.stdout.write(messageOf(statement));
    return EXIT.fine;
  }
  const { text } = signed(statement, key);
  return keep(text, options, plan, policy);
}

function hoursOf(text: string): number {
  const hours = Number(text);
  if (!(hours > 0))
    throw new Refusal(`"${text}" is no number of hours.`, '--hours', 'Give a number above 0.');
  return hours;
}

/** A statement that was signed with ssh-keygen: the statement and its signature in one file. */
function keepForeign(text: string, options: DecideOptions, plan: Plan, policy: Policy): number {
  readStatement(text, options.signature ?? '');
  return keep(text, options, plan, policy);
}

function keep(text: string, options: DecideOptions, plan: Plan, policy: Policy): number {
  const read = readStatement(text, options.signature ?? options.folder);
  const weighed = standingOf(plan, [read], policy, new Date()).statements[0];
  if (weighed?.void !== undefined)
    throw new Refusal(
      `The decision does not count: ${weighed.void}.`,
      options.signature ?? options.folder,
      'Sign the statement of this plan with the key of the policy.',
      'denied',
    );
  const path = keepStatement(options.folder, read.statement, text);
  record(`approval.${read.statement.decision}`, {
    inputs: { plan: plan.hash },
    outputs: { statement: text },
  });
  if (read.statement.decision === 'break-glass') process.stderr.write(LOUD);
  const standing = standingOf(plan, keptStatements(options.folder, plan).read, policy, new Date());
  process.stdout.write(`${path}\n${sentence(plan, standing)}\n`);
  return EXIT.fine;
}

const LOUD = `
************************************************************************
*  BREAK-GLASS: a change is allowed without its approvals.             *
*  It is written into the audit log, and kneepoint status will ask     *
*  for its review until the missing roles have decided.                *
************************************************************************
`;

export interface StatusOptions {
  policy?: string;
  folder: string;
  json?: boolean;
}

/** `status`: 0 when every recommendation asked for is approved, 1 when one is not. */
export function showStatus(file: string, ids: readonly string[], options: StatusOptions): number {
  const policy = policyAt(options.policy);
  const asked = ids.length > 0 ? ids : idsIn(file);
  const rows = asked.map((id) => {
    const plan = planAt(file, id);
    const kept = keptStatements(options.folder, plan);
    return { plan, standing: standingOf(plan, kept.read, policy, new Date()), unreadable: kept.unreadable };
  });
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else
    for (const { plan, standing, unreadable } of rows) {
      process.stdout.write(`${sentence(plan, standing)}\n`);
      for (const { statement: s, void: reason } of standing.statements)
        process.stdout.write(
          `  ${s.decision} by ${s.by} as ${s.role} at ${s.at}, until ${s.expires}: ${JSON.stringify(s.reason)}${reason === undefined ? '' : ` (does not count: ${reason})`}\n`,
        );
      for (const { file: name, why } of unreadable)
        process.stdout.write(`  ${join(options.folder, name)}: ${why}\n`);
    }
  return rows.every((r) => r.standing.state === 'approved') ? EXIT.fine : EXIT.checkFailed;
}

function sentence(plan: Plan, standing: Standing): string {
  const state = {
    approved: 'approved',
    refused: 'refused',
    pending: `waits for ${standing.missing.join(' and ')}`,
    'break-glass': `allowed by break-glass, without ${standing.missing.join(' and ')}`,
  }[standing.state];
  return `${plan.recommendation} (${plan.risk} risk, plan ${plan.hash.slice(0, 12)}): ${state}${standing.toBeReviewed ? '; a break-glass is to be reviewed' : ''}`;
}

/** The plan of a recommendation of a result, or of a chaos experiment. */
function planAt(file: string, id: string): Plan {
  const text = textOf(file);
  const title = experimentTitle(text);
  return title === undefined ? planOf(resultAt(file), id) : planOfExperiment(title, text);
}

function idsIn(file: string): string[] {
  const title = experimentTitle(textOf(file));
  return title === undefined ? resultAt(file).recommendations.map((r) => r.id) : [`chaos:${title}`];
}

/** The title of an experiment in the format of Chaos Toolkit; nothing when it is something else. */
function experimentTitle(text: string): string | undefined {
  const read = safeJson(text) as { title?: unknown; method?: unknown } | undefined;
  return typeof read?.title === 'string' && Array.isArray(read.method) ? read.title : undefined;
}

/** Refuses an experiment that nobody approved, where the project has a policy. */
export function requireApproval(file: string): void {
  if (!existsSync(POLICY_PATH)) return;
  approvedOrRefused(file);
  record('chaos.run', { inputs: { experiment: textOf(file) } });
}

/**
 * Refuses a single fault where the project has a policy, unless it stands, word for word, in an experiment that is
 * approved: `file`, given by hand or by the run that started it. `calls` are the words of its calls of kneepoint.
 */
export function requireApprovedFault(
  file: string | undefined,
  words: readonly string[],
  calls: readonly (readonly string[])[],
): void {
  if (!existsSync(POLICY_PATH)) return;
  if (file === undefined)
    throw new Refusal(
      'The policy of this project allows faults only from an experiment that is approved.',
      `chaos ${words.slice(0, 2).join(' ')}`,
      'Run the experiment with kneepoint chaos run, or name it with --experiment.',
      'denied',
    );
  approvedOrRefused(file);
  const said = JSON.stringify(['chaos', ...words]);
  if (!calls.some((call) => JSON.stringify(call) === said))
    throw new Refusal(
      'The experiment that is approved has no such fault.',
      file,
      'Put the fault into the experiment and have it approved anew.',
      'denied',
    );
  record('chaos.injected', { inputs: { experiment: textOf(file) } });
}

function approvedOrRefused(file: string): void {
  const plan = planAt(file, 'chaos');
  const { state, missing } = standingOf(
    plan,
    keptStatements(APPROVALS_FOLDER, plan).read,
    policyAt(undefined),
    new Date(),
  );
  if (state === 'break-glass') process.stderr.write(LOUD);
  else if (state !== 'approved')
    throw new Refusal(
      `The experiment is not approved: ${state === 'refused' ? 'it was refused' : `${missing.join(' and ')} did not approve`}.`,
      file,
      `kneepoint approve ${file} chaos --role … --key … --reason …`,
      'denied',
    );
}
