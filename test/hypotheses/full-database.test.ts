import { describe, expect, test } from 'vitest';
import { subject } from '../../src/domain/index.js';
import { HYPOTHESES } from '../../src/hypotheses/registry.js';
import { settleBudget } from '../../src/method/budget.js';
import { infer } from '../../src/method/infer.js';
import { API, type CellDraft, DB, made, pair, pattern, traces } from './made.js';

const LOOKUP = subject('statement', 'select price from points where id = ?', 'shop-api');

/** Statements of one database, each with how long a call takes before and during the trouble. */
const statements = (...times: [before: number, during: number][]): CellDraft[] =>
  times.map(([before, during], i) => ({
    id: `statement-${i}`,
    kind: 'database',
    before,
    during,
    peer: DB,
    statement: `select ${i} from t`,
  }));

const judged = (cells: CellDraft[], ...measured: ReturnType<typeof pair>[]) => {
  const [first] = cells;
  const context = made({
    measured: measured.flat(),
    telemetry: traces(cells, [
      pattern('slow-statement', LOOKUP, { 'statement-0': (first?.during ?? 0) - (first?.before ?? 0) }),
    ]),
  });
  const all = infer(HYPOTHESES, context);
  settleBudget(all, context);
  return (hypothesis: string) => all.find((j) => j.finding.hypothesis === hypothesis)?.finding;
};

describe('a database that came to the limit of its processors', () => {
  const full = pair('cpu.utilisation', DB, 0.3, 0.99, 'ratio');

  test('is the cause when all its statements got slower alike, and none of them is', () => {
    const of = judged(statements([10, 200], [1, 25], [2, 40], [1, 20]), full);
    expect(of('cpu-saturation')?.verdict).toBe('supported');
    expect(of('slow-statement')?.verdict).not.toBe('supported');
  });

  test('is no excuse for a statement that got slower by far more than the others', () => {
    const of = judged(statements([10, 900], [1, 3], [2, 5], [1, 3]), full);
    expect(of('slow-statement')?.verdict).toBe('supported');
  });

  test('with processors that were as busy before, nothing is laid on them', () => {
    const of = judged(
      statements([10, 200], [1, 25], [2, 40], [1, 20]),
      pair('cpu.utilisation', DB, 0.99, 0.99, 'ratio'),
    );
    expect(of('cpu-saturation')?.verdict).not.toBe('supported');
  });

  test('beside a replica that lost its reads, the routing of reads is the cause', () => {
    const of = judged(
      statements([10, 200], [1, 25], [2, 40], [1, 20]),
      full,
      pair('replica.share', DB, 0.9, 0.01, 'ratio'),
      pair('replicas', DB, 1, 1, 'count'),
    );
    expect(of('replica-unused')?.verdict).toBe('supported');
  });
});

describe('log records that multiplied', () => {
  const slow: CellDraft[] = [{ id: 'self', kind: 'self', before: 20, during: 120 }];

  test('are what a service spends its own time on', () => {
    const of = judged(
      slow,
      pair('logs.perRequest', API, 1, 24, 'count'),
      pair('cpu.perRequest', API, 5, 9, 'ms'),
    );
    expect(of('logging-hot-path')?.verdict).toBe('supported');
    expect(of('logging-hot-path')?.claim?.share).toBeGreaterThan(0.9);
  });

  test('as many as before are not', () => {
    const of = judged(
      slow,
      pair('logs.perRequest', API, 2, 2, 'count'),
      pair('cpu.perRequest', API, 5, 9, 'ms'),
    );
    expect(of('logging-hot-path')?.verdict).not.toBe('supported');
  });
});
