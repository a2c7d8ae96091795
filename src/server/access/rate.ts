/** Bounds how often each caller may ask: a bucket that fills evenly and holds a minute's worth at most. */
export interface Rate {
  /** Takes one; 0 when it may go on, else the seconds until it may. */
  take(caller: string): number;
}

const MOST_CALLERS = 10_000;
const MS_PER_MINUTE = 60_000;

export function rateLimit(perMinute: number, now: () => number = () => performance.now()): Rate {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(caller) {
      const ms = now();
      const bucket = buckets.get(caller) ?? { left: perMinute, atMs: ms };
      const left = Math.min(perMinute, bucket.left + ((ms - bucket.atMs) * perMinute) / MS_PER_MINUTE);
      // The one who asked last goes to the end, so that the first is the one who has been quiet longest.
      buckets.delete(caller);
      buckets.set(caller, { left: Math.max(0, left - 1), atMs: ms });
      if (buckets.size > MOST_CALLERS)
        for (const quiet of buckets.keys()) {
          buckets.delete(quiet);
          break;
        }
      return left >= 1 ? 0 : Math.ceil(((1 - left) * 60) / perMinute);
    },
  };
}
