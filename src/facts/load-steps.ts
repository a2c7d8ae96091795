import type { Store } from '../evidence/store/index.js';
import type { CapacityStep, ResourceUse } from '../models/capacity/steps.js';
import type { Requests } from './requests.js';
import { busyShares } from './use/busy.js';
import { type Gathered, grouped, matching } from './use/gather.js';
import { SERVED_REQUESTS } from './use/requests.js';
import { type Cut, histogramQuantile, loadSeries, merged, type Series, toMs } from './use/series.js';

/** Steps of load that a running system went through by itself, and what was made of its time to see them. */
export interface RecordedSteps {
  /** The service whose requests are counted. */
  entry: string;
  steps: CapacityStep[];
  /** Seconds of one part of the time, and parts in all. */
  partSeconds: number;
  parts: number;
}

const MOST_PARTS = 240;
const MOST_STEPS = 12;
const LEAST_REQUESTS = 50;
/** Points of a metric that a part needs for a mean and for a rate. */
const POINTS_A_PART = 4;
const NICE_SECONDS = [1, 2, 4, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 86_400];
/** Metrics that the steps need, by RE2 on the plain name. */
const NEEDED = 'cpu|event_?loop|http_.*(duration|requests)|rpc_server|grpc_server|request.*duration';

/**
 * Cuts the recorded time into parts, and gathers parts of like load into at most twelve steps: rate, latency and busy shares,
 * as a load test would have them. `undefined` without requests.
 */
export async function recordedSteps(
  store: Store,
  requests: Requests | undefined,
): Promise<RecordedSteps | undefined> {
  const range = await rangeOf(store, requests);
  if (!range) return undefined;
  const seconds = await partSeconds(store, range);
  const cut = cutOf(range.fromMs, seconds);
  const series = await loadSeries(store, cut, NEEDED);
  const entry = range.entry ?? busiest(series);
  if (entry === undefined) return undefined;
  const byPart = grouped(series, (s) => s.phase);
  const traced = requests ? await tracedParts(store, requests, entry, cut) : new Map<string, number>();
  const count = Math.max(1, Math.ceil((range.toMs - range.fromMs) / 1000 / seconds));
  const parts = Array.from({ length: count }, (_, i) => String(i)).flatMap((part): Part[] => {
    // The first and the last part are cut off by the recording.
    if (count > 3 && (part === '0' || part === String(count - 1))) return [];
    const own = byPart.get(part) ?? [];
    const served = merged(servedBy(own, entry));
    const counted = served && served.seconds > 0 ? served.count / served.seconds : undefined;
    const rate = counted || (traced.get(part) ?? 0) / seconds;
    return rate > 0 ? [{ part, rate, served, resources: resourcesOf(own) }] : [];
  });
  const groups = alike(parts, traced);
  const latency = requests
    ? await tracedLatency(store, requests, entry, cut, groups)
    : new Map<string, Latency>();
  return {
    entry,
    partSeconds: seconds,
    parts: parts.length,
    steps: groups.map((group, i) => stepOf(group, latency.get(String(i)), seconds)),
  };
}

interface Range {
  fromMs: number;
  toMs: number;
  entry?: string;
}
interface Part {
  part: string;
  rate: number;
  served: Series | undefined;
  resources: ResourceUse[];
}
interface Latency {
  meanMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

const ofMetrics = `(SELECT TimeUnix, ServiceName, MetricName, Attributes, ResourceAttributes FROM otel_metrics_gauge
  UNION ALL SELECT TimeUnix, ServiceName, MetricName, Attributes, ResourceAttributes FROM otel_metrics_sum)`;

/** From the first to the last request of the service that has most; by metrics alone without traces. */
async function rangeOf(store: Store, requests: Requests | undefined): Promise<Range | undefined> {
  const [row] = await store.query<{ entry: string; fromMs: number; toMs: number; n: number }>(
    requests
      ? `SELECT ServiceName AS entry, toUnixTimestamp64Milli(min(Timestamp)) AS fromMs, toUnixTimestamp64Milli(max(Timestamp)) AS toMs, count() AS n
         FROM ${requests.sql} GROUP BY entry ORDER BY n DESC, entry LIMIT 1`
      : `SELECT '' AS entry, toUnixTimestamp64Milli(min(TimeUnix)) AS fromMs, toUnixTimestamp64Milli(max(TimeUnix)) AS toMs, count() AS n FROM otel_metrics_histogram`,
  );
  return row && row.n > 1 && row.toMs > row.fromMs
    ? { fromMs: row.fromMs, toMs: row.toMs, ...(row.entry === '' ? {} : { entry: row.entry }) }
    : undefined;
}

/** Long enough for four points of the usual metric, and for no more than 240 parts. */
async function partSeconds(store: Store, { fromMs, toMs }: Range): Promise<number> {
  const [row] = await store.query<{ gap: number }>(
    `SELECT quantileExact(0.5)(step) AS gap FROM (
       SELECT arrayJoin(arrayDifference(arraySort(groupArray(toUnixTimestamp64Milli(TimeUnix))))) AS step
       FROM ${ofMetrics} WHERE match(replaceRegexpAll(lower(MetricName), '[^a-z0-9]+', '_'), {only:String})
       GROUP BY ServiceName, MetricName, Attributes, ResourceAttributes) WHERE step > 0`,
    { only: NEEDED },
  );
  const least = Math.max(1, (POINTS_A_PART * (row?.gap ?? 0)) / 1000, (toMs - fromMs) / 1000 / MOST_PARTS);
  return NICE_SECONDS.find((s) => s >= least) ?? Math.ceil(least);
}

const cutOf = (fromMs: number, seconds: number): Cut => ({
  sql: (time) => `toString(intDiv(toUnixTimestamp64Milli(${time}) - {partsFromMs:Int64}, {partMs:Int64}))`,
  params: { partsFromMs: String(fromMs), partMs: String(Math.round(seconds * 1000)) },
});

const gathered = (series: readonly Series[]): Gathered => ({ phase: 'incident', series, sources: [] });
const servedBy = (series: readonly Series[], service: string): Series[] =>
  matching(gathered(series), SERVED_REQUESTS, 'histogram').filter(
    (s) => s.service === service && s.seconds > 0,
  );

function busiest(series: readonly Series[]): string | undefined {
  const counts = new Map<string, number>();
  for (const s of matching(gathered(series), SERVED_REQUESTS, 'histogram'))
    counts.set(s.service, (counts.get(s.service) ?? 0) + s.count);
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]?.[0];
}

/** Busy shares of event loops, and of the processors of what has none. */
function resourcesOf(series: readonly Series[]): ResourceUse[] {
  const facts = busyShares(gathered(series));
  const loops = facts.filter((f) => f.name === 'eventloop.utilisation.mean');
  const looped = new Set(loops.map((f) => f.subject.id));
  const shares = facts.filter((f) => f.name === 'cpu.utilisation.mean' && !looped.has(f.subject.id));
  const use = (what: string) => (f: (typeof facts)[number]) => {
    const count = facts.find((x) => x.name === 'eventloop.count' && x.subject.id === f.subject.id);
    return {
      name: `${what} of ${f.subject.name}`,
      busy: f.value,
      ...(count ? { servers: count.value } : {}),
    };
  };
  return [...loops.map(use('event loop')), ...shares.map(use('processors'))];
}

const tracedParts = async (
  store: Store,
  requests: Requests,
  entry: string,
  cut: Cut,
): Promise<Map<string, number>> => {
  const rows = await store.query<{ part: string; n: number }>(
    `SELECT ${cut.sql('Timestamp')} AS part, count() AS n FROM ${requests.sql} WHERE ServiceName = {entry:String} GROUP BY part ORDER BY part`,
    { ...cut.params, entry },
  );
  return new Map(rows.map((r) => [r.part, Number(r.n)]));
};

/** Parts in order of rate, in groups that hold requests enough for a tail where there are that many. */
function alike(parts: readonly Part[], traced: ReadonlyMap<string, number>): Part[][] {
  const ordered = [...parts].sort((a, b) => a.rate - b.rate || Number(a.part) - Number(b.part));
  const each = Math.ceil(ordered.length / MOST_STEPS);
  const groups: Part[][] = [];
  let open: Part[] = [];
  const requestsIn = (group: readonly Part[]): number =>
    group.reduce((a, p) => a + Math.max(traced.get(p.part) ?? 0, p.served?.count ?? 0), 0);
  for (const part of ordered) {
    open.push(part);
    if (open.length >= each && requestsIn(open) >= LEAST_REQUESTS) {
      groups.push(open);
      open = [];
    }
  }
  if (open.length > 0) {
    const last = groups.at(-1);
    if (last && (open.length < each || requestsIn(open) < LEAST_REQUESTS)) last.push(...open);
    else groups.push(open);
  }
  return groups;
}

/** Latency of the requests of each group, exactly, by the number of the group. */
async function tracedLatency(
  store: Store,
  requests: Requests,
  entry: string,
  cut: Cut,
  groups: readonly (readonly Part[])[],
): Promise<Map<string, Latency>> {
  const from = groups.flatMap((g) => g.map((p) => p.part));
  const to = groups.flatMap((g, i) => g.map(() => String(i)));
  if (from.length === 0) return new Map();
  const rows = await store.query<{ step: string; mean: number; levels: number[] }>(
    `SELECT transform(${cut.sql('Timestamp')}, {from:Array(String)}, {to:Array(String)}, '') AS step,
            avg(Duration) / 1e6 AS mean, quantilesExact(0.5, 0.95, 0.99)(Duration) AS levels
     FROM ${requests.sql} WHERE ServiceName = {entry:String} GROUP BY step HAVING step != '' ORDER BY step`,
    { ...cut.params, entry, from, to },
  );
  return new Map(
    rows.map((r) => {
      const [p50 = 0, p95 = 0, p99 = 0] = r.levels.map((ns) => Number(ns) / 1e6);
      return [r.step, { meanMs: r.mean, p50Ms: p50, p95Ms: p95, p99Ms: p99 }];
    }),
  );
}

function stepOf(group: readonly Part[], traced: Latency | undefined, seconds: number): CapacityStep {
  const mean = (of: (p: Part) => number): number => group.reduce((a, p) => a + of(p), 0) / group.length;
  const names = [...new Set(group.flatMap((p) => p.resources.map((r) => r.name)))].sort();
  const latency = traced ?? countedLatency(group);
  return {
    throughput: mean((p) => p.rate),
    ...(latency ?? {}),
    resources: names.map((name) => {
      const own = group.flatMap((p) => p.resources.filter((r) => r.name === name));
      const servers = own[0]?.servers;
      return {
        name,
        busy: own.reduce((a, r) => a + r.busy, 0) / own.length,
        ...(servers === undefined ? {} : { servers }),
      };
    }),
    from: `${group.length} times ${seconds} s`,
  };
}

/** Latency from the histograms of the service itself; percentiles to within a bucket. */
function countedLatency(group: readonly Part[]): Latency | undefined {
  const whole = merged(group.flatMap((p) => (p.served ? [p.served] : [])));
  if (!whole || whole.count === 0) return undefined;
  const scale = toMs(whole);
  const at = (p: number): number => (histogramQuantile(whole, p) ?? 0) * scale;
  return { meanMs: (whole.sum * scale) / whole.count, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}
