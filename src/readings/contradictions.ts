import {
  type Context,
  name,
  num,
  type Reading,
  type ReadingEntry,
  type Subject,
  say,
  type Text,
} from '../domain/index.js';
import { littlesLaw } from '../models/queueing.js';
import { calc, inSeconds, reading, whole } from './compose.js';
import { classShares, isWhole, loadPoints, topLoad } from './load.js';
import { now } from './parts.js';
import { labelOf, latencySubjects, percentilesOf } from './percentiles.js';

interface Clash {
  id: string;
  subject: Subject;
  headline: Text;
  resolve: Text;
}

/** Figures that cannot all be true of the same thing at the same time, named with what would settle them. */
function read(context: Context): Reading[] {
  return [
    ...percentileOrder(context),
    ...shares(context),
    ...loadOrder(context),
    ...ratios(context),
    ...overLimit(context),
    ...concurrency(context),
    ...complements(context),
    ...improved(context),
  ].flatMap((c) =>
    reading('contradictions', {
      id: c.id,
      topic: 'contradiction',
      subject: c.subject,
      headline: c.headline,
      arithmetic: [],
      assumptions: [],
      questions: [
        {
          id: `contradiction/${c.id}`,
          question: say`Which is right? ${c.resolve}`,
          matters: say`whatever rests on either figure is open until then`,
          weight: 0.7,
        },
      ],
      weight: 0.86,
    }),
  );
}

const of = (context: Context, s: Subject): Text => (isWhole(context, s) ? say`` : say` of ${name(s.name)}`);

function percentileOrder(context: Context): Clash[] {
  return latencySubjects(context).flatMap((s) =>
    (['incident', 'peak', 'any', 'steady', 'baseline'] as const).flatMap((phase) => {
      const given = percentilesOf(context, s, [phase]);
      const max = context.facts.find({ name: 'latency.max', subject: s, phase });
      const mean = context.facts.find({ name: 'latency.mean', subject: s, phase });
      const last = given[given.length - 1];
      const out: Clash[] = given.flatMap((p, i) => {
        const next = given[i + 1];
        return next && next.fact.value < p.fact.value
          ? [
              {
                id: `${p.label}-${next.label}/${s.id}`,
                subject: s,
                headline: say`${p.label} ${num(p.fact)} and ${next.label} ${num(next.fact)}${of(context, s)} cannot both hold: a higher percentile is never smaller.`,
                resolve: say`They may be of different requests, hosts or minutes.`,
              },
            ]
          : [];
      });
      if (max && last && max.value < last.fact.value) {
        out.push({
          id: `max/${s.id}`,
          subject: s,
          headline: say`A longest time of ${num(max)} and a ${last.label} of ${num(last.fact)}${of(context, s)} cannot both hold.`,
          resolve: say`One is of a shorter window.`,
        });
      }
      if (mean && last && last.share >= 0.99 && mean.value > last.fact.value) {
        out.push({
          id: `mean/${s.id}`,
          subject: s,
          headline: say`A mean of ${num(mean)} above the ${last.label} of ${num(last.fact)}${of(context, s)} needs a few requests that take minutes, or the two are not of the same requests.`,
          resolve: say`Compare both over the same window and route.`,
        });
      }
      return out;
    }),
  );
}

function shares(context: Context): Clash[] {
  const classes = classShares(context).filter((c) => c.kind !== 'other');
  if (classes.length < 2 || classes.some((c) => classes.filter((x) => x.kind === c.kind).length > 1))
    return [];
  const sum = calc(
    'mix.sum',
    context.app,
    [classes.reduce((t, c) => t + c.share.value, 0), 'ratio'],
    'sum of the shares',
    classes.map((c) => c.share),
  );
  return sum.value > 1.02
    ? [
        {
          id: 'mix',
          subject: context.app,
          headline: say`${classes.map((c) => c.subject.name).join(' and ')} shares add up to ${num(sum)} of the traffic.`,
          resolve: say`One of them may be a share of something else.`,
        },
      ]
    : [];
}

function loadOrder(context: Context): Clash[] {
  const points = loadPoints(context);
  const steady = points.find((p) => p.phase === 'steady');
  const peak = points.find((p) => p.phase === 'peak');
  return steady && peak && steady.rate.value > peak.rate.value
    ? [
        {
          id: 'steady-peak',
          subject: context.app,
          headline: say`A steady rate of ${num(steady.rate)} above a peak of ${num(peak.rate)} cannot be; they may count different things, or be the wrong way round.`,
          resolve: say`Take both from one counter over one day.`,
        },
      ]
    : [];
}

const RATIOS = [
  'cache.hitRatio',
  'errors.ratio',
  'timeouts.ratio',
  'mix.share',
  'memory.utilisation',
  'connections.utilisation',
  'disk.utilisation',
  'skew.share',
  'availability.ratio',
];
function ratios(context: Context): Clash[] {
  return context.facts
    .every({ name: RATIOS })
    .filter((f) => f.value > 1 && f.origin !== 'derived')
    .map((f) => ({
      id: `${f.name}/${f.subject.id}`,
      subject: f.subject,
      headline: say`${num(f)} for ${name(f.name)}${of(context, f.subject)} is more than all of it.`,
      resolve: say`Is it a share, or a ratio of something else?`,
    }));
}

const PAIRS: readonly (readonly [string, string, string])[] = [
  ['connections.used', 'connections.limit', 'connections'],
  ['pool.used', 'pool.limit', 'pool members'],
  ['threads.used', 'threads.limit', 'threads'],
  ['heap.used', 'heap.limit', 'heap'],
  ['memory.used', 'memory.limit', 'memory'],
];
function overLimit(context: Context): Clash[] {
  return PAIRS.flatMap(([used, limit, word]) =>
    context.facts.every({ name: used }).flatMap((u) => {
      const l = context.facts.find({ name: limit, subject: u.subject });
      return l && u.phase !== 'target' && l.value > 0 && u.value > l.value
        ? [
            {
              id: `${used}/${u.subject.id}`,
              subject: u.subject,
              headline: say`${num(u)} ${word} in use${of(context, u.subject)} against a limit of ${num(l)}: the limit is another one, or it is counted over several instances.`,
              resolve: say`Is the limit of one instance and the use of all?`,
            },
          ]
        : [];
    }),
  );
}

/** Little’s law on what was said of concurrency: rate × time cannot exceed it. */
function concurrency(context: Context): Clash[] {
  const top = topLoad(loadPoints(context));
  const median = now(context, 'latency.p50', context.app);
  const inside = context.facts.find({ name: 'threads.used', subject: context.app });
  if (!top || !median || !inside) return [];
  const least = calc(
    'requests.atLeast',
    context.app,
    [littlesLaw(top.rate.value, inSeconds(median)) / 2, 'count'],
    'rate × median ÷ two (half of all requests take at least the median)',
    [top.rate, median],
  );
  return least.value > 1.2 * inside.value
    ? [
        {
          id: 'concurrency',
          subject: context.app,
          headline: say`${num(top.rate)} with a median of ${num(median)} means at least ${whole(least)} requests at once, and ${num(inside)} were said to be in work.`,
          resolve: say`The rate may be of another moment, or each thread serves many requests.`,
        },
      ]
    : [];
}

function complements(context: Context): Clash[] {
  return context.facts.every({ name: 'availability.ratio' }).flatMap((a) => {
    const e = context.facts.find({ name: 'errors.ratio', subject: a.subject, phase: a.phase });
    if (!e || a.value > 1 || e.value > 1) return [];
    const room = calc('availability.room', a.subject, [1 - a.value, 'ratio'], 'all − availability', [a]);
    return e.value > 2 * room.value && e.value - room.value > 0.001
      ? [
          {
            id: `availability/${a.subject.id}/${a.phase}`,
            subject: a.subject,
            headline: say`${a.phase === 'target' ? 'An availability target' : 'An availability'} of ${num(a, { digits: 5 })} leaves ${num(room)} for failures, and ${a.phase === 'target' ? 'the error target allows' : 'the error ratio is'} ${num(e)}${of(context, a.subject)}: the stricter one decides.`,
            resolve: say`Does availability count failed requests, or minutes?`,
          },
        ]
      : [];
  });
}

/** "It got slower" with figures that say it got faster. */
function improved(context: Context): Clash[] {
  const slow = context.symptoms.some((s) => s.kind === 'tail-latency' || s.kind === 'latency');
  if (!slow) return [];
  return latencySubjects(context)
    .filter((s) => isWhole(context, s))
    .flatMap((s) => {
      const rows = percentilesOf(context, s).flatMap((p) => {
        const b = context.facts.find({ name: p.fact.name, subject: s, phase: 'baseline' });
        return b && b.value > p.fact.value ? [{ p, b }] : [];
      });
      const all = percentilesOf(context, s, ['baseline']).length;
      const first = rows[0];
      return first && rows.length === all
        ? [
            {
              id: `improved/${s.id}`,
              subject: s,
              headline: say`${labelOf(first.p.fact.name)} is said to have been ${num(first.b)} before and ${num(first.p.fact)} now: that is faster, while the trouble is said to be slowness.`,
              resolve: say`The two may be the wrong way round.`,
            },
          ]
        : [];
    });
}

export default {
  id: 'contradictions',
  about:
    'Names the figures that cannot all be true: percentiles out of order, shares over all, use over limit, and the like.',
  read,
} satisfies ReadingEntry;
