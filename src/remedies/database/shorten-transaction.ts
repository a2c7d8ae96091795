import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  type Fact,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { classRate, shareOf } from '../../readings/load.js';
import { ofKind } from '../../readings/parts.js';
import { deadline, lockTimeout } from '../design/arithmetic.js';
import { camel, millis, pascal, raw, snippet } from '../design/code-text.js';
import { type Dialect, dialectOf, languageOf } from '../design/language.js';
import { poolPlan, poolTable } from '../design/pool-blocks.js';
import { heldForStatements } from '../design/pool-seen.js';
import { figure, partName, type Scene, sceneOf, timeOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

/** Traces show whether anything but statements goes on while a connection is held. */
function blocked(context: Context, about: Subject): Text | undefined {
  const seen = heldForStatements(context, about);
  return seen
    ? say`A connection of ${name(about.name)} is held for ${num(seen.hold)} and its statements take ${num(seen.busy)} of that: there is nothing else to take out.`
    : undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, serviceName, goal, callee } = scene;
  const db = partName(database, say`the database of ${scene.app}`);
  const plan = database ? poolPlan(scene, database) : undefined;
  const writes = shareOf(context, 'write');
  const rate = goal && writes ? classRate(context, goal, writes, 'write') : undefined;
  const callees = ofKind(context, 'dependency').filter((c) => timeOf(context, c) || c === callee);
  const held = callees.flatMap((c) => {
    const time = timeOf(context, c) ?? deadline(scene, c);
    return time && rate
      ? [
          {
            c,
            time,
            busy: figure(
              scene,
              'connections.heldByCall',
              [littlesLaw(rate.value, inSeconds(time)), 'count'],
              'writes a second × time of the call (Little’s law)',
              [rate, time],
              c.subject,
            ),
          },
        ]
      : [];
  });
  const worst = [...held].sort((a, b) => b.busy.value - a.busy.value)[0];
  return {
    title: say`Let no remote call and no wait of ${serviceName} happen inside a transaction of ${db}`,
    description: say`Remote calls of ${serviceName} come first, each with a deadline; the transaction on ${db} starts after them, touches the most contended rows last and commits. ${callees.length > 0 ? say`Candidates to find inside it: ${callees.slice(0, 3).flatMap((c, i): Text => say`${i > 0 ? ', ' : ''}${name(c.subject.name)}`)}.` : ''}`,
    benefit:
      worst && rate
        ? say`If ${name(worst.c.subject.name)} is called inside it, it alone holds ${num(worst.busy)} connections ${atLoad(scene)} (${num(rate)} × ${num(worst.time)}), with every row lock taken before it; outside it holds none.`
        : say`Connections and row locks of ${db} are held for statements only; how many that frees follows from writes a second × the time of the calls inside; one of the two was not said.`,
    riskText: say`What the remote call answered can be out of date when ${serviceName} commits: check it again in the transaction by a condition on the row, and make a repeat harmless through the request’s own id.`,
    effortText: say`Days: find what runs between begin and commit in ${serviceName}, move it, test partial failures; bring in the time-outs last; before the move they turn slow requests into errors.${shippingNote(context)}`,
    verification: say`Sessions of ${db} idle in a transaction fall to almost none at peak, and the oldest open transaction is as long as its statements.`,
    design: [
      ...(held.length > 0
        ? [
            table(
              ['Call, if made inside', '> Time', '> Writes a second', '> Connections it holds'],
              held.map((h): Text[] => [
                say`${name(h.c.subject.name)}`,
                say`${num(h.time)}`,
                rate ? say`${num(rate)}` : say`not said`,
                say`${num(h.busy)}`,
              ]),
              say`What each call of ${serviceName} costs ${db} while it stays inside a transaction`,
            ),
          ]
        : []),
      ...(plan?.need && database ? [poolTable(scene, database, plan)] : []),
      ...snippets(scene),
      ...guards(scene),
    ],
  };
}

function snippets(scene: Scene): Block[] {
  const { context, service } = scene;
  const fn = camel(scene.callee?.subject.name ?? 'callee', 'callee');
  const type = pascal(scene.callee?.subject.name ?? 'callee', 'Callee');
  return snippet(
    languageOf(context, service),
    {
      javascript:
        () => say`const ${fn} = await call${type}(request);            // deadline inside; no connection held yet

await db.transaction(async (tx) => {
  const row = await tx.insertBusinessRow(request, ${fn}, request.id); // unique index on the request's id
  await tx.insertOutbox(row.id);
  for (const line of sortedByKey(request.lines)) {                  // hot rows last, in one order: no deadlocks
    const done = await tx.takeIfEnough(line.key, line.quantity);    // UPDATE … WHERE quantity_left >= :quantity
    if (!done) throw new NotEnough(line.key);
  }
});`,
      java: () => say`${type}Reply ${fn} = call${type}(request);            // deadline inside; no connection held yet

transactions.executeWithoutResult(tx -> {           // not @Transactional around the remote call
  var row = repository.insert(request, ${fn}, request.id());  // unique index on the request's id
  outbox.insert(row.id());
  request.linesSortedByKey().forEach(line -> {      // hot rows last, in one order: no deadlocks
    if (!stock.takeIfEnough(line)) throw new NotEnoughException(line);
  });
});`,
      python: () => say`${fn} = call_${fn}(request)                 # deadline inside; no connection held yet

with transaction.atomic():                      # not ATOMIC_REQUESTS around the whole view
    row = insert_business_row(request, ${fn}, request.id)  # unique index on the request's id
    insert_outbox(row.id)
    for line in sorted(request.lines, key=key_of):          # hot rows last, in one order: no deadlocks
        if not take_if_enough(line):                         # UPDATE … WHERE quantity_left >= quantity
            raise NotEnough(line.key)`,
      go: () => say`${fn}, err := call${type}(ctx, req) // deadline inside; no connection held yet
if err != nil {
	return nil, err
}
return inTx(ctx, func(tx Tx) error {
	row, err := tx.Insert(ctx, req, ${fn}, req.ID) // condition: the request's id is not there yet
	if err != nil {
		return err
	}
	return tx.TakeIfEnough(ctx, sortedByKey(req.Lines), row.ID) // hot rows last, in one order
})`,
      csharp:
        () => say`var ${fn} = await Call${type}Async(request, cancellation); // deadline inside; no connection held yet

await using var tx = await db.Database.BeginTransactionAsync(cancellation);
db.Add(BusinessRow.From(request, ${fn}));                   // unique index on the request's id
await db.SaveChangesAsync(cancellation);
foreach (var line in request.Lines.OrderBy(l => l.Key))     // hot rows last, in one order: no deadlocks
    if (!await TakeIfEnoughAsync(line, cancellation)) throw new NotEnoughException(line.Key);
await tx.CommitAsync(cancellation);`,
    },
    say`Order of work in ${scene.serviceName}`,
  );
}

function guards(scene: Scene): Block[] {
  const { database, aim } = scene;
  const dialect = dialectOf(database);
  const lock = lockTimeout(scene);
  const db = partName(database, say`the database`);
  const texts: Partial<Record<Dialect, (lock: Fact, all: Fact) => Text>> = {
    postgresql: (l, all) => say`ALTER ROLE <application role> SET lock_timeout = '${millis(l)}';
ALTER ROLE <application role> SET statement_timeout = '${millis(all)}';
ALTER ROLE <application role> SET idle_in_transaction_session_timeout = '${millis(all)}';`,
    mysql: (l, all) => say`-- whole seconds only: the shortest is one
SET PERSIST innodb_lock_wait_timeout = <seconds, at least ${millis(l)} rounded up>;
SET PERSIST max_execution_time = ${raw(all)};      -- reads only`,
    sqlserver: (
      l,
      all,
    ) => say`SET LOCK_TIMEOUT ${raw(l)};        -- per session, when the connection is opened
-- client: Command Timeout of at least ${millis(all)}, rounded up to a second
ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON;  -- readers no longer wait for writers`,
  };
  const make = dialect ? texts[dialect] : undefined;
  return make && lock && aim
    ? [
        code(
          'sql',
          make(lock, aim),
          say`Time-outs of ${db}, after the calls have been moved: no statement is longer than the target of ${num(aim)}, no lock wait longer than ${num(lock)}`,
        ),
      ]
    : [
        bullets([
          say`Bound the time of a transaction on ${db}, its idle time and its lock waits by the latency target of ${scene.app}${aim ? say` (${num(aim)})` : ', once it is stated'}.`,
        ]),
      ];
}

export default {
  id: 'shorten-transaction',
  layer: 'database',
  title: 'Short, local transactions',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.1, 0.6], growth: [0, 0.15] },
  blocked,
  advise,
} satisfies Remedy;
