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
import { bearing, calc, componentOf, reading } from './compose.js';
import { aimedLoad, isWhole, type LoadPoint, loadBehind, loadPoints, NOW, topLoad } from './load.js';

/** Resources whose busy share grows with the load; a heap or a disk's fill level does not. */
const NAMES = [
  'cpu.utilisation',
  'disk.utilisation',
  'network.utilisation',
  'connections.utilisation',
  'eventloop.utilisation',
  'workers.utilisation',
  'threads.utilisation',
  'pool.utilisation',
];
const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'disk.utilisation': 'disk',
  'network.utilisation': 'network',
  'connections.utilisation': 'connections',
  'eventloop.utilisation': 'event loop',
  'workers.utilisation': 'workers',
  'threads.utilisation': 'threads',
  'pool.utilisation': 'pool',
};

export const PLANNING = constant(
  'planning.utilisation',
  0.65,
  'ratio',
  'Planning ceiling: in M/M/1 the mean time in system is 1/(1 − ρ) service times, 2.9 at .65 and 10 at .9 (R. Jain, The Art of Computer Systems Performance Analysis, 1991, ch. 31)',
);

/** Utilisation law: busy share grows with the rate at an unchanged cost per request. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const seen = new Set<string>();
  return context.facts
    .every({ name: NAMES, phase: NOW })
    .filter((f) => f.value > 0 && f.value <= 1.2)
    .filter((f) => !seen.has(`${f.name}${f.subject.id}`) && seen.add(`${f.name}${f.subject.id}`))
    .filter((f) => !isNodeOf(context, f))
    .flatMap((f) => ofResource(context, f, points));
}

/** Some nodes or shards of a part whose own figure was said as well: the part stands for the capacity. */
export function isNodeOf(context: Context, f: Fact): boolean {
  const owner =
    f.subject.kind === 'host' || f.subject.kind === 'keyspace' ? componentOf(context, f.subject) : undefined;
  return (
    owner !== undefined &&
    context.facts.find({ name: f.name, subject: owner.subject, phase: NOW }) !== undefined
  );
}

function ofResource(context: Context, used: Fact, points: LoadPoint[]): Reading[] {
  const base = loadBehind(points, used);
  const aim = aimedLoad(points);
  const goal = aim ?? topLoad(points);
  if (!base || !goal || goal.rate.value <= base.rate.value) return [];
  const at = (p: LoadPoint): Fact =>
    p === base
      ? used
      : calc(
          `${used.name}.at`,
          used.subject,
          [(used.value * p.rate.value) / base.rate.value, 'ratio'],
          'utilisation × rate ÷ rate it was read at (utilisation law)',
          [used, p.rate, base.rate],
          p.phase,
        );
  const then = at(goal);
  if (then.value < 0.5) return [];
  const cut = calc(
    'demand.cut',
    used.subject,
    [1 - PLANNING.value / then.value, 'ratio'],
    'all − planning utilisation ÷ utilisation at the target',
    [PLANNING, then],
    goal.phase,
  );
  const bare = calc(
    'demand.cutToFull',
    used.subject,
    [1 - 1 / then.value, 'ratio'],
    'all − full use ÷ utilisation at the target',
    [then],
    goal.phase,
  );
  const growth = calc(
    'capacity.growth',
    used.subject,
    [then.value / PLANNING.value, 'factor'],
    'utilisation at the target ÷ planning utilisation',
    [then, PLANNING],
    goal.phase,
  );
  const safe = calc(
    'throughput.atPlanning',
    used.subject,
    [(base.rate.value * PLANNING.value) / used.value, '1/s'],
    'rate × planning utilisation ÷ utilisation at that rate',
    [base.rate, PLANNING, used],
  );
  const full = calc(
    'throughput.atFull',
    used.subject,
    [base.rate.value / used.value, '1/s'],
    'rate ÷ utilisation at that rate',
    [base.rate, used],
  );
  const word = WORDS[used.name] ?? 'resource';
  const over = then.value > 1;
  const because = say`${word} of ${num(used)} at ${num(base.rate)} becomes ${num(then)} at ${num(goal.rate)}`;
  const component = isWhole(context, used.subject) ? undefined : componentOf(context, used.subject);
  const where = component ? say` of ${name(component.subject.name)}` : [];
  const alone =
    new Set(context.facts.every({ name: 'cpu.utilisation', phase: NOW }).map((f) => f.subject.id)).size <=
      1 && context.components.some((c) => c.subject.kind === 'database' || c.subject.kind === 'search');
  const cpu = used.name === 'cpu.utilisation' || used.name === 'eventloop.utilisation';
  return reading('utilisation-at-target', {
    id: `${used.name}@${used.subject.id}`,
    topic: 'saturation',
    layer: component?.layer ?? 'api',
    subject: used.subject,
    headline: over
      ? say`${word}${where} at ${num(used)} under ${num(base.rate)} would have to be ${num(then)} under ${num(goal.rate)}: it ends at ${num(full)}, so each request must cost ${num(cut, { digits: 2 })} less, or capacity grow ${num(growth)}, to run at ${num(PLANNING)}.`
      : say`${word}${where} at ${num(used)} under ${num(base.rate)} becomes ${num(then)} under ${num(goal.rate)}${then.value > PLANNING.value ? say`, above a planning ceiling of ${num(PLANNING)}: ${num(growth)} capacity or ${num(cut, { digits: 2 })} less work a request brings it back` : say`, within a planning ceiling of ${num(PLANNING)}: ${word} is not what limits the target`}.`,
    arithmetic: [
      table(
        ['Load', '> Rate', '> Utilisation at unchanged cost per request'],
        points.map((p) => [say`${p.title}`, say`${num(p.rate)}`, say`${num(at(p))}`]),
      ),
      table(
        ['What would fit', '> Needed'],
        [
          [say`Load carried today at ${num(PLANNING)}`, say`${num(safe)}`],
          ...(over
            ? [
                [
                  say`Less work a request only to reach full use at the target`,
                  say`${num(bare, { digits: 2 })}`,
                ],
              ]
            : []),
          ...(cut.value > 0
            ? [
                [
                  say`Less work a request to run the target at ${num(PLANNING)}`,
                  say`${num(cut, { digits: 2 })}`,
                ],
                [say`Or capacity, at unchanged work a request`, say`${num(growth)}`],
              ]
            : []),
        ],
      ),
    ],
    assumptions: [
      used.phase === 'any' || used.phase === 'incident'
        ? say`${num(used)} was read at ${num(base.rate)}.`
        : say`The mix of requests stays the same between ${num(base.rate)} and ${num(goal.rate)}.`,
      say`Work a request stays the same as the rate rises; time spent retrying or spinning would add to it.`,
    ],
    bearings:
      cpu && used.value >= 0.8
        ? [
            bearing(context, 'cpu-saturation', used.subject, 1.1, because),
            bearing(context, 'event-loop-blocked', used.subject, 0.4, because),
            bearing(context, 'inefficient-code', used.subject, 0.4, because),
          ]
        : cpu && used.value < 0.5
          ? [bearing(context, 'cpu-saturation', used.subject, -1, because)]
          : used.name === 'disk.utilisation' && used.value >= 0.8
            ? [bearing(context, 'disk-saturation', used.subject, 1.1, because)]
            : [],
    questions:
      cpu && !component && alone
        ? [
            {
              id: 'which-host-is-busy',
              question: say`Which host runs at ${num(used)} CPU: the service’s or the database’s?`,
              matters: say`if it is the host of ${name(context.app.name)}, more instances bring ${num(used)} down; if it is the database’s, they add connections to one at ${num(used)}`,
              weight: 0.95,
            },
          ]
        : [],
    weight: over ? 0.95 : then.value > PLANNING.value ? 0.75 : 0.35,
  });
}

export default {
  id: 'utilisation-at-target',
  about:
    'What a busy resource would have to do at the target load, and what cut or growth would fit (utilisation law).',
  read,
} satisfies ReadingEntry;
