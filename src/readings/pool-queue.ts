import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, rate, reading } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { instancesOf, mainDatabase, mainService } from './parts.js';

/** A queue in front of a pool, by Little's law: how long each waits for a member, and how long a member is held. */
function read(context: Context): Reading[] {
  const pending = context.facts.every({ name: 'pool.pending', phase: NOW }).find((f) => f.value >= 1);
  const limit =
    pending &&
    (context.facts.find({ name: 'pool.limit', subject: pending.subject }) ??
      context.facts.find({ name: 'pool.limit' }));
  const top = topLoad(loadPoints(context));
  // What was recorded under one load says nothing at another that was only said.
  if (!pending || !limit || !top || (pending.basis === 'measured') !== (top.rate.basis === 'measured'))
    return [];
  const service = mainService(context);
  // A pooler of its own is shared by all instances.
  const shared = pending.subject.kind === 'pool';
  const count = service && !shared ? instancesOf(context, service) : undefined;
  const flow = count
    ? calc(
        'pool.flow',
        pending.subject,
        [top.rate.value / count.value, '1/s'],
        'requests a second ÷ instances',
        [top.rate, count],
        top.phase,
      )
    : top.rate;
  const wait = calc(
    'pool.waitEach',
    pending.subject,
    [(pending.value * 1000) / flow.value, 'ms'],
    'waiting ÷ requests a second (Little’s law)',
    [pending, flow],
    top.phase,
  );
  const held = calc(
    'pool.heldEach',
    pending.subject,
    [(limit.value * 1000) / flow.value, 'ms'],
    'size ÷ requests a second (Little’s law)',
    [limit, flow],
    top.phase,
  );
  const tail = context.facts.find({ name: ['latency.p99', 'latency.p95', 'latency.mean'], phase: NOW });
  const part =
    tail &&
    calc(
      'pool.waitShare',
      pending.subject,
      [wait.value / (inSeconds(tail) * 1000), 'ratio'],
      'wait ÷ latency',
      [wait, tail],
    );
  const db = mainDatabase(context);
  const who = componentOf(context, pending.subject)?.subject ?? pending.subject;
  const because = say`${num(pending)} wait for a pool of ${num(limit)}: ${num(wait)} each`;
  return reading('pool-queue', {
    id: pending.id,
    topic: 'saturation',
    layer: 'database',
    subject: who,
    headline: say`${num(pending)} requests wait for a pool of ${num(limit)} in ${name(who.name)}: at ${rate(flow)}${count ? ' an instance' : ''} that is a wait of ${num(wait)} each (Little’s law)${part && tail && part.value <= 1 ? say`, ${num(part, { digits: 2 })} of the ${num(tail)} seen` : []}, and a pool that is always full is one whose members are held for ${num(held)}; shorten that before the pool grows.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Requests a second${count ? ' in one instance' : ''}`, say`${rate(flow)}`],
          [say`Waiting for a member`, say`${num(pending)}`],
          [say`Wait of each`, say`${num(wait)}`],
          [say`Members, all taken`, say`${num(limit)}`],
          [say`Each is held for`, say`${num(held)}`],
        ],
      ),
    ],
    assumptions: [
      say`Each request takes one member${count ? say`, and both figures are those of one of ${num(count)} instances` : []}.`,
    ],
    bearings: [bearing(context, 'pool-exhausted', db?.subject ?? context.app, 1.5, because)],
    weight: 0.93,
  });
}

export default {
  id: 'pool-queue',
  about:
    'How long requests wait for a member of a pool and how long members are held, from the length of the queue.',
  read,
} satisfies ReadingEntry;
