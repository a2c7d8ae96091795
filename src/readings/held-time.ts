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
import { bearing, calc, componentOf, inSeconds, reading, whole, wordsNear } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { instancesOf, mainService } from './parts.js';
import { requestSubject } from './percentiles.js';

const KINDS = [
  {
    used: 'connections.used',
    limit: 'connections.limit',
    word: 'connections',
    hypothesis: 'connection-limit',
  },
  { used: 'pool.used', limit: 'pool.limit', word: 'pooled connections', hypothesis: 'pool-exhausted' },
  { used: 'threads.used', limit: 'threads.limit', word: 'threads', hypothesis: 'thread-pool-exhausted' },
] as const;
const FULL = /\b(?:all (?:are )?(?:in use|busy|taken|used)|exhausted|maxed|saturated|full)\b/i;
/** From this share of the limit on, all of it is taken in practice. */
const TAKEN = 0.95;

/** What is in use at a known rate says how long each is held: in use ÷ rate, by Little's law. */
function read(context: Context): Reading[] {
  const top = topLoad(loadPoints(context));
  if (!top) return [];
  return KINDS.flatMap((kind) => {
    const said = context.facts.every({ name: kind.used, phase: NOW }).find((f) => f.value > 1);
    // "pool 80, all in use": one figure is both.
    const full = context.facts
      .every({ name: kind.limit, phase: [...NOW, 'any'] })
      .find((f) => f.value > 1 && FULL.test(wordsNear(context, f, 0, 30)));
    const used = said ?? full;
    const limit =
      used && (used === full ? full : context.facts.find({ name: kind.limit, subject: used.subject }));
    // What was recorded under one load says nothing at another that was only said.
    if (used && (used.basis === 'measured') !== (top.rate.basis === 'measured')) return [];
    if (!used || !limit || used.value < TAKEN * limit.value || used.value > limit.value) return [];
    return ofUsed(context, kind, used, limit, top.rate);
  });
}

function ofUsed(
  context: Context,
  kind: (typeof KINDS)[number],
  used: Fact,
  limit: Fact,
  load: Fact,
): Reading[] {
  const service = mainService(context);
  const own = service && used.subject.id === service.subject.id;
  // Threads and pools are said of one instance; the connections of a server are all there are.
  const instances = own && kind.word !== 'connections' ? instancesOf(context, service) : undefined;
  // "3 × 60 children" and "180/180": the second figure counts them all already.
  const isAll =
    instances &&
    context.facts.every({ name: kind.limit }).some((f) => f.value * instances.value === used.value);
  const count = isAll ? undefined : instances;
  const total = count
    ? calc('held.total', used.subject, [used.value * count.value, 'count'], 'in use in each × instances', [
        used,
        count,
      ])
    : used;
  const held = calc(
    'held.time',
    used.subject,
    [(total.value * 1000) / load.value, 'ms'],
    'in use ÷ requests a second (Little’s law)',
    [total, load],
    load.phase,
  );
  const subject = requestSubject(context);
  const mean = subject && context.facts.find({ name: ['latency.mean', 'latency.p50'], subject, phase: NOW });
  const longer = mean !== undefined && inSeconds(held) > 1.3 * inSeconds(mean);
  const cpu = context.facts
    .every({ name: 'cpu.utilisation', phase: NOW })
    .find((f) => f.value > 0 && f.value < 0.6);
  const freed = calc('held.freed', used.subject, [total.value / 2, 'count'], 'in use ÷ two', [total]);
  const where = componentOf(context, used.subject)?.subject ?? used.subject;
  const rows: Text[][] = [
    [say`In use`, say`${whole(total)}${count ? say` (${num(used)} × ${num(count)} instances)` : []}`],
    [say`Requests a second`, say`${num(load)}`],
    [say`Each is held for, on average`, say`${num(held)}`],
    [say`Free again if that time is halved`, say`${whole(freed)}`],
  ];
  const because = say`${num(used)} of ${num(limit)} ${kind.word} in use at ${num(load)}: ${num(held)} each`;
  return reading('held-time', {
    id: used.id,
    topic: 'saturation',
    layer: kind.word === 'threads' ? 'api' : 'database',
    subject: where,
    headline: say`All ${whole(total)} ${kind.word} of ${name(where.name)} in use at ${num(load)} mean that each is held for ${num(held)} (Little’s law)${mean && longer ? say`, longer than the ${num(mean)} of a request: ${kind.word === 'connections' ? 'so most of them sit idle in pools, or the two are not of the same minutes' : 'either the two are not of the same minutes, or requests pile up in pauses and waits'}` : cpu ? say`, and with CPU${cpu.subject.id === where.id ? '' : say` of ${name(cpu.subject.name)}`} at ${num(cpu)} they are held waiting, not working` : []}${longer && kind.word === 'connections' ? say`: count them by state before raising the limit` : say`; halving that time frees ${whole(freed)}, a higher limit only moves the queue`}.`,
    arithmetic: [table(['Quantity', '> Value'], rows)],
    assumptions: [
      say`Each request holds one${count ? say`, and ${num(used)} is the figure of each of the ${num(count)} instances` : []}; a request that holds several holds each of them for less.`,
    ],
    bearings: [bearing(context, kind.hypothesis, where, 1.2, because)],
    questions: [
      {
        id: `held-by/${used.id}`,
        question: say`What do the holders of the ${kind.word} of ${name(where.name)} wait for while all are in use?`,
        matters: say`running statements ask for faster statements; idle holders ask for a shorter hold in the code; waits for locks ask for the row they wait for`,
        weight: 0.85,
      },
    ],
    weight: 0.9,
  });
}

export default {
  id: 'held-time',
  about: 'How long each connection, pool member or thread is held, from how many are in use at a known rate.',
  read,
} satisfies ReadingEntry;
