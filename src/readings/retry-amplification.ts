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
import { retryAmplification } from '../models/queueing.js';
import { bearing, calc, componentOf, contextWords, inSeconds, rate, reading } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';

const DEPTHS = [1, 2, 3].map((n) =>
  constant(
    `retry.tiers.${n}`,
    n,
    'count',
    'Tiers that each retry, tried in turn because the case does not say it',
  ),
);
const ALL = constant(
  'failure.all',
  1,
  'ratio',
  'The callee fails or times out for every call: the case retries are made for',
);

/** Retries multiply calls when the callee is slow, and multiply again in each tier that retries. */
function read(context: Context): Reading[] {
  const seen = new Set<string>();
  return context.facts
    .every({ name: 'retry.count' })
    .filter((f) => f.value >= 1 && f.value < 50 && !seen.has(f.subject.id) && seen.add(f.subject.id))
    .flatMap((f) => ofRetries(context, f));
}

function ofRetries(context: Context, count: Fact): Reading[] {
  const extra = /attempt/i.test(contextWords(context, count)) ? count.value - 1 : count.value;
  if (extra < 1) return [];
  const failing =
    context.facts.find({ name: ['timeouts.ratio', 'errors.ratio'], subject: count.subject, phase: NOW }) ??
    context.facts.find({ name: ['timeouts.ratio', 'errors.ratio'], phase: NOW });
  const factor = (share: Fact, depth: Fact): Fact =>
    calc(
      `retry.factor.${share.name}.${depth.name}`,
      count.subject,
      [retryAmplification(share.value, extra, depth.value), 'factor'],
      '(1 + f + … + f^retries) ^ tiers',
      [count, share, depth],
    );
  const one = DEPTHS[0] as Fact;
  const worst = factor(ALL, one);
  const today = failing && failing.value > 0 && failing.value < 1 ? failing : undefined;
  const timeout =
    context.facts.find({ name: 'timeout', subject: count.subject }) ??
    context.facts.every({ name: 'timeout' })[0];
  const longest = timeout
    ? calc(
        'retry.longest',
        count.subject,
        [inSeconds(timeout) * (extra + 1) * 1000, 'ms'],
        'time-out × attempts',
        [timeout, count],
      )
    : undefined;
  const aim = context.facts.find({ name: ['latency.p99', 'latency.p95'], phase: 'target' });
  const late = longest && aim && longest.value > aim.value ? aim : undefined;
  const top = topLoad(loadPoints(context));
  const flood = top
    ? calc(
        'retry.rate',
        count.subject,
        [top.rate.value * worst.value, '1/s'],
        'rate × attempts',
        [top.rate, worst],
        top.phase,
      )
    : undefined;
  const component = componentOf(context, count.subject);
  const who = component ? name(component.subject.name) : name(count.subject.name);
  const because = say`${num(count)} ${extra === count.value ? 'retries' : 'attempts'}: ${num(worst)} the calls when it fails`;
  return reading('retry-amplification', {
    id: count.subject.id,
    topic: 'dependency',
    layer: component?.layer ?? 'dependency',
    subject: count.subject,
    headline: say`When ${who} fails outright, retries send ${num(worst)} the calls${flood && top ? say` (up to ${rate(flood)} at ${num(top.rate)})` : []}, and ${num(factor(ALL, DEPTHS[1] as Fact))} if two tiers do it${today ? say`; at today’s ${num(today)} it is ${num(factor(today, one), { digits: 3 })}, so they cost nothing until they matter` : []}${longest && late ? say`; running through all of them takes ${num(longest)}, past the ${num(late)} target` : []}.`,
    arithmetic: [
      table(
        ['> Tiers that retry', ...(today ? ['> At today’s failures'] : []), '> When every call fails'],
        DEPTHS.map((d) => [
          say`${num(d)}`,
          ...(today ? [say`${num(factor(today, d), { digits: 3 })}`] : []),
          say`${num(factor(ALL, d))}`,
        ]),
      ),
    ],
    assumptions: [
      say`Each failed call is retried ${extra === count.value ? say`${num(count)} more times` : say`until ${num(count)} attempts are made`}, with no budget or breaker over them.`,
    ],
    bearings: [
      bearing(
        context,
        'retry-amplification',
        count.subject,
        today && today.value > 0.02 ? 1.1 : 0.5,
        because,
      ),
    ],
    questions: [
      {
        id: `retry-owner/${count.subject.id}`,
        question: say`Which tiers between the client and ${who} retry, and is there a budget over all of them?`,
        matters: say`with one owner and a budget the worst case is bounded; with two tiers it is ${num(factor(ALL, DEPTHS[1] as Fact))}`,
        weight: 0.5,
      },
    ],
    weight: late || (today && today.value > 0.02) ? 0.72 : 0.5,
  });
}

export default {
  id: 'retry-amplification',
  about: 'How many calls retries make of one, at today’s failures and at the worst, over one tier and more.',
  read,
} satisfies ReadingEntry;
