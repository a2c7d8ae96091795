import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { littlesLaw } from '../models/queueing.js';
import { bearing, calc, componentOf, inSeconds, reading, whole } from './compose.js';
import { isWhole, loadPoints, topLoad } from './load.js';
import { hasTrait, now, ofKind } from './parts.js';
import { requestSubject } from './percentiles.js';

const TAIL = constant('tail.p99', 0.01, 'ratio', 'Share of requests above p99, by its definition');

/** Environments that a burst must start, and which share of requests waits for one. */
function read(context: Context): Reading[] {
  const serverless = ofKind(context, 'service').find((c) => hasTrait(context, c, 'serverless'));
  const cold = context.symptoms.some((s) => s.kind === 'cold-start');
  if (!serverless && !cold) return [];
  const points = loadPoints(context);
  const calm = points.find((p) => p.phase === 'steady' || p.phase === 'any' || p.phase === 'baseline');
  const top = points[points.length - 1] ?? topLoad(points);
  const subject = requestSubject(context);
  const time = subject && (now(context, 'latency.mean', subject) ?? now(context, 'latency.p50', subject));
  const start = context.facts
    .every({ name: ['scaleout.delay', 'latency.max', 'duration.stated'] })
    .find((f) => f.name === 'scaleout.delay');
  if (!calm || !top || !time || top.rate.value <= calm.rate.value) return [];
  const inside = (p: typeof top): Fact =>
    calc(
      'environments',
      context.app,
      [littlesLaw(p.rate.value, inSeconds(time)), 'count'],
      'rate × time of a request (Little’s law)',
      [p.rate, time],
      p.phase,
    );
  const fresh = calc(
    'environments.started',
    context.app,
    [inside(top).value - inside(calm).value, 'count'],
    'in use at the peak − in use before',
    [inside(top), inside(calm)],
  );
  const ramp = context.facts.find({ name: 'burst.ramp' });
  const window = calc(
    'cold.window',
    context.app,
    [fresh.value / (TAIL.value * top.rate.value), 's'],
    'environments started ÷ (share above p99 × rate)',
    [fresh, TAIL, top.rate],
  );
  const share = ramp
    ? calc(
        'cold.share',
        context.app,
        [Math.min(1, fresh.value / ((ramp.value * (calm.rate.value + top.rate.value)) / 2)), 'ratio'],
        'environments started ÷ requests of the ramp',
        [fresh, ramp, calm.rate, top.rate],
      )
    : undefined;
  if (fresh.value < 2) return [];
  const who = serverless ? name(serverless.subject.name) : name(context.app.name);
  const because = share
    ? say`${num(share, { digits: 2 })} of requests of the ramp start an environment`
    : say`${whole(fresh)} environments must start between ${num(calm.rate)} and ${num(top.rate)}`;
  return reading('cold-start-share', {
    id: subject.id,
    topic: 'load',
    layer: 'infrastructure',
    subject: serverless?.subject ?? context.app,
    headline:
      share && ramp
        ? say`Going from ${num(calm.rate)} to ${num(top.rate)} within ${num(ramp)}, ${who} must start ${whole(fresh)} environments: ${num(share, { digits: 2 })} of the requests of the ramp wait for one${share.value >= TAIL.value ? ', enough to own its p99' : ', too few to own its p99'}.`
        : say`Going from ${num(calm.rate)} to ${num(top.rate)}, ${who} must start ${whole(fresh)} environments; they own the p99 of any window shorter than ${num(window, { digits: 2 })}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`In use at ${num(calm.rate)}`, say`${whole(inside(calm))}`],
          [say`In use at ${num(top.rate)}`, say`${whole(inside(top))}`],
          [say`To start`, say`${whole(fresh)}`],
          ...(start && !isWhole(context, start.subject)
            ? [[say`Time to start one`, say`${num(start)}`]]
            : []),
        ],
      ),
    ],
    assumptions: [
      say`One request at a time in each environment, ${num(time)} each; several at a time need fewer.`,
    ],
    bearings: [
      bearing(
        context,
        'cold-start',
        componentOf(context, time.subject)?.subject ?? context.app,
        share && share.value < TAIL.value ? -0.5 : 0.8,
        because,
      ),
    ],
    weight: 0.6,
  });
}

export default {
  id: 'cold-start-share',
  about: 'Environments a burst must start and the share of requests that waits for one.',
  read,
} satisfies ReadingEntry;
