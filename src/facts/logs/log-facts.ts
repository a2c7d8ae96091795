import {
  type Block,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  quote,
  say,
  subject,
  table,
} from '../../domain/index.js';
import type { Params, Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';
import { fromQuery, type Origin } from '../query-fact.js';
import { type ChangedTemplate, type LogLine, templateCounter } from './changed-templates.js';
import { logSigns } from './log-signs.js';
import { logVolume } from './log-volume.js';

/** Templates of log lines that are new, gone, or more or less frequent, as facts and as the blocks that show them. */
export interface LogFacts {
  facts: Fact[];
  blocks: Block[];
  changed: ChangedTemplate[];
}

const NOTHING: LogFacts = { facts: [], blocks: [], changed: [] };
/** Templates that are shown; what follows says less. */
const SHOWN = 8;
/** Lines that are read, in order of time: enough for days of one team's services. */
const MOST_LINES = 3_000_000;

/**
 * What the logs say now that they did not say before: mined templates, incident against baseline, with the first time
 * seen and how long the requests took that logged them. Empty without a baseline or without logs in both phases.
 */
export async function logFacts(store: Store, phases: Phases, sources: readonly string[]): Promise<LogFacts> {
  if (!phases.hasBaseline) return NOTHING;
  const params = phases.params as Params;
  const spans = await store.query<{ phase: string; fromMs: number; toMs: number }>(
    `SELECT ${phases.sql('Timestamp')} AS phase, toUnixTimestamp64Milli(min(Timestamp)) AS fromMs,
            toUnixTimestamp64Milli(max(Timestamp)) AS toMs FROM otel_logs GROUP BY phase ORDER BY phase`,
    params,
  );
  const spanOf = (phase: string): [number, number] | undefined => {
    const s = spans.find((x) => x.phase === phase);
    return s && [Number(s.fromMs), Number(s.toMs)];
  };
  const [baseline, incident] = [spanOf('baseline'), spanOf('incident')];
  if (!baseline || !incident) return NOTHING;
  const counter = templateCounter({ baseline, incident });
  const query = `SELECT toUnixTimestamp64Milli(Timestamp) AS atMs, ${phases.sql('Timestamp')} AS phase, ServiceName AS service,
      SeverityText AS severity, substring(${MESSAGE}, 1, 2000) AS message, TraceId AS traceId
    FROM otel_logs ORDER BY Timestamp, KpSource, KpLine LIMIT ${MOST_LINES}`;
  for await (const block of store.stream<LogLine>(query, params))
    for (const line of block) counter.add({ ...line, atMs: Number(line.atMs) });
  const { changed, compared, lines, services } = counter.changes();
  const origin: Origin = { query: 'otel_logs: templates, incident against baseline', rows: lines, sources };
  const durations = await requestDurations(store, changed.slice(0, SHOWN));
  const looked = fromQuery(
    { name: 'logs.templates.compared', subject: subject('system', 'logs'), value: compared, unit: 'count' },
    origin,
  );
  const rows = changed.slice(0, SHOWN).map((t, i) => templateRow(t, durations[i], origin));
  return {
    facts: [
      looked,
      ...rows.flatMap((r) => r.facts),
      ...logSigns(changed, services, origin),
      ...(await logVolume(store, phases, sources)),
    ],
    blocks: [
      heading(say`What the logs say now and did not say before`),
      rows.length === 0
        ? paragraph(
            say`None of ${num(looked)} kinds of message became more or less frequent beyond chance and load.`,
          )
        : table(
            ['Message', 'Service', 'Change', '> Lines before', '> Lines during', '> Its requests take'],
            rows.map((r) => r.cells),
            say`${num(looked)} kinds of message compared; what chance, bursts or more load would show is left out.`,
          ),
    ],
    changed,
  };
}

/** A record without a body says what happened by its exception or its event name. */
const MESSAGE = `multiIf(Body != '', Body, LogAttributes['exception.message'] != '', concat(LogAttributes['exception.type'], ' ', LogAttributes['exception.message']), LogAttributes['message'] != '', LogAttributes['message'], EventName)`;

const SAYS: Readonly<Record<ChangedTemplate['kind'], string>> = {
  new: 'new since',
  gone: 'gone since',
  more: 'more often, first at',
  less: 'less often, first at',
};

function templateRow(t: ChangedTemplate, durationMs: number | undefined, origin: Origin) {
  const about = subject('class', t.template, t.service);
  const lines = (phase: 'baseline' | 'incident', value: number): Fact =>
    fromQuery({ name: 'log.lines', subject: about, value, unit: 'count', phase }, origin);
  const [before, during] = [lines('baseline', t.before), lines('incident', t.during)];
  const took =
    durationMs === undefined
      ? undefined
      : fromQuery(
          { name: 'log.requests.p50', subject: about, value: durationMs, unit: 'ms', phase: 'incident' },
          { ...origin, query: 'otel_traces: requests in whose traces the message was logged' },
        );
  return {
    facts: [before, during, ...(took ? [took] : [])],
    cells: [
      say`${quote(t.template.slice(0, 160))}`,
      say`${name(t.service)}`,
      say`${SAYS[t.kind]} ${name(new Date(t.atMs).toISOString())}`,
      say`${num(before)}`,
      say`${num(during)}`,
      took ? say`${num(took)}` : say`no trace`,
    ],
  };
}

/** Median duration of the requests (the longest span of each trace) in which each template was logged. */
async function requestDurations(
  store: Store,
  templates: readonly ChangedTemplate[],
): Promise<(number | undefined)[]> {
  const ids = [...new Set(templates.flatMap((t) => t.traceIds))].sort();
  if (ids.length === 0) return templates.map(() => undefined);
  const rows = await store.query<{ traceId: string; ms: number }>(
    `SELECT TraceId AS traceId, max(Duration) / 1e6 AS ms FROM otel_traces
     WHERE has({ids:Array(String)}, TraceId) GROUP BY traceId ORDER BY traceId`,
    { ids },
  );
  const byId = new Map(rows.map((r) => [r.traceId, r.ms]));
  return templates.map((t) => {
    const all = t.traceIds.flatMap((id) => byId.get(id) ?? []).sort((a, b) => a - b);
    return all[Math.floor((all.length - 1) / 2)];
  });
}
