import type { Case } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { quantile, sorted } from '../models/quantile.js';
import { type Phases, phasesByTime } from './phases.js';
import type { Requests } from './requests.js';

/** Parts that the time of the traces is cut into to find the onset. */
const PARTS = 48;
/** Requests a part needs, and parts on either side of an onset. */
const REQUESTS_A_PART = 5;
const PARTS_A_SIDE = 6;
/** Requests that each side of a change needs to be compared. */
const REQUESTS_A_SIDE = 40;
/** Probability below which a rise is not chance, and the factor it must have. */
const CHANCE = 1e-4;
const RISEN = 1.5;

export interface ChosenPhases {
  phases: Phases;
  /** How the baseline was found, when nobody named one. */
  says?: string;
}

/**
 * What to compare with: the sources named as the baseline; else what lies before the onset of a slowdown within the
 * recording; else what lies before the first change within it; else nothing.
 */
export async function choosePhases(
  store: Store,
  requests: Requests | undefined,
  byRole: Phases,
  theCase: Case,
): Promise<ChosenPhases> {
  if (byRole.hasBaseline) return { phases: byRole };
  const onsetNs = (requests ? await findOnset(store, requests) : undefined) ?? (await findMetricOnset(store));
  if (onsetNs !== undefined)
    return {
      phases: phasesByTime(onsetNs, 'onset'),
      says: `No baseline was given. Latency rose at ${iso(onsetNs)}; what was recorded before then is taken as the baseline.`,
    };
  const changeNs = requests ? await firstChange(store, requests, theCase) : undefined;
  if (changeNs !== undefined)
    return {
      phases: phasesByTime(changeNs, 'change'),
      says: `No baseline was given. The first change within the recording was at ${iso(changeNs)}; what was recorded before then is taken as the baseline.`,
    };
  return { phases: byRole };
}

/** Start of the part from which the tail of some busy operation is higher than before, beyond chance; ns since 1970. */
async function findOnset(store: Store, requests: Requests): Promise<bigint | undefined> {
  const [range] = await store.query<{ from: string; to: string; n: number }>(
    `SELECT toString(toUnixTimestamp64Nano(min(Timestamp))) AS from, toString(toUnixTimestamp64Nano(max(Timestamp))) AS to, count() AS n FROM ${requests.sql}`,
  );
  if (!range || range.n < PARTS * REQUESTS_A_PART) return undefined;
  const from = BigInt(range.from);
  const step = (BigInt(range.to) - from) / BigInt(PARTS) + 1n;
  const rows = await store.query<{
    service: string;
    operation: string;
    part: number;
    p90: number;
    n: number;
  }>(
    `SELECT ServiceName AS service, SpanName AS operation, count() AS n, quantileExact(0.9)(Duration) AS p90,
            intDiv(toUnixTimestamp64Nano(Timestamp) - {from:Int64}, {step:Int64}) AS part
     FROM ${requests.sql} GROUP BY service, operation, part HAVING n >= ${REQUESTS_A_PART}
     ORDER BY service, operation, part LIMIT 100000`,
    { from: from.toString(), step: step.toString() },
  );
  const byOperation = new Map<string, typeof rows>();
  for (const r of rows) {
    const key = JSON.stringify([r.service, r.operation]);
    byOperation.set(key, [...(byOperation.get(key) ?? []), r]);
  }
  let best: { weight: number; part: number } | undefined;
  for (const [, parts] of [...byOperation].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const at = rise(parts.map((p) => p.p90));
    const weight = parts.reduce((a, p) => a + p.n * p.p90, 0);
    const part = at === undefined ? undefined : parts[at]?.part;
    if (part !== undefined && (!best || weight > best.weight)) best = { weight, part };
  }
  return best === undefined ? undefined : from + BigInt(best.part) * step;
}

/** Points of a metric beyond this many are thinned out. */
const POINTS = 200;

/** Start of the strongest lasting rise of a latency metric, where there are points enough; ns since 1970. */
async function findMetricOnset(store: Store): Promise<bigint | undefined> {
  const rows = await store.query<{ at: string[]; value: number[] }>(
    `SELECT arrayMap(x -> toString(x.1), points) AS at, arrayMap(x -> x.2, points) AS value
     FROM (SELECT ServiceName, MetricName, toString(Attributes) AS labels,
                  arraySort(groupArray((toUnixTimestamp64Nano(TimeUnix), Value))) AS points
           FROM otel_metrics_gauge WHERE match(lower(MetricName), 'latency|duration|response_time|p9[059]')
           GROUP BY ServiceName, MetricName, labels HAVING count() >= ${2 * PARTS_A_SIDE}
           ORDER BY ServiceName, MetricName, labels LIMIT 2000)`,
  );
  let best: { by: number; at: string } | undefined;
  for (const { at, value } of rows) {
    const step = Math.max(1, Math.ceil(value.length / POINTS));
    const thin = value.filter((_, i) => i % step === 0);
    const from = rise(thin);
    const moment = from === undefined ? undefined : at[from * step];
    if (from === undefined || moment === undefined) continue;
    const middle = (part: readonly number[]): number => quantile(sorted(part), 0.5);
    const by = middle(thin.slice(from)) / Math.max(1e-9, middle(thin.slice(0, from)));
    if (!best || by > best.by) best = { by, at: moment };
  }
  return best === undefined ? undefined : BigInt(best.at);
}

/**
 * Index from which a series is higher than before; nothing when chance or a small rise would do.
 * (A. N. Pettitt, A non-parametric approach to the change-point problem, Applied Statistics 28, 1979, eq. 2.)
 */
export function rise(values: readonly number[]): number | undefined {
  const n = values.length;
  if (n < 2 * PARTS_A_SIDE) return undefined;
  let u = 0;
  let lowest = { u: 0, at: 0 };
  for (let i = 0; i < n - 1; i++) {
    for (const v of values) u += Math.sign((values[i] as number) - v);
    if (u < lowest.u) lowest = { u, at: i + 1 };
  }
  const k = -lowest.u;
  const chance = 2 * Math.exp((-6 * k * k) / (n ** 3 + n ** 2));
  if (chance > CHANCE || lowest.at < PARTS_A_SIDE || n - lowest.at < PARTS_A_SIDE) return undefined;
  const middle = (part: readonly number[]): number => quantile(sorted(part), 0.5);
  return middle(values.slice(lowest.at)) >= RISEN * middle(values.slice(0, lowest.at))
    ? lowest.at
    : undefined;
}

/** The first change within the recording that leaves requests enough on both sides. */
async function firstChange(store: Store, requests: Requests, theCase: Case): Promise<bigint | undefined> {
  const recorded = await store.query<{ at: string }>(
    "SELECT toString(toUnixTimestamp64Nano(Timestamp)) AS at FROM changes WHERE HasTime AND Kind != 'commit' ORDER BY Timestamp LIMIT 200",
  );
  const told = theCase.changes.flatMap((c) => {
    const ms = c.at === undefined ? Number.NaN : Date.parse(c.at);
    return Number.isNaN(ms) ? [] : [BigInt(ms) * 1_000_000n];
  });
  const times = [...recorded.map((r) => BigInt(r.at)), ...told].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  for (const at of times) {
    const [sides] = await store.query<{ before: number; after: number }>(
      `SELECT countIf(toUnixTimestamp64Nano(Timestamp) < {at:Int64}) AS before, countIf(toUnixTimestamp64Nano(Timestamp) >= {at:Int64}) AS after FROM ${requests.sql}`,
      { at: at.toString() },
    );
    if (sides && sides.before >= REQUESTS_A_SIDE && sides.after >= REQUESTS_A_SIDE) return at;
  }
  return undefined;
}

const iso = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
