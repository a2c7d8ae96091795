import {
  derived,
  type Fact,
  num,
  type Subject,
  say,
  stated,
  subject,
  type Text,
} from '../../domain/index.js';
import { multiServerWaitQuantile } from '../../models/queueing.js';

/** What is known of a pool of connections, and of the database behind it. */
export interface PoolInput {
  ratePerSecond: number;
  /** How long a request holds its connection: from taking it to giving it back, not only its statements. */
  holdMs: number;
  /** Standard deviation of the hold time over its mean; 1 where unknown. */
  holdVariation: number;
  /** Connections of one process, and how many such processes there are. */
  size: number;
  instances: number;
  /** What the server allows, where known. */
  maxConnections?: number;
  /** Connections that one request holds at the same time, where it takes a second while it has the first. */
  nested?: number;
  /** Requests that one process works on at once, at most. */
  concurrency?: number;
  /** How long of the hold time a transaction is open: what a pooler in transaction mode holds a connection of the server for. */
  transactionMs?: number;
}

export interface PoolVerdict {
  id: 'overloaded' | 'bigger-helps' | 'size-is-enough' | 'may-deadlock';
  reason: Text;
  remedy: Text;
  /** What a pooler between would take of the server, by its mode. */
  notes: Text[];
  facts: Fact[];
}

/** Above this the wait reacts violently to a few more requests. */
const HIGHEST_UTILISATION = 0.8;
const PERCENTILE = 0.99;
const LARGEST = 10_000;

/**
 * The wait for a connection by Erlang C for each process, its p99 scaled by the variation of the hold time
 * (Allen and Cunneen), and the smallest size whose p99 wait is below a tenth of the hold time with a fifth to spare.
 */
export function judgePool(input: PoolInput): PoolVerdict {
  const judged = nestedDeadlock(input) ?? judgeSize(input);
  const modes = poolerModes(input);
  return { ...judged, notes: modes.notes, facts: [...judged.facts, ...modes.facts] };
}

const POOL = subject('pool', 'connection pool');

/**
 * Requests that take a second connection while they hold the first can all wait for each other. One always gets through where
 * the pool holds requests × (connections each − 1) + 1 (HikariCP, About Pool Sizing).
 */
function nestedDeadlock(input: PoolInput): Omit<PoolVerdict, 'notes'> | undefined {
  const { nested = 1, concurrency, size } = input;
  if (nested <= 1 || concurrency === undefined) return undefined;
  const floor = concurrency * (nested - 1) + 1;
  if (size >= floor) return undefined;
  const each = given('nested', nested, 'count', POOL);
  const atOnce = given('concurrency', concurrency, 'count', POOL);
  const now = given('size-now', size, 'count', POOL);
  const least = derived(
    { name: 'pool.floor', subject: POOL, value: floor, unit: 'count' },
    'requests at once × (connections each − 1) + 1',
    [each, atOnce],
  );
  return {
    id: 'may-deadlock',
    reason: say`Each request holds ${num(each)} connections at once, and ${num(atOnce)} requests run in a process: with ${num(now)} connections all of them can hold what the others wait for, and none goes on until a time-out.`,
    remedy: say`Pass the connection that a request has to what it calls, so that it takes one (look for a transaction inside a transaction, an audit record, a sequence table). Until then the pool needs at least ${num(least)} in each process, or fewer requests at once.`,
    facts: [each, atOnce, now, least],
  };
}

/**
 * Connections of the server that PgBouncer would take: in session mode one for each that a client has open, which pools of
 * clients keep open; in transaction mode as many as transactions are open.
 */
function poolerModes(input: PoolInput): { notes: Text[]; facts: Fact[] } {
  if (input.transactionMs === undefined) return { notes: [], facts: [] };
  const size = given('size-now', input.size, 'count', POOL);
  const processes = given('processes', input.instances, 'count', POOL);
  const rate = given('rate', input.ratePerSecond, '1/s', POOL);
  const open = given('transaction', input.transactionMs, 'ms', POOL);
  const session = derived(
    { name: 'pool.server.session', subject: POOL, value: input.size * input.instances, unit: 'count' },
    'size × processes',
    [size, processes],
  );
  const transaction = derived(
    {
      name: 'pool.server.transaction',
      subject: POOL,
      value: smallest({ ...input, instances: 1, holdMs: input.transactionMs }),
      unit: 'count',
    },
    'smallest size for all processes together with a p99 wait below a tenth of the time for which transactions are open',
    [rate, open],
  );
  return {
    notes: [
      say`With PgBouncer between, all processes together take ${num(session)} connections of the server in session mode, as without it (a pool keeps its connections open), and ${num(transaction)} in transaction mode. Transaction mode rules out what lives in a session: SET without LOCAL, LISTEN, advisory locks of a session, temporary tables, WITH HOLD cursors; prepared statements of the protocol work where max_prepared_statements is set. Statement mode also refuses transactions of several statements: only for autocommit reads.`,
    ],
    facts: [open, session, transaction],
  };
}

function judgeSize(input: PoolInput): Omit<PoolVerdict, 'notes'> {
  const about = POOL;
  const size = given('size-now', input.size, 'count', about);
  const inputs = [size, ...statedFacts(input, about)];
  const each = { ...input, ratePerSecond: input.ratePerSecond / input.instances };
  const busy = (each.ratePerSecond * input.holdMs) / 1000;
  const figure = (name: string, value: number, unit: 'ms' | 'count' | 'ratio', formula: string): Fact =>
    derived({ name: `pool.${name}`, subject: about, value, unit }, formula, inputs);
  const load = figure('busy', busy, 'count', 'rate of a process × hold time');
  const used = figure('utilisation', busy / input.size, 'ratio', 'busy connections / size');
  const wait = waitMs(each, input.size);
  const enough = smallest(each);
  const better = figure(
    'size',
    enough,
    'count',
    'smallest size with a p99 wait below a tenth of the hold time',
  );
  const after = figure('wait.p99.after', waitMs(each, enough), 'ms', 'Erlang C, × (1 + variation²) / 2');
  const total = figure('connections', enough * input.instances, 'count', 'size × processes');
  const limit = inputs.find((f) => f.name === 'pool.max-connections');
  const tooMany = limit !== undefined && enough * input.instances > limit.value;
  const facts = [...inputs, load, used, better, after, total];
  if (!tooMany && enough <= input.size) {
    const now = figure('wait.p99', wait, 'ms', 'Erlang C, × (1 + variation²) / 2');
    return {
      id: 'size-is-enough',
      reason: say`${num(load)} connections of ${num(size)} are busy in each process; the p99 wait for one is ${num(now)}.`,
      remedy: say`A bigger pool will not help: requests hardly wait for a connection. If they are slow, look at what they do while they hold one. ${num(better)} would be enough.`,
      facts: [...facts, now],
    };
  }
  const now = Number.isFinite(wait)
    ? [figure('wait.p99', wait, 'ms', 'Erlang C, × (1 + variation²) / 2')]
    : [];
  facts.push(...now);
  const seen = now[0]
    ? say`the p99 wait for one is ${num(now[0])}`
    : say`more come than it can serve, so the wait grows for as long as the load lasts`;
  const reason = say`${num(load)} connections are asked for in each process at once and ${num(size)} are there (${num(used)}); ${seen}.`;
  if (tooMany)
    return {
      id: 'overloaded',
      reason,
      remedy: say`A bigger pool is not the way: it would take ${num(total)} connections, more than the server allows (${limit ? num(limit) : 'its limit'}). Shorten the time each is held first (no outgoing calls inside a transaction, no query in a loop, take it late and give it back early), or put PgBouncer in transaction mode between.`,
      facts,
    };
  return {
    id: 'bigger-helps',
    reason,
    remedy: say`${num(better)} in each process, ${num(total)} together, bring the p99 wait to ${num(after)}, if the database serves that many at once as fast as now: watch its processors and locks while raising it in steps. Holding each for less works as well and costs nothing there.`,
    facts,
  };
}

/** A number that the caller gave. */
function given(name: string, value: number, unit: 'ms' | 'count' | 'ratio' | '1/s', about: Subject): Fact {
  const place = { kind: 'input' as const, input: 'options', start: 0, end: 0, text: name };
  return stated({ name: `pool.${name}`, subject: about, value, unit }, place);
}

const statedFacts = (input: PoolInput, about: Subject): Fact[] => [
  given('rate', input.ratePerSecond, '1/s', about),
  given('hold', input.holdMs, 'ms', about),
  given('hold-variation', input.holdVariation, 'ratio', about),
  given('processes', input.instances, 'count', about),
  ...(input.maxConnections === undefined
    ? []
    : [given('max-connections', input.maxConnections, 'count', about)]),
];

function waitMs(input: PoolInput, size: number): number {
  const wait = multiServerWaitQuantile(input.ratePerSecond, input.holdMs / 1000, size, PERCENTILE) * 1000;
  return wait * ((1 + input.holdVariation ** 2) / 2);
}

function smallest(input: PoolInput): number {
  const load = (input.ratePerSecond * input.holdMs) / 1000;
  let size = Math.max(1, Math.ceil(load / HIGHEST_UTILISATION));
  while (size < LARGEST && waitMs(input, size) > input.holdMs / 10) size++;
  return size;
}
