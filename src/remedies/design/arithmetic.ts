import {
  type Component,
  type Context,
  type Fact,
  name,
  num,
  type Subject,
  say,
  slug,
  type Text,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { calc, inSeconds } from '../../readings/compose.js';
import { classRate, isWhole, loadBehind, NOW, shareOf } from '../../readings/load.js';
import { connectionLimit, instancesOf, ofKind, statementRate, statementTimes } from '../../readings/parts.js';
import type { Stream } from '../../readings/stream.js';
import { PLANNING } from '../../readings/utilisation-at-target.js';
import {
  ACQUIRE_SHARE,
  BEYOND_P95,
  FREE_CONNECTIONS,
  INDEXED,
  LOCK_SHARE,
  RESERVE,
  WRITE_HOLD,
} from './chosen.js';
import { type Scene, timeOf } from './scene.js';

export { PLANNING };

/**
 * The longest time a callee may take on the path, in ms: what the latency target leaves beside the path of before;
 * without that, an even part of the target for each remote call and the service's own work.
 */
export function deadline(scene: Scene, callee: Component): Fact | undefined {
  const { aim, context } = scene;
  if (!aim) return undefined;
  const added = context.changes.some(
    (c) => c.mechanisms.includes('call-added') && c.touches.some((t) => isCalled(t, callee.subject)),
  );
  const before = context.facts.find({ name: aim.name, subject: aim.subject, phase: 'baseline' });
  if (added && before && before.value < aim.value * (1 - RESERVE.value))
    return calc(
      'design.deadline',
      callee.subject,
      [aim.value * (1 - RESERVE.value) - before.value, 'ms'],
      'latency target − reserve − the same percentile before the call was added',
      [aim, RESERVE, before],
      'target',
    );
  const calls = Math.max(1, ofKind(context, 'dependency').length);
  const parts = calc(
    'path.parts',
    scene.target.subject,
    [calls + 1, 'count'],
    'remote calls that the case names + the service’s own work',
    [],
  );
  return calc(
    'design.deadline',
    callee.subject,
    [(aim.value * (1 - RESERVE.value)) / parts.value, 'ms'],
    '(latency target − reserve) ÷ parts of the path',
    [aim, RESERVE, parts],
    'target',
  );
}

/**
 * A deadline beside what the callee takes today. `fits`: today's tail is within it. `tight`: the tail alone takes most
 * of the target, so the deadline follows the tail and the rest of the path has little. `beyond`: the tail does not fit
 * into the target at all, and the call has to leave the path.
 */
export interface DeadlinePlan {
  limit: Fact;
  time: Fact | undefined;
  verdict: 'fits' | 'tight' | 'beyond';
}

export function deadlinePlan(scene: Scene, callee: Component): DeadlinePlan | undefined {
  const limit = deadline(scene, callee);
  const { aim } = scene;
  if (!limit || !aim) return undefined;
  const time = timeOf(scene.context, callee);
  const [tail, target] = [time ? inSeconds(time) : 0, inSeconds(aim)];
  if (!time || tail <= inSeconds(limit)) return { limit, time, verdict: 'fits' };
  // One call in twenty is beyond a p95: a deadline right behind it would refuse most of those.
  const roomy = tail * (1 + RESERVE.value) * (/^latency\.p9[0-7]$/.test(time.name) ? BEYOND_P95.value : 1);
  if (roomy > target * (1 - RESERVE.value)) return { limit, time, verdict: 'beyond' };
  return {
    time,
    verdict: 'tight',
    limit: calc(
      'design.deadline',
      callee.subject,
      [roomy * 1000, 'ms'],
      'its tail of today + reserve',
      /^latency\.p9[0-7]$/.test(time.name) ? [time, RESERVE, BEYOND_P95] : [time, RESERVE],
      'target',
    ),
  };
}

/**
 * How often a callee is called at the load to design for: as said of it; for a call that was added while there is a
 * class of writes, the rate of that class (such calls belong to orders and payments more often than to reads); else once
 * a request.
 */
export function callRate(scene: Scene, callee: Component): { rate: Fact; asWrites?: Fact } | undefined {
  const { context, goal } = scene;
  const own = context.facts.find({ name: 'throughput', subject: callee.subject });
  if (own) return { rate: own };
  if (!goal) return undefined;
  const writes = shareOf(context, 'write');
  return writes ? { rate: classRate(context, goal, writes, 'write'), asWrites: writes } : { rate: goal.rate };
}

/** A callee is a dependency in the case and a service in traces: told by its name. */
const isCalled = (id: string, s: Subject): boolean =>
  id === s.id || id.slice(id.indexOf(':') + 1) === slug(s.name);

/** How long a request may wait for a connection, in ms. */
export const acquireTimeout = (scene: Scene): Fact | undefined =>
  scene.aim
    ? calc(
        'design.acquireTimeout',
        scene.target.subject,
        [scene.aim.value * ACQUIRE_SHARE.value, 'ms'],
        'latency target × share for waiting',
        [scene.aim, ACQUIRE_SHARE],
        'target',
      )
    : undefined;

/** How long a statement may wait for a lock, in ms. */
export const lockTimeout = (scene: Scene): Fact | undefined =>
  scene.aim
    ? calc(
        'design.lockTimeout',
        scene.target.subject,
        [scene.aim.value * LOCK_SHARE.value, 'ms'],
        'latency target × share for waiting',
        [scene.aim, LOCK_SHARE],
        'target',
      )
    : undefined;

/** Connections that the statements with a known time keep busy at the load to design for. */
export interface ConnectionNeed {
  rows: { what: Text; rate: Fact; hold: Fact; busy: Fact }[];
  busy: Fact;
  /** With head room, so that the pool is as busy as planning allows. */
  size: Fact;
  /** The same once slow statements are indexed look-ups. */
  indexed?: Fact;
}

/** Little's law over statements, and over the callee's time when it is held open across the call. */
export function connectionNeed(scene: Scene, database: Component): ConnectionNeed | undefined {
  const { context, goal } = scene;
  if (!goal) return undefined;
  const rows = statementTimes(context)
    .filter((s) => !s.database || s.database.subject.id === database.subject.id)
    // Of the many statements that traces show, a rate derived from classes of requests would count each request anew.
    .filter((s) => s.time.basis !== 'measured' || s.subject.kind === 'database')
    .map((s) => {
      const { rate } = statementRate(context, s, goal);
      return {
        what: say`${name(s.subject.name)}`,
        rate,
        hold: s.time,
        busy: calc(
          'connections.busy',
          s.subject,
          [littlesLaw(rate.value, inSeconds(s.time)), 'count'],
          'calls a second × time of a call (Little’s law)',
          [rate, s.time],
          goal.phase,
        ),
      };
    });
  if (rows.length === 0) return undefined;
  const writes = shareOf(context, 'write');
  if (writes && !statementTimes(context).some((s) => s.kind === 'write')) {
    const rate = classRate(context, goal, writes, 'write');
    rows.push({
      what: say`writes, if their transactions are short and local`,
      rate,
      hold: WRITE_HOLD,
      busy: calc(
        'connections.busyWrites',
        database.subject,
        [littlesLaw(rate.value, inSeconds(WRITE_HOLD)), 'count'],
        'writes a second × time of a short transaction (Little’s law)',
        [rate, WRITE_HOLD],
        goal.phase,
      ),
    });
  }
  const inputs = rows.map((r) => r.busy);
  const busy = calc(
    'connections.busyTotal',
    database.subject,
    [inputs.reduce((sum, f) => sum + f.value, 0), 'count'],
    'sum over statements',
    inputs,
    goal.phase,
  );
  const size = calc(
    'design.connections',
    database.subject,
    [Math.ceil(busy.value / PLANNING.value), 'count'],
    'busy connections ÷ planning utilisation',
    [busy, PLANNING],
    goal.phase,
  );
  return { rows, busy, size, ...afterIndex(rows, database, goal.phase) };
}

/** The same once every slow statement is an indexed look-up; nothing when all of them are quick already. */
function afterIndex(
  rows: ConnectionNeed['rows'],
  database: Component,
  phase: Fact['phase'],
): Pick<ConnectionNeed, 'indexed'> {
  const slow = rows.filter((r) => inSeconds(r.hold) > 4 * inSeconds(INDEXED));
  if (slow.length === 0) return {};
  const parts = rows.map((r) =>
    slow.includes(r)
      ? calc(
          'connections.busyIndexed',
          r.busy.subject,
          [littlesLaw(r.rate.value, inSeconds(INDEXED)), 'count'],
          'calls a second × time of an indexed look-up (Little’s law)',
          [r.rate, INDEXED],
          phase,
        )
      : r.busy,
  );
  const busy = parts.reduce((sum, f) => sum + f.value, 0);
  return {
    indexed: calc(
      'design.connectionsIndexed',
      database.subject,
      [Math.ceil(busy / PLANNING.value), 'count'],
      'busy connections with indexed look-ups ÷ planning utilisation',
      [...parts, PLANNING],
      phase,
    ),
  };
}

/** Server connections that all pools together may use, and where the limit comes from. */
export function connectionRoom(
  context: Context,
  database: Component,
): { room: Fact; limit: Fact; isDefault: boolean } | undefined {
  const limit = connectionLimit(context, database);
  if (!limit) return undefined;
  const room = calc(
    'design.connectionRoom',
    database.subject,
    [Math.floor(limit.fact.value * FREE_CONNECTIONS.value), 'count'],
    'connection limit × share for applications',
    [limit.fact, FREE_CONNECTIONS],
  );
  return { room, limit: limit.fact, isDefault: limit.isDefault };
}

/** A pool a process may have when `processes` of them share `total` connections; at least one. */
export const perProcess = (about: Subject, total: Fact, processes: Fact): Fact =>
  calc(
    'design.poolPerProcess',
    about,
    [Math.max(1, Math.floor(total.value / processes.value)), 'count'],
    'connections for applications ÷ processes, at least one',
    [total, processes],
  );

/** Processor use of today, where it was read, and what the load to design for would make of it. */
export interface CpuDemand {
  used: Fact;
  at: Fact;
  then: Fact;
  /** Capacity needed for the planning utilisation, as a multiple of today's. */
  growth: Fact;
}

export function cpuDemand(
  scene: Scene,
  names: readonly string[] = ['cpu.utilisation', 'eventloop.utilisation'],
): CpuDemand | undefined {
  const { context, goal, service } = scene;
  const all = context.facts.every({ name: names, phase: NOW }).filter((f) => f.value > 0 && f.value <= 1.2);
  const used =
    all.find((f) => f.subject.id === service?.subject.id) ?? all.find((f) => isWhole(context, f.subject));
  const base = used ? loadBehind(scene.points, used) : undefined;
  if (!used || !base || !goal) return undefined;
  const then = calc(
    'cpu.utilisation.at',
    used.subject,
    [(used.value * goal.rate.value) / base.rate.value, 'ratio'],
    'utilisation × rate ÷ rate it was read at (utilisation law)',
    [used, goal.rate, base.rate],
    goal.phase,
  );
  const growth = calc(
    'capacity.growth',
    used.subject,
    [then.value / PLANNING.value, 'factor'],
    'utilisation at the target ÷ planning utilisation',
    [then, PLANNING],
    goal.phase,
  );
  return { used, at: base.rate, then, growth };
}

/** Instances for the planned utilisation, when today's number is known. */
export function instancesThen(scene: Scene, growth: Fact): { now: Fact; then: Fact } | undefined {
  const now = scene.service ? instancesOf(scene.context, scene.service) : undefined;
  if (!now) return undefined;
  const then = calc(
    'design.instances',
    now.subject,
    [Math.ceil(now.value * Math.max(1, growth.value) - 1e-9), 'count'],
    'instances × growth of capacity, rounded up',
    [now, growth],
    'target',
  );
  return { now, then };
}

/** Parallel handlers that a stream needs so that they are as busy as planning allows. */
export function handlersNeeded(stream: Stream): { perHandler: Fact; needed: Fact; share: Fact } | undefined {
  const { arrival, service, workers, subject } = stream;
  if (!arrival || !service || !workers) return undefined;
  const perHandler = calc(
    'queue.ratePerHandler',
    subject,
    [service.value / workers.value, '1/s'],
    'messages finished a second ÷ handlers',
    [service, workers],
  );
  const needed = calc(
    'design.handlers',
    subject,
    [Math.ceil(arrival.value / perHandler.value / PLANNING.value), 'count'],
    'arrivals a second ÷ rate of a handler ÷ planning utilisation',
    [arrival, perHandler, PLANNING],
    'target',
  );
  const share = calc(
    'queue.share',
    subject,
    [arrival.value / service.value, 'ratio'],
    'arrivals ÷ finished',
    [arrival, service],
  );
  return { perHandler, needed, share };
}

/** A callee's time of today and how many of the service's requests wait in it at the load to design for. */
export function waitingIn(
  scene: Scene,
  callee: Component,
  calls: Fact,
): { time: Fact; inFlight: Fact } | undefined {
  const time = timeOf(scene.context, callee);
  if (!time) return undefined;
  return {
    time,
    inFlight: calc(
      'calls.inFlight',
      callee.subject,
      [littlesLaw(calls.value, inSeconds(time)), 'count'],
      'calls a second × time of a call (Little’s law)',
      [calls, time],
      'target',
    ),
  };
}

/** Relative growth in words of a fact: "120 %". */
export const shown = (f: Fact | undefined, otherwise: string): Text =>
  f ? say`${num(f)}` : say`${otherwise}`;
