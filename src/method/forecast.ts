import { type Context, type Forecasting, name, num, range, say } from '../domain/index.js';
import type { Forecaster } from './recommend.js';

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
