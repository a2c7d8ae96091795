import { name, num, say } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { isTransactionControl, statementName, statementSubject, tablesOf } from '../span-kind.js';
import { endOf, lengthOf, parentOf, spanAt, startOf } from '../traces.js';
import { meanByCell, meanOver, numberOf, type PatternFinder, type PatternLook, patternOf } from './look.js';

/** Equal statements under one parent from which a loop is meant (getsentry/sentry, issue detection settings, 2025). */
const LOOP = 5;
/** Share of slow requests that must show the loop. */
const IN_REQUESTS = 0.2;
/** Share of the repeats' time that may overlap: side by side is a fan-out, not a loop. */
const OVERLAP = 0.5;

/** One statement run many times, one after the other, under one parent: what a join or a list would fetch at once. */
export const nPlusOne: PatternFinder = (look) => {
  const statements = new Set<string>();
  for (const t of look.incident)
    for (const [key, rows] of loops(t)) if (rows.length >= LOOP) statements.add(key);
  return [...statements].sort().flatMap((key) => ofStatement(look, key));
};

function ofStatement(look: PatternLook, key: string) {
  const [service = '', statement = ''] = JSON.parse(key) as string[];
  const inLoop = (t: WalkedTrace): number => loops(t).get(key)?.length ?? 0;
  const loopShare = meanOver(look.incident, (t) => (inLoop(t) >= LOOP ? 1 : 0));
  if (loopShare < IN_REQUESTS) return [];
  const isOne = (t: WalkedTrace, row: number): boolean => {
    const s = spanAt(t, row);
    return s.role === 'database' && s.service === service && s.statement === statement;
  };
  const countOf = (traces: readonly WalkedTrace[]): number =>
    meanOver(traces, (t) => t.spans.filter((_, row) => isOne(t, row)).length);
  const repeats = countOf(look.incident);
  const before = countOf(look.baseline);
  const own = meanByCell(look, (s, t) => isOne(t, s.span));
  const replaced = replacedBy(look, service, statement);
  const ms = [...own.values()].reduce((sum, v) => sum + v.incident, 0);
  // Without a statement that did the same at once before, one of the repeats stays.
  const left = replaced > 0 ? 1 : (repeats - 1) / Math.max(1, repeats);
  const grown = [...own.values()].reduce((sum, v) => sum + Math.max(0, v.incident - v.baseline), 0);
  const claims = new Map(
    [...own].map(([id, v]) => {
      const excess = Math.max(0, v.incident - v.baseline);
      return [id, Math.max(0, excess * left - (grown > 0 ? (replaced * excess) / grown : 0))] as const;
    }),
  );
  const about = statementSubject(statement, service);
  const sample = look.incident.flatMap((t) => t.spans.filter((_, row) => isOne(t, row)))[0];
  const short = statementName(statement, sample?.attributes ?? {}, sample?.name ?? statement);
  const count = numberOf(look, {
    name: 'calls.perRequest',
    subject: about,
    value: repeats,
    unit: 'count',
    phase: 'incident',
  });
  const was = look.hasBaseline
    ? numberOf(look, {
        name: 'calls.perRequest',
        subject: about,
        value: before,
        unit: 'count',
        phase: 'baseline',
      })
    : undefined;
  return [
    patternOf(look, {
      kind: 'n-plus-one',
      about,
      service,
      claims,
      saving: (ms * (repeats - 1)) / Math.max(1, repeats),
      roles: { repeats: count, baselineRepeats: was },
      detail: say`a slow request of ${name(service)} runs ${name(short)} ${num(count, { digits: 2 })} times, one after the other${was ? say` (${num(was, { digits: 2 })} before)` : ''}`,
    }),
  ];
}

/** Rows of equal statements under one parent that do not overlap, by service and statement: the longest group. */
function loops(t: WalkedTrace): Map<string, number[]> {
  const groups = new Map<string, Map<number, number[]>>();
  t.spans.forEach((s, row) => {
    if (s.role !== 'database' || s.statement === '' || isTransactionControl(s.statement)) return;
    const key = JSON.stringify([s.service, s.statement]);
    const byParent = groups.get(key) ?? new Map<number, number[]>();
    groups.set(key, byParent);
    const parent = parentOf(t, row);
    byParent.set(parent, [...(byParent.get(parent) ?? []), row]);
  });
  const longest = new Map<string, number[]>();
  for (const [key, byParent] of groups)
    for (const rows of byParent.values())
      if (rows.length > (longest.get(key)?.length ?? 0) && oneAfterTheOther(t, rows)) longest.set(key, rows);
  return longest;
}

export function oneAfterTheOther(t: WalkedTrace, rows: readonly number[]): boolean {
  const sorted = [...rows].sort((a, b) => startOf(t, a) - startOf(t, b));
  let overlap = 0;
  let whole = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const row of sorted) {
    overlap += Math.max(0, Math.min(until, endOf(t, row)) - startOf(t, row));
    whole += lengthOf(t, row);
    until = Math.max(until, endOf(t, row));
  }
  return overlap <= OVERLAP * whole;
}

/** Milliseconds that statements on the same tables took before and no longer take: what the loop stands in for. */
function replacedBy(look: PatternLook, service: string, statement: string): number {
  const tables = new Set(tablesOf(statement));
  if (!look.hasBaseline || tables.size === 0) return 0;
  return look.cells
    .filter(
      (c) =>
        c.kind === 'database' &&
        c.service === service &&
        c.statement !== undefined &&
        c.statement !== statement &&
        c.excess.value < 0 &&
        c.incidentCount.value < 0.5 * c.baselineCount.value &&
        tablesOf(c.statement).some((x) => tables.has(x)),
    )
    .reduce((sum, c) => sum - c.excess.value, 0);
}
