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
import { fanOutShare } from '../models/queueing.js';
import { bearing, calc, reading } from './compose.js';
import { isWhole, NOW } from './load.js';
import { labelOf, PERCENTILES } from './percentiles.js';

const TAIL = constant('tail.p99', 0.01, 'ratio', 'Share of requests above p99, by its definition');

/** A request that waits for n parallel calls is slow when any one of them is: 1 − (1 − p)^n. */
function read(context: Context): Reading[] {
  const seen = new Set<string>();
  return context.facts
    .every({ name: 'fanout.count' })
    .filter((f) => f.value >= 2 && f.value < 1e5 && !seen.has(f.subject.id) && seen.add(f.subject.id))
    .flatMap((f) => ofFanOut(context, f));
}

function ofFanOut(context: Context, count: Fact): Reading[] {
  const part = calc(
    'fanout.slowShare',
    count.subject,
    [fanOutShare(TAIL.value, count.value), 'ratio'],
    '1 − (1 − share above p99)^calls',
    [TAIL, count],
  );
  const needed = calc(
    'fanout.neededShare',
    count.subject,
    [-Math.expm1(Math.log1p(-TAIL.value) / count.value), 'ratio'],
    '1 − (1 − share above p99)^(1 ÷ calls)',
    [TAIL, count],
  );
  const half = calc(
    'fanout.callsToHalf',
    count.subject,
    [Math.log(0.5) / Math.log1p(-TAIL.value), 'count'],
    'ln(half) ÷ ln(1 − share above p99)',
    [TAIL],
  );
  const callee = context.facts
    .every({ name: ['latency.p99', 'latency.p95'], phase: NOW })
    .find((f) => !isWhole(context, f.subject) && f.subject.kind !== 'class');
  const hit = callee
    ? calc(
        `fanout.slowShare.${callee.name}`,
        callee.subject,
        [fanOutShare(1 - (PERCENTILES[callee.name] ?? 0.99), count.value), 'ratio'],
        '1 − (share below the percentile)^calls',
        [callee, count],
      )
    : undefined;
  const because = say`${num(part, { digits: 2 })} of requests meet at least one call above its p99`;
  return reading('fan-out-tail', {
    id: count.subject.id,
    topic: 'latency-shape',
    layer: 'dependency',
    subject: count.subject,
    headline: say`With ${num(count)} parallel calls, ${num(part, { digits: 2 })} of requests wait for at least one call slower than its p99${callee && hit ? say` (${name(callee.subject.name)}: ${num(hit, { digits: 2 })} wait ${num(callee)} or more, its ${labelOf(callee.name)})` : []}: the p99 of the whole is what only ${num(needed, { digits: 2 })} of single calls exceed.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Parallel calls`, say`${num(count)}`],
          [say`Requests with a call above its p99`, say`${num(part, { digits: 3 })}`],
          [
            say`Share of single calls that may be slow for the whole’s p99 to hold`,
            say`${num(needed, { digits: 2 })}`,
          ],
          [say`Calls from which half of all requests meet one`, say`${num(half, { digits: 2 })}`],
        ],
      ),
    ],
    assumptions: [
      say`Calls are slow independently of each other; calls that are slow together make it better, a common cause (a pause, a full node) is then the thing to look at.`,
    ],
    bearings: [bearing(context, 'slow-dependency', count.subject, part.value > 0.05 ? 0.8 : 0.3, because)],
    weight: part.value > 0.05 ? 0.76 : 0.5,
  });
}

export default {
  id: 'fan-out-tail',
  about: 'What share of requests meets the tail of at least one of its parallel calls, 1 − (1 − p)^n.',
  read,
} satisfies ReadingEntry;
