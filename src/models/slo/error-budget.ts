/** What is left of a promise. Shares of the budget; negative when overspent. */
export interface BudgetState {
  /** Bad events or slices that the period allows so far. */
  allowed: number;
  bad: number;
  /** 1 − bad ÷ allowed; 1 where nothing has happened yet. */
  remaining: number;
  /** Share of good ones; `undefined` without any. */
  sli: number | undefined;
}

/** Occurrences: every event counts the same, so that an idle night does not weigh like a busy day. */
export function occurrenceBudget(objective: number, events: { good: number; total: number }): BudgetState {
  const { good, total } = events;
  if (good > total || good < 0) throw new RangeError('good events are among all events');
  return state(objective, total - good, total);
}

/**
 * Time slices: each slice is good or bad as a whole, and all slices of the period count, with or without traffic.
 * A slice without events is good. `target`: share of good events that a slice needs.
 */
export function timeSliceBudget(
  objective: number,
  target: number,
  slices: readonly { good: number; total: number }[],
): BudgetState {
  const bad = slices.filter((s) => s.total > 0 && s.good / s.total < target).length;
  return state(objective, bad, slices.length);
}

/** Slices weighed by their ratio: the mean over slices of the share of bad events; idle slices are good. */
export function ratioTimeSliceBudget(
  objective: number,
  slices: readonly { good: number; total: number }[],
): BudgetState {
  const bad = slices.reduce((sum, s) => sum + (s.total > 0 ? 1 - s.good / s.total : 0), 0);
  return state(objective, bad, slices.length);
}

/** Seconds of complete outage that a period allows. */
export const allowedOutageS = (objective: number, periodS: number): number => (1 - objective) * periodS;

function state(objective: number, bad: number, total: number): BudgetState {
  const allowed = (1 - objective) * total;
  return {
    allowed,
    bad,
    remaining: total === 0 ? 1 : 1 - bad / allowed,
    sli: total === 0 ? undefined : 1 - bad / total,
  };
}
