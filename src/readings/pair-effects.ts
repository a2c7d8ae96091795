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
import { littlesLaw } from '../models/queueing.js';
import { calc, inSeconds, reading, whole } from './compose.js';
import { loadPoints } from './load.js';
import { cacheFlow, connectionLimit, statementTimes } from './parts.js';

const FAST = constant(
  'statement.indexed',
  5,
  'ms',
  'Upper end of an indexed look-up of a few rows held in memory; a figure to plan with, checked with EXPLAIN (ANALYZE)',
);
const HIT = constant(
  'hitRatio.plan',
  0.9,
  'ratio',
  'Hit ratio to plan with when keys are warmed and refreshed before they expire',
);

/** Two fixes together: the hit ratio decides how often a statement runs, its time decides how long. */
function read(context: Context): Reading[] {
  const flow = cacheFlow(context);
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const statement = statementTimes(context).find((s) => s.kind === 'read' && s.subject.kind === 'statement');
  if (
    !flow ||
    !goal ||
    !statement?.database ||
    statement.time.value < 4 * FAST.value ||
    flow.hit.value >= HIT.value - 0.02
  )
    return [];
  const lookups = flow.lookups(goal);
  const cell = (hit: Fact, time: Fact): Fact =>
    calc(
      `connections.busy.${hit.name}.${time.name}`,
      statement.subject,
      [littlesLaw(lookups.value * (1 - hit.value), inSeconds(time)), 'count'],
      'look-ups a second × (all − hit ratio) × time of the statement',
      [lookups, hit, time],
      goal.phase,
    );
  const both = cell(HIT, FAST);
  const [today, cache, query] = [
    cell(flow.hit, statement.time),
    cell(HIT, statement.time),
    cell(flow.hit, FAST),
  ];
  const even = calc(
    'statement.breakEven',
    statement.subject,
    [(statement.time.value * (1 - HIT.value)) / flow.missShare.value, 'ms'],
    'time now × miss share then ÷ miss share now',
    [statement.time, HIT, flow.missShare],
  );
  const limit = connectionLimit(context, statement.database);
  const queryWins = query.value <= cache.value;
  return reading('pair-effects', {
    id: statement.subject.id,
    topic: 'database',
    layer: 'database',
    subject: statement.subject,
    headline: say`Of the two fixes ${queryWins ? say`${name(statement.subject.name)} is worth more` : say`the hit ratio is worth more`}: at ${num(goal.rate)}, ${num(FAST)} instead of ${num(statement.time)} leaves ${whole(query)} of ${whole(today)} busy connections, ${num(HIT)} hits instead of ${num(flow.hit)} leave ${whole(cache)}, both ${whole(both)}; they are worth the same when the statement takes ${num(even, { digits: 2 })}.`,
    arithmetic: [
      table(
        ['Time of the statement', `> Hit ratio now`, '> Hit ratio planned'],
        [
          [say`Hit ratio`, say`${num(flow.hit)}`, say`${num(HIT)}`],
          [say`${num(statement.time)} (now)`, say`${whole(today)}`, say`${whole(cache)}`],
          [
            say`${num(even, { digits: 2 })} (worth as much as the cache)`,
            say`${whole(cell(flow.hit, even))}`,
            say`${whole(cell(HIT, even))}`,
          ],
          [say`${num(FAST)} (indexed)`, say`${whole(query)}`, say`${whole(both)}`],
        ],
        say`Connections busy with ${name(statement.subject.name)} at ${num(goal.rate)}`,
      ),
    ],
    assumptions: [
      say`Each miss runs ${name(statement.subject.name)} once; a faster statement brings no stale data, a higher hit ratio may.`,
      ...(limit && cache.value > limit.fact.value
        ? [
            say`With the cache fix alone the ${limit.isDefault ? 'default limit' : 'limit'} of ${num(limit.fact)} is still exceeded.`,
          ]
        : []),
    ],
    bearings: [],
    questions: [],
    weight: 0.78,
  });
}

export default {
  id: 'pair-effects',
  about:
    'What a faster statement and a higher hit ratio bring alone and together, and when they are worth the same.',
  read,
} satisfies ReadingEntry;
