import { subject, type Telemetry } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { tailDifferenceInterval, tailMean } from '../models/bootstrap.js';
import { mean } from '../models/spread.js';
import type { Entry } from './entry.js';
import type { Phases } from './phases.js';
import { fromQuery, type Origin } from './query-fact.js';
import type { Requests } from './requests.js';
import { lengthOf, type Trace } from './traces.js';

/** Durations of the entry operation that the interval is drawn from, at most so many a phase. */
const DRAWN = 4000;

/** How much longer slow requests take than before, with an interval; from the same requests as the cells. */
export async function excessOf(
  store: Store,
  requests: Requests,
  phases: Phases,
  entry: Entry,
  slow: readonly Trace[],
  /** Operations of which the slowest grown was chosen: the interval allows for the choice. */
  operations: number,
  origin: Origin,
): Promise<Telemetry['excess']> {
  const about = subject('operation', entry.operation, entry.service);
  const of = (phase: string): number[] =>
    slow.filter((t) => t.request.phase === phase).map((t) => lengthOf(t, t.root));
  const [before, after] = [of('baseline'), of('incident')];
  const baseline = before.length > 0 ? mean(before) : 0;
  const incident = mean(after);
  const interval = phases.hasBaseline
    ? await intervalOf(store, requests, phases, entry, incident - baseline, operations)
    : undefined;
  return {
    percentile: entry.percentile,
    baseline: fromQuery(
      {
        name: 'latency.slow',
        subject: about,
        value: baseline,
        unit: 'ms',
        phase: 'baseline',
        n: before.length,
      },
      origin,
    ),
    incident: fromQuery(
      {
        name: 'latency.slow',
        subject: about,
        value: incident,
        unit: 'ms',
        phase: 'incident',
        n: after.length,
      },
      origin,
    ),
    total: fromQuery(
      {
        name: 'excess.total',
        subject: about,
        value: incident - baseline,
        unit: 'ms',
        phase: 'incident',
        n: after.length,
        ...(interval ? { interval } : {}),
      },
      origin,
    ),
  };
}

async function intervalOf(
  store: Store,
  requests: Requests,
  phases: Phases,
  entry: Entry,
  total: number,
  operations: number,
): Promise<[number, number] | undefined> {
  const rows = await store.query<{ phase: string; ms: number[] }>(
    `SELECT phase, arrayMap(x -> x.2, arraySort(groupArray((Timestamp, Duration / 1e6)))) AS ms FROM (
       SELECT ${phases.sql('Timestamp')} AS phase, Timestamp, Duration FROM ${requests.sql}
       WHERE ServiceName = {service:String} AND SpanName = {operation:String}
       ORDER BY sipHash64(TraceId, SpanId), TraceId LIMIT ${DRAWN} BY phase)
     GROUP BY phase`,
    { ...phases.params, service: entry.service, operation: entry.operation },
  );
  const inTime = (phase: string): Float64Array =>
    Float64Array.from(rows.find((r) => r.phase === phase)?.ms ?? []);
  const [before, after] = [inTime('baseline'), inTime('incident')];
  if (before.length === 0 || after.length === 0) return undefined;
  const level = 1 - 0.05 / Math.max(1, operations);
  const [low, high] = tailDifferenceInterval(before, after, entry.slowShare, { level });
  const point = tailMean(after.sort(), entry.slowShare) - tailMean(before.sort(), entry.slowShare);
  // The walked requests are themselves a sample: the interval keeps its width around their mean.
  return [total + low - point, total + high - point];
}
