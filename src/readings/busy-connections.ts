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
import { littlesLaw } from '../models/queueing.js';
import { bearing, calc, inSeconds, rate, reading, whole } from './compose.js';
import { aimedLoad, type LoadPoint, loadPoints, loadTable, NOW, topLoad } from './load.js';
import {
  cacheFlow,
  connectionLimit,
  hasTrait,
  isEngine,
  type Limit,
  type StatementTime,
  statementRate,
  statementTimes,
} from './parts.js';

/** Beyond this multiple of the limit at the highest load seen, the time cannot be that of every call. */
const ABSURD = 4;

interface Demand {
  point: LoadPoint;
  calls: Fact;
  busy: Fact;
}

/** Little's law on a statement: how many connections it keeps busy at each load, and where the limit is met. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  return points.length === 0 ? [] : statementTimes(context).flatMap((s) => ofStatement(context, s, points));
}

function ofStatement(context: Context, statement: StatementTime, points: LoadPoint[]): Reading[] {
  const { subject, time, database } = statement;
  if (!database) return [];
  const { behind } = statementRate(context, statement, points[0] as LoadPoint);
  const demands = points.map((point): Demand => {
    const calls = statementRate(context, statement, point).rate;
    const busy = calc(
      'connections.busy',
      subject,
      [littlesLaw(calls.value, inSeconds(time)), 'count'],
      'calls a second × time of a call (Little’s law)',
      [calls, time],
      point.phase,
    );
    return { point, calls, busy };
  });
  const limit = connectionLimit(context, database);
  if (!limit && database.product !== undefined && !hasTrait(context, database, 'sql')) return [];
  const top = demands.find((d) => d.point === topLoad(points)) ?? demands[demands.length - 1];
  if (!top || Math.max(...demands.map((d) => d.busy.value)) < 1) return [];
  if (subject.kind === 'database' || top.busy.value > ABSURD * (limit?.fact.value ?? 1000)) {
    return notEvery(context, statement, limit);
  }
  const met = limit ? loadAtLimit(limit, demands) : undefined;
  const over = limit ? demands.filter((d) => d.busy.value > limit.fact.value) : [];
  const flow = cacheFlow(context);
  const rows = [
    ...(behind === 'misses' && flow
      ? [
          {
            what: say`${flow.basis} of ${name(flow.cache.name)}`,
            how: say`requests × their share`,
            at: (p: LoadPoint) => say`${rate(flow.lookups(p))}`,
          },
        ]
      : []),
    {
      what: behind === 'misses' ? say`misses that reach ${name(database.subject.name)}` : say`calls`,
      how:
        behind === 'misses' && flow ? say`look-ups × miss share of ${num(flow.missShare)}` : say`${behind}`,
      at: (p: LoadPoint) => say`${rate(found(demands, p).calls)}`,
    },
    {
      what: say`connections busy with ${name(subject.name)}`,
      how: say`× ${num(time)} (Little’s law)`,
      at: (p: LoadPoint) => say`${whole(found(demands, p).busy)}`,
    },
  ];
  return reading('busy-connections', {
    id: subject.id,
    topic: 'database',
    layer: 'database',
    subject,
    headline: headline(statement, demands, limit, met),
    arithmetic: [loadTable(points, rows)],
    assumptions: [
      behind === 'misses'
        ? say`Each miss runs ${name(subject.name)} once, and ${num(time)} is its true mean; the server’s own statement statistics (calls, mean time) show both.`
        : say`Each of these ${behind} runs ${name(subject.name)} once, and ${num(time)} is its true mean.`,
      ...(limit?.isDefault
        ? [
            say`The limit of ${name(database.subject.name)} was not said; ${num(limit.fact)} is the product’s default.`,
          ]
        : []),
    ],
    bearings: bearings(context, statement, over, limit),
    questions:
      limit?.isDefault && limit.fact.value > 0
        ? [
            {
              id: `connections-limit/${database.subject.id}`,
              question: say`How many connections does ${name(database.subject.name)} allow?`,
              matters: say`near ${num(limit.fact)}, the statement’s time alone explains why connections run out; far above it, something else holds them`,
              ...limitCommand(database.product),
              weight: 0.85,
            },
          ]
        : [],
    weight: over.length > 0 ? 0.97 : limit ? 0.6 : 0.55,
  });
}

/**
 * The time cannot be that of every call. Connections in use ÷ calls a second is the mean time a call may hold one;
 * limit ÷ time is the rate at which calls of this length could run at most.
 */
function notEvery(context: Context, s: StatementTime, limit: Limit | undefined): Reading[] {
  const { time, database: db } = s;
  const calls = db && context.facts.find({ name: 'throughput', subject: db.subject, phase: NOW });
  if (!db || !calls || !limit || calls.value * inSeconds(time) <= limit.fact.value) return [];
  const used = context.facts.find({ name: 'connections.used', subject: db.subject, phase: NOW });
  const held = used ?? limit.fact;
  const mean = calc(
    'statement.meanHeld',
    db.subject,
    [(held.value * 1000) / calls.value, 'ms'],
    'connections ÷ calls a second (Little’s law)',
    [held, calls],
  );
  const most = calc(
    'statement.mostRate',
    s.subject,
    [limit.fact.value / inSeconds(time), '1/s'],
    'connection limit ÷ time of a call',
    [limit.fact, time],
  );
  const share = calc(
    'statement.mostShare',
    s.subject,
    [most.value / calls.value, 'ratio'],
    'that rate ÷ calls a second',
    [most, calls],
  );
  return reading('busy-connections', {
    id: s.subject.id,
    topic: 'database',
    layer: 'database',
    subject: db.subject,
    headline: say`Calls of ${num(time)} are at most ${num(share, { digits: 2 })} of what ${name(db.subject.name)} does: ${num(held)} connections at ${num(calls)} leave a call ${num(mean, { digits: 2 })} on average, waiting included, and ${num(limit.fact)} could run at most ${num(most)} of the slow ones.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Calls a second`, say`${num(calls)}`],
          [used ? say`Connections in use` : say`Connections allowed`, say`${num(held)}`],
          [say`Mean time a call holds one`, say`${num(mean, { digits: 2 })}`],
          [say`Slow call`, say`${num(time)}`],
          [say`Slow calls that fill the limit`, say`${num(most)}`],
        ],
      ),
    ],
    assumptions: [
      say`Connections are held for the call only; idle ones make the mean time of a call smaller still.`,
    ],
    bearings: [
      bearing(
        context,
        'slow-statement',
        db.subject,
        0.5,
        say`${num(time)} against a mean of at most ${num(mean, { digits: 2 })}`,
      ),
    ],
    weight: 0.6,
  });
}

const found = (demands: Demand[], p: LoadPoint): Demand => demands.find((d) => d.point === p) as Demand;

/** The request rate at which this statement alone fills the limit. */
function loadAtLimit(limit: Limit, demands: Demand[]): Fact | undefined {
  const last = demands[demands.length - 1];
  if (!last || last.busy.value <= 0) return undefined;
  return calc(
    'throughput.atConnectionLimit',
    last.busy.subject,
    [(last.point.rate.value * limit.fact.value) / last.busy.value, '1/s'],
    'requests a second × limit ÷ busy connections',
    [last.point.rate, limit.fact, last.busy],
  );
}

function headline(
  statement: StatementTime,
  demands: Demand[],
  limit: Limit | undefined,
  met: Fact | undefined,
): Text {
  const seen = demands.filter((d) => d.point.phase !== 'target' && d.point.phase !== 'planned');
  const low = seen[0] ?? demands[0];
  const top = demands.find((d) => d.point === topLoad(demands.map((x) => x.point)));
  const aim = demands.find((d) => d.point === aimedLoad(demands.map((x) => x.point)));
  const what = name(statement.subject.name);
  const each = (d: Demand): Text => say`${whole(d.busy)} at ${num(d.point.rate)}`;
  const shown = [low, top, aim].filter((d, i, all): d is Demand => d !== undefined && all.indexOf(d) === i);
  const rates = shown.map(each);
  const busy = shown.map(
    (d, i) => say`${whole(d.busy)}${i === 0 ? ' of them busy' : ''} at ${num(d.point.rate)}`,
  );
  const numbers = rates.reduce<Text>((text, t, i) => (i === 0 ? t : say`${text}, ${t}`), []);
  if (!limit || !met) return say`${what} at ${num(statement.time)} keeps ${numbers} connections busy.`;
  const word = limit.isDefault ? 'the default limit' : 'the limit';
  const fits = shown.filter((d) => d.busy.value <= limit.fact.value);
  const verdict =
    fits.length === shown.length
      ? say`all within ${word} of ${num(limit.fact)}, so this statement alone does not use them up`
      : fits.length === 0
        ? say`all above ${word} of ${num(limit.fact)}`
        : say`${word} of ${num(limit.fact)} is met at ${num(met)}, between the loads it survives and those it does not`;
  return fits.length > 0 && fits.length < shown.length
    ? say`Connections run out by how long each is held: ${what} at ${num(statement.time)} keeps ${list(busy)}; ${verdict}.`
    : say`${what} at ${num(statement.time)} keeps connections busy: ${numbers}; ${verdict}.`;
}

function bearings(
  context: Context,
  s: StatementTime,
  over: Demand[],
  limit: Limit | undefined,
): Reading['bearings'] {
  const db = s.database;
  if (!db || !limit) return [];
  const worst = over[over.length - 1];
  if (!worst) return [];
  const because = say`${whole(worst.busy)} connections busy with ${name(s.subject.name)} at ${num(worst.point.rate)}, against ${limit.isDefault ? 'a default of' : 'a limit of'} ${num(limit.fact)}`;
  return [
    bearing(context, 'connection-limit', db.subject, limit.isDefault ? 0.8 : 1.4, because),
    bearing(context, 'slow-statement', s.subject, 1, because),
    bearing(context, 'pool-exhausted', db.subject, 0.5, because),
  ];
}

/** The statement that shows the limit, in the product's own language. */
export function limitCommand(product: string | undefined): { command?: Text; language?: string } {
  if (isEngine(product, 'postgresql')) return { command: say`SHOW max_connections;`, language: 'sql' };
  if (isEngine(product, 'mysql')) {
    return { command: say`SHOW VARIABLES LIKE 'max_connections';`, language: 'sql' };
  }
  if (product === 'mongodb') return { command: say`db.serverStatus().connections`, language: 'javascript' };
  if (product === 'sqlserver') return { command: say`SELECT @@MAX_CONNECTIONS;`, language: 'sql' };
  return {};
}

export default {
  id: 'busy-connections',
  about:
    'How many connections a statement keeps busy at each load (Little’s law), against the server’s limit.',
  read,
} satisfies ReadingEntry;
