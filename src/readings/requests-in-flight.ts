import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
} from '../domain/index.js';
import { logNormalMean } from '../models/distribution.js';
import { littlesLaw } from '../models/queueing.js';
import { bearing, calc, inSeconds, reading, whole } from './compose.js';
import { type LoadPoint, loadBehind, loadsOf, loadTable, NOW } from './load.js';
import { instancesOf, mainService, now } from './parts.js';
import { percentilesOf, requestSubject, through } from './percentiles.js';

/** Requests inside the system at each load (Little’s law), against threads or workers, and for a load generator. */
function read(context: Context): Reading[] {
  const subject = requestSubject(context);
  const points = subject ? loadsOf(context, subject) : [];
  const mean = subject && (now(context, 'latency.mean', subject) ?? estimatedMean(context));
  const top = mean ? loadBehind(points, mean) : undefined;
  if (!mean || !top || !subject) return [];
  const inside = (p: LoadPoint): Fact =>
    calc(
      'requests.inFlight',
      context.app,
      [littlesLaw(p.rate.value, inSeconds(mean)), 'count'],
      'rate × mean time (Little’s law)',
      [p.rate, mean],
      p.phase,
    );
  const aim = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
  const goal = points[points.length - 1] ?? top;
  const worst = aim
    ? calc(
        'load.usersNeeded',
        context.app,
        [littlesLaw(goal.rate.value, inSeconds(aim)), 'count'],
        'rate × latency target (Little’s law)',
        [goal.rate, aim],
        goal.phase,
      )
    : undefined;
  const limit = threads(context);
  const over = limit ? points.filter((p) => inside(p).value > limit.total.value) : [];
  // Where all threads are said to be taken, how long each is held says more than a mean that does not fit.
  const taken = context.facts
    .every({ name: 'threads.used', phase: NOW })
    .some((u) => u.value > 1 && u.value === limit?.each.value);
  if (inside(top).value < 2 || (taken && over.length === 0)) return [];
  const leaves = limit
    ? calc(
        'threads.timeEach',
        limit.subject,
        [(limit.total.value * 1000) / top.rate.value, 'ms'],
        'threads ÷ rate (Little’s law)',
        [limit.total, top.rate],
        top.phase,
      )
    : undefined;
  const because = limit
    ? say`${whole(inside(top))} requests in flight at ${num(top.rate)} against ${whole(limit.total)} threads`
    : say``;
  return reading('requests-in-flight', {
    id: subject.id,
    topic: 'load',
    layer: 'api',
    subject: context.app,
    headline: limit
      ? over.length > 0
        ? say`${num(top.rate)} at a mean of ${num(mean)} is ${whole(inside(top))} requests in flight, and ${limit.says} serve ${whole(limit.total)}: ${over.includes(top) && leaves ? say`a request may hold one for ${num(leaves, { digits: 2 })} at most, so the rest of the time is spent waiting for one` : say`enough today, too few at ${num((over[0] ?? top).rate)}`}.`
        : say`${num(top.rate)} at a mean of ${num(mean)} is ${whole(inside(top))} requests in flight, within the ${whole(limit.total)} that ${limit.says} serve; threads are not the limit at that latency.`
      : say`About ${whole(inside(top))} requests are in flight at ${num(top.rate)} (mean ${num(mean)})${worst && aim ? say`; a load test of ${num(goal.rate)} that tolerates ${num(aim)} must be able to hold ${whole(worst)} open, or it lowers the load just when the service slows` : []}.`,
    arithmetic: [
      loadTable(points, [
        {
          what: say`requests in flight`,
          how: say`× mean of ${num(mean)}`,
          at: (p) => say`${whole(inside(p))}`,
        },
      ]),
    ],
    assumptions: [
      mean.origin === 'derived'
        ? say`The mean was not said; it is that of the log-normal through the percentiles, ${num(mean)}, too low where the tail is a mode of its own.`
        : say`The mean holds at each of these loads.`,
    ],
    bearings: limit
      ? [bearing(context, 'thread-pool-exhausted', limit.subject, over.length > 0 ? 1.3 : -0.7, because)]
      : [],
    weight: limit ? (over.length > 0 ? 0.82 : 0.4) : 0.4,
  });
}

function estimatedMean(context: Context): Fact | undefined {
  const subject = requestSubject(context);
  const given = subject ? percentilesOf(context, subject) : [];
  const [first, second] = given;
  const fit = first && second ? through(first, second) : undefined;
  return fit && first && second && subject
    ? calc(
        'latency.meanEstimated',
        subject,
        [logNormalMean(fit), 'ms'],
        `mean of the log-normal through ${first.label} and ${second.label}: exp(μ + σ²/2)`,
        [first.fact, second.fact],
        first.fact.phase,
      )
    : undefined;
}

/**
 * Requests that can be in work at once: threads or workers of each instance × instances. Runtimes with an event loop
 * or light threads have no such limit.
 */
function threads(
  context: Context,
): { total: Fact; each: Fact; says: Text; subject: Fact['subject'] } | undefined {
  const service = mainService(context);
  if (!service) return undefined;
  const own = context.facts.find({ name: ['threads.limit', 'workers'], subject: service.subject });
  const each = own ?? context.facts.find({ name: ['threads.limit', 'workers'], subjectKind: 'system' });
  if (!each) return undefined;
  const count = instancesOf(context, service);
  // "5 threads x 2 processes": each process has threads of its own.
  const processes =
    each.name === 'threads.limit'
      ? context.facts.find({ name: 'workers', subject: each.subject })
      : undefined;
  if (processes && processes.value > 1 && count) {
    const all = calc(
      'threads.total',
      service.subject,
      [each.value * processes.value * count.value, 'count'],
      'threads × processes × instances',
      [each, processes, count],
    );
    return {
      total: all,
      each,
      says: say`${num(count)} instances of ${name(service.subject.name)} with ${num(processes)} × ${num(each)} each`,
      subject: service.subject,
    };
  }
  const total = count
    ? calc(
        'threads.total',
        service.subject,
        [each.value * count.value, 'count'],
        'each instance × instances',
        [each, count],
      )
    : each;
  return {
    total,
    each,
    says: count
      ? say`${num(count)} instances of ${name(service.subject.name)} with ${num(each)} each`
      : say`${num(each)} of ${name(service.subject.name)}`,
    subject: service.subject,
  };
}

export default {
  id: 'requests-in-flight',
  about:
    'Requests in flight at each load (Little’s law) against threads or workers, and what a load generator must hold.',
  read,
} satisfies ReadingEntry;
