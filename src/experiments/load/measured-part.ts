import type { ResourceUse } from '../../models/capacity/steps.js';
import { totalSeconds } from './arrivals.js';
import { type LoadPlan, stretchesOf } from './plan.js';
import type { LoadRun, LoadSecond } from './run.js';

/** The seconds of a run that count: after the warm-up, and up to when the last request is due. Whole seconds. */
const countedSeconds = (plan: LoadPlan): { from: number; to: number } => ({
  from: Math.ceil(plan.warmupSeconds),
  to: Math.floor(totalSeconds(stretchesOf(plan))),
});

/**
 * Watches while the requests that count are due: a generator that starts, a warm-up, and a wait for the last answers are time in which
 * less is asked, and would make everything look less busy than it is at that rate. A run too short for a whole such second is
 * watched from its start to its end.
 */
export function watchMeasured(
  plan: LoadPlan,
  watch: () => () => ResourceUse[],
): { onSecond(second: LoadSecond): void; uses(): ResourceUse[] } {
  const { from, to } = countedSeconds(plan);
  let end = watch();
  let seen: ResourceUse[] | undefined;
  return {
    onSecond({ second }) {
      if (second + 1 === from && from < to) end = watch();
      if (second + 1 === to && from < to) seen = end();
    },
    uses: () => seen ?? end(),
  };
}

/** Requests a second that were due in the part that counts: chance makes it another rate than the one asked for. */
export function dueRate(run: LoadRun): number | undefined {
  const { from, to } = countedSeconds(run.plan);
  const counted = run.seconds.filter((s) => s.second >= from && s.second < to);
  return counted.length === 0 ? undefined : counted.reduce((sum, s) => sum + s.due, 0) / counted.length;
}
