import type { AccessTrace } from '../../evidence/readers/access/access-trace.js';
import { byteCurve } from '../../models/cache/byte-curve.js';
import { betaFor, crowdPerExpiry, refreshedInTime } from '../../models/cache/early-refresh.js';
import { type CacheLayer, type LayerResult, replayLayers } from '../../models/cache/layers.js';
import { POLICIES, type PolicyName } from '../../models/cache/policies/index.js';
import { missRatio } from '../../models/cache/policy.js';
import { sampledCurve } from '../../models/cache/sampled-curve.js';
import { lruCurve, stackDistances } from '../../models/cache/stack-distance.js';
import { replayTtl, type TtlPoint } from '../../models/cache/time-to-live.js';
import { type EdgeOptions, type EdgeStudy, studyEdge } from './edge.js';
import { type Popularity, popularity } from './popularity.js';

/** What a trace of accesses says of the cache in front of it. Sizes in objects, and in bytes where the trace has them. */
export interface CacheStudy {
  requests: number;
  objects: number;
  writes: number;
  durationSeconds?: number;
  requestsPerSecond?: number;
  meanObjectBytes?: number;
  /** First requests of their object: what no cache can serve. */
  coldShare: number;
  curve: CurveRow[];
  /** Set when the curve comes from a sample. */
  sampled?: { rate: number; objects: number; error: number };
  policies: PolicyRow[];
  ttl: TtlPoint[];
  /** A small cache in each process in front of this one: what each would serve. Needs times. */
  layers?: LayerResult[];
  /** A CDN in front of all that. Needs times. */
  edge?: EdgeStudy;
  popularity: Popularity;
  /** What one expiry of the hottest key sets off, and a refresh by chance before it. Needs times and the time to refill. */
  expiry?: Expiry;
  /** Sentences a person can act on; absent ones were not borne out by the trace. */
  advice: Advice[];
}
export interface CurveRow {
  size: number;
  bytes?: number;
  hitRatio: number;
  /** Hits gained by the next object of room (the slope), in hit ratio per 1 % of the objects. */
  gainPerPercent: number;
  /** Look-ups a second that reach the store behind the cache. */
  backendPerSecond?: number;
}
export interface Expiry {
  label: string;
  shape: string;
  readsPerSecond: number;
  refillMs: number;
  /** Readers that find the entry gone before the first of them has refilled it. */
  crowd: number;
  /** Of an early refresh by chance: its β, and the share of lives that are renewed before they end. */
  beta: number;
  renewed: number;
}
export interface PolicyRow {
  policy: PolicyName;
  size: number;
  hitRatio: number;
}
export interface Advice {
  id: 'size' | 'policy' | 'ttl' | 'layers' | 'hot-key' | 'expiry' | 'uncacheable';
  text: string;
}

export interface StudyOptions {
  /** Room of the cache today, in objects; a tenth of the objects when not given. */
  size?: number;
  /** Room in bytes; wins over `size` when the trace has sizes. */
  bytes?: number;
  ttlMs?: number;
  /** How long an entry takes to be loaded again. */
  refillMs?: number;
  /** Processes in front of the cache, for the worth of a near cache in each. */
  processes?: number;
  edge?: EdgeOptions;
}

/** A near cache holds the few that are asked for all the time, for as long as nobody notices. */
const NEAR = { capacity: 1000, ttlMs: 1000 } as const;
/** Above so many requests the curve comes from a sample of the objects. */
const EXACT_REQUESTS = 10_000_000;
const SAMPLE_RATE = 0.05;
const SHARES = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1];
const TTL_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400];
/** A policy must save this share of the misses before a change is worth its risk. */
const WORTH_SWITCH = 0.05;
/** Share of lives that an early refresh should renew before they end, and the crowd from which on it is worth it. */
const RENEWED = 0.99;
const CROWD = 2;

/** Studies a trace: the LRU curve, other policies at the size that matters, lives, popularity, and what follows. */
export function studyCache(trace: AccessTrace, options: StudyOptions = {}): CacheStudy {
  const { requests, objects, timesMs, sizes } = trace;
  const first = timesMs?.[0];
  const last = timesMs?.[requests.length - 1];
  const durationSeconds = first !== undefined && last !== undefined ? (last - first) / 1000 : undefined;
  const rate =
    durationSeconds !== undefined && durationSeconds > 0 ? requests.length / durationSeconds : undefined;
  const meanBytes = sizes ? sizes.reduce((a, b) => a + b, 0) / Math.max(1, objects) : undefined;
  const size = sizeOf(trace, options, meanBytes);
  const wanted = [...new Set([...SHARES.map((s) => Math.max(1, Math.round(s * objects))), size])].sort(
    (a, b) => a - b,
  );
  const { points, sampled } = curveOf(trace, wanted);
  const curve = rows(points, objects, rate, meanBytes);
  if (sizes) addBytes(curve, requests, sizes, rate);
  const policies = (Object.keys(POLICIES) as PolicyName[]).map((policy) => ({
    policy,
    size,
    hitRatio: 1 - missRatio(POLICIES[policy], requests, size, objects),
  }));
  const ttl = timesMs ? ttlPoints(trace, timesMs, size, options, durationSeconds ?? 0) : [];
  const layers =
    timesMs && options.processes !== undefined
      ? replayLayers(requests, timesMs, objects, originLayers(size, options))
      : undefined;
  const edge =
    timesMs && options.edge
      ? studyEdge(trace, timesMs, originLayers(size, options), options.edge)
      : undefined;
  const popular = popularity(trace);
  const expiry = expiryOf(popular, rate, options.refillMs);
  const study: Omit<CacheStudy, 'advice'> = {
    requests: requests.length,
    objects,
    writes: trace.writes,
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(rate === undefined ? {} : { requestsPerSecond: rate }),
    ...(meanBytes === undefined ? {} : { meanObjectBytes: meanBytes }),
    coldShare: objects / requests.length,
    curve,
    ...(sampled ? { sampled } : {}),
    policies: policies.sort((a, b) => b.hitRatio - a.hitRatio || (a.policy < b.policy ? -1 : 1)),
    ttl,
    ...(layers ? { layers } : {}),
    ...(edge ? { edge } : {}),
    popularity: popular,
    ...(expiry ? { expiry } : {}),
  };
  return { ...study, advice: adviceOf(study, size, options) };
}

function sizeOf(trace: AccessTrace, options: StudyOptions, meanBytes: number | undefined): number {
  if (options.bytes !== undefined && meanBytes !== undefined && meanBytes > 0)
    return Math.max(1, Math.min(trace.objects, Math.round(options.bytes / meanBytes)));
  return Math.max(1, Math.min(trace.objects, Math.round(options.size ?? trace.objects / 10)));
}

function curveOf(trace: AccessTrace, sizes: number[]) {
  if (trace.requests.length > EXACT_REQUESTS) {
    const sample = sampledCurve(trace.requests, trace.objects, SAMPLE_RATE, sizes);
    if (sample)
      return {
        points: sample.points,
        sampled: { rate: sample.rate, objects: sample.sampledObjects, error: sample.error },
      };
  }
  return {
    points: lruCurve(stackDistances(trace.requests, trace.objects), sizes),
    sampled: undefined,
  };
}

function rows(
  points: readonly { size: number; missRatio: number }[],
  objects: number,
  rate: number | undefined,
  meanBytes: number | undefined,
): CurveRow[] {
  return points.map((p, i) => {
    const next = points[i + 1];
    const gain = next ? (p.missRatio - next.missRatio) / (((next.size - p.size) / objects) * 100) : 0;
    return {
      size: p.size,
      ...(meanBytes === undefined ? {} : { bytes: Math.round(p.size * meanBytes) }),
      hitRatio: 1 - p.missRatio,
      gainPerPercent: gain,
      ...(rate === undefined ? {} : { backendPerSecond: rate * p.missRatio }),
    };
  });
}

/** Where objects differ in size, the hit ratio of a size in bytes is that of the bytes, not of the mean object. */
function addBytes(
  curve: CurveRow[],
  requests: Int32Array,
  sizes: Float64Array,
  rate: number | undefined,
): void {
  const capacities = curve.map((r) => r.bytes ?? 0);
  const exact = byteCurve(requests, sizes, capacities);
  curve.forEach((row, i) => {
    const point = exact[i];
    if (!point) return;
    row.hitRatio = 1 - point.missRatio;
    if (rate !== undefined) row.backendPerSecond = rate * point.missRatio;
  });
}

function ttlPoints(
  { requests, objects }: AccessTrace,
  timesMs: Float64Array,
  size: number,
  options: StudyOptions,
  durationSeconds: number,
): TtlPoint[] {
  const lives = [...TTL_SECONDS.filter((s) => s < durationSeconds), (options.ttlMs ?? 0) / 1000].filter(
    (s) => s > 0,
  );
  return [...new Set(lives)]
    .sort((a, b) => a - b)
    .map((s) => replayTtl(requests, timesMs, objects, s * 1000, { capacity: size }));
}

function expiryOf(
  { hottest: [hot] }: Popularity,
  requestsPerSecond: number | undefined,
  refillMs: number | undefined,
): Expiry | undefined {
  if (!hot || requestsPerSecond === undefined || refillMs === undefined) return undefined;
  const readsPerSecond = hot.share * requestsPerSecond;
  const beta = betaFor(readsPerSecond, refillMs, RENEWED);
  return {
    label: hot.label,
    shape: hot.shape,
    readsPerSecond,
    refillMs,
    crowd: crowdPerExpiry(readsPerSecond, refillMs),
    beta,
    renewed: refreshedInTime(readsPerSecond, refillMs, beta),
  };
}

/** The caches at the origin: a near one in each process where processes are told, and the one that is studied. */
function originLayers(size: number, { processes, ttlMs }: StudyOptions): CacheLayer[] {
  return [
    ...(processes === undefined ? [] : [{ name: 'near', copies: processes, ...NEAR }]),
    { name: 'far', copies: 1, capacity: size, ...(ttlMs === undefined ? {} : { ttlMs }) },
  ];
}

function adviceOf(study: Omit<CacheStudy, 'advice'>, size: number, options: StudyOptions): Advice[] {
  const advice: Advice[] = [];
  const percent = (x: number): string => `${(x * 100).toFixed(1)} %`;
  const here = study.curve.find((r) => r.size === size);
  const double = study.curve.find((r) => r.size >= 2 * size);
  if (here && double) {
    const gained = double.hitRatio - here.hitRatio;
    const saved = 1 - here.hitRatio > 0 ? gained / (1 - here.hitRatio) : 0;
    advice.push({
      id: 'size',
      text:
        saved >= WORTH_SWITCH
          ? `Room for ${double.size} objects instead of ${size} takes the hit ratio from ${percent(here.hitRatio)} to ${percent(double.hitRatio)}: ${percent(saved)} fewer look-ups behind the cache.`
          : `More room brings little: from ${size} to ${double.size} objects the hit ratio goes from ${percent(here.hitRatio)} to ${percent(double.hitRatio)}.`,
    });
  }
  const lru =
    study.policies.find((p) => p.policy === 'redis-lru') ?? study.policies.find((p) => p.policy === 'lru');
  const best = study.policies[0];
  if (lru && best && lru.hitRatio < 1) {
    const saved = (best.hitRatio - lru.hitRatio) / (1 - lru.hitRatio);
    const redis = study.policies.find((p) => p.policy === 'redis-lfu');
    advice.push({
      id: 'policy',
      text:
        saved >= WORTH_SWITCH
          ? `At ${size} objects ${best.policy} would hit ${percent(best.hitRatio)} where sampled LRU hits ${percent(lru.hitRatio)}${redis ? `; Redis’ own allkeys-lfu hits ${percent(redis.hitRatio)}` : ''}.`
          : `No policy beats LRU by a material part on this trace (best: ${best.policy}, ${percent(best.hitRatio)} against ${percent(lru.hitRatio)}): leave it.`,
    });
  }
  const now = options.ttlMs === undefined ? undefined : study.ttl.find((t) => t.ttlMs === options.ttlMs);
  const longer = now && study.ttl.find((t) => t.ttlMs >= 2 * now.ttlMs);
  if (now && longer)
    advice.push({
      id: 'ttl',
      text: `A life of ${longer.ttlMs / 1000} s instead of ${now.ttlMs / 1000} s takes the hit ratio from ${percent(now.hitRatio)} to ${percent(longer.hitRatio)}; what is served is then ${(longer.meanAgeMs / 1000).toFixed(1)} s old on average instead of ${(now.meanAgeMs / 1000).toFixed(1)} s.`,
    });
  const near = study.layers?.[0];
  if (near)
    advice.push({
      id: 'layers',
      text:
        near.served >= WORTH_SWITCH
          ? `A near cache of ${NEAR.capacity} objects for ${NEAR.ttlMs / 1000} s in each of ${options.processes} processes would serve ${percent(near.served)} of look-ups before they leave the process; an answer can then be that second older.`
          : `A near cache in each of ${options.processes} processes would serve ${percent(near.served)} of look-ups: not worth a second copy.`,
    });
  const hot = study.popularity.hottest[0];
  if (hot && hot.share >= 0.05)
    advice.push({
      id: 'hot-key',
      text: `${percent(hot.share)} of look-ups ask for one key (${hot.label}, like ${hot.shape}): it lives on one shard whatever the number of shards; hold it in the process for a second.`,
    });
  if (study.expiry) advice.push({ id: 'expiry', text: expiryAdvice(study.expiry) });
  if (study.coldShare > 0.5)
    advice.push({
      id: 'uncacheable',
      text: `${percent(study.coldShare)} of look-ups are the first for their key: no cache of any size or life can hit more than ${percent(1 - study.coldShare)}.`,
    });
  return advice;
}

/** What to do about a crowd behind an expiry: one refill at a time, and a refresh by chance before the end. */
function expiryAdvice({ label, shape, readsPerSecond, refillMs, crowd, beta, renewed }: Expiry): string {
  const reads = `The hottest key (${label}, like ${shape}) is read ${Number(readsPerSecond.toPrecision(3))} times a second and takes ${refillMs} ms to load`;
  const many = Number(crowd.toPrecision(2));
  if (crowd < CROWD) return `${reads}: no crowd waits when it expires, so one refill at a time is enough.`;
  return `${reads}: about ${many} readers find it gone when it expires. Let one load it while the others are served the old value; across processes, load it early by chance, when −${refillMs} ms × β × ln(random) is more than the life left: β = ${Number(beta.toPrecision(2))} renews ${Number((100 * renewed).toPrecision(4))} % of its lives before they end.`;
}
