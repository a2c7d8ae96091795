import { readFileSync, statSync } from 'node:fs';
import { emptyCase, type ReadCase, readCase } from '../case/index.js';
import { type Planned, type Probed, planAll, probeAll } from '../evidence/connectors/live/run.js';
import { SYSTEMS } from '../evidence/connectors/registry.js';
import { isoMs, type SourceEntry } from '../evidence/connectors/source.js';
import { EXIT, UserError } from './exit.js';
import { redactionOf } from './governance.js';
import {
  cancelledByUser,
  collectInto,
  entriesOf,
  type LiveCliOptions,
  liveOptions,
  windowsOf,
} from './live.js';
import { progressOn } from './progress.js';

export interface SourcesOptions extends LiveCliOptions {
  json?: boolean;
}
export interface SourcesCollectOptions extends SourcesOptions {
  out: string;
  redact: boolean;
  redactionRules?: string;
}

const CASE_LIMIT_BYTES = 5_000_000;

function caseAt(path: string | undefined): ReadCase {
  if (path === undefined) return { case: emptyCase(), problems: [] };
  let size: number;
  try {
    size = statSync(path).size;
  } catch {
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  }
  if (size > CASE_LIMIT_BYTES)
    throw new UserError(EXIT.badInput, 'This is too large for a case file.', path, 'Name a case.yaml.');
  const read = readCase(readFileSync(path, 'utf8'));
  const error = read.problems.find((p) => p.severity === 'error');
  if (error) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
  return read;
}

/** The sources and windows that a case and the command line name. */
function wanted(
  path: string | undefined,
  options: SourcesOptions,
): { entries: SourceEntry[]; windows: ReturnType<typeof windowsOf> } {
  const read = caseAt(path);
  const systems = (read.sources ?? []).flatMap((s) => ('system' in s ? [s] : []));
  const entries = entriesOf(options.source, systems);
  if (entries.length === 0)
    throw new UserError(
      EXIT.badInput,
      'No source is named.',
      path ?? 'the command line',
      'Write --source prometheus=http://localhost:9090, or `sources:` in the case; kneepoint sources list names the systems.',
    );
  return { entries, windows: windowsOf(options, read.windows, Date.now()) };
}

/** What can be asked, with options and credentials. */
export function runSourcesList(options: { json?: boolean }): number {
  const rows = SYSTEMS.map(
    ({ id, title, gives, asks, address, defaultUrl, options: known, credentials }) => ({
      id,
      title,
      gives,
      asks,
      address: address === 'none' ? '' : (defaultUrl ?? 'http://…'),
      credentials: Object.values(credentials).flat(),
      options: known,
    }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else
    for (const row of rows) {
      process.stdout.write(`${row.id.padEnd(16)} ${row.title}: ${row.asks}\n`);
      const source = row.address === '' ? row.id : `${row.id}=${row.address}`;
      process.stdout.write(
        `${' '.repeat(17)}--source ${source}${row.credentials.length > 0 ? `, credential from ${row.credentials.join(', ')}` : ''}\n`,
      );
      for (const [name, what] of Object.entries(row.options))
        process.stdout.write(`${' '.repeat(17)}${name}: ${what}\n`);
    }
  return EXIT.fine;
}

/** 0 when every source answers, 1 when one does not. */
export async function runSourcesProbe(path: string | undefined, options: SourcesOptions): Promise<number> {
  const { entries, windows } = wanted(path, options);
  const cancel = cancelledByUser();
  const probed = await probeAll(
    liveOptions(entries, windows.windows, cancel.signal, progressOn(process.stderr)),
  );
  cancel.done();
  process.stdout.write(
    options.json ? `${JSON.stringify(probed, null, 2)}\n` : probed.map(probedText).join(''),
  );
  return probed.every((p) => p.probe) ? EXIT.fine : EXIT.checkFailed;
}

const probedText = ({ name, title, address, probe, fault, notes }: Probed): string =>
  [
    `${name}: ${probe ? `answers${probe.version === '' ? '' : `, ${title} ${probe.version}`}, can give ${probe.can.join(', ') || 'nothing here'}` : `cannot be asked: ${fault?.what}`}${address === '' ? '' : ` (${address})`}`,
    ...(fault ? [`  to do: ${fault.todo}`] : []),
    ...notes.map((n) => `  note: ${n}`),
    '',
  ].join('\n');

/** 0 when every source could be planned, 1 when one could not. */
export async function runSourcesPlan(path: string | undefined, options: SourcesOptions): Promise<number> {
  const { entries, windows } = wanted(path, options);
  const cancel = cancelledByUser();
  const plans = await planAll(
    liveOptions(entries, windows.windows, cancel.signal, progressOn(process.stderr)),
  );
  cancel.done();
  process.stdout.write(
    options.json ? `${JSON.stringify(plans, null, 2)}\n` : plans.map(plannedText).join(''),
  );
  return plans.every((p) => !p.fault) ? EXIT.fine : EXIT.checkFailed;
}

const SHOWN_QUERIES = 12;

function plannedText({ name, window, queries, calls, seconds, fault }: Planned): string {
  const head = `${name}, ${isoMs(window.fromMs)} to ${isoMs(window.toMs)}${window.role === 'unspecified' ? '' : ` (${window.role})`}`;
  if (fault) return `${head}: cannot be planned: ${fault.what}\n  to do: ${fault.todo}\n`;
  const records = queries.reduce((a, q) => a + (q.records ?? 0), 0);
  const open = queries.some((q) => q.records === undefined);
  const size = records > 0 ? `, ${open ? 'at least ' : 'about '}${records} records` : '';
  return [
    `${head}: ${calls} calls${open ? ' or more' : ''}${size}, at least ${Math.ceil(seconds)} s`,
    ...queries
      .slice(0, SHOWN_QUERIES)
      .map((q) => `  ${q.query}${q.calls === 1 ? '' : ` (${q.calls} calls)`}`),
    ...(queries.length > SHOWN_QUERIES ? [`  and ${queries.length - SHOWN_QUERIES} more`] : []),
    '',
  ].join('\n');
}

export async function runSourcesCollect(
  path: string | undefined,
  options: SourcesCollectOptions,
): Promise<number> {
  const { entries, windows } = wanted(path, options);
  const redaction = redactionOf(options.redactionRules);
  await collectInto(
    entries,
    windows,
    { bundle: options.out, redact: options.redact, redaction, again: 'kneepoint sources collect' },
    progressOn(process.stderr),
  );
  const bytes = statSync(options.out).size;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ evidence: options.out, bytes })}\n`
      : `${options.out}: ${bytes} bytes. Investigate it anywhere: kneepoint investigate ${options.out}\n`,
  );
  return EXIT.fine;
}
