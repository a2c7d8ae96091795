import { type Fact, type FactDraft, name, num, say, subject, type Text } from '../../../domain/index.js';
import { lintStatement } from './lints.js';
import type { StatementTotals } from './runs.js';

/** What stands out about a statement that takes a material part of the time. */
export interface StatementTrait {
  id: string;
  reason: Text;
  remedy: Text;
  facts: Fact[];
}

/** A page shows tens of rows: a call that reads a thousand, and a hundred for each it gives, filters most of them out. */
const MANY_ROWS = 1000;
const WASTE = 100;
const PAGE_BYTES = 8192;
const MUCH_READ_BYTES = 8e6;
const WIDE_DEVIATION = 3;
const ENOUGH_CALLS = 20;
const SLOWER = 1.5;
const MUCH_TEMP_BYTES = 1e6;
const MUCH_WAL_BYTES = 1e6;
const LOCKED_SHARE = 0.3;
const MOST_TRAITS = 3;
/** A call as short as this is slow only for being made so often. */
const SHORT_MS = 2;
const OFTEN = 10_000;
/** Statements whose share is below this are not scolded for how they are written. */
const LINTED_SHARE = 0.1;

export function statementTraits(
  s: StatementTotals,
  share: number,
  fact: (draft: FactDraft) => Fact,
): StatementTrait[] {
  const about = subject('statement', s.statement.replace(/\s+/g, ' '));
  const calls = Math.max(1, s.calls);
  const out: StatementTrait[] = [];
  const figure = (what: string, value: number, unit: Fact['unit']): Fact =>
    fact({ name: `statements.${what}`, subject: about, value, unit });
  const add = (id: string, facts: Fact[], reason: Text, remedy: Text): void => {
    out.push({ id, reason, remedy, facts });
  };
  const mean = s.totalMs / calls;
  const given = s.rows === undefined ? undefined : s.rows / calls;
  const examined = s.rowsExamined === undefined ? undefined : s.rowsExamined / calls;
  const readBytes = s.blocks === undefined ? undefined : (s.blocks * PAGE_BYTES) / calls;
  const overFetch =
    given !== undefined &&
    given >= MANY_ROWS &&
    s.calls >= ENOUGH_CALLS &&
    /^\s*(?:select|with)\b/i.test(s.statement);

  if (s.before && s.before.calls >= ENOUGH_CALLS && s.calls >= ENOUGH_CALLS) {
    const was = s.before.totalMs / s.before.calls;
    if (was > 0 && mean >= SLOWER * was && mean - was >= 1) {
      const then = figure('mean-before', was, 'ms');
      const now = figure('mean-now', mean, 'ms');
      add(
        'slower-than-before',
        [then, now],
        say`a call went from ${num(then)} to ${num(now)}`,
        say`Compare its plan with the one before: a new plan, more rows, or a lock`,
      );
    }
  }
  const searches = /^\s*(?:select|with|update|delete)\b/i.test(s.statement);
  const remedy = say`An index for its condition, unless it adds up what it reads: see its plan with ${name('EXPLAIN')}${s.product === 'postgresql' ? say`, and ${name('kneepoint explain --workload')} for the index` : ''}`;
  if (
    searches &&
    examined !== undefined &&
    examined >= MANY_ROWS &&
    examined >= WASTE * Math.max(1, given ?? 0)
  ) {
    const rows = figure('examined', examined, 'count');
    const kept = figure('given', given ?? 0, 'count');
    add('reads-far-more', [rows, kept], say`a call looks at ${num(rows)} rows to give ${num(kept)}`, remedy);
  } else if (readBytes !== undefined && readBytes >= MUCH_READ_BYTES && (given ?? 0) < MANY_ROWS) {
    const read = figure('read', readBytes, 'bytes');
    const kept = figure('given', given ?? 0, 'count');
    add(
      'reads-far-more',
      [read, kept],
      say`a call goes through ${num(read)} of pages to give ${num(kept)} rows`,
      remedy,
    );
  }
  if (overFetch && given !== undefined) {
    const rows = figure('given', given, 'count');
    add(
      'gives-too-much',
      [rows],
      say`a call gives ${num(rows)} rows, more than anybody looks at`,
      say`Add up or filter in the database, or give it a ${name('LIMIT')} and go on by key`,
    );
  }
  if (s.lockMs !== undefined && s.totalMs > 0 && s.lockMs / s.totalMs >= LOCKED_SHARE) {
    const locked = figure('locked-share', s.lockMs / s.totalMs, 'ratio');
    add(
      'waits-for-locks',
      [locked],
      say`${num(locked)} of its time is waiting for locks`,
      say`Look for what holds them: shorten that transaction, or spread the row they all change`,
    );
  }
  if (s.tempBytes !== undefined && s.tempBytes / calls >= MUCH_TEMP_BYTES) {
    const temp = figure('temp', s.tempBytes / calls, 'bytes');
    add(
      'spills',
      [temp],
      say`a call writes ${num(temp)} of temporary files`,
      say`An index that gives the order, fewer rows to sort, or more ${name(s.product === 'postgresql' ? 'work_mem' : 'tmp_table_size')} for it`,
    );
  }
  if (s.walBytes !== undefined && s.walBytes / calls >= MUCH_WAL_BYTES) {
    const wal = figure('wal', s.walBytes / calls, 'bytes');
    add(
      'writes-much',
      [wal],
      say`a call writes ${num(wal)} of log`,
      say`Change only rows that differ, in batches; drop indexes that nothing uses`,
    );
  }
  if (
    s.deviationMs !== undefined &&
    s.calls >= ENOUGH_CALLS &&
    s.deviationMs > WIDE_DEVIATION * mean &&
    !s.logged
  ) {
    const deviation = figure('deviation', s.deviationMs, 'ms');
    const usual = figure('mean-now', mean, 'ms');
    add(
      'varies',
      [deviation, usual],
      say`its time varies by ${num(deviation)} around ${num(usual)}`,
      say`Locks, cold pages, or values that many rows have: log its slow runs with their plans`,
    );
  }
  if (mean <= SHORT_MS && s.calls >= OFTEN && !s.logged) {
    const often = figure('often', s.calls, 'count');
    add(
      'called-often',
      [often],
      say`each call is short, but there are ${num(often)}`,
      say`Look for who calls it in a loop: one statement for all keys (${name('= ANY (array)')}), or a cache`,
    );
  }
  if (s.logged && (s.texts ?? 0) >= ENOUGH_CALLS && (s.texts ?? 0) >= s.calls * 0.9) {
    const texts = figure('texts', s.texts ?? 0, 'count');
    add(
      'values-in-text',
      [texts],
      say`its values are written into the text, in ${num(texts)} texts that each are parsed and planned anew`,
      say`Pass them as parameters of a prepared statement; it also closes the door to injection`,
    );
  }
  const seen = new Set(out.map((o) => o.id));
  if (share >= LINTED_SHARE)
    for (const lint of lintStatement(s.statement)) {
      // Asking for all columns costs where many rows are sent; skipping rows where many are looked at.
      if (lint.id === 'select-star' && (given ?? 0) < MANY_ROWS / 10) continue;
      if (lint.id === 'offset' && !seen.has('reads-far-more') && !seen.has('spills') && !s.logged) continue;
      add(lint.id, [], lint.reason, lint.remedy);
    }
  return out
    .slice(0, MOST_TRAITS)
    .map((t) => ({ ...t, reason: capital(t.reason), remedy: capital(t.remedy) }));
}

const capital = (text: Text): Text => {
  const [first, ...rest] = text;
  return typeof first === 'string' ? [first.charAt(0).toUpperCase() + first.slice(1), ...rest] : text;
};
