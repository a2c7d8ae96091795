import { type Context, name, num, type Reading, type ReadingEntry, say } from '../domain/index.js';
import { bearing, calc, inSeconds, rate, reading, whole } from './compose.js';
import { classRate, loadPoints, loadTable, NOW, shareOf } from './load.js';
import { cacheFlow, isEngine, isReplica, mainDatabase, ofKind, statementTimes } from './parts.js';

/** What a replica could take off the primary: the reads that miss, or all reads. */
function read(context: Context): Reading[] {
  const primary = mainDatabase(context);
  const replica =
    ofKind(context, 'database').find((c) => c !== primary && isReplica(c)) ??
    (primary?.roles.includes('replica') ? primary : undefined);
  const count = context.facts
    .every({ name: 'replicas' })
    .find((f) => f.value >= 1 && (f.subject.kind === 'database' || f.subject.kind === 'system'));
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const readShare = shareOf(context, 'read');
  const writeShare = shareOf(context, 'write');
  if (!primary || (!replica && !count) || !goal || !readShare || !writeShare) return [];
  const flow = cacheFlow(context);
  const reads = (p: typeof goal) => (flow ? flow.misses(p) : classRate(context, p, readShare, 'read'));
  const writes = (p: typeof goal) => classRate(context, p, writeShare, 'write');
  const seen = context.facts.find({ name: 'throughput', subject: primary.subject, phase: NOW });
  if (seen && seen.value > 3 * (reads(goal).value + writes(goal).value)) return [];
  const part = calc(
    'replica.share',
    primary.subject,
    [reads(goal).value / (reads(goal).value + writes(goal).value), 'ratio'],
    'reads that reach the database ÷ (those + writes)',
    [reads(goal), writes(goal)],
    goal.phase,
  );
  const statement = statementTimes(context).find((s) => s.kind === 'read');
  const freed = statement
    ? calc(
        'connections.onReplica',
        primary.subject,
        [reads(goal).value * inSeconds(statement.time), 'count'],
        'reads a second × time of the statement (Little’s law)',
        [reads(goal), statement.time],
        goal.phase,
      )
    : undefined;
  const lag = context.facts.find({ name: 'replication.lag', phase: NOW });
  const who = replica && replica !== primary ? name(replica.subject.name) : 'its read replica';
  return reading('replica-relief', {
    id: primary.subject.id,
    topic: 'database',
    layer: 'database',
    subject: primary.subject,
    headline: say`Reads are ${num(part, { digits: 2 })} of what reaches ${name(primary.subject.name)} at ${num(goal.rate)} (${rate(reads(goal))} against ${rate(writes(goal))} writes): all that ${who} could take, if it serves anything now${freed && statement ? say`, with the ${whole(freed)} connections of ${name(statement.subject.name)}` : []}.`,
    arithmetic: [
      loadTable(points, [
        {
          what: flow ? say`reads past ${name(flow.cache.name)}` : say`reads`,
          how: say`requests × share${flow ? ' × misses' : ''}`,
          at: (p) => say`${rate(reads(p))}`,
        },
        { what: say`writes`, how: say`requests × share`, at: (p) => say`${rate(writes(p))}` },
      ]),
    ],
    assumptions: [
      say`One statement a request; reads that must see the caller’s own write stay on the primary.`,
      ...(lag ? [say`The replica is ${num(lag)} behind.`] : []),
    ],
    bearings: [
      bearing(
        context,
        'replica-unused',
        primary.subject,
        0.3,
        say`reads are ${num(part, { digits: 2 })} of its statements`,
      ),
    ],
    questions: [
      {
        id: `replica-serves/${primary.subject.id}`,
        question: say`Does the replica of ${name(primary.subject.name)} serve any reads of ${name(context.app.name)}?`,
        matters: say`if not, up to ${num(part, { digits: 2 })} of the statements can leave the primary without a new machine; if it does, that relief is already spent`,
        ...(isEngine(primary.product, 'postgresql')
          ? {
              command: say`SELECT datname, xact_commit, tup_returned FROM pg_stat_database WHERE pg_is_in_recovery();`,
              language: 'sql',
            }
          : {}),
        weight: 0.7,
      },
    ],
    weight: 0.54,
  });
}

export default {
  id: 'replica-relief',
  about: 'Which part of the statements a read replica could take off the primary.',
  read,
} satisfies ReadingEntry;
