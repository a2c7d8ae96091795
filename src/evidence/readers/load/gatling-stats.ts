import type { LatencySummary, LoadPart } from '../../../domain/load-result.js';
import { isObject, type JsonObject, leadingObjects } from '../sample.js';
import { GATLING_LOOP } from './caveats.js';
import { jsonOf, LoadFault, type LoadReader } from './reader.js';

/** stats.json and global_stats.json of Gatling’s report. Its percentiles 1 to 4 are 50, 75, 95, 99 unless configured otherwise. */
export const gatlingStats: LoadReader = {
  id: 'gatling-stats',
  title: 'Gatling stats.json',
  looksFor: 'a stats.json of Gatling',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    const stats = first && isObject(first.stats) ? first.stats : first;
    return stats && isObject(stats.numberOfRequests) && 'percentiles1' in stats
      ? { confidence: 1, by: 'numberOfRequests and percentiles of Gatling' }
      : undefined;
  },
  async read(input) {
    const root = await jsonOf(input);
    const whole = isObject(root) ? (isObject(root.stats) ? root.stats : root) : undefined;
    const requests = totalOf(whole?.numberOfRequests, 'total');
    if (!whole || requests === undefined)
      throw new LoadFault(
        'numberOfRequests is missing',
        input.name,
        'Give js/stats.json of a Gatling report.',
      );
    const throughput = totalOf(whole.meanNumberOfRequestsPerSecond, 'total');
    return {
      tool: 'gatling',
      format: 'Gatling stats.json',
      loop: 'unknown',
      omissionSafe: 'unknown',
      percentiles: 'summary',
      requests,
      errors: totalOf(whole.numberOfRequests, 'ko') ?? 0,
      ...(throughput ? { throughput, durationSeconds: requests / throughput } : {}),
      latencyMs: latencyOf(whole),
      lowerBound: false,
      parts: isObject(root) ? partsOf(root.contents, '') : [],
      caveats: [
        GATLING_LOOP,
        'Percentiles are read as 50, 75, 95 and 99: what Gatling prints unless configured otherwise.',
      ],
    };
  },
};

const totalOf = (value: unknown, key: 'total' | 'ok' | 'ko'): number | undefined => {
  const v = isObject(value) ? value[key] : undefined;
  return typeof v === 'number' ? v : undefined;
};

function latencyOf(stats: JsonObject): LatencySummary {
  const out: LatencySummary = {};
  const names = {
    minResponseTime: 'min',
    meanResponseTime: 'mean',
    percentiles1: 'p50',
    percentiles2: 'p75',
    percentiles3: 'p95',
    percentiles4: 'p99',
    maxResponseTime: 'max',
  } as const;
  for (const [key, name] of Object.entries(names)) {
    const value = totalOf(stats[key], 'total');
    if (value !== undefined) out[name] = value;
  }
  return out;
}

function partsOf(contents: unknown, above: string): LoadPart[] {
  if (!isObject(contents)) return [];
  return Object.values(contents)
    .filter(isObject)
    .flatMap((c): LoadPart[] => {
      const stats = isObject(c.stats) ? c.stats : {};
      const name = `${above}${String(c.name ?? '')}`;
      if (c.type === 'GROUP') return partsOf(c.contents, `${name} / `);
      return [
        {
          name,
          requests: totalOf(stats.numberOfRequests, 'total') ?? 0,
          errors: totalOf(stats.numberOfRequests, 'ko') ?? 0,
          latencyMs: latencyOf(stats),
        },
      ];
    });
}
