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
import { bearing, calc, componentOf, inSeconds, reading, whole, wordsNear } from './compose.js';
import { isWhole, loadPoints, NOW, topLoad } from './load.js';
import { hasTrait, now, ofKind } from './parts.js';
import { requestSubject } from './percentiles.js';

const TAIL = constant('tail.p99', 0.01, 'ratio', 'Share of requests above p99, by its definition');

/** Environments that a burst must start, and which share of requests waits for one. */
function read(context: Context): Reading[] {
  const serverless = ofKind(context, 'service').find((c) => hasTrait(context, c, 'serverless'));
  const cold = context.symptoms.some((s) => s.kind === 'cold-start');
  if (!serverless && !cold) return [];
  const saidShare = ofStatedShare(context);
  if (saidShare.length > 0) return saidShare;
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

/** "12 % of invocations start cold and take 1.5 s more": what that adds to the mean, and which percentiles it can own. */
function ofStatedShare(context: Context): Reading[] {
  const start = context.facts.find({ name: 'scaleout.delay' });
  const share = context.facts
    .every({ name: ['ratio.stated', 'mix.share'], phase: [...NOW, 'any'] })
    .find((f) => f.value > 0 && f.value < 1 && /cold.?start/i.test(wordsNear(context, f, 40, 40)));
  if (!start || !share) return [];
  const adds = calc(
    'cold.meanAdded',
    context.app,
    [share.value * inSeconds(start) * 1000, 'ms'],
    'share that starts cold × time of a start',
    [share, start],
  );
  const seen = context.facts
    .every({ name: 'latency.mean', phase: NOW })
    .map((now) => ({
      now,
      before: context.facts.find({ name: 'latency.mean', subject: now.subject, phase: 'baseline' }),
    }))
    .find((x) => x.before !== undefined && x.now.value > x.before.value);
  const rise =
    seen?.before &&
    calc('latency.rise', seen.now.subject, [seen.now.value - seen.before.value, 'ms'], 'now − before', [
      seen.now,
      seen.before,
    ]);
  const part =
    rise &&
    calc(
      'cold.partOfRise',
      context.app,
      [Math.min(1, adds.value / rise.value), 'ratio'],
      'added to the mean ÷ rise of the mean',
      [adds, rise],
    );
  const owns = share.value >= 0.05 ? 'p95 and p99' : share.value >= 0.01 ? 'p99' : undefined;
  return reading('cold-start-share', {
    id: 'stated',
    topic: 'latency-shape',
    layer: 'infrastructure',
    subject: context.app,
    headline: say`Cold starts at ${num(share)} of requests and ${num(start)} each add ${num(adds)} to the mean${part && rise && seen ? say`, ${num(part, { digits: 2 })} of the ${num(rise)} by which ${name(seen.now.subject.name)} rose` : []}${owns ? say`, and own its ${owns} whatever the code does: no query tuning reaches them` : ', too few to own the p99'}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Requests that start cold`, say`${num(share)}`],
          [say`A start takes`, say`${num(start)}`],
          [say`Added to the mean`, say`${num(adds)}`],
          ...(rise ? [[say`The mean rose by`, say`${num(rise)}`]] : []),
        ],
      ),
    ],
    assumptions: [say`A cold start is waited for by the request that meets it, on top of its own time.`],
    bearings: [
      bearing(
        context,
        'cold-start',
        context.app,
        1.3,
        say`${num(share)} of requests start cold, ${num(start)} each`,
      ),
    ],
    weight: 0.92,
  });
}

export default {
  id: 'cold-start-share',
  about: 'Environments a burst must start and the share of requests that waits for one.',
  read,
} satisfies ReadingEntry;
