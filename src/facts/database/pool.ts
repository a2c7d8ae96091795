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
}

export interface PoolVerdict {
  id: 'overloaded' | 'bigger-helps' | 'size-is-enough';
  reason: Text;
  remedy: Text;
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
  const about = subject('pool', 'connection pool');
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
