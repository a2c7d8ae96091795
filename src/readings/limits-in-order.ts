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
import { calc, componentOf, inSeconds, reading } from './compose.js';
import { aimedLoad, loadBehind, loadPoints, NOW } from './load.js';
import { connectionLimit, statementRate, statementTimes } from './parts.js';
import { isNodeOf } from './utilisation-at-target.js';

interface Wall {
  what: Text;
  at: Fact;
  /** Resting on a default or an assumption rather than on what was said. */
  soft: boolean;
}

/** Walls shown whatever the load asked for. */
const NEAREST = 3;

/** The walls that a rising load meets, in order: fixing one alone only moves the load to the next. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const aim = aimedLoad(points) ?? points[points.length - 1];
  const walls = [...busy(context, points), ...connections(context, points)]
    .sort((a, b) => a.at.value - b.at.value)
    // Those far behind the load asked for are no walls to it.
    .filter((w, i) => i < NEAREST || (aim !== undefined && w.at.value < aim.rate.value));
  const first = walls[0];
  if (!first || !aim || walls.length < 2) return [];
  const below = walls.filter((w) => w.at.value < aim.rate.value);
  if (below.length === 0) return [];
  const second = walls[1] as Wall;
  return reading('limits-in-order', {
    id: context.app.id,
    topic: 'capacity',
    subject: context.app,
    headline: say`As the load rises, the first wall is ${first.what}, at ${num(first.at)}, the next ${second.what}, at ${num(second.at)}; ${below.length === walls.length ? say`the ${num(aim.rate)} asked for lie beyond ${walls.length === 2 ? 'both' : 'all of them'}, so lifting one alone moves the load to the next` : below.length === 1 ? say`only the first stands before the ${num(aim.rate)} asked for` : say`${num(count(below.length))} of ${num(count(walls.length))} stand before the ${num(aim.rate)} asked for`}.`,
    arithmetic: [
      table(
        ['Wall', '> Met at', 'Rests on'],
        [
          ...walls.map((w) => [
            w.what,
            say`${num(w.at)}`,
            w.soft
              ? say`a default that was not said`
              : say`figures as ${w.at.basis === 'measured' ? 'measured' : 'said'}`,
          ]),
          [say`Load asked for`, say`${num(aim.rate)}`, say`figures as said`],
        ],
      ),
    ],
    assumptions: [
      say`Each wall is reckoned as if the others were not there, at an unchanged mix and cost of requests.`,
    ],
    weight: 0.93,
  });
}

const count = (n: number): Fact => constant(`walls.${n}`, n, 'count', 'Counted in the table below');

const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'disk.utilisation': 'the disk',
  'network.utilisation': 'the network',
  'connections.utilisation': 'connections',
  'eventloop.utilisation': 'the event loop',
  'workers.utilisation': 'workers',
  'threads.utilisation': 'threads',
};

function busy(context: Context, points: ReturnType<typeof loadPoints>): Wall[] {
  return context.facts
    .every({ name: Object.keys(WORDS), phase: NOW })
    .filter((f) => f.value >= 0.3 && f.value <= 1 && !isNodeOf(context, f))
    .sort((a, b) => b.value - a.value)
    .filter((f, i, all) => all.findIndex((x) => x.name === f.name && x.subject.id === f.subject.id) === i)
    .flatMap((f) => {
      const base = loadBehind(points, f);
      if (!base) return [];
      const at = calc(
        `throughput.full.${f.name}`,
        f.subject,
        [base.rate.value / f.value, '1/s'],
        'rate ÷ utilisation at that rate',
        [base.rate, f],
      );
      const owner = f.subject.kind === 'host' ? { subject: f.subject } : componentOf(context, f.subject);
      return [
        {
          what: say`${WORDS[f.name] ?? 'a resource'}${owner ? say` of ${name(owner.subject.name)}` : []} (full use)`,
          at,
          soft: false,
        },
      ];
    });
}

function connections(context: Context, points: ReturnType<typeof loadPoints>): Wall[] {
  const p = points[points.length - 1];
  if (!p) return [];
  return statementTimes(context)
    .filter((s) => s.subject.kind === 'statement')
    .flatMap((s) => {
      const limit = s.database ? connectionLimit(context, s.database) : undefined;
      if (!limit || !s.database) return [];
      const calls = statementRate(context, s, p).rate;
      const busyNow = calls.value * inSeconds(s.time);
      const at = calc(
        'throughput.full.connections',
        s.subject,
        [(p.rate.value * limit.fact.value) / busyNow, '1/s'],
        'rate × connection limit ÷ (calls a second × time of a call)',
        [p.rate, limit.fact, calls, s.time],
      );
      // A wall far below the lightest load cannot be there: the time is not that of every call.
      return at.value < (points[0]?.rate.value ?? 0) / 4
        ? []
        : [
            {
              what: say`the ${num(limit.fact)} connections of ${name(s.database.subject.name)} (by ${name(s.subject.name)} alone)`,
              at,
              soft: limit.isDefault,
            },
          ];
    });
}

export default {
  id: 'limits-in-order',
  about: 'Which limit a rising load meets first, which next, and whether the target lies beyond them.',
  read,
} satisfies ReadingEntry;
