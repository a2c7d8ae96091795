/** Who is let in when more arrive than can be served. */
export type Admission =
  /** Everybody waits, however long. */
  | { kind: 'all' }
  /** At most so many wait; others are refused at once. */
  | { kind: 'bounded'; queue: number }
  /** Whoever has waited longer than this when a worker is free is dropped unserved: nobody wants the answer. */
  | { kind: 'deadline'; seconds: number }
  /**
   * A limit on requests inside, steered by latency: + 1 / limit for each answer in time, × 0.9 once a round trip when
   * one is late. (V. Jacobson, Congestion Avoidance and Control, SIGCOMM 1988; D.-M. Chiu and R. Jain 1989.)
   */
  | { kind: 'aimd'; lateSeconds: number; from: number; most: number }
  /**
   * A limit that follows the ratio of the lowest to the recent mean latency, with room for a short queue of √limit. Means,
   * not single answers: with services that vary the fastest says nothing of the usual. (After Brakmo and Peterson, TCP
   * Vegas, 1995; as the gradient limits of Netflix' concurrency-limits, 2018.)
   */
  | { kind: 'gradient'; from: number; most: number };

/** Weight of one answer in the recent mean and in the limit, how fast the lowest is forgotten, and how much slower is still usual. */
const RECENT = 0.005;
const STEP = 0.02;
const FORGET = 1.00001;
const TOLERANCE = 2;

export interface AdmissionRun {
  /** Share of arrivals answered within the deadline. */
  goodput: number;
  /** Share refused or dropped. */
  refused: number;
  /** Share answered too late: work done for nobody. */
  late: number;
  /** Time from arrival to answer of those that were answered. */
  p99Seconds: number;
  /** Highest number inside at a time. */
  mostInside: number;
}

/**
 * Replays arrivals through `workers` servers under an admission rule; first come, first served. `deadlineSeconds` is how
 * long a caller waits for an answer. Exact for given arrival and service times.
 */
export function simulateAdmission(
  arrivalsSeconds: ArrayLike<number>,
  serviceSeconds: (i: number) => number,
  workers: number,
  deadlineSeconds: number,
  rule: Admission,
): AdmissionRun {
  const waiting: number[] = [];
  let head = 0;
  /** End of service by worker, infinite when idle; and who is served. */
  const ends = new Float64Array(workers).fill(Number.POSITIVE_INFINITY);
  const serves = new Int32Array(workers).fill(-1);
  const times: number[] = [];
  let inside = 0;
  let mostInside = 0;
  let inTime = 0;
  let late = 0;
  let refused = 0;
  let limit = rule.kind === 'aimd' || rule.kind === 'gradient' ? rule.from : Number.POSITIVE_INFINITY;
  let lastCut = Number.NEGATIVE_INFINITY;
  let recent = 0;
  let answers = 0;
  let usual = Number.NaN;

  const start = (worker: number, who: number, now: number): void => {
    serves[worker] = who;
    ends[worker] = now + serviceSeconds(who);
  };
  const next = (worker: number, now: number): void => {
    serves[worker] = -1;
    ends[worker] = Number.POSITIVE_INFINITY;
    while (head < waiting.length) {
      const who = waiting[head++] as number;
      if (rule.kind === 'deadline' && now - (arrivalsSeconds[who] as number) > rule.seconds) {
        refused++;
        inside--;
        continue;
      }
      start(worker, who, now);
      return;
    }
  };
  const learn = (took: number, now: number): void => {
    if (rule.kind === 'aimd') {
      if (took <= rule.lateSeconds) limit = Math.min(rule.most, limit + 1 / limit);
      else if (now - lastCut > took) {
        limit = Math.max(1, limit * 0.9);
        lastCut = now;
      }
    } else if (rule.kind === 'gradient') {
      recent = answers === 0 ? took : recent + Math.max(RECENT, 1 / (answers + 1)) * (took - recent);
      // Before enough answers a mean is one of them.
      if (++answers < 1 / RECENT) return;
      // The lowest recent mean is what an empty queue takes; it is forgotten slowly, for services change.
      usual = Number.isNaN(usual) ? recent : Math.min(recent, usual * FORGET);
      const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * usual) / recent));
      limit = Math.min(rule.most, Math.max(1, limit + STEP * (limit * gradient + Math.sqrt(limit) - limit)));
    }
  };
  const finish = (worker: number): void => {
    const now = ends[worker] as number;
    const took = now - (arrivalsSeconds[serves[worker] as number] as number);
    inside--;
    times.push(took);
    if (took <= deadlineSeconds) inTime++;
    else late++;
    learn(took, now);
    next(worker, now);
  };
  const firstEnd = (): number => {
    let best = 0;
    for (let w = 1; w < workers; w++) if ((ends[w] as number) < (ends[best] as number)) best = w;
    return best;
  };
  for (let i = 0; i < arrivalsSeconds.length; i++) {
    const now = arrivalsSeconds[i] as number;
    for (let w = firstEnd(); (ends[w] as number) <= now; w = firstEnd()) finish(w);
    const full = rule.kind === 'bounded' ? inside >= workers + rule.queue : inside >= Math.max(1, limit);
    if (full) {
      refused++;
      continue;
    }
    inside++;
    mostInside = Math.max(mostInside, inside);
    const idle = serves.indexOf(-1);
    if (idle >= 0) start(idle, i, now);
    else waiting.push(i);
  }
  for (let w = firstEnd(); (ends[w] as number) < Number.POSITIVE_INFINITY; w = firstEnd()) finish(w);
  const all = Math.max(1, arrivalsSeconds.length);
  times.sort((a, b) => a - b);
  return {
    goodput: inTime / all,
    refused: refused / all,
    late: late / all,
    p99Seconds: times[Math.min(times.length - 1, Math.floor(0.99 * times.length))] ?? 0,
    mostInside,
  };
}
