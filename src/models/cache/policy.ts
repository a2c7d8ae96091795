/**
 * A replacement policy replayed over a trace. Objects are numbered 0 … objects − 1, each counts as one unit.
 * `access` returns true on a hit, and admits the object on a miss.
 */
export interface CachePolicy {
  access(object: number): boolean;
}

/** Makes an empty cache for `capacity` objects out of `objects` different ones. */
export type PolicyFactory = (capacity: number, objects: number) => CachePolicy;

/** Share of requests that miss. `trace` holds object numbers below `objects`. */
export function missRatio(
  make: PolicyFactory,
  trace: ArrayLike<number>,
  capacity: number,
  objects: number,
): number {
  if (capacity < 1) return 1;
  const cache = make(Math.floor(capacity), objects);
  let misses = 0;
  for (let i = 0; i < trace.length; i++) if (!cache.access(trace[i] as number)) misses++;
  return trace.length === 0 ? 0 : misses / trace.length;
}
