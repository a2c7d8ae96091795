/** Misses of one key within this time count as simultaneous, ms: a line of a log tells a moment and not how long the load took. */
const WITHIN_MS = 1000;
/** Times the crowd's own length that must stay quiet after it: the entry is filled then. */
const QUIET = 3;
/** Times what the key's own rate would put into the window. */
const BEYOND_RATE = 3;

/** Misses of one key that came together. */
export interface MissCrowd {
  at: number;
  misses: number;
}

/**
 * The crowds among the misses of one key (ms, ascending), of at least `fewest` within a second: after each the key is
 * not missed for a while, because it was filled, and each has far more misses than the key's mean rate would bring. A key that is never
 * stored misses at an even rate and has none; nor has one that a single request refills each time it expires.
 */
export function missCrowds(times: readonly number[], fewest: number): MissCrowd[] {
  const crowds: MissCrowd[] = [];
  const span = Math.max(WITHIN_MS, (times.at(-1) ?? 0) - (times[0] ?? 0));
  const expected = (times.length * WITHIN_MS) / span;
  for (let from = 0; from < times.length; ) {
    const at = times[from] as number;
    let to = from + 1;
    while (to < times.length && (times[to] as number) - at < WITHIN_MS) to++;
    const misses = to - from;
    const length = Math.max((times[to - 1] as number) - at, WITHIN_MS / QUIET);
    const next = times[to];
    const quiet = next === undefined || next - (times[to - 1] as number) >= QUIET * length;
    const alone = span <= WITHIN_MS;
    if (misses >= fewest && quiet && (alone || misses >= BEYOND_RATE * expected)) crowds.push({ at, misses });
    from = to;
  }
  return crowds;
}
