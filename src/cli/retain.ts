import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { RetentionClass } from '../domain/index.js';
import { APPROVALS_FOLDER } from '../governance/approvals/folder.js';
import { readStatement } from '../governance/approvals/statement.js';
import { AUDIT_PATH } from '../governance/audit/log.js';
import { type Kept, type RetentionRow, retentionOf } from '../governance/retention.js';
import { EXIT } from './exit.js';
import { policyAt, record } from './governance.js';

/** Where the server keeps what it received, when no other folder is named. */
const RECEIVED_FOLDER = join('.kneepoint', 'server', 'received');

export interface RetainOptions {
  policy?: string;
  reports: string[];
  telemetry: string[];
  json?: boolean;
}

/** Shows what is kept and how long still; with `purge`, removes what is over its time and writes that down. */
export function retain(options: RetainOptions, purge: boolean): number {
  const rows = retentionOf(kept(options), policyAt(options.policy), new Date());
  if (purge) for (const row of rows.filter((r) => r.due && r.class !== 'audit')) remove(row);
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else for (const row of rows) process.stdout.write(`${line(row, purge)}\n`);
  return EXIT.fine;
}

/** The chain of the audit log would break with its first entry: it goes as a whole, by hand, after it was handed over. */
function line(row: RetentionRow, purged: boolean): string {
  const fate =
    row.hold !== undefined
      ? `on legal hold: ${row.hold}`
      : !row.due
        ? 'kept'
        : row.class === 'audit'
          ? 'over its time; archive the log as a whole'
          : purged
            ? 'purged'
            : 'due: kneepoint retain purge';
  return `${row.class.padEnd(9)}  ${row.ageDays} of ${row.keepDays} days  ${row.path}  ${fate}`;
}

function remove(row: RetentionRow): void {
  const content = statSync(row.path).isFile() ? readFileSync(row.path) : namesBelow(row.path);
  rmSync(row.path, { recursive: true });
  record(`retention.purged.${row.class}`, { inputs: { purged: content } });
}

const namesBelow = (folder: string): string =>
  readdirSync(folder, { recursive: true }).map(String).sort().join('\n');

function kept(options: RetainOptions): Kept[] {
  const out: Kept[] = [];
  if (existsSync(APPROVALS_FOLDER))
    for (const file of readdirSync(APPROVALS_FOLDER).sort()) {
      const path = join(APPROVALS_FOLDER, file);
      out.push({ path, class: 'decision', since: dateOfDecision(path) });
    }
  if (existsSync(AUDIT_PATH)) out.push({ path: AUDIT_PATH, class: 'audit', since: firstOf(AUDIT_PATH) });
  // A segment of the server is as old as its last request.
  if (existsSync(RECEIVED_FOLDER))
    for (const file of readdirSync(RECEIVED_FOLDER).sort()) {
      const path = join(RECEIVED_FOLDER, file);
      if (!file.endsWith('.open'))
        out.push({ path, class: 'telemetry', since: statSync(path).mtime.toISOString() });
    }
  const given: [RetentionClass, string[]][] = [
    ['report', options.reports],
    ['telemetry', options.telemetry],
  ];
  for (const [kind, paths] of given)
    for (const path of paths)
      if (existsSync(path))
        out.push({
          path: relative('.', path) || '.',
          class: kind,
          since: statSync(path).mtime.toISOString(),
        });
  return out;
}

/** A decision's own date is signed; that of the file changes with every checkout. Nothing readable: kept. */
function dateOfDecision(path: string): string {
  try {
    return readStatement(readFileSync(path, 'utf8'), path).statement.at;
  } catch {
    return '';
  }
}

function firstOf(log: string): string {
  return /"at":"([^"]+)"/.exec(readFileSync(log, 'utf8').slice(0, 400))?.[1] ?? '';
}
