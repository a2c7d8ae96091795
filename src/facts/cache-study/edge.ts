import type { AccessTrace } from '../../evidence/readers/access/access-trace.js';
import { type CacheLayer, type LayerResult, replayLayers } from '../../models/cache/layers.js';

/** A CDN in front of the caches that are studied. */
export interface EdgeOptions {
  /** Locations that keep copies of their own. */
  locations: number;
  ttlMs: number;
  /** One more cache between the locations and the origin, which all of them ask. */
  shield?: boolean;
  /** Money for a million requests at the edge, and at the origin (servers, caches and stores behind it). */
  pricePerMillion?: number;
  originPricePerMillion?: number;
}

/** What each layer serves given the others, what to send with answers, how to take them back, what it costs. */
export interface EdgeStudy {
  layers: LayerResult[];
  /** The layers behind the edge without it: what their hit ratios are compared with. */
  without: LayerResult[];
  /** Hit ratio of the edge and what is left for the origin, by its time to live. */
  lives: { ttlMs: number; hitRatio: number; originPerSecond: number }[];
  shapes: EdgeShape[];
  /** Bytes a second that the edge sends instead of the origin; absent without sizes. */
  bytesPerSecond?: number;
  cost?: EdgeCost;
}
export interface EdgeShape {
  shape: string;
  /** Of all requests. */
  share: number;
  /** Of its own requests, at the edge. */
  hitRatio: number;
  /** `undefined` where the edge would serve too little of it to keep it. */
  cacheControl?: string;
}
export interface EdgeCost {
  /** A month of 30 days at the rate of the trace. */
  edgePerMonth: number;
  originSavedPerMonth?: number;
}

const LIVES_MS = [5000, 60_000, 600_000, 3_600_000] as const;
/** Less than this at the edge is a copy without a use. */
const WORTH_KEEPING = 0.1;
const MOST_SHAPES = 8;
const MONTH_SECONDS = 30 * 24 * 3600;
/** Copies each hold lists as long as there are objects: about 400 MB at most. */
export const MOST_COPIES = 30_000_000;

/**
 * Replays the trace through a CDN in front of the caches that are there. Each location has room for everything, as
 * locations of CDNs have for the objects of one site; what limits them is the time to live and that each must be filled
 * for itself. `behind` are the layers of the origin, from the outside in.
 */
export function studyEdge(
  trace: AccessTrace,
  timesMs: Float64Array,
  behind: readonly CacheLayer[],
  options: EdgeOptions,
): EdgeStudy {
  const { requests, objects } = trace;
  const edgeLayers = (ttlMs: number): CacheLayer[] => [
    { name: 'CDN', copies: options.locations, capacity: objects, ttlMs },
    ...(options.shield ? [{ name: 'CDN shield', copies: 1, capacity: objects, ttlMs }] : []),
  ];
  const replay = (layers: readonly CacheLayer[]): LayerResult[] =>
    replayLayers(requests, timesMs, objects, layers, { of: trace.shapeOf, groups: trace.shapes.length });
  const atEdge = edgeLayers(options.ttlMs).length;
  const layers = replay([...edgeLayers(options.ttlMs), ...behind]);
  const seconds = Math.max(1e-3, ((timesMs[requests.length - 1] ?? 0) - (timesMs[0] ?? 0)) / 1000);
  const served = layers.slice(0, atEdge);
  return {
    layers,
    without: behind.length > 0 ? replay(behind) : [],
    lives: LIVES_MS.filter((ttlMs) => ttlMs < 1000 * seconds).map((ttlMs) => {
      const own = replay(edgeLayers(ttlMs));
      return {
        ttlMs,
        hitRatio: own.reduce((sum, l) => sum + l.served, 0),
        originPerSecond: own.at(-1)?.missesPerSecond ?? 0,
      };
    }),
    shapes: shapesOf(trace, served, options.ttlMs),
    ...(trace.sizes ? { bytesPerSecond: bytesOf(trace, trace.sizes) / seconds } : {}),
    ...(options.pricePerMillion === undefined
      ? {}
      : { cost: costOf(requests.length / seconds, served, options.pricePerMillion, options) }),
  };
}

function shapesOf(trace: AccessTrace, edge: readonly LayerResult[], ttlMs: number): EdgeShape[] {
  const asked = new Float64Array(trace.shapes.length);
  for (const object of trace.requests) {
    const shape = trace.shapeOf[object] as number;
    asked[shape] = (asked[shape] as number) + 1;
  }
  return trace.shapes
    .map((shape, i) => {
      const hits = edge.reduce((sum, l) => sum + (l.hitsByGroup?.[i] ?? 0), 0);
      const own = asked[i] as number;
      const hitRatio = own > 0 ? hits / own : 0;
      return {
        shape,
        share: own / trace.requests.length,
        hitRatio,
        ...(hitRatio >= WORTH_KEEPING ? { cacheControl: headerOf(ttlMs) } : {}),
      };
    })
    .filter((s) => s.share > 0)
    .sort((a, b) => b.share - a.share || (a.shape < b.shape ? -1 : 1))
    .slice(0, MOST_SHAPES);
}

/**
 * Browsers ask again each time and get 304; the edge keeps it for its life, serves the old copy while one request
 * fetches the new one, and for an hour when the origin fails. (RFC 9111 §5.2.2.10; RFC 5861.)
 */
function headerOf(ttlMs: number): string {
  const seconds = Math.max(1, Math.round(ttlMs / 1000));
  return `Cache-Control: public, max-age=0, s-maxage=${seconds}, stale-while-revalidate=${seconds}, stale-if-error=3600`;
}

/** Bytes of all requests: each object as large as it was last. */
function bytesOf({ requests }: AccessTrace, sizes: Float64Array): number {
  let sum = 0;
  for (const object of requests) {
    const size = sizes[object] as number;
    if (size > 0) sum += size;
  }
  return sum;
}

function costOf(
  perSecond: number,
  edge: readonly LayerResult[],
  pricePerMillion: number,
  { originPricePerMillion }: EdgeOptions,
): EdgeCost {
  const millions = (perSecond * MONTH_SECONDS) / 1e6;
  const kept = edge.reduce((sum, l) => sum + l.served, 0);
  return {
    edgePerMonth: millions * pricePerMillion,
    ...(originPricePerMillion === undefined
      ? {}
      : { originSavedPerMonth: millions * kept * originPricePerMillion }),
  };
}
