import {
  type Cell,
  type Context,
  derived,
  type Fact,
  name,
  num,
  type PredictionOutcome,
  type Subject,
  say,
} from '../domain/index.js';
import { quantile, sorted } from '../models/quantile.js';
import { absent, seen } from './outcomes.js';
import { type Claim, cellsOf, claimCells, isMaterial } from './patterns.js';
import { isNamed } from './subjects.js';
import { same } from './thresholds.js';

/** Kinds of calls a process makes; each of them is timed by the process itself. */
const KINDS = ['database', 'cache', 'call'] as const;
/** Fewer kinds of calls than this have no growth in common. */
const FEWEST = 4;
/** A call made in fewer slow requests than this is no usual one. */
const USUAL = 0.3;
/** A single call stands out when it grew this many times what calls grew in common. */
const STANDS_OUT = 3;

const each = (ms: Fact, count: Fact): number => same(ms) / Math.max(1e-9, count.value);
const growthOf = (c: Cell): number => each(c.incident, c.incidentCount) - each(c.baseline, c.baselineCount);

const median = (values: readonly number[]): number => quantile(sorted(values), 0.5);

/** Calls that a service made before and makes now. */
const usual = (context: Context, service: string): Cell[] =>
  cellsOf(context, KINDS).filter(
    (c) =>
      c.service === service &&
      c.operation !== 'other' &&
      c.baselineCount.value >= USUAL &&
      c.incidentCount.value >= USUAL,
  );

/**
 * What each call of a service takes longer, whatever it calls: the median of the growth of a single call over its
 * different calls, ms. A late process times all its calls too long by that. Nothing with few different calls.
 */
export function commonGrowth(context: Context, service: string): Fact | undefined {
  const calls = usual(context, service);
  if (!context.telemetry?.hasBaseline || calls.length < FEWEST) return undefined;
  return derived(
    {
      name: 'calls.commonGrowth',
      subject: { kind: 'service', id: `service:${service}`, name: service },
      value: Math.max(0, median(calls.map(growthOf))),
      unit: 'ms',
      phase: 'incident',
    },
    'median over the different calls of what a single one takes longer',
    calls.flatMap((c) => [c.incident, c.baseline]),
  );
}

/** The part of every call's growth that calls of this service have in common. */
export function commonClaims(context: Context, service: Subject): Claim[] {
  const names = new Set(
    cellsOf(context, KINDS)
      .map((c) => c.service)
      .filter((name) => isNamed(service, name)),
  );
  return [...names].flatMap((name) => {
    const common = commonGrowth(context, name)?.value ?? 0;
    if (common <= 0) return [];
    return cellsOf(context, KINDS)
      .filter((c) => c.service === name && same(c.excess) > 0)
      .map((c) => ({
        cell: c.id,
        share: Math.min(1, (common * c.incidentCount.value) / same(c.excess)),
      }));
  });
}

/** All calls of a service take longer, by a material part of the excess together; nothing where that is not so. */
export function commonlyLate(context: Context, service: Subject): PredictionOutcome | undefined {
  const cells = new Map((context.telemetry?.cells ?? []).map((c) => [c.id, c]));
  const common = [...new Set([...cells.values()].map((c) => c.service))]
    .filter((name) => isNamed(service, name))
    .map((name) => commonGrowth(context, name))
    .find((f) => f !== undefined);
  const excess = context.telemetry?.excess.total;
  const ms = commonClaims(context, service).reduce(
    (sum, c) => sum + c.share * same(cells.get(c.cell)?.excess ?? NOTHING),
    0,
  );
  return common && excess && isMaterial(context, ms)
    ? seen(say`every call of ${name(service.name)} takes ${num(common)} longer, whatever it calls`, [
        common,
        excess,
      ])
    : undefined;
}

const NOTHING = { value: 0, unit: 'ms' } as Fact;

/** Fewer different statements than this have no growth in common. */
const FEWEST_STATEMENTS = 3;

/**
 * What each statement of a database takes longer, whatever it does: the median of the growth of a single call over its
 * different statements, ms. A server that is at its limit answers all of them later. Nothing with few of them.
 */
export function statementsGrowth(context: Context, database: Subject): Fact | undefined {
  const statements = usualStatements(context, database);
  if (!context.telemetry?.hasBaseline || statements.length < FEWEST_STATEMENTS) return undefined;
  return derived(
    {
      name: 'statements.commonGrowth',
      subject: database,
      value: Math.max(0, median(statements.map(growthOf))),
      unit: 'ms',
      phase: 'incident',
    },
    'median over the different statements of what a single one takes longer',
    statements.flatMap((c) => [c.incident, c.baseline]),
  );
}

const usualStatements = (context: Context, database: Subject): Cell[] =>
  cellsOf(context, ['database'], database).filter(
    (c) => c.operation !== 'other' && c.baselineCount.value >= USUAL && c.incidentCount.value >= USUAL,
  );

/** A statement stands out of a full server when it got slower by this many times what statements did. */
const STANDS_OUT_OF = 5;

/**
 * Whether one statement got slower by another factor than the statements of a server that is at its limit: work that
 * shares a full processor takes longer in proportion to itself.
 */
export function standsOutOf(context: Context, cell: Cell, database: Subject): PredictionOutcome | undefined {
  const statements = usualStatements(context, database);
  if (statements.length < FEWEST_STATEMENTS || !(cell.baselineCount.value >= USUAL)) return undefined;
  const factor = (about: Subject, value: number, from: readonly Cell[]): Fact =>
    derived(
      { name: 'call.growthFactor', subject: about, value, unit: 'factor', phase: 'incident' },
      'time of a single call, now over before',
      from.flatMap((c) => [c.incident, c.baseline, c.incidentCount, c.baselineCount]),
    );
  const own = factor(cell.incident.subject, factorOf(cell), [cell]);
  const all = factor(database, median(statements.map(factorOf)), statements);
  const says = say`one call takes ${num(own)} as long as before, the statements of ${name(database.name)} ${num(all)}`;
  return own.value >= STANDS_OUT_OF * all.value ? seen(says, [own, all]) : absent(says, [own, all]);
}

const earlier = (c: Cell): number => each(c.baseline, c.baselineCount);
const factorOf = (c: Cell): number => (growthOf(c) + earlier(c)) / Math.max(1e-9, earlier(c));

/** Statements that take this many times as long, most of them, wait for their server, however little that is beside what it causes. */
const MANY_TIMES_AS_LONG = 2;

/** The part of every statement's growth that the statements of a database have in common. */
export function statementClaims(context: Context, database: Subject): Claim[] {
  const common = statementsGrowth(context, database)?.value ?? 0;
  if (common <= 0) return [];
  return cellsOf(context, ['database'], database)
    .filter((c) => same(c.excess) > 0)
    .map((c) => ({ cell: c.id, share: Math.min(1, (common * c.incidentCount.value) / same(c.excess)) }));
}

const shareOfFull = (c: Cell, usual: number): number =>
  factorOf(c) < STANDS_OUT_OF * usual
    ? 1
    : Math.min(1, Math.max(0, ((usual - 1) * earlier(c)) / Math.max(1e-9, growthOf(c))));

/**
 * All that statements of a server at its limit take longer, with the waits for a connection behind them. Of one that
 * stands out, what it would take longer as the others do.
 */
export function claimsOfFull(context: Context, database: Subject): Claim[] {
  const statements = usualStatements(context, database);
  const usual = median(statements.map(factorOf));
  return [
    ...statements
      .filter((c) => same(c.excess) > 0)
      .map((c) => ({ cell: c.id, share: shareOfFull(c, usual) })),
    ...claimCells(cellsOf(context, ['pool-wait'])),
  ];
}

/** All statements of a database take longer, by a material part of the excess; nothing where that cannot be told. */
export function statementsLate(context: Context, database: Subject): PredictionOutcome | undefined {
  const common = statementsGrowth(context, database);
  const excess = context.telemetry?.excess.total;
  if (!common || !excess) return undefined;
  const cells = new Map((context.telemetry?.cells ?? []).map((c) => [c.id, c]));
  const ms = statementClaims(context, database).reduce(
    (sum, c) => sum + c.share * same(cells.get(c.cell)?.excess ?? NOTHING),
    0,
  );
  const says = say`every statement of ${name(database.name)} takes ${num(common)} longer, whatever it does`;
  const slower = median(usualStatements(context, database).map(factorOf)) >= MANY_TIMES_AS_LONG;
  return slower || isMaterial(context, ms) ? seen(says, [common, excess]) : absent(says, [common, excess]);
}

/** Whether one call grew beyond what all calls of its service did; nothing where that cannot be told. */
export function standsOut(context: Context, cell: Cell): PredictionOutcome | undefined {
  const common = commonGrowth(context, cell.service);
  if (!common || cell.incidentCount.value <= 0 || cell.baselineCount.value < USUAL) return undefined;
  const own = derived(
    {
      name: 'call.growth',
      subject: cell.incident.subject,
      value: growthOf(cell),
      unit: 'ms',
      phase: 'incident',
    },
    'time of a single call, now less before',
    [cell.incident, cell.baseline, cell.incidentCount, cell.baselineCount],
  );
  const says = say`one call takes ${num(own)} longer, other calls of the service ${num(common)}`;
  return own.value >= STANDS_OUT * common.value ? seen(says, [own, common]) : absent(says, [own, common]);
}
