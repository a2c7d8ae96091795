import { erlangC } from '../queueing.js';
import type { Random } from '../random.js';

/**
 * The wait that an arrival would meet, as a Brownian motion that is reflected at a floor: what a queue looks like from
 * so far that single customers are not seen. It falls by what the workers can do more than arrives, and strays by the
 * noise of both. (W. Whitt, Stochastic-Process Limits, 2002, §9.6; J. M. Harrison, Brownian Motion and Stochastic
 * Flow Systems, 1985, ch. 2.)
 *
 * The floor lies below nothing, where workers are idle: at −ln(C) / decay, so that in the long run a wait exceeds t with
 * C · exp(−decay · t), which is Erlang's formula to the letter for M/M/c and that of Allen and Cunneen for G/G/c.
 */
export interface Regime {
  /** Seconds of wait gained in a second. */
  drift: number;
  /** Variance gained in a second, seconds squared. */
  variance: number;
  floor: number;
  /** Share that waits in the long run, and how fast longer waits get rarer, a second. Of no meaning at full load. */
  waits: number;
  decay: number;
  /** How long the queue remembers; infinite at full load. */
  memorySeconds: number;
}

/** Nearest to full load that the long run is asked of; the floor hardly moves from there on. */
const NEARLY_FULL = 0.999;
const RAREST = 1e-12;

/**
 * The motion while `ratePerSecond` arrive. `spread` is the mean of the squared coefficients of variation of gaps and of
 * service.
 */
export function regimeOf(
  ratePerSecond: number,
  workers: number,
  serviceSeconds: number,
  spread: number,
  waitShare: (busy: number) => number = (busy) => erlangC(workers, busy * workers),
): Regime {
  const busy = (ratePerSecond * serviceSeconds) / workers;
  const below = Math.min(busy, NEARLY_FULL);
  const waits = Math.max(RAREST, waitShare(below));
  const decay = (workers * (1 - below)) / (serviceSeconds * spread);
  // Above full load the work itself varies with all that arrives.
  const variance = (2 * spread * serviceSeconds * Math.max(1, busy)) / workers;
  const drift = busy - 1;
  return {
    drift,
    variance,
    floor: spread === 0 ? 0 : Math.log(waits) / decay,
    waits,
    decay,
    memorySeconds: busy < 1 ? variance / (drift * drift) : Number.POSITIVE_INFINITY,
  };
}

/**
 * Where the motion is after `seconds` from `at`: exact for any length, by the lowest point that the way between has.
 * (P. Glasserman, Monte Carlo Methods in Financial Engineering, 2003, §6.4: the minimum of a Brownian bridge.)
 */
export function moved(
  at: number,
  { drift, variance, floor }: Regime,
  seconds: number,
  normal: () => number,
  random: Random,
): number {
  const spread = variance * seconds;
  const free = at + drift * seconds + (spread > 0 ? Math.sqrt(spread) * normal() : 0);
  // So far above the floor that the way between did not touch it.
  if (2 * (at - floor) * (free - floor) > 40 * spread && free > floor) return free;
  const way = free - at;
  const lowest = (at + free - Math.sqrt(way * way - 2 * spread * Math.log(1 - random()))) / 2;
  return free + Math.max(0, floor - lowest);
}
