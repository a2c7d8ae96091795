import {
  type Context,
  type Fact,
  list,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, reading } from './compose.js';
import { isWhole, NOW } from './load.js';
import { ofKind } from './parts.js';
import { labelOf, percentilesOf, requestSubject } from './percentiles.js';

/** A tail at a time-out or this little above it is made of calls that ran into it. */
const NEAR = 0.15;

/** Time-outs against the latency target and the tail; dependencies without one. */
function read(context: Context): Reading[] {
  const subject = requestSubject(context);
  const aim = context.facts
    .every({ name: ['latency.p99', 'latency.p95', 'latency.p999'], phase: 'target' })
    .find((f) => isWhole(context, f.subject) || f.subject.id === subject?.id);
  const deadlines = context.facts.every({ name: 'timeout' }).filter((f) => f.value > 0);
  return deadlines.length > 0 ? said(context, deadlines, aim) : unsaid(context, aim);
}

function said(context: Context, deadlines: Fact[], aim: Fact | undefined): Reading[] {
  const subject = requestSubject(context);
  const tail = subject ? percentilesOf(context, subject).filter((p) => p.share >= 0.9) : [];
  const longest = [...deadlines].sort((a, b) => b.value - a.value)[0];
  if (!longest) return [];
  const met = tail.flatMap((p) =>
    deadlines
      .filter(
        (d) => inSeconds(p.fact) >= 0.99 * inSeconds(d) && inSeconds(p.fact) <= (1 + NEAR) * inSeconds(d),
      )
      .map((d) => ({ p, d })),
  )[0];
  const over = aim ? deadlines.filter((d) => inSeconds(d) > inSeconds(aim)) : [];
  if (!met && over.length === 0) return [];
  const factor = (d: Fact): Fact =>
    calc(
      `timeout.overTarget.${d.subject.id}`,
      d.subject,
      [inSeconds(d) / inSeconds(aim as Fact), 'factor'],
      'time-out ÷ latency target',
      [d, aim as Fact],
    );
  const worst = over.sort((a, b) => b.value - a.value)[0];
  const who = (d: Fact): Text => {
    const c = componentOf(context, d.subject);
    return c && !isWhole(context, c.subject) ? say` of ${name(c.subject.name)}` : [];
  };
  const bearings = [
    ...(met
      ? [
          bearing(
            context,
            'missing-timeout',
            met.d.subject,
            -0.3,
            say`a time-out of ${num(met.d)} is in place`,
          ),
          bearing(
            context,
            'slow-dependency',
            met.d.subject,
            1.3,
            say`${met.p.label} ${num(met.p.fact)} is the time-out of ${num(met.d)}`,
          ),
        ]
      : []),
    ...(worst && aim
      ? [
          bearing(
            context,
            'missing-timeout',
            worst.subject,
            0.9,
            say`a time-out of ${num(worst)} is ${num(factor(worst), { digits: 2 })} the target of ${num(aim)}`,
          ),
        ]
      : []),
  ];
  return reading('deadline-ladder', {
    id: longest.subject.id,
    topic: 'budget',
    layer: 'dependency',
    subject: (met?.d ?? worst ?? longest).subject,
    headline: met
      ? say`The ${met.p.label} of ${num(met.p.fact)} is the time-out of ${num(met.d)}${who(met.d)}: the tail is made of calls that ran into it, not of slow work, and its height is a setting.`
      : say`A time-out of ${num(worst as Fact)}${who(worst as Fact)} lets one call take ${num(factor(worst as Fact), { digits: 2 })} the whole target of ${num(aim as Fact)}: a stuck callee breaks the target long before it is given up.`,
    arithmetic: aim
      ? [
          table(
            ['Time-out', '> Set to', '> Of the target'],
            deadlines.map((d) => [
              say`${name(d.subject.name)}`,
              say`${num(d)}`,
              say`${num(factor(d), { digits: 2 })}`,
            ]),
          ),
        ]
      : [],
    assumptions: [say`The call lies on the path of the request, and nobody cancels it earlier.`],
    bearings,
    weight: met ? 0.84 : 0.62,
  });
}

/** Dependencies whose time and time-out nobody said: how slow each may be before it alone breaks the target. */
function unsaid(context: Context, aim: Fact | undefined): Reading[] {
  const calls = ofKind(context, 'dependency').filter(
    (c) =>
      !context.facts.every({
        name: ['latency.p99', 'latency.p95', 'latency.mean', 'latency.p50', 'latency.max'],
        subject: c.subject,
        phase: NOW,
      })[0],
  );
  const third = calls.filter((c) => c.roles.includes('third-party'));
  const subject = requestSubject(context);
  const tail = subject ? percentilesOf(context, subject).at(-1) : undefined;
  const before = subject
    ? context.facts.find({ name: 'latency.p99', subject, phase: 'baseline' })
    : undefined;
  if (calls.length === 0 || !aim) return [];
  const excess =
    tail && before && tail.fact.name === before.name
      ? calc('latency.excess', tail.fact.subject, [tail.fact.value - before.value, 'ms'], 'now − before', [
          tail.fact,
          before,
        ])
      : undefined;
  const names = list(calls.map((c) => say`${name(c.subject.name)}`));
  const slowOnes = third.length > 0 ? third : calls;
  return reading('deadline-ladder', {
    id: context.app.id,
    topic: 'dependency',
    layer: 'dependency',
    subject: calls[0]?.subject ?? context.app,
    headline: say`Nobody said how long a call to ${names} takes or when it is given up; a client left at its defaults waits for minutes or without end, and one call of ${num(aim)} breaks the ${labelOf(aim.name)} target by itself${excess && tail ? say`. The ${num(excess)} by which the ${tail.label} rose is what any one of them would have to add in the slow requests to be the whole cause` : []}.`,
    arithmetic: [],
    assumptions: [
      say`${calls.length > 1 ? 'They are' : 'It is'} called in the path of the request, not after the answer.`,
    ],
    bearings: slowOnes.map((c) =>
      bearing(
        context,
        'missing-timeout',
        c.subject,
        0.3,
        say`no time-out of ${name(c.subject.name)} was said`,
      ),
    ),
    questions: calls.slice(0, 4).map((c) => ({
      id: `dependency-tail/${c.subject.id}`,
      question: say`What is the p99 of ${name(c.subject.name)} as the caller sees it under the peak, and after how long is a call given up?`,
      matters: excess
        ? say`near ${num(excess)} it explains the whole rise; well below, it is cleared`
        : say`a tail near ${num(aim)} explains the whole miss; well below, it is cleared`,
      weight: context.changes.some((x) => x.touches.includes(c.subject.id)) ? 0.78 : 0.6,
    })),
    weight: 0.5,
  });
}

export default {
  id: 'deadline-ladder',
  about: 'Time-outs against the latency target and the tail, and dependencies for which none was said.',
  read,
} satisfies ReadingEntry;
