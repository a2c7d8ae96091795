import { type Context, type Fact, num, quote, type Subject, say, type Text } from '../domain/index.js';

/** What logs and metric suspects say for or against a cause: never enough to settle it. */
export interface Sign {
  id: 'log' | 'metrics';
  outcome: 'seen' | 'absent';
  says: Text;
  logLikelihoodRatio: number;
  facts: Fact[];
}

/**
 * Natural log likelihood ratios. All are below what decides: messages name what a program noticed, which may be a symptom;
 * and metric suspects name a place, not a mechanism.
 */
const WEIGHT = {
  /** The service of the cause logs its fault now; another service does. */
  own: 1.2,
  others: 0.5,
  /** The service logs something that it never logged before. */
  newMessage: 0.6,
  /** Logs were compared, and a fault that programs do log is not in them. */
  notLogged: -0.4,
  metricsMost: 0.8,
  metricsLeast: -0.5,
} as const;
/** Less than this says nothing either way. */
const LEAST = 0.1;

/** Kinds of faults in messages, and the causes that they are a sign of. */
const SIGN_OF: Readonly<Record<string, readonly string[]>> = {
  'pool-exhausted': ['pool-exhausted', 'connection-limit'],
  lock: ['lock-wait', 'batch-contention', 'in-process-lock'],
  memory: ['memory-limit', 'memory-leak'],
  disk: ['disk-saturation'],
  'name-resolution': ['name-resolution'],
  throttled: ['rate-limited'],
  timeouts: ['missing-timeout', 'slow-dependency'],
  'dependency-down': ['slow-dependency'],
  retries: ['retry-amplification', 'client-retries'],
  'cache-misses': ['low-hit-ratio', 'cold-cache', 'stampede'],
  'noisy-neighbour': ['noisy-neighbour'],
  'traffic-surge': ['thread-pool-exhausted', 'head-of-line-queue', 'scale-out-lag'],
};
/** Faults that no program keeps to itself: where they are, a message is. */
const ALWAYS_LOGGED: ReadonlySet<string> = new Set(['disk', 'name-resolution', 'throttled']);

/** Signs for one hypothesis at one subject. */
export function signsOf(hypothesis: string, subject: Subject, context: Context): Sign[] {
  return [logSign(hypothesis, subject, context), metricSign(subject, context)].filter(
    (s): s is Sign => s !== undefined,
  );
}

function logSign(hypothesis: string, about: Subject, context: Context): Sign | undefined {
  const kinds = Object.keys(SIGN_OF).filter((kind) => SIGN_OF[kind]?.includes(hypothesis));
  const found = context.facts.every({ name: kinds.map((kind) => `log.fault.${kind}`), phase: 'incident' });
  const own = found.find((f) => isOf(f, about));
  const first = own ?? found[0];
  if (first)
    return {
      id: 'log',
      outcome: 'seen',
      says: say`${quote(first.subject.name.slice(0, 120))}: logged ${num(first)} times, more than before`,
      logLikelihoodRatio: own ? WEIGHT.own : WEIGHT.others,
      facts: [first],
    };
  if (hypothesis === 'new-dependency-call') {
    const fresh = context.facts.every({ name: 'log.new', phase: 'incident' }).find((f) => isOf(f, about));
    return fresh
      ? {
          id: 'log',
          outcome: 'seen',
          says: say`${quote(fresh.subject.name.slice(0, 120))}: logged ${num(fresh)} times, never before`,
          logLikelihoodRatio: WEIGHT.newMessage,
          facts: [fresh],
        }
      : undefined;
  }
  if (!kinds.some((kind) => ALWAYS_LOGGED.has(kind))) return undefined;
  const compared = context.facts
    .every({ name: 'log.compared', phase: 'incident' })
    .find((f) => isOf(f, about));
  return compared
    ? {
        id: 'log',
        outcome: 'absent',
        says: say`none of ${num(compared)} log lines names it more often than before`,
        logLikelihoodRatio: WEIGHT.notLogged,
        facts: [compared],
      }
    : undefined;
}

/** A message or number of the service that the cause is in, or that names what the cause is about. */
const isOf = (fact: Fact, about: Subject): boolean => {
  const service = about.service ?? (about.kind === 'service' ? about.name : undefined);
  if (service !== undefined)
    return (
      fact.subject.service === service || (fact.subject.kind === 'service' && fact.subject.name === service)
    );
  return (
    fact.subject.name === about.name ||
    (fact.subject.service !== undefined && fact.subject.service === about.name)
  );
};

/** How much likelier than its share among the suspects the metrics make the place of the cause. */
function metricSign(about: Subject, context: Context): Sign | undefined {
  const suspects = context.facts.every({ name: 'suspect.probability', phase: 'incident' });
  const own = suspects.find((f) => isOf(f, about));
  if (!own) return undefined;
  const ratio = Math.log(Math.max(own.value, 1e-6) * Math.max(2, suspects.length));
  const weight = Math.min(WEIGHT.metricsMost, Math.max(WEIGHT.metricsLeast, ratio));
  if (Math.abs(weight) < LEAST) return undefined;
  return {
    id: 'metrics',
    outcome: weight > 0 ? 'seen' : 'absent',
    says: say`the metrics put the start of it there with a probability of ${num(own, { digits: 2 })}`,
    logLikelihoodRatio: weight,
    facts: [own],
  };
}
