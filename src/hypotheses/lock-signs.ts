import {
  type Cell,
  type Context,
  derived,
  type Fact,
  num,
  type PredictionOutcome,
  say,
} from '../domain/index.js';
import { before, now } from './evidence.js';
import { absent, seen } from './outcomes.js';
import { type Claim, cellsOf, isMaterial } from './patterns.js';
import { mainDatabase } from './subjects.js';
import { STRONG_RISE, same } from './thresholds.js';

/** Sessions that wait within statements, at an instant: fewer than a tenth of one is a wait now and then. */
const WAITING = 0.1;
/** Part of the growth of running statements from which waiting, and not work, is what grew. */
const MOST = 0.5;
/** Growth of the sessions in statements below which no part of it can be told. */
const GROWTH = 0.1;

const isControl = (c: Cell): boolean => /^(?:begin|commit|rollback|savepoint|release)\b/i.test(c.operation);

export interface LockPart {
  /** Part of the growth of sessions in statements that waits for locks, 0 to 1. */
  part: Fact;
  waiting: Fact;
  waitingBefore: Fact;
}

/**
 * How much of what statements take longer is waiting for locks. Sessions in statements, sampled at many instants, are
 * the time statements take a second (J. D. C. Little, 1961); so are those of them that wait. Nothing without both
 * numbers of both times, or where statements do not take longer.
 */
export function lockPart(context: Context): LockPart | undefined {
  const store = mainDatabase(context)?.subject;
  if (!store) return undefined;
  const pair = (name: string): { is: Fact; was: Fact } | undefined => {
    const is = now(context, name, store);
    const was = is && before(context, name, store, is);
    return is && was && is.basis === 'measured' ? { is, was } : undefined;
  };
  const [waiting, active] = [pair('lock.waiting'), pair('sessions.active')];
  if (!waiting || !active) return undefined;
  const grown = active.is.value - active.was.value;
  if (grown < GROWTH) return undefined;
  const part = derived(
    {
      name: 'lock.part',
      subject: store,
      value: Math.min(1, Math.max(0, (waiting.is.value - waiting.was.value) / grown)),
      unit: 'ratio',
      phase: 'incident',
    },
    'growth of the sessions that wait for a lock ÷ growth of all sessions in statements',
    [waiting.is, waiting.was, active.is, active.was],
  );
  return { part, waiting: waiting.is, waitingBefore: waiting.was };
}

/** Statements take longer because they wait for locks, by the sessions of the server. */
export function statementsWait(context: Context): PredictionOutcome | undefined {
  const found = lockPart(context);
  if (!found) return undefined;
  const { part, waiting, waitingBefore } = found;
  const says = say`${num(waitingBefore, { digits: 2 })} → ${num(waiting, { digits: 2 })} sessions wait for a lock at a time: ${num(part, { digits: 2 })} of what statements take longer`;
  return waiting.value >= WAITING && part.value >= MOST
    ? seen(says, [part, waiting])
    : absent(says, [part, waiting]);
}

/** Locks are measured to be most of the growth of statements. */
export const locksAreMost = (context: Context): boolean => statementsWait(context)?.outcome === 'seen';

/**
 * Connections of the pool that a service waits for are held longer than before: whoever waits for one waits for what
 * holds them. Traces and metrics may name a pool differently; then it is the one that is waited for most.
 */
function heldLonger(context: Context, service: string): boolean {
  const pools = context.facts
    .every({ name: 'pool.wait.mean', subjectKind: 'pool', phase: 'incident' })
    .filter((f) => f.subject.service === service)
    .sort((a, b) => same(b) - same(a));
  const pool = pools[0]?.subject;
  const hold = pool && now(context, 'pool.hold.mean', pool);
  const was = hold && before(context, 'pool.hold.mean', pool, hold);
  return hold !== undefined && was !== undefined && same(hold) >= STRONG_RISE.value * same(was);
}

/** Growth of statements that is waiting for locks, and the queues for connections that are held meanwhile. */
export function lockClaims(context: Context): Claim[] {
  const found = lockPart(context);
  if (!found || !locksAreMost(context)) return [];
  const share = found.part.value;
  return cellsOf(context, ['database', 'pool-wait'])
    .filter((c) => same(c.excess) > 0 && isMaterial(context, same(c.excess)) && !isControl(c))
    .filter((c) => c.kind === 'database' || heldLonger(context, c.service))
    .map((c) => ({ cell: c.id, share }));
}
