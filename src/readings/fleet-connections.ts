import {
  type Component,
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
import { limitCommand } from './busy-connections.js';
import { bearing, calc, reading, whole } from './compose.js';
import { AIM, aimedLoad, loadPoints, NOW, topLoad } from './load.js';
import { connectionLimit, instancesOf, isEngine, mainDatabase, mainService } from './parts.js';

/** Instances × workers × pool size is what the fleet may open; the server allows so many. */
function read(context: Context): Reading[] {
  const db = mainDatabase(context);
  const service = mainService(context);
  const limit = db ? connectionLimit(context, db) : undefined;
  if (!db || !service || !limit) return [];
  // Behind a pooler the processes connect to the pooler, and only the pooler to the database.
  if (context.components.some((c) => c.subject.kind === 'pool')) return [];
  const pool = context.facts
    .every({ name: 'pool.limit', phase: [...NOW, 'baseline'] })
    .find((f) => f.subject.kind !== 'queue');
  const count = instancesOf(context, service);
  const workers = context.facts.find({ name: 'workers', subject: service.subject });
  // Without a pool of its own, each thread of a worker takes a connection.
  const threads = pool ? undefined : threadsOf(context, service, workers);
  const factors = [count, workers, threads, pool].filter((f): f is Fact => f !== undefined);
  if (!count || factors.length < 2) return asks(context, limit, db, service, pool);
  const total = calc(
    'connections.fleet',
    service.subject,
    [factors.reduce((p, f) => p * f.value, 1), 'count'],
    'instances × workers × pool size',
    factors,
  );
  const part = calc(
    'connections.fleetShare',
    service.subject,
    [total.value / limit.fact.value, 'factor'],
    'fleet ÷ limit',
    [total, limit.fact],
  );
  const each = calc(
    'connections.perInstance',
    service.subject,
    [total.value / count.value, 'count'],
    'fleet ÷ instances',
    [total, count],
  );
  const most = calc(
    'instances.most',
    service.subject,
    [Math.floor(limit.fact.value / each.value), 'count'],
    'limit ÷ connections of an instance',
    [limit.fact, each],
  );
  const product: Text = factors.reduce<Text>(
    (t, f, i) => (i === 0 ? say`${num(f)}` : say`${t} × ${num(f)}`),
    [],
  );
  const unowned = pool ? [] : strangers(context, db, service, total, product, limit.fact);
  if (unowned.length > 0) return unowned;
  const over = total.value > limit.fact.value;
  const points = loadPoints(context);
  const [top, aim] = [topLoad(points), aimedLoad(points)];
  const scaled =
    top && aim && aim.rate.value > top.rate.value
      ? calc(
          'connections.fleetAtTarget',
          service.subject,
          [(total.value * aim.rate.value) / top.rate.value, 'count'],
          'fleet × rate asked for ÷ highest rate seen',
          [total, aim.rate, top.rate],
          AIM[0],
        )
      : undefined;
  const later = !over && scaled !== undefined && scaled.value > limit.fact.value;
  const because = say`the fleet may open ${whole(total)} connections (${product}) against ${num(limit.fact)}`;
  return reading('fleet-connections', {
    id: service.subject.id,
    topic: 'database',
    layer: 'database',
    subject: db.subject,
    headline: say`${name(service.subject.name)} may open ${product} = ${whole(total)} connections, and ${name(db.subject.name)} allows ${num(limit.fact)}${limit.isDefault ? ' by default' : ''}: ${over ? say`${num(part, { digits: 2 })} what it allows, so the limit is met as soon as pools fill, and every instance added makes it worse` : later && scaled ? say`it fits today, but scaled out for the target it would be ${whole(scaled)}; ${whole(most)} instances are the most` : say`it fits up to ${whole(most)} instances`}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Instances`, say`${num(count)}`],
          ...(workers ? [[say`Processes or workers on each`, say`${num(workers)}`]] : []),
          ...(threads ? [[say`Threads of each`, say`${num(threads)}`]] : []),
          ...(pool ? [[say`Pool of each`, say`${num(pool)}`]] : []),
          [say`Connections of an instance`, say`${whole(each)}`],
          [say`Connections of the fleet`, say`${whole(total)}`],
          ...(scaled ? [[say`Scaled out in proportion to the target`, say`${whole(scaled)}`]] : []),
          [say`Allowed`, say`${num(limit.fact)}`],
          [say`Instances that fit`, say`${whole(most)}`],
        ],
      ),
    ],
    assumptions: [
      pool
        ? say`Each process has a pool of its own that fills under load.`
        : say`Each worker keeps one connection of its own, as it does without a pooler.`,
      say`No other client connects to ${name(db.subject.name)}.`,
    ],
    bearings: [bearing(context, 'connection-limit', db.subject, over ? 1.8 : later ? 0.4 : -0.6, because)],
    weight: over ? 0.94 : later ? 0.74 : 0.45,
  });
}

/** Threads of one worker process, where both were said: "4 workers x 5 threads each". */
const threadsOf = (context: Context, service: Component, workers: Fact | undefined): Fact | undefined =>
  workers &&
  context.facts
    .every({ name: 'threads.limit', subject: service.subject, phase: NOW })
    .find((f) => f.from.some((p) => p.kind === 'input' && p.input === 'architecture'));

/** More connections in use than all known workers can hold: somebody else has them. */
function strangers(
  context: Context,
  db: Component,
  service: Component,
  total: Fact,
  product: Text,
  limit: Fact,
): Reading[] {
  const used = context.facts.find({ name: 'connections.used', subject: db.subject, phase: NOW });
  const others = context.facts
    .every({ name: 'workers', phase: NOW })
    .filter((f) => f.subject.id !== service.subject.id && f.subject.kind === 'service');
  const held = others.map((f) => {
    const threads = context.facts.find({ name: 'threads.limit', subject: f.subject, phase: NOW });
    return threads
      ? calc('connections.workers', f.subject, [f.value * threads.value, 'count'], 'processes × threads', [
          f,
          threads,
        ])
      : f;
  });
  const known = calc(
    'connections.known',
    db.subject,
    [total.value + held.reduce((s, f) => s + f.value, 0), 'count'],
    'workers of all services, one connection each',
    [total, ...held],
  );
  // More than the limit that was assumed: then the limit is another one, or there are several servers.
  if (!used || used.value < 2 * known.value || used.value > limit.value) return [];
  const left = calc(
    'connections.unowned',
    db.subject,
    [used.value - known.value, 'count'],
    'in use − known workers',
    [used, known],
  );
  return reading('fleet-connections', {
    id: service.subject.id,
    topic: 'contradiction',
    layer: 'database',
    subject: db.subject,
    headline: say`${name(db.subject.name)} has ${num(used)} connections in use, and the ${product}${held.flatMap((f) => say` + ${num(f)}`)} workers that were named can hold ${whole(known)} with one each: ${whole(left)} belong to something else, so find who before the limit of ${num(limit)} is raised.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Workers of ${name(service.subject.name)} (${product})`, say`${whole(total)}`],
          ...held.map((f) => [say`Workers of ${name(f.subject.name)}`, say`${num(f)}`]),
          [say`Connections in use`, say`${num(used)}`],
          [say`Not accounted for`, say`${whole(left)}`],
        ],
      ),
    ],
    assumptions: [
      say`A worker does one thing at a time over one connection; threads or several databases in a process multiply it, connections that are never closed add to it.`,
    ],
    bearings: [
      bearing(
        context,
        'connection-limit',
        db.subject,
        1,
        say`${num(used)} of ${num(limit)} connections in use, ${whole(known)} accounted for`,
      ),
    ],
    questions: [
      {
        id: `connection-owners/${db.subject.id}`,
        question: say`Which hosts and users hold the ${num(used)} connections of ${name(db.subject.name)}, and how many are idle?`,
        matters: say`idle ones of a forgotten client are closed in minutes; a worker that opens several asks for a pool of its own`,
        ...(isEngine(db.product, 'mysql')
          ? {
              command: say`SELECT user, SUBSTRING_INDEX(host, ':', ${num(ONE)}) AS client, command, count(*) FROM information_schema.processlist GROUP BY user, client, command;`,
              language: 'sql',
            }
          : isEngine(db.product, 'postgresql')
            ? {
                command: say`SELECT usename, client_addr, state, count(*) FROM pg_stat_activity GROUP BY usename, client_addr, state;`,
                language: 'sql',
              }
            : {}),
        weight: 0.82,
      },
    ],
    weight: 0.88,
  });
}

const ONE = constant('sql.first', 1, 'count', 'The part of the client address before its port');

/** Too little was said: the numbers to ask for, when connections are what runs out. */
function asks(
  context: Context,
  limit: NonNullable<ReturnType<typeof connectionLimit>>,
  db: NonNullable<ReturnType<typeof mainDatabase>>,
  service: NonNullable<ReturnType<typeof mainService>>,
  pool: Fact | undefined,
): Reading[] {
  if (!context.symptoms.some((s) => s.kind === 'connections-exhausted')) return [];
  const most = pool
    ? calc(
        'pools.most',
        db.subject,
        [Math.floor(limit.fact.value / pool.value), 'count'],
        'limit ÷ pool size',
        [limit.fact, pool],
      )
    : undefined;
  return reading('fleet-connections', {
    id: service.subject.id,
    topic: 'database',
    layer: 'database',
    subject: db.subject,
    headline:
      most && pool
        ? say`With pools of ${num(pool)}, ${name(db.subject.name)} has room for ${whole(most)} processes of ${name(service.subject.name)} (${num(limit.fact)} connections${limit.isDefault ? ' by default' : ''}); the next one is refused.`
        : say`Connections that run out have two readings on ${name(db.subject.name)}: the server’s ${num(limit.fact)}${limit.isDefault ? ' (default)' : ''} are used up by instances × processes × pool size, or each process waits for its own pool; more instances of ${name(service.subject.name)} cure the second and worsen the first.`,
    arithmetic: [],
    assumptions: [],
    questions: [
      {
        id: `fleet-size/${service.subject.id}`,
        question: say`How many instances of ${name(service.subject.name)} run at the peak, with how many processes each, and what is the pool size of a process?`,
        matters: say`their product against ${num(limit.fact)} tells a server that is full from pools that are too small: a pooler in front for the one, shorter holding times and larger pools for the other`,
        ...(isEngine(db.product, 'postgresql')
          ? {
              command: say`SELECT application_name, client_addr, state, count(*) FROM pg_stat_activity GROUP BY application_name, client_addr, state;`,
              language: 'sql',
            }
          : limitCommand(db.product)),
        weight: 0.8,
      },
    ],
    weight: 0.52,
  });
}

export default {
  id: 'fleet-connections',
  about: 'Connections the fleet may open (instances × workers × pool size) against what the server allows.',
  read,
} satisfies ReadingEntry;
