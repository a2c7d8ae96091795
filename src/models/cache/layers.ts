import { linkedLists } from './linked-lists.js';

/** A layer of caches in front of a store, asked from the outside in. */
export interface CacheLayer {
  name: string;
  /** Caches side by side that share nothing: one a process or an edge location. A request goes to one of them. */
  copies: number;
  /** Room of each copy, in objects. */
  capacity: number;
  /** Life of an entry from its fill; absent for no limit. */
  ttlMs?: number;
}

export interface LayerResult {
  name: string;
  /** Share of what reaches this layer that it serves. */
  hitRatio: number;
  /** Share of all requests that it serves. */
  served: number;
  /** Requests a second that it lets through, over the trace. */
  missesPerSecond: number;
  /** Age of the oldest an answer of this layer and those behind it can be: the sum of their lives. */
  stalestMs: number;
  /** Requests that it served, by group of the object; absent without groups. */
  hitsByGroup?: Float64Array;
}

/**
 * Replays a timed trace through layers of LRU caches: a miss goes to the next layer and fills all it came through.
 * Requests go to the copies in turn, as a load balancer without affinity sends them. Exact for the trace. `groupOf` puts
 * objects into groups whose hits are counted apart.
 */
export function replayLayers(
  trace: ArrayLike<number>,
  timesMs: ArrayLike<number>,
  objects: number,
  layers: readonly CacheLayer[],
  groupOf?: { of: ArrayLike<number>; groups: number },
): LayerResult[] {
  const caches = layers.map((layer) => ({
    layer,
    copies: Array.from({ length: Math.max(1, layer.copies) }, () => timedLru(layer, objects)),
    asked: 0,
    hits: 0,
    next: 0,
    byGroup: groupOf ? new Float64Array(groupOf.groups) : undefined,
  }));
  for (let i = 0; i < trace.length; i++) {
    const object = trace[i] as number;
    const now = timesMs[i] as number;
    for (const c of caches) {
      const copy = c.copies[c.next] as TimedLru;
      c.next = (c.next + 1) % c.copies.length;
      c.asked++;
      if (copy(object, now)) {
        c.hits++;
        if (c.byGroup && groupOf) {
          const group = groupOf.of[object] as number;
          c.byGroup[group] = (c.byGroup[group] as number) + 1;
        }
        break;
      }
    }
  }
  const seconds = Math.max(1e-3, ((timesMs[trace.length - 1] ?? 0) - (timesMs[0] ?? 0)) / 1000);
  return caches.map((c, i) => ({
    name: c.layer.name,
    hitRatio: c.asked === 0 ? 0 : c.hits / c.asked,
    served: trace.length === 0 ? 0 : c.hits / trace.length,
    missesPerSecond: (c.asked - c.hits) / seconds,
    stalestMs: layers.slice(i).reduce((sum, l) => sum + (l.ttlMs ?? Number.POSITIVE_INFINITY), 0),
    ...(c.byGroup ? { hitsByGroup: c.byGroup } : {}),
  }));
}

/** True on a hit; a miss fills. */
type TimedLru = (object: number, now: number) => boolean;

function timedLru({ capacity, ttlMs }: CacheLayer, objects: number): TimedLru {
  const lists = linkedLists(1, objects);
  const expires = ttlMs === undefined ? undefined : new Float64Array(objects);
  return (object, now) => {
    const held = lists.listOf(object) === 0;
    const hit = held && (expires === undefined || now < (expires[object] as number));
    if (held) lists.remove(object);
    else if (lists.length(0) >= capacity) lists.remove(lists.tail(0));
    if (capacity >= 1) lists.push(0, object);
    if (!hit && expires && ttlMs !== undefined) expires[object] = now + ttlMs;
    return hit;
  };
}
