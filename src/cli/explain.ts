import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Connection } from '../evidence/connectors/postgres/connect.js';
import type { Snapshot } from '../evidence/connectors/postgres/snapshot.js';
import { NotAPlan, readPlans } from '../evidence/readers/plans/index.js';
import { diagnosePlan } from '../facts/database/plan/diagnose.js';
import { EXIT, UserError } from './exit.js';
import { isMysqlUrl, lookAtMysql } from './explain-mysql.js';
import {
  designText,
  plansPage,
  plansText,
  poolText,
  proposalText,
  serverText,
  splitText,
  workloadPlansText,
} from './explain-text.js';
import { progressOn } from './progress.js';

export interface ExplainOptions {
  db?: string;
  from?: string;
  script?: boolean;
  workload?: string;
  clone?: string;
  indexes?: boolean;
  sandbox?: boolean;
  budget: string;
  timeout: string;
  since?: string;
  replicaReads?: boolean;
  shards?: string;
  pool?: string;
  rate?: string;
  hold?: string;
  holdVariation: string;
  processes: string;
  maxConnections?: string;
  nested?: string;
  concurrency?: string;
  transaction?: string;
  json?: boolean;
  html?: string;
  memory?: string;
  cores?: string;
}

/** A plan is text; beyond this it is some other file. */
const MOST_BYTES = 256 * 1024 * 1024;
const RUNS = 7;

export async function runExplain(plan: string | undefined, options: ExplainOptions): Promise<number> {
  if (options.script) {
    const { exportScript } = await import('../evidence/connectors/postgres/snapshot.js');
    process.stdout.write(exportScript());
    return EXIT.fine;
  }
  if (options.pool !== undefined) return pool(options.pool, options);
  if (options.shards !== undefined) {
    const { shardsText } = await import('./explain-shards.js');
    process.stdout.write(shardsText(options.shards, options.json === true));
    return EXIT.fine;
  }
  if (options.clone !== undefined) return design(options.clone, options);
  if (options.db !== undefined) return live(options.db, options);
  if (options.from !== undefined) return dump(options.from, options);
  if (plan === undefined)
    throw new UserError(
      EXIT.badInput,
      'There is nothing to explain.',
      'the command line',
      'Name a file with the output of EXPLAIN, or a server with --db, or an export with --from.',
    );
  return ofFile(plan, options);
}

function ofFile(path: string, options: ExplainOptions): number {
  const text = path === '-' ? readFileSync(0, 'utf8') : readText(path);
  const label = path === '-' ? 'standard input' : basename(path);
  try {
    const plans = readPlans(text).map((p) => diagnosePlan(p, label));
    if (options.html !== undefined) writeFileSync(options.html, plansPage(label, plans));
    process.stdout.write(plansText(plans, options.json === true));
    return EXIT.fine;
  } catch (error) {
    if (!(error instanceof NotAPlan)) throw error;
    throw new UserError(
      EXIT.badInput,
      error.what,
      `${label}, line ${error.line}`,
      'Give the output of EXPLAIN (ANALYZE, BUFFERS) as PostgreSQL printed it, in any of its formats.',
    );
  }
}

function readText(path: string): string {
  if (!existsSync(path) || !statSync(path).isFile())
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  const { size } = statSync(path);
  if (size > MOST_BYTES)
    throw new UserError(
      EXIT.badInput,
      'The file is too large to be a plan.',
      path,
      'Cut the plans out of the log first.',
    );
  return readFileSync(path, 'utf8');
}

async function pool(size: string, options: ExplainOptions): Promise<number> {
  if (options.rate === undefined || options.hold === undefined)
    throw new UserError(
      EXIT.badInput,
      'The wait for a connection follows from how many come and how long each holds one.',
      '--pool',
      'Give --rate (requests a second) and --hold (milliseconds from taking a connection to giving it back).',
    );
  const { judgePool } = await import('../facts/database/pool.js');
  const verdict = judgePool({
    size: positive(size, 'pool'),
    ratePerSecond: positive(options.rate, 'rate'),
    holdMs: positive(options.hold, 'hold'),
    holdVariation: positive(options.holdVariation, 'hold-variation'),
    instances: positive(options.processes, 'processes'),
    ...(options.maxConnections === undefined
      ? {}
      : { maxConnections: positive(options.maxConnections, 'max-connections') }),
    ...(options.nested === undefined ? {} : { nested: positive(options.nested, 'nested') }),
    ...(options.concurrency === undefined
      ? {}
      : { concurrency: positive(options.concurrency, 'concurrency') }),
    ...(options.transaction === undefined
      ? {}
      : { transactionMs: positive(options.transaction, 'transaction') }),
  });
  process.stdout.write(poolText(verdict, options.json === true));
  return EXIT.fine;
}

async function live(url: string, options: ExplainOptions): Promise<number> {
  if (isMysqlUrl(url)) return liveMysql(url, options);
  const { takeSnapshot } = await import('../evidence/connectors/postgres/snapshot.js');
  const { diagnoseServer } = await import('../facts/database/server/diagnose.js');
  const { statementFindings } = await import('../facts/database/server/statement-traits.js');
  const connection = await open(url, options, true);
  try {
    if (options.workload !== undefined && options.indexes) {
      const { proposeIndexes } = await import('../facts/database/index-design/what-if.js');
      const budgetBytes = positive(options.budget, 'budget') * 1e6;
      const found = await proposeIndexes(connection, workloadOf(options.workload), budgetBytes, {
        sandbox: options.sandbox === true,
      });
      process.stdout.write(proposalText(found, options.json === true));
      return EXIT.fine;
    }
    if (options.workload !== undefined) {
      const { genericPlans } = await import('../facts/database/statements/generic-plans.js');
      const plans = await genericPlans(connection, workloadOf(options.workload));
      process.stdout.write(workloadPlansText(plans, options.json === true));
      return EXIT.fine;
    }
    const snapshot = withMachine(await takeSnapshot(connection), options);
    if (options.replicaReads) return await split(snapshot, options);
    const findings = [...diagnoseServer(snapshot), ...(await statementFindings(snapshot))];
    process.stdout.write(serverText(snapshot, findings, options.json === true));
    return EXIT.fine;
  } finally {
    await connection.close();
  }
}

async function liveMysql(url: string, options: ExplainOptions): Promise<number> {
  if (options.indexes || options.sandbox)
    throw new UserError(
      EXIT.badInput,
      'Indexes are designed for PostgreSQL; MySQL and MariaDB have no planner that could be asked about an index that is not there.',
      '--indexes',
      'Give --workload alone: the plan of each statement tells which tables it reads as a whole.',
    );
  const text = await lookAtMysql({
    url,
    timeoutSeconds: positive(options.timeout, 'timeout'),
    ...(options.workload === undefined ? {} : { workload: workloadOf(options.workload) }),
    asJson: options.json === true,
  });
  process.stdout.write(text);
  return EXIT.fine;
}

async function dump(folder: string, options: ExplainOptions): Promise<number> {
  const { DumpFault, snapshotFromDump } = await import('../evidence/connectors/postgres/from-dump.js');
  const { diagnoseServer } = await import('../facts/database/server/diagnose.js');
  const { statementFindings } = await import('../facts/database/server/statement-traits.js');
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(
      EXIT.badInput,
      `There is no folder ${folder}.`,
      folder,
      'Name the folder of the export.',
    );
  try {
    const { statementsSince } = await import('../facts/database/server/statements-since.js');
    const now = snapshotFromDump(folder);
    const snapshot = withMachine(
      options.since === undefined ? now : statementsSince(snapshotFromDump(options.since), now),
      options,
    );
    if (options.replicaReads) return await split(snapshot, options);
    const findings = [...diagnoseServer(snapshot), ...(await statementFindings(snapshot))];
    process.stdout.write(serverText(snapshot, findings, options.json === true));
    return EXIT.fine;
  } catch (error) {
    if (error instanceof DumpFault) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
}

async function split(snapshot: Snapshot, options: ExplainOptions): Promise<number> {
  if (snapshot.parts.statements === undefined)
    throw new UserError(
      EXIT.couldNotRun,
      'Which reads may go to a replica follows from the statements, and there are no counters of statements.',
      'pg_stat_statements',
      'Load pg_stat_statements (shared_preload_libraries), CREATE EXTENSION pg_stat_statements, and ask again after an hour.',
    );
  const { readSplit } = await import('../facts/database/server/read-split.js');
  process.stdout.write(splitText(await readSplit(snapshot), options.json === true));
  return EXIT.fine;
}

/** What was said of the machine the server runs on. */
function withMachine(snapshot: Snapshot, options: ExplainOptions): Snapshot {
  if (options.memory === undefined && options.cores === undefined) return snapshot;
  return {
    ...snapshot,
    machine: {
      ...(options.memory === undefined ? {} : { memoryBytes: positive(options.memory, 'memory') * 2 ** 30 }),
      ...(options.cores === undefined ? {} : { cores: positive(options.cores, 'cores') }),
    },
  };
}

async function design(url: string, options: ExplainOptions): Promise<number> {
  if (isMysqlUrl(url))
    throw new UserError(
      EXIT.badInput,
      'Indexes are designed for PostgreSQL alone.',
      '--clone',
      'Name a copy of a PostgreSQL.',
    );
  if (options.workload === undefined)
    throw new UserError(
      EXIT.badInput,
      'Indexes are designed for a workload.',
      '--workload',
      'Name a file with its statements.',
    );
  const megabytes = positive(options.budget, 'budget');
  const { designIndexes } = await import('../facts/database/index-design/design.js');
  const workload = workloadOf(options.workload);
  const connection = await open(
    url,
    { ...options, timeout: String(Math.max(120, Number(options.timeout))) },
    false,
  );
  try {
    const found = await designIndexes(connection, workload, {
      budgetBytes: megabytes * 1e6,
      runs: RUNS,
      progress: progressOn(process.stderr),
    });
    process.stdout.write(designText(found, options.json === true));
    return EXIT.fine;
  } finally {
    await connection.close();
  }
}

async function open(url: string, options: ExplainOptions, readOnly: boolean): Promise<Connection> {
  const { connect } = await import('../evidence/connectors/postgres/connect.js');
  const seconds = positive(options.timeout, 'timeout');
  try {
    return await connect({ url, statementTimeoutMs: seconds * 1000, readOnly });
  } catch (error) {
    throw new UserError(
      EXIT.couldNotRun,
      `The server could not be reached: ${error instanceof Error ? error.message : String(error)}.`,
      hostOf(url),
      'Check address, database, user and PGPASSWORD; a role in pg_monitor sees all that is read.',
    );
  }
}

/** Never the password. */
function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return 'the URL given';
  }
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new UserError(
      EXIT.badInput,
      `--${option} must be a number above nought, not ${text}.`,
      `--${option}`,
      'Give a number.',
    );
  return value;
}

/** Statements of a file, at the semicolons that stand outside of quotes and comments. */
function workloadOf(path: string): { id: string; sql: string }[] {
  const statements = splitStatements(readText(path));
  if (statements.length === 0)
    throw new UserError(
      EXIT.badInput,
      'The workload holds no statement.',
      path,
      'Write SQL statements, each ended by a semicolon.',
    );
  return statements.map((sql, i) => ({ id: `s${i + 1}`, sql }));
}

/** Cuts a script into statements. Dollar quotes, quotes and comments hold together. */
export function splitStatements(sql: string): string[] {
  const out: string[] = [];
  const token = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|;/g;
  let current = '';
  let from = 0;
  for (const found of sql.matchAll(token)) {
    current += sql.slice(from, found.index);
    from = found.index + found[0].length;
    if (found[0] === ';') {
      out.push(current.trim());
      current = '';
    } else if (!found[0].startsWith('--') && !found[0].startsWith('/*')) current += found[0];
  }
  out.push((current + sql.slice(from)).trim());
  return out.filter((s) => s !== '');
}
