import type { Store } from '../evidence/store/index.js';
import type { Phases } from './phases.js';

/** Times that a case names, ISO 8601 with an offset. */
export interface CaseWindows {
  baseline?: { from: string; to: string };
  incident?: { from: string; to: string };
}

export interface CutToWindows {
  phases: Phases;
  /** What was left out, for the report. */
  says: string;
}

const TIMED = [
  ['otel_logs', 'Timestamp'],
  ['otel_metrics_gauge', 'TimeUnix'],
  ['otel_metrics_sum', 'TimeUnix'],
  ['otel_metrics_histogram', 'TimeUnix'],
  ['otel_metrics_exponential_histogram', 'TimeUnix'],
  ['otel_metrics_summary', 'TimeUnix'],
] as const;

/**
 * Keeps what lies in the windows of the case, and tells baseline from incident by them. A trace belongs where it
 * began, and stays whole. Without a window for the baseline, all before the incident is the baseline; without one for
 * the incident, all outside the baseline is the incident. Changes are kept whatever their time.
 */
export async function cutToWindows(store: Store, windows: CaseWindows): Promise<CutToWindows | undefined> {
  const { baseline, incident } = windows;
  if (!baseline && !incident) return undefined;
  const params = {
    baselineFrom: nanoseconds(baseline?.from) ?? EARLIEST,
    baselineTo: nanoseconds(baseline?.to) ?? nanoseconds(incident?.from) ?? LATEST,
    incidentFrom: nanoseconds(incident?.from) ?? EARLIEST,
    incidentTo: nanoseconds(incident?.to) ?? LATEST,
  };
  const ns = (column: string): string => `toUnixTimestamp64Nano(${column})`;
  const inBaseline = (column: string): string =>
    `(${ns(column)} >= {baselineFrom:Int64} AND ${ns(column)} < {baselineTo:Int64})`;
  const kept = (column: string): string =>
    `(${inBaseline(column)} OR (${ns(column)} >= {incidentFrom:Int64} AND ${ns(column)} < {incidentTo:Int64}))`;
  const before = await rows(store);
  await store.command(
    `DELETE FROM otel_traces WHERE TraceId IN (
       SELECT TraceId FROM otel_traces GROUP BY TraceId HAVING NOT ${kept('min(Timestamp)')})`,
    params,
  );
  for (const [table, time] of TIMED)
    await store.command(`DELETE FROM ${table} WHERE NOT ${kept(time)}`, params);
  const left = before - (await rows(store));
  return {
    phases: {
      hasBaseline: true,
      by: 'windows',
      sql: (time) => `if(${inBaseline(time)}, 'baseline', 'incident')`,
      params,
    },
    says: `The case names its windows: ${said('baseline', baseline)}, ${said('incident', incident)}. ${left} records lie outside of them and were left out.`,
  };
}

const EARLIEST = '-9000000000000000000';
const LATEST = '9000000000000000000';
const nanoseconds = (iso: string | undefined): string | undefined =>
  iso === undefined ? undefined : (BigInt(Date.parse(iso)) * 1_000_000n).toString();

const said = (what: string, window: { from: string; to: string } | undefined): string =>
  window
    ? `${what} ${new Date(window.from).toISOString()} to ${new Date(window.to).toISOString()}`
    : `${what} the rest`;

async function rows(store: Store): Promise<number> {
  let sum = 0;
  for (const table of ['otel_traces', ...TIMED.map(([t]) => t)]) {
    const [row] = await store.query<{ n: number }>(`SELECT count() AS n FROM ${table}`);
    sum += row?.n ?? 0;
  }
  return sum;
}
