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
import { bearing, calc, inSeconds, rate, reading, whole, wordsNear } from './compose.js';
import { classRate, loadPoints, NOW, shareOf } from './load.js';
import { databases, hasTrait, isEngine, now } from './parts.js';
import { percentilesOf, requestSubject } from './percentiles.js';

/** What is held one at a time has a ceiling of 1 ÷ hold time for each key, however many servers there are. */
function read(context: Context): Reading[] {
  const said = context.facts.every({ name: 'lock.hold.mean', phase: NOW });
  return said.length > 0 ? said.flatMap((hold) => ofHold(context, hold)) : supposed(context);
}

const ceilingOf = (hold: Fact): Fact =>
  calc(
    `lock.ceiling.${hold.name}`,
    hold.subject,
    [1 / inSeconds(hold), '1/s'],
    'one ÷ time held',
    [hold],
    hold.phase,
  );

function ofHold(context: Context, hold: Fact): Reading[] {
  const ceiling = ceilingOf(hold);
  const wait = now(context, 'lock.wait.mean', hold.subject);
  const busy = wait
    ? calc(
        'lock.utilisation',
        hold.subject,
        [wait.value / (wait.value + hold.value), 'ratio'],
        'wait ÷ (wait + hold) (M/M/1)',
        [wait, hold],
      )
    : undefined;
  const asked = askedRate(context, hold.subject);
  const keys = asked
    ? calc(
        'lock.keysNeeded',
        hold.subject,
        [asked.value * inSeconds(hold), 'count'],
        'rate × time held (Little’s law)',
        [asked, hold],
        asked.phase,
      )
    : undefined;
  const skew = context.facts.every({ name: 'skew.share' }).find((f) => f.value > 0 && f.value < 1);
  const hot =
    asked && skew
      ? calc(
          'lock.hotRate',
          hold.subject,
          [asked.value * skew.value, '1/s'],
          'rate × share of the hottest',
          [asked, skew],
          asked.phase,
        )
      : undefined;
  const hotKeys = hot
    ? calc(
        'lock.hotKeysNeeded',
        hold.subject,
        [hot.value * inSeconds(hold), 'count'],
        'rate × time held',
        [hot, hold],
        hot.phase,
      )
    : undefined;
  const because = say`held ${num(hold)} each time, a key takes at most ${rate(ceiling)}`;
  const where = name(hold.subject.name);
  return reading('lock-hold-ceiling', {
    id: hold.subject.id,
    topic: 'saturation',
    layer: 'database',
    subject: hold.subject,
    headline: say`Held ${num(hold)} each time, a key of ${where} takes at most ${rate(ceiling)}, whatever is added around it${wait && busy ? say`; a mean wait of ${num(wait)} says it is held ${num(busy)} of the time` : []}${asked && keys && keys.value > 1 ? say`; ${rate(asked)} needs at least ${whole(keys)} keys that share the work evenly and without a pause` : []}${hot && hotKeys && skew ? say`, and the ${num(skew)} that want the same few need ${whole(hotKeys)} among those alone` : []}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Held each time`, say`${num(hold)}`],
          [say`Ceiling of a key`, say`${rate(ceiling)}`],
          ...(asked ? [[say`Asked for`, say`${num(asked)}`]] : []),
          ...(keys ? [[say`Keys held all the time`, say`${whole(keys)}`]] : []),
          ...(hot ? [[say`On the hottest`, say`${rate(hot)}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`One holder at a time for each key.`,
      say`Full use of a key means endless waiting; plan with half of the ceiling.`,
    ],
    bearings: [bearing(context, 'lock-wait', hold.subject, wait || keys ? 1.4 : 0.6, because)],
    weight: keys && keys.value > 1 ? 0.93 : 0.8,
  });
}

/** The rate at which the lock will be asked for: of the class or operation that writes, else of all writes. */
function askedRate(context: Context, subject: Fact['subject']): Fact | undefined {
  const own = context.facts.find({
    name: 'throughput',
    subject,
    phase: ['target', 'planned', 'peak', 'incident', 'any'],
  });
  if (own) return own;
  const stems =
    subject.name
      .toLowerCase()
      .match(/[a-z]{5,}/g)
      ?.map((w) => w.slice(0, 6)) ?? [];
  const rates = context.facts.every({ name: 'throughput', phase: ['target', 'planned', 'peak'] });
  const speaks = (text: string): boolean => stems.some((w) => text.toLowerCase().includes(w));
  const named =
    rates.find(
      (f) => f.subject.kind !== 'service' && f.subject.kind !== 'system' && speaks(f.subject.name),
    ) ?? rates.find((f) => speaks(wordsNear(context, f, 0, 30).split(',')[0] ?? ''));
  if (named) return named;
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const writers = context.facts
    .every({ name: 'throughput', subjectKind: ['class', 'operation'], phase: ['target', 'planned'] })
    .filter((f) => f.value > 0);
  if (writers.length === 1) return writers[0];
  const write = shareOf(context, 'write');
  return goal && write ? classRate(context, goal, write, 'write') : undefined;
}

/** Nobody said how long locks are held: the times that were said are tried as hold times. */
function supposed(context: Context): Reading[] {
  const write = shareOf(context, 'write');
  const points = loadPoints(context);
  const top = points[points.length - 1];
  const subject = requestSubject(context);
  const db = databases(context).find((c) => c.product === undefined || hasTrait(context, c, 'sql'));
  const risky =
    context.case.traits.some((t) => ['bursty', 'event', 'skewed'].includes(t.trait)) ||
    context.symptoms.some((s) => s.kind === 'lock-contention' || s.kind === 'hot-key');
  if (!write || !top || !subject || !db || !risky) return [];
  const given = percentilesOf(context, subject).filter((p) => p.share === 0.5 || p.share === 0.99);
  const rows = given.map((p) => ({ label: p.label, hold: p.fact, ceiling: ceilingOf(p.fact) }));
  const median = rows[0];
  if (!median) return [];
  const writes = classRate(context, top, write, 'write');
  const part = (ceiling: Fact): Fact =>
    calc(
      `lock.shareAtCeiling.${ceiling.name}`,
      db.subject,
      [ceiling.value / writes.value, 'ratio'],
      'ceiling of one row ÷ writes a second',
      [ceiling, writes],
      top.phase,
    );
  const tail = rows[1];
  return reading('lock-hold-ceiling', {
    id: db.subject.id,
    topic: 'saturation',
    layer: 'database',
    subject: db.subject,
    headline: say`A row that stays locked while a ${median.label} request of ${num(median.hold)} runs takes at most ${num(median.ceiling, { digits: 2 })}${tail ? say` (${num(tail.ceiling, { digits: 2 })} at the ${tail.label} of ${num(tail.hold)})` : []}: any row that draws more than ${num(part(median.ceiling), { digits: 2 })} of the writes (${rate(writes)} at ${num(top.rate)}) queues, whatever is scaled out.`,
    arithmetic: [
      table(
        ['Held as long as', '> Time', '> Writes a second on one row', '> Of all writes'],
        rows.map((r): Text[] => [
          say`a ${r.label} request`,
          say`${num(r.hold)}`,
          say`${num(r.ceiling, { digits: 2 })}`,
          say`${num(part(r.ceiling), { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [
      say`Writes to one row (a stock count, a counter, a balance) wait for each other until commit; a lock taken last and committed at once is held for one round trip only.`,
    ],
    bearings: [
      bearing(
        context,
        'lock-wait',
        db.subject,
        0.4,
        say`a row held for ${num(median.hold)} takes ${num(median.ceiling, { digits: 2 })} of ${rate(writes)} writes`,
      ),
    ],
    questions: [
      {
        id: `lock-waits/${db.subject.id}`,
        question: say`Do writes on ${name(db.subject.name)} wait for rows held by others, and what share falls on the hottest row?`,
        matters: say`above ${num(part(median.ceiling), { digits: 2 })} on one row, shortening what is held comes before any capacity`,
        ...(isEngine(db.product, 'postgresql')
          ? {
              command: say`SELECT wait_event, count(*), max(now() - query_start) FROM pg_stat_activity WHERE wait_event_type = 'Lock' GROUP BY wait_event;`,
              language: 'sql',
            }
          : isEngine(db.product, 'mysql')
            ? { command: say`SELECT * FROM sys.innodb_lock_waits;`, language: 'sql' }
            : {}),
        weight: 0.55,
      },
    ],
    weight: 0.6,
  });
}

export default {
  id: 'lock-hold-ceiling',
  about: 'The ceiling for each key of anything held one at a time: one ÷ hold time.',
  read,
} satisfies ReadingEntry;
