import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Fact, subject } from '../../src/domain/index.js';
import { readPlans } from '../../src/evidence/readers/plans/index.js';
import { catalogueFacts } from '../../src/facts/database/plan/catalogue-facts.js';
import { diagnosePlan } from '../../src/facts/database/plan/diagnose.js';
import { onTracedStatements } from '../../src/facts/database/statements/traced-statements.js';
import { statementSubject } from '../../src/facts/span-kind.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { settleBudget } from '../../src/method/budget.js';
import { infer } from '../../src/method/infer.js';
import { cell, DB, made, pattern, seen, traces } from './made.js';

const STATEMENT = 'select * from lines where order_id = $1 order by placed_at';
const folder = new URL('../fixtures/plans/', import.meta.url);

/** What a plan taken on a real PostgreSQL says in the words of the catalogue, of a statement. */
const factsOf = (file: string, statement: string): Fact[] => {
  const about = subject('statement', statement);
  return readPlans(readFileSync(new URL(file, folder), 'utf8')).flatMap((plan) =>
    catalogueFacts(diagnosePlan(plan, file, about), about, file),
  );
};

const findings = (facts: readonly Fact[], telemetry?: ReturnType<typeof traces>) => {
  const context = made({ measured: [...facts], ...(telemetry ? { telemetry } : {}) });
  const judged = infer(HYPOTHESES, context);
  settleBudget(judged, context);
  return judged.map((j) => j.finding);
};
const verdictOf = (facts: readonly Fact[], hypothesis: string): string | undefined =>
  findings(facts).find((f) => f.hypothesis === hypothesis)?.verdict;

describe('what plans of real servers say to the catalogue', () => {
  test.each([
    ['postgres-15/spill.txt', 'work-memory'],
    ['postgres-18/spill.txt', 'work-memory'],
    ['postgres-18/spill-hash.txt', 'work-memory'],
    ['postgres-15/jit.txt', 'needless-compilation'],
    ['postgres-15/missing-workers.txt', 'missing-workers'],
    ['postgres-18/missing-workers.txt', 'missing-workers'],
    ['postgres-15/heap-fetches.txt', 'maintenance-work'],
    ['postgres-18/heap-fetches.txt', 'maintenance-work'],
    ['postgres-15/misestimate.txt', 'stale-statistics'],
    ['postgres-18/misestimate.txt', 'stale-statistics'],
    ['postgres-15/filter-waste.txt', 'slow-statement'],
    ['postgres-18/filter-waste.txt', 'slow-statement'],
  ])('%s raises %s', (file, hypothesis) => {
    const found = findings(factsOf(file, STATEMENT)).find((f) => f.hypothesis === hypothesis);
    expect(found?.observations.some((o) => o.outcome === 'seen')).toBe(true);
    // One plan does not say that this is what requests suffer from: without more it is not settled.
    expect(found?.verdict).toBe(hypothesis === 'slow-statement' ? 'supported' : 'untested');
  });

  test.each(['postgres-15/healthy.txt', 'postgres-18/healthy-join.txt', 'postgres-18/cte.txt'])(
    '%s raises none of them',
    (file) => {
      const raised = findings(factsOf(file, STATEMENT)).filter((f) =>
        ['work-memory', 'needless-compilation', 'missing-workers', 'stale-statistics'].includes(f.hypothesis),
      );
      expect(raised).toEqual([]);
    },
  );

  test('a wait that a log holds is a sign of locks, and a logged deadlock too', () => {
    const update = subject('statement', 'update stock set n = n - ?');
    const waits = (longestMs: number, times: number): Fact[] => [
      seen('lock.wait.longest', update, longestMs, 'ms'),
      seen('lock.wait.times', update, times, 'count'),
    ];
    expect(verdictOf(waits(4200, 40), 'lock-wait')).toBe('supported');
    // One long wait in a whole log is how a server lives.
    expect(verdictOf(waits(4200, 1), 'lock-wait')).toBeUndefined();
    expect(verdictOf(waits(40, 40), 'lock-wait')).toBeUndefined();
    const deadlocks = seen('deadlocks.logged', subject('database', 'deadlocks'), 3, 'count', 'any');
    expect(findings([deadlocks]).some((f) => f.hypothesis === 'lock-wait')).toBe(true);
  });
});

describe('a transaction that lies idle', () => {
  const verdict = (idleMs: number, waiting: number): string | undefined =>
    verdictOf(
      [
        seen('sessions.idleInTransaction', DB, 1, 'count'),
        seen('transaction.idle.max', DB, idleMs, 'ms'),
        seen('lock.waiting', DB, waiting, 'count'),
        seen('lock.wait.mean', DB, 900, 'ms'),
      ],
      'long-transaction',
    );
  test('is the cause where several wait for locks meanwhile, and not for being there', () => {
    expect(verdict(9700, 8)).toBe('supported');
    expect(verdict(9700, 0)).toBe('refuted');
    expect(verdict(120, 8)).toBe('refuted');
  });
});

describe('a statement that the traces show too', () => {
  const traced = 'SELECT * FROM lines WHERE order_id = ? ORDER BY placed_at';
  const about = statementSubject(traced, 'shop-api');
  const lines = {
    id: 'lines',
    kind: 'database',
    before: 10,
    during: 210,
    peer: DB,
    statement: traced,
  } as const;
  const telemetry = traces([lines], [pattern('slow-statement', about, { lines: 200 })]);

  test.each([
    ['postgres-18/spill.txt', 'work-memory', 'temp.perCall'],
    ['postgres-15/jit.txt', 'needless-compilation', 'compile.share'],
  ])(
    '%s: is told what its plan says, though the plan writes it with values',
    async (file, hypothesis, what) => {
      const own = factsOf(file, 'select * from lines where order_id = 4711 order by placed_at');
      const told = await onTracedStatements([cell(lines)], own);
      expect(told.map((f) => f.name)).toContain(what);
      expect(new Set(told.map((f) => f.subject.id))).toEqual(new Set([about.id]));
      const found = findings([...own, ...told], telemetry).filter((f) => f.hypothesis === hypothesis);
      // Told once, of the statement by the name it has in the traces, and now it is settled.
      expect(found.map((f) => f.subject.id)).toEqual([about.id]);
      expect(found[0]?.verdict).toBe('supported');
    },
  );

  test('missing workers of a plan that throws its rows away are no cause of their own', async () => {
    const own = factsOf('postgres-18/missing-workers.txt', traced);
    const told = await onTracedStatements([cell(lines)], own);
    const verdict = (facts: Fact[]) =>
      findings(facts, telemetry).find((f) => f.hypothesis === 'missing-workers')?.verdict;
    expect(verdict(told)).toBe('refuted');
    expect(verdict(told.filter((f) => !f.name.startsWith('rows.')))).toBe('supported');
  });

  test('is told nothing of another statement', async () => {
    const other = factsOf('postgres-18/spill.txt', 'select * from orders order by placed_at');
    expect(await onTracedStatements([cell(lines)], other)).toEqual([]);
  });
});
