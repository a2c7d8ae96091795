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
import { littlesLaw } from '../models/queueing.js';
import { bearing, calc, componentOf, inSeconds, rate, reading, whole, wordsNear } from './compose.js';
import { loadPoints, topLoad } from './load.js';
import { now } from './parts.js';
import { streams } from './stream.js';

const QUOTA =
  /\b(quotas?|rate[- ]?limit\w*|limit(ed|s)?|caps?( us)?|capped|max(imum)?|allow(s|ed)?|at most|throttl\w+)\b/i;

/** Rates that a third party or a provider allows: what share of requests may use it, and who waits meanwhile. */
function read(context: Context): Reading[] {
  const seen = new Set<string>();
  const found = context.facts
    .every({
      name: ['throughput', 'rate.stated'],
      subjectKind: ['dependency', 'queue', 'storage', 'gateway', 'operation'],
    })
    .filter(
      (f) =>
        f.value > 0 &&
        f.subject.id !== context.app.id &&
        !/per (?:node|host|pod|instance|server)/.test(f.condition ?? '') &&
        (f.comparator === '<=' || f.comparator === '<' || QUOTA.test(wordsNear(context, f, 40, 20))),
    )
    .filter((f) => !seen.has(f.subject.id) && seen.add(f.subject.id))
    .flatMap((f) => ofQuota(context, f).map((r) => ({ r, value: f.value })));
  // The same quota told of two names is one quota; the three tightest are enough.
  return found
    .filter((x, i, all) => all.findIndex((y) => y.value === x.value) === i)
    .sort((a, b) => a.value - b.value)
    .slice(0, 3)
    .map((x) => x.r);
}

/** Mail, messages and the like wait in a queue: the quota is the pace of that queue, and no request feels it. */
function ofQueue(context: Context, quota: Fact, who: ReturnType<typeof name>): Reading[] {
  const queue = streams(context).find(
    (x) => x.depth !== undefined || (x.service !== undefined && x.service.value > quota.value),
  );
  if (!queue) return [];
  const drain =
    queue.depth &&
    calc('quota.drain', quota.subject, [queue.depth.value / quota.value, 's'], 'waiting ÷ quota', [
      queue.depth,
      quota,
    ]);
  return reading('quota-reach', {
    id: quota.subject.id,
    topic: 'dependency',
    layer: 'dependency',
    subject: quota.subject,
    headline: say`${who} allows ${num(quota)}: what ${name(queue.subject.name)} holds for it leaves at that pace however many workers there are${drain ? say`, so ${whole(queue.depth as Fact)} waiting take ${num(drain, { digits: 2 })}` : []}.`,
    arithmetic: [],
    assumptions: [say`Each piece of ${name(queue.subject.name)} is one call of ${who}.`],
    bearings: [
      bearing(
        context,
        'rate-limited',
        quota.subject,
        drain ? 1 : 0.5,
        say`${num(quota)} allowed, by a queue that works faster`,
      ),
    ],
    questions: [],
    // Where a backlog is what was complained of, this is its pace.
    weight: drain && context.symptoms.some((s) => s.kind === 'queue-backlog') ? 0.85 : 0.6,
  });
}

function ofQuota(context: Context, quota: Fact): Reading[] {
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const top = topLoad(points) ?? goal;
  if (!goal || !top) return [];
  const component = componentOf(context, quota.subject);
  const who = name(component?.subject.name ?? quota.subject.name);
  const share = (p: typeof goal): Fact =>
    calc(
      'quota.share',
      quota.subject,
      [quota.value / p.rate.value, 'ratio'],
      'quota ÷ requests a second',
      [quota, p.rate],
      p.phase,
    );
  const tight = share(goal);
  if (component?.roles.includes('background')) return ofQueue(context, quota, who);
  if (tight.value > 3) return [];
  const time =
    now(context, 'latency.mean', quota.subject) ??
    now(context, 'latency.p50', quota.subject) ??
    now(context, 'latency.p95', quota.subject);
  const held = time
    ? calc(
        'quota.held',
        quota.subject,
        [littlesLaw(quota.value, inSeconds(time)), 'count'],
        'quota × time of a call (Little’s law)',
        [quota, time],
      )
    : undefined;
  const faster = streams(context).find(
    (x) => x.service && x.service.value > quota.value && x.service.value < 20 * quota.value,
  );
  const below = tight.value < 1;
  const because = say`${num(quota)} allowed, ${num(goal.rate)} requests asked for`;
  return reading('quota-reach', {
    id: quota.subject.id,
    topic: 'dependency',
    layer: 'dependency',
    subject: quota.subject,
    headline: below
      ? say`${who} allows ${num(quota)}: at ${num(goal.rate)} only ${num(tight, { digits: 2 })} of requests may call it, and what is over is refused or waits, whatever is scaled here${held && time ? say`; at ${num(time)} a call, ${whole(held)} requests at once are held by it` : []}${faster?.service ? say`; ${name(faster.subject.name)} finishes ${num(faster.service)}, more than that, so whatever of it passes through ${who} goes at this pace` : []}.`
      : say`${who} allows ${num(quota)}, ${num(tight, { digits: 2 })} of the ${num(goal.rate)}: enough while each request calls it once, and gone with one retry or a second call.`,
    arithmetic: [
      table(
        ['Load', '> Requests', '> Share that may call it'],
        points.map((p): Text[] => [
          say`${p.title}`,
          say`${num(p.rate)}`,
          share(p).value >= 1 ? say`all` : say`${num(share(p), { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [
      say`The quota is for ${name(context.app.name)} alone; others that share it make it smaller.`,
    ],
    bearings: [bearing(context, 'rate-limited', quota.subject, below ? 0.6 : 0.2, because)],
    questions: below
      ? [
          {
            id: `quota-use/${quota.subject.id}`,
            question: say`How many calls a second to ${who} are made at the peak, and how many are refused?`,
            matters: say`above ${rate(quota)} a queue with that pace, or a larger quota, is needed before any other work pays`,
            weight: 0.55,
          },
        ]
      : [],
    weight: below ? 0.7 : 0.5,
  });
}

export default {
  id: 'quota-reach',
  about: 'What share of requests a quota of a third party allows to call it, and who waits meanwhile.',
  read,
} satisfies ReadingEntry;
