import { neededReplicas, tooSlow, type Workload } from './replay.js';
import { floorAt, scheduleFromHistory } from './schedule.js';

const DAY = 1440;
/** Beyond this a rise is no pattern but the start of something new. */
const MOST_RISE = 6;

/**
 * Floors for each minute from `from` on, by a daily schedule that is made anew each midnight from the `days` before
 * it: nothing of the day itself is known to it. Replicas stand at `target` use.
 */
export function rollingSchedule(
  ratePerSecond: readonly number[],
  from: number,
  workload: Workload,
  options: { days: number; slotMinutes: number; quantile: number; target: number; startMinute: number },
): Float64Array {
  const floors = new Float64Array(Math.max(0, ratePerSecond.length - from));
  const needed = ratePerSecond.map((r) => neededReplicas(r, workload, options.target));
  let schedule: ReturnType<typeof scheduleFromHistory> = [];
  for (let m = from; m < ratePerSecond.length; m++) {
    const minuteOfDay = (options.startMinute + m) % DAY;
    if (m === from || minuteOfDay === 0) {
      const midnight = m - minuteOfDay;
      const start = midnight - options.days * DAY;
      schedule =
        start < 0
          ? []
          : scheduleFromHistory(needed.slice(start, midnight), options.slotMinutes, options.quantile);
    }
    floors[m - from] = floorAt(schedule, minuteOfDay);
  }
  return floors;
}

/**
 * Floors by a forecast made each minute: the load now, times what past days rose by from this time of the day until
 * `leadMinutes` later, at a quantile of those days.
 */
export function forecastFloors(
  ratePerSecond: readonly number[],
  from: number,
  workload: Workload,
  options: { days: number; leadMinutes: number; quantile: number; target: number },
): Float64Array {
  const floors = new Float64Array(Math.max(0, ratePerSecond.length - from));
  for (let m = from; m < ratePerSecond.length; m++) {
    const now = recent(ratePerSecond, m);
    const rises: number[] = [];
    for (let day = 1; day <= options.days; day++) {
      const then = m - day * DAY;
      if (then < 0) break;
      const before = recent(ratePerSecond, then);
      let peak = 0;
      for (let k = 0; k <= options.leadMinutes; k++) peak = Math.max(peak, ratePerSecond[then + k] ?? 0);
      if (before > 0) rises.push(Math.min(MOST_RISE, peak / before));
    }
    if (rises.length === 0) continue;
    rises.sort((a, b) => a - b);
    const rise = rises[Math.min(rises.length - 1, Math.floor(options.quantile * rises.length))] ?? 1;
    floors[m - from] = neededReplicas(now * rise, workload, options.target);
  }
  return floors;
}

/** Mean of the five minutes before: what is known when a minute begins. */
function recent(rates: readonly number[], minute: number): number {
  let sum = 0;
  let n = 0;
  for (let k = Math.max(0, minute - 5); k < minute; k++) {
    sum += rates[k] ?? 0;
    n++;
  }
  return n > 0 ? sum / n : (rates[minute] ?? 0);
}

/**
 * Cores beyond the load itself that keep an objective at every load up to the highest: the wait of M/M/c that a share
 * does not exceed is ln(C / (1 − share)) × service / (cores − load), so that what is spare matters and not its share.
 */
export function spareCores(workload: Workload, highestRate: number): number {
  let spare = 0;
  for (let rate = highestRate; rate > highestRate / 200; rate /= 1.6) {
    const load = rate * workload.serviceSeconds;
    let cores = Math.max(1, Math.ceil(load));
    while (tooSlow(rate, cores, workload) && cores < 20 * load + 100) cores++;
    spare = Math.max(spare, cores - load);
  }
  return spare;
}

/**
 * Floors ahead of the trend: the last minute's load plus its rise over `windowMinutes`, drawn on for `leadMinutes`.
 * What a query with a derivative gives; it needs no past days.
 */
export function trendFloors(
  ratePerSecond: readonly number[],
  from: number,
  workload: Workload,
  options: { windowMinutes: number; leadMinutes: number; target: number },
): Float64Array {
  return Float64Array.from({ length: Math.max(0, ratePerSecond.length - from) }, (_, i) => {
    const now = ratePerSecond[Math.max(0, from + i - 1)] ?? 0;
    const before = ratePerSecond[Math.max(0, from + i - 1 - options.windowMinutes)] ?? now;
    const rise = Math.max(0, now - before) / options.windowMinutes;
    return neededReplicas(now + rise * options.leadMinutes, workload, options.target);
  });
}
