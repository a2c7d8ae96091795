import type { Context, Fact, Phase, Subject } from '../domain/index.js';
import { type LogNormal, logNormalThrough, normalCdf, normalQuantile } from '../models/distribution.js';
import { isWhole, NOW } from './load.js';

/** Shares of the percentiles in the vocabulary, by fact name. */
export const PERCENTILES: Record<string, number> = {
  'latency.p50': 0.5,
  'latency.p75': 0.75,
  'latency.p90': 0.9,
  'latency.p95': 0.95,
  'latency.p99': 0.99,
  'latency.p999': 0.999,
};
const NAMES = Object.keys(PERCENTILES);

export interface Percentile {
  share: number;
  label: string;
  fact: Fact;
}

/** The percentiles of one subject in the given phases, low to high. One fact a percentile. */
export function percentilesOf(
  context: Context,
  subject: Subject,
  phases: readonly Phase[] = NOW,
): Percentile[] {
  return NAMES.flatMap((name) => {
    const fact = context.facts.find({ name, subject, phase: phases });
    return fact && fact.value > 0 ? [{ share: PERCENTILES[name] as number, label: labelOf(name), fact }] : [];
  });
}

/** `latency.p999` → `p99.9`. */
export const labelOf = (name: string): string => name.replace('latency.', '').replace('p999', 'p99.9');

/** Every subject with percentiles of today, the whole first. */
export function latencySubjects(context: Context): Subject[] {
  const seen = new Map<string, Subject>();
  for (const f of context.facts.every({ name: [...NAMES, 'latency.mean'], phase: NOW }))
    seen.set(f.subject.id, f.subject);
  return [...seen.values()].sort((a, b) => Number(isWhole(context, b)) - Number(isWhole(context, a)));
}

/** The subject whose percentiles stand for the requests: the whole when it has any, else the one with the most. */
export function requestSubject(context: Context): Subject | undefined {
  const facing = latencySubjects(context)
    .filter((s) => isWhole(context, s) || ['service', 'operation', 'gateway'].includes(s.kind))
    .map((subject) => ({ subject, count: percentilesOf(context, subject).length }));
  const whole = facing.find((f) => isWhole(context, f.subject) && f.count >= 2);
  return (whole ?? [...facing].sort((a, b) => b.count - a.count)[0])?.subject;
}

/** The log-normal through two percentiles. */
export const through = (a: Percentile, b: Percentile): LogNormal | undefined =>
  logNormalThrough(a.share, a.fact.value, b.share, b.fact.value);

/**
 * The share of requests slower than `ms`, between the two percentiles that enclose it: straight in log-time against
 * normal score. `undefined` outside of what was given.
 */
export function shareAbove(
  percentiles: readonly Percentile[],
  ms: number,
): { share: number; from: Percentile; to: Percentile } | undefined {
  for (let i = 0; i + 1 < percentiles.length; i++) {
    const from = percentiles[i] as Percentile;
    const to = percentiles[i + 1] as Percentile;
    if (!(from.fact.value <= ms && ms <= to.fact.value && from.fact.value < to.fact.value)) continue;
    const way = Math.log(ms / from.fact.value) / Math.log(to.fact.value / from.fact.value);
    const z = normalQuantile(from.share) + way * (normalQuantile(to.share) - normalQuantile(from.share));
    return { share: 1 - normalCdf(z), from, to };
  }
  return undefined;
}
