import {
  type Context,
  type Fact,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, contextWords, inSeconds, reading, wordsNear } from './compose.js';
import { isWhole, NOW } from './load.js';
import { labelOf } from './percentiles.js';

/** Calls that wait for each other: their number × the time of one is a floor that nothing else can lower. */
function read(context: Context): Reading[] {
  const count =
    context.facts.every({ name: 'calls.serial' }).find((f) => f.value >= 2 && f.value < 1000) ??
    oneByOne(context);
  if (!count) return [];
  const target = context.facts.every({
    name: ['latency.p99', 'latency.p95', 'latency.p90', 'latency.p75', 'latency.p50', 'latency.mean'],
    phase: 'target',
  })[0];
  const each = timeOf(context, target, count.subject.id);
  if (!each) return [];
  const floor = calc(
    'serial.floor',
    count.subject,
    [count.value * inSeconds(each.fact) * 1000, 'ms'],
    'calls one after another × time of one',
    [count, each.fact],
  );
  const seen = context.facts
    .every({
      name: ['latency.p99', 'latency.p95', 'latency.p90', 'latency.p75', 'latency.p50', 'latency.mean'],
      phase: NOW,
    })
    .filter((f) => f.id !== each.fact.id && inSeconds(f) * 1000 > floor.value)
    .sort((a, b) => b.value - a.value)[0];
  const part =
    seen &&
    calc(
      'serial.part',
      count.subject,
      [floor.value / (inSeconds(seen) * 1000), 'ratio'],
      'floor ÷ latency seen',
      [floor, seen],
    );
  const over = target && floor.value >= inSeconds(target) * 1000;
  const share =
    target &&
    calc(
      'serial.ofTarget',
      count.subject,
      [floor.value / (inSeconds(target) * 1000), 'ratio'],
      'floor ÷ target',
      [floor, target],
    );
  const fits =
    target &&
    calc(
      'serial.fits',
      count.subject,
      [Math.floor((inSeconds(target) * 1000) / (inSeconds(each.fact) * 1000)), 'count'],
      'target ÷ time of one, rounded down',
      [target, each.fact],
    );
  const because = say`${num(count)} calls one after another are ${num(floor)}`;
  return reading('serial-chain', {
    id: count.id,
    topic: 'latency-shape',
    layer: 'api',
    subject: count.subject,
    headline: say`${num(count)} calls that wait for each other at ${each.says} of ${num(each.fact)} are ${num(floor)} before any work${part && seen ? say`, ${num(part, { digits: 2 })} of the ${num(seen)} seen` : []}${share && target ? (over ? say`, and the whole target of ${num(target)} by themselves: no faster server meets it, only fewer steps (${num(fits as Fact)} at most, and none of its time left for anything else)` : say` and ${num(share, { digits: 2 })} of the target of ${num(target)}`) : []}; calls that do not need each other’s answer go out together and cost one.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Calls one after another`, say`${num(count)}`],
          [say`Time of one (${each.says})`, say`${num(each.fact)}`],
          [say`Floor`, say`${num(floor)}`],
          ...(seen ? [[say`Seen`, say`${num(seen)}`]] : []),
          ...(target ? [[say`Target`, say`${num(target)}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`Each call takes that time and starts when the one before has answered; the same percentile of a sum lies a little below the sum of percentiles.`,
    ],
    bearings: [bearing(context, 'serial-calls', context.app, 1.3, because)],
    weight: 0.9,
  });
}

/** "600 slices …, 22 ms per file, read one by one": the things are the calls. */
function oneByOne(context: Context): Fact | undefined {
  const each = context.facts
    .every({ name: 'latency.mean', phase: NOW })
    .find(
      (f) =>
        /^per /.test(f.condition ?? '') &&
        /\b(?:one by one|one at a time|one after (?:the other|another)|sequentially|serially)\b/i.test(
          contextWords(context, f),
        ),
    );
  return each
    ? context.facts
        .every({ name: 'count.stated' })
        .find(
          (f) =>
            f.value >= 2 &&
            f.value < 1e5 &&
            /\b(?:files?|slices?|images?|objects?|items?|parts?|chunks?|tiles?|pages?|records?|calls?)$/.test(
              f.condition ?? '',
            ),
        )
    : undefined;
}

/** The time of one call: a round trip where one was said, else the callee's percentile that the target is about. */
function timeOf(
  context: Context,
  target: Fact | undefined,
  caller: string,
): { fact: Fact; says: string } | undefined {
  const times = context.facts.every({
    name: ['latency.mean', 'latency.p50', 'latency.p95', 'latency.p99'],
    phase: NOW,
  });
  const trip = times.find((f) => /\b(?:rtt|round.?trip)/i.test(wordsNear(context, f, 14, 4)));
  if (trip) return { fact: trip, says: 'a round trip' };
  const one = times.find((f) =>
    /^per (?:file|slice|image|object|item|part|chunk|tile|page|record|call)/.test(f.condition ?? ''),
  );
  if (one) return { fact: one, says: 'a mean' };
  const callee = times.filter(
    (f) =>
      !isWhole(context, f.subject) &&
      // The route that makes the calls is what they add up to, not one of them.
      f.subject.id !== caller &&
      (target === undefined || inSeconds(f) < inSeconds(target)),
  );
  const fact = callee.find((f) => f.name === target?.name) ?? callee[0];
  return fact
    ? { fact, says: fact.name === 'latency.mean' ? 'a mean' : `a ${labelOf(fact.name)}` }
    : undefined;
}

export default {
  id: 'serial-chain',
  about:
    'The floor that calls one after another set: their number × the time of one, against what is seen and asked for.',
  read,
} satisfies ReadingEntry;
