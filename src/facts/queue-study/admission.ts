import { type Admission, type AdmissionRun, simulateAdmission } from '../../models/queues/admission.js';
import { logNormalService, poissonArrivals } from '../../models/queues/simulate.js';
import { seededRandom } from '../../models/random.js';
import type { Arrivals } from './arrivals.js';
import type { QueueQuestion } from './question.js';

export interface AdmissionRow extends AdmissionRun {
  rule: string;
}

/** Arrivals simulated at most; the stretch around the peak is cut to them. */
const MOST_ARRIVALS = 60_000;

/**
 * What the busiest stretch of these arrivals does to so many workers under each way of letting requests in. The
 * deadline is the objective and one service. The rates are the user's own; gaps and services are drawn with a fixed seed.
 */
export function admissionAtPeak(arrivals: Arrivals, q: QueueQuestion, workers: number): AdmissionRow[] {
  const rate = stretchAroundPeak(arrivals);
  const times = poissonArrivals(rate, arrivals.stepSeconds, seededRandom(1));
  const deadline = q.objective.seconds + q.serviceSeconds;
  const queue = Math.max(1, Math.floor((workers / q.serviceSeconds) * q.objective.seconds));
  const most = 4 * (workers + queue);
  const rules: [string, Admission][] = [
    ['all wait', { kind: 'all' }],
    [`at most ${queue} wait`, { kind: 'bounded', queue }],
    ['drop at the deadline', { kind: 'deadline', seconds: q.objective.seconds }],
    ['limit by latency (AIMD)', { kind: 'aimd', lateSeconds: 0.7 * deadline, from: 2 * workers, most }],
    ['limit by gradient (Vegas)', { kind: 'gradient', from: 2 * workers, most }],
  ];
  return rules.map(([rule, admission]) => {
    const service = logNormalService(q.serviceSeconds, Math.max(1e-9, q.serviceVariation), seededRandom(2));
    const drawn = Float64Array.from(times, () => service());
    return {
      rule,
      ...simulateAdmission(times, (i) => drawn[i] as number, workers, deadline, admission),
    };
  });
}

/** Steps around the highest one, widened in turn on both sides while they hold few enough arrivals. */
function stretchAroundPeak({ ratePerSecond, stepSeconds }: Arrivals): number[] {
  const peak = ratePerSecond.indexOf(Math.max(...ratePerSecond));
  let [from, to] = [peak, peak];
  let sum = (ratePerSecond[peak] ?? 0) * stepSeconds;
  for (;;) {
    const before = from > 0 ? (ratePerSecond[from - 1] ?? 0) * stepSeconds : undefined;
    const after = to + 1 < ratePerSecond.length ? (ratePerSecond[to + 1] ?? 0) * stepSeconds : undefined;
    const useAfter = after !== undefined && (before === undefined || to - peak <= peak - from);
    const more = useAfter ? after : before;
    if (more === undefined || sum + more > MOST_ARRIVALS) return ratePerSecond.slice(from, to + 1);
    sum += more;
    if (useAfter) to++;
    else from--;
  }
}
