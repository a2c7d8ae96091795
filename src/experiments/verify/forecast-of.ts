import type { Fact, Recommendation, Result } from '../../domain/index.js';

/** What a result forecast for one recommendation: the p99 of an operation, in ms. */
export interface StoredForecast {
  recommendation: string;
  operation: { service: string; name: string };
  /** p99 when it was forecast, ms; of the trouble. */
  nowMs: number;
  valueMs: number;
  intervalMs: [number, number];
}

const P99 = 'latency.p99';

/**
 * The forecast of a recommendation by its id, or of the first one that has a forecast; nothing when there is none. A
 * forecast is of the operation that the slow requests came in by.
 */
export function forecastOf(result: Result, recommendation?: string): StoredForecast | undefined {
  const facts = new Map(result.facts.map((f) => [f.id, f]));
  const chosen = [...result.recommendations]
    .sort((a, b) => a.rank - b.rank)
    .map((r) => ({ r, fact: fore(r, facts) }))
    .find(({ r, fact }) => fact !== undefined && (recommendation === undefined || r.id === recommendation));
  const entry = result.excess?.subject;
  const fact = chosen?.fact;
  if (!chosen || !fact?.interval || !entry) return undefined;
  const now = result.facts.find(
    (f) => f.name === P99 && f.phase === 'incident' && f.subject.id === entry.id && f.basis === 'measured',
  );
  if (!now) return undefined;
  return {
    recommendation: chosen.r.id,
    operation: { service: entry.service ?? '', name: entry.name },
    nowMs: now.value,
    valueMs: fact.value,
    intervalMs: [fact.interval[0], fact.interval[1]],
  };
}

const fore = (r: Recommendation, facts: ReadonlyMap<string, Fact>): Fact | undefined => {
  const fact = r.forecast === undefined ? undefined : facts.get(r.forecast);
  return fact?.name === P99 && fact.interval ? fact : undefined;
};
