import type { BurnAlertRule } from './burn-rate.js';

const OUTAGE_S = 300;
/** Share of bad ones over five minutes that is an outage: a first minute of one is a fifth, a second passes it. */
const OUTAGE_SHARE = 0.2;
/** An outage is told at least this many times as fast as the budget allows. */
const OUTAGE_FACTOR = 1.5;
const SOON_S = 120;

/**
 * Where a complete outage would take the pages more than two minutes, five minutes of their own find it; `undefined` where
 * a page comes sooner, and where not even all bad ones would be that many times the share allowed. Its `spent` is nothing:
 * it says how bad it is, not how fast the budget goes.
 */
export function outageAlert(objective: number, alerts: readonly BurnAlertRule[]): BurnAlertRule | undefined {
  const budget = Number((1 - objective).toPrecision(12));
  const soonest = Math.min(...alerts.filter((a) => a.severity === 'page').map((a) => a.longS * a.threshold));
  const threshold = Math.max(OUTAGE_SHARE, OUTAGE_FACTOR * budget);
  if (soonest <= SOON_S || threshold >= 1) return undefined;
  return {
    severity: 'page',
    longS: OUTAGE_S,
    shortS: OUTAGE_S,
    factor: Number((threshold / budget).toPrecision(12)),
    threshold,
    spent: 0,
  };
}
