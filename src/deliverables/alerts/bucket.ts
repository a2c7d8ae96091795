import { type Fact, say, type Text } from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { digits } from '../text.js';
import type { RequestMetrics } from './metrics.js';

const secondsOf = (limit: Fact): number =>
  Number((limit.value * (limit.unit === 'ms' ? 0.001 : 1)).toPrecision(12));

/** The limit in seconds; the next bound of the histogram above it where the telemetry shows that it has none there. */
export function boundOf(m: RequestMetrics, limit: Fact): Fact {
  const seconds = secondsOf(limit);
  const next = m.bounds.find((b) => b >= seconds);
  return calc(
    'slo.bucketBound',
    limit.subject,
    [next ?? seconds, 's'],
    next === undefined || next === seconds
      ? 'latency target in seconds'
      : 'the first bound of the recorded histogram at or above the latency target',
    [limit],
    'target',
  );
}

/** Quantities in a bucket's bound as both generations of Prometheus write it: `2` and `2.0`. */
export function bucketBound(m: RequestMetrics, limit: Fact): Text {
  const bound = digits(boundOf(m, limit), 1, 6);
  return bound.n.includes('.') ? say`le="${bound}"` : say`le=~"${bound}|${bound}[.]0"`;
}

/** True when the recorded histogram has no bound at the limit. */
export const isCoarse = (m: RequestMetrics, limit: Fact): boolean =>
  m.bounds.length > 0 && !m.bounds.includes(secondsOf(limit));
