import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, inSeconds, rate, reading, whole } from './compose.js';
import { isWhole, type LoadPoint, loadBehind, loadPoints, NOW } from './load.js';
import { mainService } from './parts.js';

/** New capacity against the ramp: what arrives before it serves, and when the queue alone breaks the target. */
function read(context: Context): Reading[] {
  const delay = context.facts.find({ name: 'scaleout.delay' });
  const ramp = context.facts.every({ name: 'burst.ramp' }).sort((a, b) => a.value - b.value)[0];
  const length = context.facts
    .every({ name: 'burst.duration' })
    .find((f) => f.value >= Math.max(20, ramp?.value ?? 0));
  const full = capacity(context);
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const over = full && goal && goal.rate.value > full.value ? { full, goal } : undefined;
  const bursty =
    context.case.traits.some((t) => t.trait === 'bursty' || t.trait === 'event') ||
    ramp !== undefined ||
    length !== undefined;
  if (delay) return known(context, delay, ramp, length, over);
  return over && bursty ? unknown(context, over, ramp) : [];
}

/** The rate at which the busiest of the service’s processors is full, when a utilisation was said. */
function capacity(context: Context): Fact | undefined {
  const points = loadPoints(context);
  const used = context.facts
    .every({ name: ['cpu.utilisation', 'eventloop.utilisation'], phase: NOW })
    .filter(
      (f) => f.value > 0.1 && f.value <= 1 && (isWhole(context, f.subject) || f.subject.kind === 'service'),
    )[0];
  const base = used && loadBehind(points, used);
  return used && base
    ? calc(
        'throughput.atFull',
        used.subject,
        [base.rate.value / used.value, '1/s'],
        'rate ÷ utilisation at that rate',
        [base.rate, used],
      )
    : undefined;
}

interface Over {
  full: Fact;
  goal: LoadPoint;
}

const excessOf = ({ full, goal }: Over): Fact =>
  calc(
    'throughput.excess',
    full.subject,
    [goal.rate.value - full.value, '1/s'],
    'rate asked for − rate at full use',
    [goal.rate, full],
    goal.phase,
  );

function unknown(context: Context, over: Over, ramp: Fact | undefined): Reading[] {
  const excess = excessOf(over);
  const aim = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
  if (!aim) return [];
  const time = calc(
    'queue.timeToTarget',
    over.full.subject,
    [(inSeconds(aim) * over.full.value) / excess.value, 's'],
    'latency target × rate at full use ÷ excess rate (wait = backlog ÷ rate at full use)',
    [aim, over.full, excess],
    over.goal.phase,
  );
  const service = mainService(context);
  return reading('scale-out-race', {
    id: over.full.subject.id,
    topic: 'capacity',
    layer: 'infrastructure',
    subject: context.app,
    headline: say`At ${num(over.goal.rate)} today’s capacity of ${num(over.full)} falls behind by ${rate(excess)}: ${num(time, { digits: 2 })} after the load arrives, the wait in the queue alone is ${num(aim)}, so capacity has to be there before the burst and cannot follow it.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Load asked for`, say`${num(over.goal.rate)}`],
          [say`Capacity at full use`, say`${num(over.full)}`],
          [say`Falls behind by`, say`${rate(excess)}`],
          [say`Wait grows, each second`, say`${num(growth(over, excess))}`],
          [say`Wait reaches the target after`, say`${num(time, { digits: 2 })}`],
        ],
      ),
    ],
    assumptions: [
      say`The burst rises at once${ramp ? say` (it was said to take ${num(ramp)})` : []}; nothing is turned away while it lasts.`,
    ],
    bearings: [
      bearing(
        context,
        'scale-out-lag',
        service?.subject ?? context.app,
        0.6,
        say`${rate(excess)} more than capacity fills the latency target in ${num(time, { digits: 2 })}`,
      ),
    ],
    questions: [
      {
        id: 'scale-out-delay',
        question: say`How long does a new instance${service ? say` of ${name(service.subject.name)}` : []} take from the decision to serving at full speed?`,
        matters: say`anything above ${num(time, { digits: 2 })} cannot save the first burst: scale by the clock before it, and turn away what is over ${num(over.full)} until then`,
        weight: 0.55,
      },
    ],
    weight: 0.67,
  });
}

const growth = (over: Over, excess: Fact): Fact =>
  calc(
    'queue.waitGrowth',
    over.full.subject,
    [(excess.value / over.full.value) * 1000, 'ms'],
    'excess rate ÷ rate at full use × one second',
    [excess, over.full],
  );

function known(
  context: Context,
  delay: Fact,
  ramp: Fact | undefined,
  length: Fact | undefined,
  over: Over | undefined,
): Reading[] {
  const service = mainService(context);
  const rows: Text[][] = [[say`New capacity serves after`, say`${num(delay)}`]];
  if (ramp) rows.push([say`The burst rises within`, say`${num(ramp)}`]);
  if (length) rows.push([say`The burst lasts`, say`${num(length)}`]);
  const late = ramp
    ? calc('scaleout.late', delay.subject, [delay.value - ramp.value, 's'], 'time until it serves − ramp', [
        delay,
        ramp,
      ])
    : undefined;
  const backlog = over
    ? calc(
        'queue.backlogAtScaleOut',
        over.full.subject,
        [excessOf(over).value * Math.max(0, delay.value - (ramp?.value ?? 0) / 2), 'count'],
        'excess rate × (delay − half of the ramp)',
        [excessOf(over), delay, ...(ramp ? [ramp] : [])],
        over.goal.phase,
      )
    : undefined;
  if (backlog && backlog.value >= 1) rows.push([say`Requests over capacity by then`, say`${whole(backlog)}`]);
  const missed = length !== undefined && length.value <= delay.value;
  const behind = late !== undefined && late.value > 0;
  if (!missed && !behind && !backlog) return [];
  const factor = ramp
    ? calc(
        'scaleout.ratio',
        delay.subject,
        [delay.value / ramp.value, 'factor'],
        'time until it serves ÷ ramp',
        [delay, ramp],
      )
    : undefined;
  return reading('scale-out-race', {
    id: delay.subject.id,
    topic: 'capacity',
    layer: 'infrastructure',
    subject: context.app,
    headline: say`${missed && length ? say`The burst of ${num(length)} is over before new capacity serves (${num(delay)}): reactive scaling adds cost and no help` : behind && ramp && factor ? say`New capacity serves after ${num(delay)}, ${num(factor, { digits: 2 })} the ${num(ramp)} in which the load rises: the peak meets the instances that were there before` : say`New capacity serves after ${num(delay)}`}${backlog && over && backlog.value >= 1 ? say`; ${whole(backlog)} requests over today’s capacity of ${num(over.full)} come in by then` : []}.`,
    arithmetic: [table(['Quantity', '> Value'], rows)],
    assumptions: [
      say`The time was said for the decision and the start together; image pull, warm-up and health checks count in it.`,
    ],
    bearings: [
      bearing(
        context,
        'scale-out-lag',
        service?.subject ?? context.app,
        missed || behind ? 1.6 : 0.6,
        say`new capacity after ${num(delay)}${ramp ? say`, ramp within ${num(ramp)}` : []}`,
      ),
    ],
    weight: 0.85,
  });
}

export default {
  id: 'scale-out-race',
  about:
    'Whether new capacity comes before the burst: what queues meanwhile and when the queue alone breaks the target.',
  read,
} satisfies ReadingEntry;
