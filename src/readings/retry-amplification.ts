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
import { bearing, calc, componentOf, contextWords, inSeconds, rate, reading, wordsNear } from './compose.js';
import { isWhole, loadPoints, NOW, topLoad } from './load.js';

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
  const byCount = context.facts
    .every({ name: 'retry.count' })
    .filter((f) => f.value >= 1 && f.value < 50 && !seen.has(f.subject.id) && seen.add(f.subject.id))
    .flatMap((f) => ofRetries(context, f));
  return [...byCount, ...observed(context)];
}

/** Calls a request that are more than one, blamed on retries: what share must be failing for that. */
function observed(context: Context): Reading[] {
  const said = context.facts
    .every({ name: ['retry.factor', 'retry.ratio'], phase: NOW })
    .find((f) => (f.name === 'retry.ratio' ? f.value > 0.02 && f.value < 5 : f.value > 1.02 && f.value < 20));
  if (!said) return [];
  const seen =
    said.name === 'retry.factor'
      ? said
      : calc('retry.seen', said.subject, [1 + said.value, 'factor'], 'all + retries for a first call', [
          said,
        ]);
  const count =
    context.facts.find({ name: 'retry.count', subject: said.subject }) ??
    context.facts.every({ name: 'retry.count' })[0];
  const retries = count ? Math.round(extraOf(context, count)) : 1;
  const most = retryAmplification(1, Math.max(1, retries));
  const component = componentOf(context, said.subject);
  const who = name(component?.subject.name ?? said.subject.name);
  if (seen.value >= most) {
    if (!count) return [];
    return reading('retry-amplification', {
      id: `${said.subject.id}/seen`,
      topic: 'contradiction',
      layer: 'dependency',
      subject: said.subject,
      headline: say`${who} is called ${num(seen)} for each request, as much as ${num(count)} allow when every call fails: more than one tier retries, or requests call it more than once.`,
      arithmetic: [],
      bearings: [
        bearing(context, 'retry-amplification', said.subject, 1.5, say`${num(seen)} calls for a request`),
      ],
      weight: 0.8,
    });
  }
  const failing = calc(
    'retry.impliedFailure',
    said.subject,
    [solveFailure(seen.value, Math.max(1, retries)), 'ratio'],
    'f with 1 + f + … + f^retries = calls for a request',
    [seen, ...(count ? [count] : [])],
  );
  const errors = context.facts.every({ name: ['errors.ratio', 'timeouts.ratio'], phase: NOW })[0];
  const hidden = errors && failing.value > 3 * errors.value ? errors : undefined;
  return reading('retry-amplification', {
    id: `${said.subject.id}/seen`,
    topic: 'dependency',
    layer: 'dependency',
    subject: said.subject,
    headline: say`${num(seen)} calls to ${who} for each request mean that ${num(failing, { digits: 2 })} of calls fail or run out of time${hidden ? say`, while only ${num(hidden)} of requests end in an error: retries hide the rest, and are paid for in load` : ''}; at the worst they reach ${num(calc('retry.most', said.subject, [most, 'factor'], 'first call + retries', [seen, ...(count ? [count] : [])]))}.`,
    arithmetic: [],
    assumptions: [
      count
        ? say`Each failed call is tried again up to the ${num(count)} that were said, each try failing alike, and nothing else calls ${who} twice.`
        : say`Each failed call is tried once more, and nothing else calls ${who} twice.`,
    ],
    bearings: [
      bearing(context, 'retry-amplification', said.subject, 1.4, say`${num(seen)} calls for each request`),
      bearing(context, 'client-retries', said.subject, 0.6, say`${num(seen)} calls for each request`),
    ],
    weight: 0.82,
  });
}

/** The failing share at which `retries` retries give this many calls a request; by halving the interval. */
function solveFailure(calls: number, retries: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (retryAmplification(middle, retries) < calls) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Who is called again: the part the count was said of, or the dependency of the change it was said in. */
function calleeOf(context: Context, count: Fact): { name: string } {
  const own = componentOf(context, count.subject);
  if (own && !isWhole(context, own.subject)) return name(own.subject.name);
  const place = count.from.find((p) => p.kind === 'input');
  const change =
    place?.kind === 'input'
      ? context.changes.find(
          (c) => c.place?.input === place.input && c.place.start <= place.start && place.end <= c.place.end,
        )
      : undefined;
  const callee = context.components.find(
    (c) => c.subject.kind === 'dependency' && change?.touches.includes(c.subject.id),
  );
  return name(callee?.subject.name ?? own?.subject.name ?? count.subject.name);
}

/** Retries after the first call: attempts count the first, retries do not. */
function extraOf(context: Context, count: Fact): number {
  const near = wordsNear(context, count, 15, 10) || contextWords(context, count);
  return /attempt/i.test(near) ? count.value - 1 : count.value;
}

function ofRetries(context: Context, count: Fact): Reading[] {
  const extra = extraOf(context, count);
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
  const who = calleeOf(context, count);
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
        matters: say`with one owner of the retries of ${who} and a budget the worst case is bounded; with two tiers it is ${num(factor(ALL, DEPTHS[1] as Fact))}`,
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
