import { median } from '../../models/spread.js';

/** One request as a log or a trace saw it. */
export interface ObservedRequest {
  atMs: number;
  method: string;
  path: string;
  /** Size of the request's body. */
  bodyBytes?: number;
  /** Who sent it, for the time between requests; never kept. */
  client?: string;
}

export interface ObservedLoad {
  requests: number;
  seconds: number;
  meanRate: number;
  /** Highest rate of a second. */
  peakRate: number;
  /** Variance over mean of the counts of seconds, apart from changes of the rate: 1 for independent users. */
  dispersion?: number | undefined;
  /** Of traces that are a sample: their share of the requests that were counted. Rates and counts are of all. */
  sampledShare?: number;
  /** Median milliseconds between requests of one client, gaps under half an hour. */
  thinkTimeMs?: number;
  mix: ObservedRoute[];
  /** Counts a bucket, to play again. */
  counts: number[];
  bucketSeconds: number;
}
export interface ObservedRoute {
  method: string;
  /** Ids replaced by `{key}`. */
  path: string;
  share: number;
  bodyBytes?: number;
  /** Distinct ids, and the exponent of their popularity (0 is even). */
  keys?: { count: number; zipf: number };
}

const SESSION_MS = 30 * 60_000;
/** Longer than this, counts are kept by the minute. */
const SECONDS_KEPT = 3600;
/** Routes below this share are left out of the mix. */
export const RARE = 0.002;
const MOST_BUCKETS = 100_000;

/** What a load test has to look like to be like what was seen; `undefined` for fewer than two requests. */
export function observedLoad(requests: readonly ObservedRequest[]): ObservedLoad | undefined {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { atMs } of requests) {
    first = Math.min(first, atMs);
    last = Math.max(last, atMs);
  }
  if (!(last > first)) return undefined;
  const seconds = Math.floor((last - first) / 1000) + 1;
  const bucketSeconds = seconds <= SECONDS_KEPT ? 1 : Math.max(60, Math.ceil(seconds / MOST_BUCKETS));
  const bySecond = new Map<number, number>();
  const counts = new Array<number>(Math.ceil(seconds / bucketSeconds)).fill(0);
  for (const { atMs } of requests) {
    const s = Math.floor((atMs - first) / 1000);
    bySecond.set(s, (bySecond.get(s) ?? 0) + 1);
    const b = Math.floor(s / bucketSeconds);
    counts[b] = (counts[b] ?? 0) + 1;
  }
  const thinkTimeMs = thinkTime(requests);
  return {
    requests: requests.length,
    seconds,
    meanRate: requests.length / seconds,
    peakRate: Math.max(...bySecond.values()),
    dispersion: dispersion(bySecond, seconds),
    ...(thinkTimeMs === undefined ? {} : { thinkTimeMs }),
    mix: routes(requests),
    counts,
    bucketSeconds,
  };
}

/** From neighbouring seconds, so that a rate that rises or falls is not taken for bursts. (J. von Neumann, 1941.) */
function dispersion(bySecond: ReadonlyMap<number, number>, seconds: number): number {
  let squares = 0;
  let sum = 0;
  for (let s = 1; s < seconds; s++) {
    const [a, b] = [bySecond.get(s - 1) ?? 0, bySecond.get(s) ?? 0];
    squares += (b - a) ** 2;
    sum += a + b;
  }
  return sum === 0 ? 1 : squares / sum;
}

function thinkTime(requests: readonly ObservedRequest[]): number | undefined {
  const before = new Map<string, number>();
  const gaps: number[] = [];
  for (const r of [...requests].sort((a, b) => a.atMs - b.atMs)) {
    if (r.client === undefined) continue;
    const last = before.get(r.client);
    if (last !== undefined && r.atMs - last < SESSION_MS) gaps.push(r.atMs - last);
    before.set(r.client, r.atMs);
  }
  return gaps.length < 10 ? undefined : median(gaps);
}

/** Segments of a path that name a thing, not a kind: numbers, UUIDs, long hexadecimal or mixed words. */
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12,}|(?=[^/]*\d)[\w-]{20,})$/i;

/** A path with its first id as `{key}`; further ones keep a value that was seen, so that the path stays one that exists. */
export function routeOf(path: string): { route: string; key: string | undefined } {
  const [plain = '/'] = path.split(/[?#]/);
  let key: string | undefined;
  const segments = plain.split('/').map((s) => {
    if (!ID.test(s)) return s;
    if (key !== undefined) return '1';
    key = s;
    return '{key}';
  });
  return { route: segments.join('/') || '/', key };
}

function routes(requests: readonly ObservedRequest[]): ObservedRoute[] {
  const all = new Map<
    string,
    { method: string; path: string; n: number; keys: Map<string, number>; bytes: number[] }
  >();
  for (const r of requests) {
    const { route, key } = routeOf(r.path);
    const id = `${r.method} ${route}`;
    const found = all.get(id) ?? {
      method: r.method,
      path: route,
      n: 0,
      keys: new Map<string, number>(),
      bytes: [],
    };
    all.set(id, found);
    found.n++;
    if (key !== undefined) found.keys.set(key, (found.keys.get(key) ?? 0) + 1);
    if (r.bodyBytes !== undefined) found.bytes.push(r.bodyBytes);
  }
  return withoutRare(
    [...all.values()].map((r) => ({
      method: r.method,
      path: r.path,
      share: r.n / requests.length,
      ...(r.bytes.length > 0 ? { bodyBytes: Math.round(median(r.bytes)) } : {}),
      ...(r.keys.size > 0 ? { keys: { count: r.keys.size, zipf: zipfExponent([...r.keys.values()]) } } : {}),
    })),
    RARE,
  );
}

/** The routes with at least a share of the requests, the most frequent first. */
export const withoutRare = (all: readonly ObservedRoute[], share: number): ObservedRoute[] =>
  all.filter((r) => r.share >= share).sort((a, b) => b.share - a.share || (a.path < b.path ? -1 : 1));

/**
 * The exponent of a Zipf law by maximum likelihood over the ranks that were seen.
 * (A. Clauset, C. R. Shalizi and M. E. J. Newman, SIAM Review 51, 2009, for a law cut off at the last rank; found by golden
 * section between 0 and 3.)
 */
export function zipfExponent(counts: readonly number[]): number {
  const sorted = [...counts].sort((a, b) => b - a);
  const logs = sorted.map((_, i) => Math.log(i + 1));
  const total = sorted.reduce((a, b) => a + b, 0);
  const weighted = sorted.reduce((sum, c, i) => sum + c * (logs[i] as number), 0);
  const loss = (s: number): number =>
    s * weighted + total * Math.log(logs.reduce((sum, l) => sum + Math.exp(-s * l), 0));
  let [low, high] = [0, 3];
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let i = 0; i < 40; i++) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Number(((low + high) / 2).toFixed(2));
}
