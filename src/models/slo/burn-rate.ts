/** One alert on the speed at which a budget goes: both windows must be above the factor. Times in seconds. */
export interface BurnPair {
  severity: 'page' | 'ticket';
  longS: number;
  /** A twelfth of the long window: it ends the alert soon after the cause is gone. */
  shortS: number;
  /** Share of the period's budget that is gone when the long window has been above the factor for its whole length. */
  spent: number;
}
export interface BurnAlertRule extends BurnPair {
  /** How many times as fast as allowed. */
  factor: number;
  /** Share of bad events from which it fires: factor × (1 − objective). */
  threshold: number;
}
export interface RefusedBurnAlert extends BurnAlertRule {
  reason: 'unreachable' | 'fires-within-budget';
}

const DAY_S = 86_400;
/** Short windows hold at least five samples of a scrape a minute. */
const SHORTEST_S = 300;

/**
 * Factor at which `spent` of the budget of a period goes in one window: spent × period ÷ window. 14.4 is its value for
 * 2 % in an hour of 30 days only; 28 days make it 13.44. (B. Beyer et al., The Site Reliability Workbook, 2018, ch. 5.)
 */
export const burnFactor = (spent: number, periodS: number, windowS: number): number =>
  rounded((spent * periodS) / windowS);

/**
 * The pairs of windows for a period: pages on 2 % in an hour and 5 % in six hours, a ticket on 10 % in three days where the
 * period is about a month, else in a tenth of it, so that its factor stays near one. A pair of a day and two hours at 10 %
 * adds nothing: any two pairs with one share find a steady burn at the same moment.
 */
export function burnPairs(periodS: number): BurnPair[] {
  const month = periodS >= 28 * DAY_S && periodS <= 31 * DAY_S;
  const ticketS = month ? 3 * DAY_S : Math.max(3600, Math.round(periodS / 10 / 3600) * 3600);
  const pair = (severity: BurnPair['severity'], longS: number, spent: number): BurnPair => ({
    severity,
    longS,
    shortS: Math.max(SHORTEST_S, wholeMinutes(longS / 12)),
    spent,
  });
  const pages = [pair('page', 3600, 0.02), pair('page', 21_600, 0.05)].filter((p) => p.longS < ticketS);
  return [...pages, pair('ticket', ticketS, 0.1)];
}

/** Factors and thresholds of an objective (share of good events, between 0 and 1) over a period; with what was refused. */
export function burnAlerts(
  objective: number,
  periodS: number,
  pairs: readonly BurnPair[] = burnPairs(periodS),
): { alerts: BurnAlertRule[]; refused: RefusedBurnAlert[] } {
  if (!(objective > 0 && objective < 1)) throw new RangeError('an objective lies between 0 and 1');
  if (!(periodS > 0)) throw new RangeError('a period is longer than nothing');
  const alerts: BurnAlertRule[] = [];
  const refused: RefusedBurnAlert[] = [];
  for (const pair of pairs) {
    const factor = burnFactor(pair.spent, periodS, pair.longS);
    const rule = { ...pair, factor, threshold: rounded(factor * (1 - objective)) };
    // A share of bad events is at most one and the comparison is strict.
    if (rule.threshold >= 1) refused.push({ ...rule, reason: 'unreachable' });
    else if (pair.severity === 'page' && factor <= 1)
      refused.push({ ...rule, reason: 'fires-within-budget' });
    else alerts.push(rule);
  }
  return { alerts, refused };
}

/** The highest objective's complement that lets a factor be reached: an objective below 1 − 1/factor cannot page. */
export const lowestObjectiveFor = (factor: number): number => Math.max(0, 1 - 1 / factor);

const wholeMinutes = (seconds: number): number => Math.round(seconds / 60) * 60;
const rounded = (x: number): number => Number(x.toPrecision(12));
