import { median } from '../../models/spread.js';
import { type ObservedLoad, type ObservedRoute, RARE, withoutRare } from './observe.js';

/** Requests of one route, counted over a stretch of time: what metrics keep of them. */
export interface CountedRequests {
  fromMs: number;
  toMs: number;
  count: number;
  method: string;
  /** The route, its ids as `:id` or `{id}`. */
  path: string;
}

const MOST_BUCKETS = 100_000;
/** Metrics name no ids: so many, all alike, stand for them. */
const UNKNOWN_KEYS = { count: 1000, zipf: 0 };

/** The load that counts over time tell: rate and mix. They do not tell spread, think time, keys or sizes. */
export function countedLoad(rows: readonly CountedRequests[]): ObservedLoad | undefined {
  const counted = rows.filter((r) => r.count > 0 && r.toMs > r.fromMs);
  if (counted.length === 0) return undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const r of counted) {
    first = Math.min(first, r.fromMs);
    last = Math.max(last, r.toMs);
  }
  const seconds = (last - first) / 1000;
  const usual = Math.max(1, Math.round(median(counted.map((r) => r.toMs - r.fromMs)) / 1000));
  const bucketSeconds = Math.max(usual, Math.ceil(seconds / MOST_BUCKETS));
  const counts = new Array<number>(Math.ceil(seconds / bucketSeconds)).fill(0);
  for (const r of counted) spread(counts, bucketSeconds * 1000, r, first);
  const requests = counted.reduce((sum, r) => sum + r.count, 0);
  return {
    requests: Math.round(requests),
    seconds,
    meanRate: requests / seconds,
    peakRate: Math.max(...counts) / bucketSeconds,
    mix: routesOf(counted, requests),
    counts: counts.map(Math.round),
    bucketSeconds,
  };
}

/** Traces fewer than this share of what was counted are a sample. */
const SAMPLED = 0.95;

/**
 * A load whose requests were traced, at the rate that was counted: traces may be a sample of the requests, counts are of
 * all. As it is where counts say no more.
 */
export function atCountedRate(traced: ObservedLoad, rows: readonly CountedRequests[]): ObservedLoad {
  const counted = countedLoad(rows);
  const sampledShare = counted ? traced.meanRate / counted.meanRate : 1;
  if (sampledShare > SAMPLED) return traced;
  return {
    ...traced,
    requests: Math.round(traced.requests / sampledShare),
    meanRate: traced.meanRate / sampledShare,
    peakRate: traced.peakRate / sampledShare,
    counts: traced.counts.map((n) => Math.round(n / sampledShare)),
    // How a sample spreads says little of how all requests do.
    dispersion: undefined,
    sampledShare,
  };
}

/** Shares a count out over the buckets that its stretch covers. */
function spread(counts: number[], bucketMs: number, r: CountedRequests, first: number): void {
  const [from, to] = [r.fromMs - first, r.toMs - first];
  for (let b = Math.floor(from / bucketMs); b < counts.length && b * bucketMs < to; b++) {
    const overlap = Math.min(to, (b + 1) * bucketMs) - Math.max(from, b * bucketMs);
    counts[b] = (counts[b] ?? 0) + (r.count * overlap) / (to - from);
  }
}

function routesOf(rows: readonly CountedRequests[], requests: number): ObservedRoute[] {
  const by = new Map<string, ObservedRoute>();
  for (const r of rows) {
    const path = pathOf(r.path);
    const key = `${r.method} ${path}`;
    const route = by.get(key) ?? {
      method: r.method,
      path,
      share: 0,
      ...(path.includes('{key}') ? { keys: UNKNOWN_KEYS } : {}),
    };
    route.share += r.count / requests;
    by.set(key, route);
  }
  return withoutRare([...by.values()], RARE);
}

/** A route with its first parameter as `{key}`, and 1 for the others. */
function pathOf(route: string): string {
  let first = true;
  const path = route.replace(/\{[^{}/]*\}|:\w+|<[^<>/]*>/g, () => {
    const filled = first ? '{key}' : '1';
    first = false;
    return filled;
  });
  return path.startsWith('/') ? path : '/';
}
