import { quantile, sorted } from '../quantile.js';

/** An objective that history would have kept, and what it would have cost. */
export interface SuggestedObjective {
  objective: number;
  /** Whole periods of the history in which it was kept, and all of them. */
  kept: number;
  periods: number;
  /** Budget left in the worst and the median period; below nothing it was broken. */
  worstRemaining: number;
  medianRemaining: number;
}

/** Objectives that people promise: from two nines to five, with their halves. */
const LADDER = [0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998, 0.9999, 0.99995, 0.99999];

/**
 * For each usual objective, how many periods of a history kept it. `suggested`: the highest kept in every period with at
 * least a quarter of the budget left in the median one; a promise that just holds leaves nothing for change.
 */
export function suggestObjectives(periods: readonly { good: number; total: number }[]): {
  table: SuggestedObjective[];
  suggested: SuggestedObjective | undefined;
} {
  const used = periods.filter((p) => p.total > 0);
  const table = LADDER.map((objective): SuggestedObjective => {
    const left = used.map((p) => 1 - (p.total - p.good) / ((1 - objective) * p.total));
    return {
      objective,
      kept: left.filter((r) => r >= 0).length,
      periods: used.length,
      worstRemaining: left.length === 0 ? Number.NaN : Math.min(...left),
      medianRemaining: quantile(sorted(left), 0.5),
    };
  });
  const suggested = table
    .filter((s) => s.periods > 0 && s.kept === s.periods && s.medianRemaining >= 0.25)
    .at(-1);
  return { table, suggested };
}
