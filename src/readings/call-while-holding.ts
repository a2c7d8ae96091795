import { type Context, type Fact, name, num, type Reading, type ReadingEntry, say } from '../domain/index.js';
import { bearing, calc, rate, reading, whole } from './compose.js';
import { classRate, loadPoints, loadTable, shareOf, topLoad } from './load.js';
import { connectionLimit, databases, hasTrait, isEngine, now, ofKind } from './parts.js';

/**
 * What a remote call costs when it is made while a connection is held. The time of the call is often unknown, so the
 * price is given for each millisecond of it: rate × time, by Little's law.
 */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const peak = points[points.length - 1];
  const seen = topLoad(points) ?? peak;
  const db = databases(context).find((c) => c.product === undefined || hasTrait(context, c, 'sql'));
  const calls = ofKind(context, 'dependency');
  const write = shareOf(context, 'write');
  const added = context.changes.filter((c) => c.mechanisms.includes('call-added'));
  if (!peak || !seen || !db || calls.length === 0) return [];
  if (added.length === 0 && !write) return [];
  const word = write ? 'write' : 'request';
  const flow = (p: typeof peak): Fact => (write ? classRate(context, p, write, 'write') : p.rate);
  const price = (p: typeof peak): Fact => {
    const each = flow(p);
    return calc(
      'connections.perCallMs',
      db.subject,
      [each.value / 1000, 'count'],
      'transactions a second × one millisecond held (Little’s law)',
      [each],
      p.phase,
    );
  };
  const limit = connectionLimit(context, db);
  const fill = limit
    ? calc(
        'call.msToFillLimit',
        db.subject,
        [limit.fact.value / price(seen).value, 'ms'],
        'limit ÷ connections for each millisecond held',
        [limit.fact, price(seen)],
        seen.phase,
      )
    : undefined;
  const suspect = calls.find((c) => added.some((a) => a.touches.includes(c.subject.id)));
  const who = suspect ?? calls[0];
  const known = who
    ? (now(context, 'latency.mean', who.subject) ?? now(context, 'latency.p50', who.subject))
    : undefined;
  // A call that would have to take seconds to fill the limit is not what fills it.
  if (!who || (fill && fill.value > 3000)) return [];
  const held = known
    ? calc(
        'connections.heldByCall',
        db.subject,
        [price(seen).value * known.value, 'count'],
        'connections for each millisecond × time of the call',
        [price(seen), known],
        seen.phase,
      )
    : undefined;
  const because = say`at ${num(flow(seen))} ${word}s, each millisecond of ${name(who.subject.name)} inside an open transaction holds ${num(price(seen), { digits: 2 })} connections`;
  return reading('call-while-holding', {
    id: who.subject.id,
    topic: 'database',
    layer: 'database',
    subject: who.subject,
    headline: say`If ${name(who.subject.name)} is called inside an open transaction, each millisecond of it costs ${num(price(seen), { digits: 2 })} connections of ${name(db.subject.name)} at ${num(seen.rate)}${fill && limit ? say`; a call of ${num(fill, { digits: 2 })} alone uses up ${limit.isDefault ? 'the default limit' : 'the limit'} of ${num(limit.fact)}` : []}${held && known ? say`; at its ${num(known)} that is ${whole(held)}` : []}.`,
    arithmetic: [
      loadTable(points, [
        {
          what: say`${word}s that open a transaction`,
          how: say`requests × their share`,
          at: (p) => say`${rate(flow(p))}`,
        },
        {
          what: say`connections for each millisecond held`,
          how: say`rate × time (Little’s law)`,
          at: (p) => say`${num(price(p), { digits: 2 })}`,
        },
      ]),
    ],
    assumptions: [
      say`One transaction a ${word}; whether the call lies inside it is visible in a trace (is the span of ${name(who.subject.name)} between BEGIN and COMMIT?) or as sessions idle in transaction.`,
    ],
    bearings: suspect ? [bearing(context, 'long-transaction', db.subject, 0.8, because)] : [],
    questions: [
      {
        id: `call-in-transaction/${who.subject.id}`,
        question: say`Is ${name(who.subject.name)} called while a transaction on ${name(db.subject.name)} is open?`,
        matters: say`if so, moving it out frees ${num(price(seen), { digits: 2 })} connections for each millisecond it takes at ${num(seen.rate)}; if not, the statements themselves come first`,
        ...(isEngine(db.product, 'postgresql')
          ? {
              command: say`SELECT count(*), max(now() - xact_start) FROM pg_stat_activity WHERE state = 'idle in transaction';`,
              language: 'sql',
            }
          : isEngine(db.product, 'mysql')
            ? {
                command: say`SELECT trx_mysql_thread_id, trx_started, trx_query FROM information_schema.innodb_trx ORDER BY trx_started;`,
                language: 'sql',
              }
            : {}),
        weight: suspect ? 0.9 : 0.5,
      },
    ],
    weight: suspect ? 0.9 : 0.45,
  });
}

export default {
  id: 'call-while-holding',
  about: 'What each millisecond of a remote call costs in connections when it is made inside a transaction.',
  read,
} satisfies ReadingEntry;
