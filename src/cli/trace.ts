import { existsSync } from 'node:fs';
import { collect } from '../evidence/collect.js';
import { openStore } from '../evidence/store/index.js';
import { type Awaited, awaitedCalls } from '../facts/trace-study/after-answer.js';
import { type Edit, nameOfSpan, touched } from '../facts/trace-study/edits.js';
import { loadStudy, type TraceStudy } from '../facts/trace-study/load.js';
import { type PathSummary, pathSummary } from '../facts/trace-study/path-shares.js';
import { reTimed } from '../facts/trace-study/re-timed.js';
import { TURN_WORDS, whyAwaited } from '../facts/trace-study/why-awaited.js';
import { lengthOf } from '../facts/traces.js';
import type { WhatIf } from '../models/what-if.js';
import { EXIT, UserError } from './exit.js';
import { progressOn } from './progress.js';
import {
  type CriticalPathOptions,
  parseEdits,
  type TraceOptions,
  type WhatIfOptions,
} from './trace-edits.js';

/** Rows of a table on the terminal. */
const MOST_ROWS = 25;
const MOST_NAMES = 12;

/** Prints where requests spend their time on the critical path. */
export async function runCriticalPath(files: string[], options: CriticalPathOptions): Promise<number> {
  const study = await read(files, options, options.trace);
  if (options.trace !== undefined) return onePath(study, options.json === true);
  const summary = pathSummary(study.traces);
  const { service, operation } = study;
  write(
    options.json
      ? json({ service, operation, requestsInFiles: study.requests, ...summary, problems: study.problems })
      : shownPath(study, summary),
  );
  return EXIT.fine;
}

function onePath(study: TraceStudy, asJson: boolean): number {
  const trace = study.traces[0] as TraceStudy['traces'][number];
  const pieces = trace.sections.map((s) => ({
    startMs: round(s.start),
    durationMs: round(s.end - s.start),
    service: s.key.service,
    operation: s.key.operation,
    kind: s.key.kind,
  }));
  const whole = lengthOf(trace, trace.root);
  write(
    asJson
      ? json({ traceId: trace.request.traceId, durationMs: round(whole), pieces, orphans: trace.orphans })
      : [
          `trace ${trace.request.traceId}: ${ms(whole)}, ${trace.spans.length} spans, ${pieces.length} pieces on the critical path`,
          ...(trace.orphans > 0
            ? [
                `incomplete: ${trace.orphans} spans name a parent that is not there; their time counts as the caller's own`,
              ]
            : []),
          ...table(
            ['at', 'takes', '', 'what'],
            pieces.map((p) => [ms(p.startMs), ms(p.durationMs), p.kind, `${p.service}/${p.operation}`]),
          ),
        ].join('\n'),
  );
  return EXIT.fine;
}

/** Re-times the requests with the changes of the options and prints what each percentile would have been. */
export async function runWhatIf(files: string[], options: WhatIfOptions): Promise<number> {
  const edits = parseEdits(options);
  const study = await read(files, options);
  for (const edit of edits)
    if (!study.traces.some((t) => touched(t, edit).length > 0)) throw namesNothing(study, edit);
  const result = reTimed(study, edits);
  const spansChanged = edits.map((edit) => ({
    ...edit,
    spansPerRequest: round(
      study.traces.reduce((n, t) => n + touched(t, edit).length, 0) / study.traces.length,
    ),
  }));
  const { service, operation } = study;
  write(
    options.json
      ? json({ service, operation, edits: spansChanged, ...result, problems: study.problems })
      : shownWhatIf(study, result, spansChanged),
  );
  return EXIT.fine;
}

/** Prints what requests wait for, and which of it may be done after the answer. */
export async function runAsync(files: string[], options: TraceOptions): Promise<number> {
  const study = await read(files, options);
  const awaited = awaitedCalls(study.traces);
  const { service, operation } = study;
  write(
    options.json
      ? json({
          service,
          operation,
          requests: study.traces.length,
          awaited: awaited.map((a) => ({
            ...a,
            savedMs: round(a.savedMs),
            ...(a.interval ? { interval: a.interval.map(round) } : {}),
            calls: round(a.calls),
            because: because(a),
          })),
          problems: study.problems,
        })
      : shownAwaited(study, awaited),
  );
  return EXIT.fine;
}

function shownAwaited(study: TraceStudy, awaited: readonly Awaited[]): string {
  if (awaited.length === 0) return `${headOf(study)}\nThey wait for no call and no statement.`;
  const later = awaited.filter((a) => a.turn === 'after');
  return [
    headOf(study),
    later.length === 0
      ? 'Nothing that is known to be free to come after the answer.'
      : `${later.length} of ${awaited.length} kinds of calls may come after the answer; each alone would save:`,
    '',
    ...table(
      ['shorter by', '95 %', 'calls', 'may be done', 'what, and why'],
      awaited.map((a) => [
        ms(a.savedMs),
        a.interval ? `${ms(a.interval[0])} to ${ms(a.interval[1])}` : '',
        a.calls.toFixed(1),
        TURN_WORDS[a.turn],
        `${a.service}: ${a.operation}${a.peer ? ` → ${a.peer.name}` : ''}: ${because(a)}`,
      ]),
    ),
    '',
    'Shorter by: mean a request, the smaller of two re-timings. What must not be lost goes through an outbox: a row in',
    'the same commit, sent by a worker. Names are evidence, not proof: ask the owner of the code before moving a call.',
  ].join('\n');
}

const because = (a: Awaited): string =>
  whyAwaited(a, (_, value) => String(value))
    .map((s) => (typeof s === 'string' ? s : 'n' in s ? s.n : 'name' in s ? s.name : s.quote))
    .join('') || 'nothing tells what it is for';

function namesNothing(study: TraceStudy, edit: Edit): UserError {
  const names = new Map<string, number>();
  for (const t of study.traces)
    t.spans.forEach((_, row) => {
      const name = nameOfSpan(t, row);
      if (row !== t.root) names.set(name, (names.get(name) ?? 0) + lengthOf(t, row));
    });
  const most = [...names].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_NAMES);
  return new UserError(
    EXIT.badInput,
    `No span of ${study.service}/${study.operation} is named ${edit.spans}.`,
    `--${edit.kind}`,
    `Name one of: ${most.map(([n]) => n).join(', ') || 'none; these requests have no other spans'}. * stands for anything.`,
  );
}

async function read(files: readonly string[], options: TraceOptions, traceId?: string): Promise<TraceStudy> {
  for (const file of files)
    if (!existsSync(file))
      throw new UserError(EXIT.badInput, `There is no file ${file}.`, file, 'Check the path.');
  const progress = progressOn(process.stderr);
  const store = await openStore({});
  try {
    progress('reading traces');
    const collected = await collect(
      files.map((path) => ({ path, role: 'incident' as const })),
      store,
      { redact: true },
    );
    for (const p of collected.problems) process.stderr.write(`kneepoint: ${p.where}: ${p.what} ${p.todo}\n`);
    progress('walking requests');
    const study = await loadStudy(store, options.request, traceId);
    if (!study)
      throw new UserError(
        EXIT.badInput,
        'There are no spans in what was read.',
        files.join(', '),
        'Give traces as OTLP JSON or protobuf, Jaeger JSON or a span list.',
      );
    if (study.traces.length === 0) throw nothingNamed(study, options, traceId);
    for (const p of study.problems) process.stderr.write(`kneepoint: ${p.what} ${p.todo}\n`);
    return study;
  } finally {
    await store.close();
  }
}

function nothingNamed(study: TraceStudy, options: TraceOptions, traceId: string | undefined): UserError {
  if (study.operations.length === 0 && traceId !== undefined)
    return new UserError(
      EXIT.badInput,
      `No request has a trace id that starts with ${traceId}.`,
      '--trace',
      'Check the id; a trace whose first span is missing has no request.',
    );
  const names = study.operations.slice(0, MOST_NAMES).map((o) => `${o.service}/${o.operation}`);
  return new UserError(
    EXIT.badInput,
    options.request === undefined
      ? 'No request could be walked.'
      : `No request comes in by ${options.request}.`,
    '--request',
    `Requests come in by: ${names.join(', ')}.`,
  );
}

function shownPath(study: TraceStudy, s: PathSummary): string {
  const rows = s.shares.slice(0, MOST_ROWS);
  const rest = s.shares.slice(MOST_ROWS);
  return [
    headOf(study),
    `p50 ${ms(s.p50Ms)}, p95 ${ms(s.p95Ms)}, p99 ${ms(s.p99Ms)}; the slowest ${s.slow} beside all, mean ms on the critical path:`,
    '',
    ...table(
      ['slowest', '', 'all', '', 'spans', 'kind', 'what'],
      rows.map((r) => [
        ms(r.slowMs),
        percent(r.slowShare),
        ms(r.meanMs),
        percent(r.share),
        r.calls.toFixed(1),
        r.kind,
        `${r.service}/${r.operation}`,
      ]),
    ),
    ...(rest.length > 0
      ? [`and ${rest.length} more with ${ms(rest.reduce((sum, r) => sum + r.slowMs, 0))} together`]
      : []),
  ].join('\n');
}

function shownWhatIf(
  study: TraceStudy,
  result: WhatIf,
  edits: readonly (Edit & { spansPerRequest: number })[],
): string {
  const effect = (e: WhatIf['rows'][number]['optimistic']): string =>
    `${ms(e.after)} (${signed(-e.saved)}${e.interval ? `; ${signed(-e.interval[1])} to ${signed(-e.interval[0])}` : ''})`;
  return [
    headOf(study),
    ...edits.map((e) => `${e.kind} ${e.spans}: ${e.spansPerRequest} spans a request`),
    `${result.changed} of ${result.traces} requests change`,
    '',
    ...table(
      ['', 'recorded', 'at least', 'at best'],
      result.rows.map((r) => [
        r.statistic,
        ms(r.pessimistic.before),
        effect(r.pessimistic),
        effect(r.optimistic),
      ]),
    ),
    '',
    'At least: every call waits for all that ended before it. At best: it waits only for calls that never ran beside it',
    'in any of these traces. In brackets the change and its 95 % interval over resampled requests. Load is as recorded:',
    'what a freed resource gives to others comes on top.',
  ].join('\n');
}

const headOf = (s: TraceStudy): string =>
  `${s.service}/${s.operation}: ${s.traces.length} requests${s.requests > s.traces.length ? ` of ${s.requests}` : ''}`;

const write = (text: string): void => void process.stdout.write(`${printable(text)}\n`);
const json = (value: unknown): string => JSON.stringify(value, null, 2);
/** Names come from the files: nothing in them may steer the terminal. */
const printable = (text: string): string =>
  [...text].filter((c) => c === '\n' || (c >= ' ' && !(c >= '\u007f' && c <= '\u009f'))).join('');

const round = (x: number): number => Number(x.toPrecision(6));
const ms = (x: number): string => `${x >= 100 ? x.toFixed(0) : x >= 1 ? x.toFixed(1) : x.toFixed(2)} ms`;
const signed = (x: number): string => `${x > 0 ? '+' : x < 0 ? '−' : ''}${ms(Math.abs(x))}`;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

/** Columns set out to equal width; all but the last are right-aligned. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [titles, ...rows];
  const widths = titles.map((_, i) => Math.max(...all.map((r) => (r[i] ?? '').length)));
  return all.map((r) =>
    r
      .map((cell, i) => (i === titles.length - 1 ? cell : cell.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
}
