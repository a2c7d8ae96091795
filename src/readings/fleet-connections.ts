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
import { limitCommand } from './busy-connections.js';
import { bearing, calc, reading, whole } from './compose.js';
import { AIM, aimedLoad, loadPoints, NOW, topLoad } from './load.js';
import { connectionLimit, instancesOf, mainDatabase, mainService } from './parts.js';

/** Instances × workers × pool size is what the fleet may open; the server allows so many. */
function read(context: Context): Reading[] {
  const db = mainDatabase(context);
  const service = mainService(context);
  const limit = db ? connectionLimit(context, db) : undefined;
  if (!db || !service || !limit) return [];
  const pool = context.facts
    .every({ name: 'pool.limit', phase: [...NOW, 'baseline'] })
    .find((f) => f.subject.kind !== 'queue');
  const count = instancesOf(context, service);
  const workers = context.facts.find({ name: 'workers', subject: service.subject });
  const factors = [count, workers, pool].filter((f): f is Fact => f !== undefined);
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
  const product: Text = factors.reduce<Text>(
    (t, f, i) => (i === 0 ? say`${num(f)}` : say`${t} × ${num(f)}`),
    [],
  );
  const because = say`the fleet may open ${whole(total)} connections (${product}) against ${num(limit.fact)}`;
  return reading('fleet-connections', {
    id: service.subject.id,
    topic: 'database',
    layer: 'database',
    subject: db.subject,
    headline: say`${name(service.subject.name)} may open ${product} = ${whole(total)} connections, and ${name(db.subject.name)} allows ${num(limit.fact)}${limit.isDefault ? ' by default' : ''}: ${over ? say`${num(part, { digits: 2 })} too many, so the limit is met as soon as pools fill, and every instance added makes it worse` : later && scaled ? say`it fits today, but scaled out for the target it would be ${whole(scaled)}; ${whole(most)} instances are the most` : say`it fits up to ${whole(most)} instances`}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Instances`, say`${num(count)}`],
          ...(workers ? [[say`Processes or workers on each`, say`${num(workers)}`]] : []),
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
        ...(db.product === 'postgresql'
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
