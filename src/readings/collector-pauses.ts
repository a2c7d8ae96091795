import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, rate, reading, whole } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { instancesOf, mainService } from './parts.js';

const TAIL = constant('tail.p99', 0.01, 'ratio', 'Share of requests above p99, by its definition');

const LOWER_TAIL = constant('tail.p95', 0.05, 'ratio', 'Share of requests above p95, by its definition');

/** A stop-the-world pause delays everything that arrives in it: which pauses can own the p99, and what piles up. */
function read(context: Context): Reading[] {
  const share = context.facts.find({ name: 'gc.pause.share', phase: NOW });
  const pause = context.facts.find({ name: ['gc.pause.p99', 'gc.pause.mean'], phase: NOW });
  const interval = pause && context.facts.find({ name: 'gc.interval', subject: pause.subject });
  if (pause && interval && !share && interval.value > inSeconds(pause))
    return ofShare(
      context,
      calc(
        'gc.pause.share',
        pause.subject,
        [inSeconds(pause) / interval.value, 'ratio'],
        'pause ÷ time between pauses',
        [pause, interval],
      ),
      pause,
    );
  if (share) return ofShare(context, share, pause);
  return pause ? ofPause(context, pause) : [];
}

function heap(context: Context): Text[] {
  const used = context.facts.find({ name: 'heap.used', phase: NOW });
  const limit = context.facts.find({ name: 'heap.limit' });
  if (!used || !limit || limit.value <= 0) return [];
  const full = calc(
    'heap.utilisation',
    used.subject,
    [used.value / limit.value, 'ratio'],
    'heap in use ÷ heap limit',
    [used, limit],
  );
  return [
    say`The heap holds ${num(used)} of ${num(limit)} (${num(full)}); what is live after a full collection, not this figure, decides how often it must collect.`,
  ];
}

function ofPause(context: Context, pause: Fact): Reading[] {
  const period = calc(
    'gc.periodToOwnTail',
    pause.subject,
    [inSeconds(pause) / TAIL.value, 's'],
    'pause ÷ share above p99',
    [pause, TAIL],
  );
  const aim = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
  const over = aim && pause.value > aim.value ? aim : undefined;
  const top = topLoad(loadPoints(context));
  const service = componentOf(context, pause.subject) ?? mainService(context);
  const count = service ? instancesOf(context, service) : undefined;
  const held =
    top && count
      ? calc(
          'gc.heldRequests',
          pause.subject,
          [(top.rate.value * inSeconds(pause)) / count.value, 'count'],
          'rate ÷ instances × pause',
          [top.rate, pause, count],
          top.phase,
        )
      : undefined;
  const because = say`pauses of ${num(pause)}${over ? say`, over the target of ${num(over)}` : []}`;
  return reading('collector-pauses', {
    id: pause.subject.id,
    topic: 'latency-shape',
    layer: 'api',
    subject: pause.subject,
    headline: say`A collection pause of ${num(pause)}${service ? say` in ${name(service.subject.name)}` : []} owns the p99 as soon as one comes every ${num(period, { digits: 2 })} or more often${over ? say`, and each is longer than the whole target of ${num(over)}` : []}${held && top ? say`; ${whole(held)} arrive at an instance in one pause at ${num(top.rate)}` : []}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Pause`, say`${num(pause)}`],
          [say`Share of time that owns the p99`, say`${num(TAIL)}`],
          [say`One pause in`, say`${num(period, { digits: 2 })}`],
          ...(held ? [[say`Arrivals in one pause`, say`${whole(held)}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`The pause stops all work of its process, and arrivals are even in time.`,
      ...heap(context),
    ],
    bearings: [bearing(context, 'gc-pressure', pause.subject, over ? 1.4 : 0.9, because)],
    questions: [
      {
        id: 'gc-frequency',
        question: say`How often does a pause of ${num(pause)} come, and how much heap is live after it?`,
        matters: say`more often than one in ${num(period, { digits: 2 })}, pauses alone explain the p99; live heap near the limit asks for memory or less retention, a low one for less allocation`,
        weight: 0.6,
      },
    ],
    weight: over ? 0.8 : 0.66,
  });
}

function ofShare(context: Context, share: Fact, pause: Fact | undefined): Reading[] {
  if (share.value <= 0 || share.value > 1) return [];
  const owns = share.value >= TAIL.value;
  const period = pause
    ? calc(
        'gc.period',
        share.subject,
        [inSeconds(pause) / share.value, 's'],
        'pause ÷ share of time in pauses',
        [pause, share],
      )
    : undefined;
  const because = say`${num(share)} of the time is spent in collection pauses`;
  const top = topLoad(loadPoints(context));
  const hit = top
    ? calc(
        'gc.hitRate',
        share.subject,
        [top.rate.value * share.value, '1/s'],
        'rate × share of time in pauses',
        [top.rate, share],
        top.phase,
      )
    : undefined;
  return reading('collector-pauses', {
    id: share.subject.id,
    topic: 'latency-shape',
    layer: 'api',
    subject: share.subject,
    headline: say`${num(share)} of the time is collection pauses, so ${num(share)} of requests${hit && top ? say` (${rate(hit)} at ${num(top.rate)})` : []} arrive in one: ${share.value >= LOWER_TAIL.value ? 'enough to own p95 and p99 alone' : owns ? 'enough to own the p99 alone' : 'too few to own the p99'}${period && pause ? say`; with pauses of ${num(pause)} that is one every ${num(period, { digits: 2 })}` : []}.`,
    arithmetic: [],
    assumptions: [say`Pauses stop all work of the process, and arrivals are even in time.`, ...heap(context)],
    bearings: [bearing(context, 'gc-pressure', share.subject, owns ? 1.3 : -0.8, because)],
    weight: share.value >= LOWER_TAIL.value ? 0.96 : owns ? (pause && period ? 0.91 : 0.78) : 0.4,
  });
}

export default {
  id: 'collector-pauses',
  about:
    'Which collection pauses can own the p99, how many requests arrive in one, and how often they would have to come.',
  read,
} satisfies ReadingEntry;
