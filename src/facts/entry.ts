import { LEVELS, type OperationTimes } from './requests.js';

/** The operation that the slow requests come in by, and which of its requests are slow. */
export interface Entry {
  service: string;
  operation: string;
  /** Slow requests of the whole system are those above this percentile. */
  percentile: number;
  /** The share of the entry operation's requests that this makes slow; the same in both phases. */
  slowShare: number;
  requests: { incident: number; baseline: number };
}

/** Slow requests that a percentile must leave for the mean above it to be steady. */
const ENOUGH_SLOW = 200;
/** Fewer slow requests than this are widened to more of the distribution. */
const FEW_SLOW = 20;
const WIDEST_SHARE = 0.5;
/** Slow requests of an operation matter when they take this share of what the slowest of all requests take, */
const FELT = 0.5;
/** or when their excess is this share of all time in the tail. */
const MATERIAL = 0.05;

/** The percentile above which requests count as slow: the one of the target when there are requests enough, else 95. */
export const slowPercentile = (requests: number, target: number | undefined): number =>
  target !== undefined && target > 95 && requests * (1 - target / 100) >= ENOUGH_SLOW ? target : 95;

/**
 * The entry operation with the largest excess in the tail: (requests in the tail) × (mean of the tail, incident −
 * baseline). The tail of an operation is the share of its requests that are among the slowest of all requests, and
 * at least the share that the percentile leaves; so an operation that is always slow does not hide one that became
 * slow. Without a baseline the whole mean counts.
 */
export function chooseEntry(
  times: readonly OperationTimes[],
  percentile: number,
  overallNs: number,
  hasBaseline: boolean,
): Entry | undefined {
  const tailShare = 1 - percentile / 100;
  const key = (t: OperationTimes): string => JSON.stringify([t.service, t.operation]);
  const before = new Map(times.filter((t) => t.phase === 'baseline').map((t) => [key(t), t]));
  const candidates = times
    .filter((t) => t.phase === 'incident')
    .map((t) => {
      const base = before.get(key(t));
      const slowShare = slowShareOf(t, base, tailShare, overallNs);
      const now = meanAbove(t.quantilesNs, slowShare);
      // An operation that was not there before cannot be compared; it counts only when nothing else does.
      const was = hasBaseline ? (base ? meanAbove(base.quantilesNs, slowShare) : now) : 0;
      const weight = t.requests * slowShare;
      return { t, base, slowShare, now, tail: weight * now, excess: weight * (now - was) };
    });
  const whole = candidates.reduce((sum, c) => sum + c.tail, 0);
  // What is quick for this system, and costs little together, is not what its users wait for.
  const felt = candidates.filter((c) => c.now >= FELT * overallNs || c.excess >= MATERIAL * whole);
  const byExcess = most(felt, (c) => c.excess);
  const best = byExcess && byExcess.excess > 0 ? byExcess : most(candidates, (c) => c.tail);
  return best === undefined
    ? undefined
    : {
        service: best.t.service,
        operation: best.t.operation,
        percentile,
        slowShare: best.slowShare,
        requests: { incident: best.t.requests, baseline: best.base?.requests ?? 0 },
      };
}

/** The first of those for which `of` is largest. */
function most<T>(all: readonly T[], of: (x: T) => number): T | undefined {
  let best: T | undefined;
  for (const x of all) if (best === undefined || of(x) > of(best)) best = x;
  return best;
}

function slowShareOf(
  t: OperationTimes,
  base: OperationTimes | undefined,
  tailShare: number,
  overallNs: number,
): number {
  const share = Math.max(tailShare, shareAbove(t.quantilesNs, overallNs));
  const fewest = Math.min(t.requests, base?.requests ?? t.requests);
  return Math.min(WIDEST_SHARE, Math.max(share, FEW_SLOW / Math.max(1, fewest)));
}

/** The share of requests that take longer than `ns`, by interpolation between the quantiles. */
function shareAbove(quantilesNs: readonly number[], ns: number): number {
  const at = quantilesNs.findIndex((q) => q > ns);
  if (at < 0) return 0;
  const level = LEVELS[at] as number;
  if (at === 0) return 1 - level;
  const [low, high] = [quantilesNs[at - 1] as number, quantilesNs[at] as number];
  const below = LEVELS[at - 1] as number;
  const part = high > low ? (ns - low) / (high - low) : 1;
  return 1 - (below + part * (level - below));
}

/** Roughly the mean of the slowest `share`, from the quantiles in it. */
function meanAbove(quantilesNs: readonly number[], share: number): number {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < LEVELS.length; i++) {
    const from = Math.max(1 - share, LEVELS[i] as number);
    const to = (LEVELS[i + 1] as number | undefined) ?? 1;
    if (to <= from) continue;
    sum += (to - from) * (((quantilesNs[i] ?? 0) + (quantilesNs[i + 1] ?? quantilesNs[i] ?? 0)) / 2);
    weight += to - from;
  }
  return weight > 0 ? sum / weight : 0;
}
