import type { BurnAlertRule } from './burn-rate.js';

/**
 * Seconds from the onset of a steady share of bad events (after a clean time, traffic even) to the alert: both windows must
 * hold it, and the share of a window that is filled grows straight, so t = window × threshold ÷ share, the longer one last.
 * `undefined` when the share never reaches the threshold. Scrape and evaluation come on top.
 */
export function detectionS(alert: BurnAlertRule, badShare: number): number | undefined {
  if (badShare <= alert.threshold) return undefined;
  return (Math.max(alert.longS, alert.shortS) * alert.threshold) / badShare;
}

/**
 * Seconds from recovery until the alert ends: as soon as either window falls back to the threshold. A window that was full
 * of the outage falls to it after window × (1 − threshold ÷ share); one that held only `outageS` of it begins to fall when
 * the outage leaves it, at the same moment. Traffic even.
 */
export function resetS(alert: BurnAlertRule, badShare: number, outageS: number): number | undefined {
  const detected = detectionS(alert, badShare);
  if (detected === undefined || detected > outageS) return undefined;
  return Math.min(...[alert.longS, alert.shortS].map((w) => w * (1 - alert.threshold / badShare)));
}

/** Share of the period's budget that is gone when the alert comes: constant for every share, the pair's own. */
export function spentAtDetection(
  alert: BurnAlertRule,
  badShare: number,
  periodS: number,
): number | undefined {
  const after = detectionS(alert, badShare);
  const budget = alert.threshold / alert.factor;
  return after === undefined ? undefined : (badShare * after) / (budget * periodS);
}

/** Seconds until the whole budget is gone at a steady share of bad events. */
export const exhaustionS = (objective: number, periodS: number, badShare: number): number =>
  badShare <= 0 ? Number.POSITIVE_INFINITY : ((1 - objective) * periodS) / badShare;
