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
import { bearing, calc, componentOf, reading } from './compose.js';
import { AIM, aimedLoad, loadPoints, NOW, topLoad } from './load.js';

const UTILISATIONS = [
  'cpu.utilisation',
  'connections.utilisation',
  'disk.utilisation',
  'network.utilisation',
  'memory.utilisation',
  'eventloop.utilisation',
];
const PAIRS: readonly (readonly [string, string])[] = [
  ['connections.used', 'connections.limit'],
  ['pool.used', 'pool.limit'],
  ['threads.used', 'threads.limit'],
];
const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'connections.utilisation': 'connections',
  'disk.utilisation': 'disk',
  'network.utilisation': 'network',
  'memory.utilisation': 'memory',
  'eventloop.utilisation': 'event loop',
  'connections.used': 'connections',
  'pool.used': 'pool',
  'threads.used': 'threads',
};

/** An announced event as a multiple of today: which of today's figures has room for it and which has not. */
function read(context: Context): Reading[] {
  const factor = factorOf(context);
  if (!factor || factor.value <= 1) return [];
  const resources = [...utilisations(context), ...usedOfLimit(context)].map((r) => ({
    ...r,
    later: calc(
      `headroom.${r.used.name}`,
      r.used.subject,
      [r.used.value * factor.value, 'ratio'],
      'used now × multiple of the load',
      [r.used, factor],
      AIM[1],
    ),
  }));
  if (resources.length < 2) return [];
  const short = resources.filter((r) => r.later.value > 1).sort((a, b) => b.later.value - a.later.value);
  const worst = short[0];
  const announced =
    context.symptoms.some((s) => s.kind === 'planned-load') ||
    context.case.traits.some((t) => t.trait === 'event');
  if (!worst && !announced) return [];
  const room = (used: Fact): Fact =>
    calc(`headroom.factor.${used.name}`, used.subject, [1 / used.value, 'factor'], 'all ÷ used now', [used]);
  return reading('event-headroom', {
    id: context.app.id,
    topic: 'capacity',
    subject: context.app,
    headline: worst
      ? say`${num(factor)} today’s load ${short.length === resources.length ? 'fits none of the stated limits' : say`does not fit ${short.length === 1 ? 'one' : 'some'} of the stated limits`}: ${worst.what} at ${num(worst.used)} would be ${num(worst.later)} and has room for ${num(room(worst.used), { digits: 3 })}.`
      : say`${num(factor)} today’s load fits all stated figures in proportion; what does not grow in proportion (locks, queues, cold caches) is then the risk.`,
    arithmetic: [
      table(
        ['Resource', '> Used now', '> At the event', '> Room today'],
        resources.map((r): Text[] => [
          r.what,
          say`${num(r.used)}`,
          say`${num(r.later)}`,
          say`${num(room(r.used), { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [
      say`Use grows in proportion to the load, today’s figures are those of today’s highest load, and the mix stays the same.`,
    ],
    bearings: worst
      ? [
          bearing(
            context,
            'traffic-surge',
            context.app,
            1,
            say`${num(factor)} the load needs ${num(worst.later)} of ${worst.what}`,
          ),
        ]
      : [],
    weight: worst ? 0.7 : 0.5,
  });
}

function factorOf(context: Context): Fact | undefined {
  const points = loadPoints(context);
  const [top, aim] = [topLoad(points), aimedLoad(points)];
  if (top && aim && aim.rate.value > top.rate.value) {
    return calc(
      'load.factor',
      context.app,
      [aim.rate.value / top.rate.value, 'factor'],
      'rate asked for ÷ highest rate seen',
      [aim.rate, top.rate],
      aim.phase,
    );
  }
  return context.facts
    .every({ name: 'burst.factor', phase: ['planned', 'target', 'any', 'peak'] })
    .find((f) => f.value > 1 && points.length === 0);
}

const part = (context: Context, f: Fact): Text => {
  const c = componentOf(context, f.subject);
  return say`${WORDS[f.name] ?? f.name}${c ? say` of ${name(c.subject.name)}` : []}`;
};

function utilisations(context: Context): { what: Text; used: Fact }[] {
  const seen = new Set<string>();
  return context.facts
    .every({ name: UTILISATIONS.filter((n) => n !== 'memory.utilisation'), phase: NOW })
    .filter(
      (f) =>
        f.value > 0.02 && f.value <= 1 && !seen.has(f.name + f.subject.id) && seen.add(f.name + f.subject.id),
    )
    .map((used) => ({ what: part(context, used), used }));
}

function usedOfLimit(context: Context): { what: Text; used: Fact }[] {
  return PAIRS.flatMap(([used, limit]) =>
    context.facts.every({ name: used, phase: NOW }).flatMap((u) => {
      const l = context.facts.find({ name: limit, subject: u.subject });
      return l && l.value > 0 && u.value <= l.value
        ? [
            {
              what: part(context, u),
              used: calc(
                `${used}.share`,
                u.subject,
                [u.value / l.value, 'ratio'],
                'used ÷ limit',
                [u, l],
                u.phase,
              ),
            },
          ]
        : [];
    }),
  );
}

export default {
  id: 'event-headroom',
  about: 'Which of today’s figures has room for an announced multiple of the load, and which has not.',
  read,
} satisfies ReadingEntry;
