import { type Context, type Fact, name, num, type Retiming, range, say } from '../domain/index.js';
import type { Forecaster } from './recommend.js';

/**
 * What the facts step offers for forecasts: the recorded slow and normal requests, re-timed with a finding's claimed
 * cells changed. Returns p99 as it is and as it would be (an 80 % interval), or nothing when it cannot tell.
 */
export interface Forecasting {
  retime(
    claims: readonly { cell: string; share: number }[],
    retiming: Retiming,
  ): { now: Fact; then: Fact } | undefined;
}

/** A forecaster for the ranking of remedies; none without traces. */
export function forecaster(forecasting: Forecasting | undefined, context: Context): Forecaster {
  if (!forecasting || !context.telemetry) return () => undefined;
  const entry = context.telemetry.entry;
  return (remedy, judged) => {
    if (!remedy.retiming || judged.finding.verdict !== 'supported' || judged.claims.length === 0)
      return undefined;
    const made = forecasting.retime(judged.claims, remedy.retiming);
    if (!made) return undefined;
    return { p99: made.then, says: say`p99 of ${name(entry.name)}: ${num(made.now)} → ${range(made.then)}.` };
  };
}
