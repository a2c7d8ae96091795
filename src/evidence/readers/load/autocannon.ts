import type { LatencySummary } from '../../../domain/load-result.js';
import { isObject, leadingObjects } from '../sample.js';
import { CLOSED_LOOP } from './caveats.js';
import { jsonOf, LoadFault, type LoadReader } from './reader.js';

/** The JSON of autocannon -j. */
export const autocannon: LoadReader = {
  id: 'autocannon',
  title: 'autocannon JSON',
  looksFor: 'the JSON of autocannon',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    return first && isObject(first.latency) && 'p97_5' in first.latency && 'non2xx' in first
      ? { confidence: 1, by: 'latency.p97_5 and non2xx of autocannon' }
      : undefined;
  },
  async read(input) {
    const root = await jsonOf(input);
    if (!isObject(root) || !isObject(root.latency) || !isObject(root.requests))
      throw new LoadFault('latency or requests are missing', input.name, 'Run autocannon with -j again.');
    const n = (v: unknown): number => (typeof v === 'number' ? v : 0);
    const latencyMs: LatencySummary = {};
    const names = {
      min: 'min',
      mean: 'mean',
      p50: 'p50',
      p75: 'p75',
      p90: 'p90',
      p99: 'p99',
      p99_9: 'p999',
      max: 'max',
    } as const;
    for (const [key, name] of Object.entries(names)) {
      const v = root.latency[key];
      if (typeof v === 'number') latencyMs[name] = v;
    }
    const started = Date.parse(String(root.start ?? ''));
    return {
      tool: 'autocannon',
      format: 'autocannon JSON',
      loop: 'closed',
      omissionSafe: false,
      percentiles: 'histogram',
      requests: n(root.requests.total),
      errors: n(root.non2xx) + n(root.errors),
      ...(Number.isNaN(started) ? {} : { startedAtMs: started }),
      durationSeconds: n(root.duration),
      throughput: n(root.requests.average),
      latencyMs,
      lowerBound: true,
      parts: [],
      caveats: [
        CLOSED_LOOP,
        'Whole milliseconds only. With -R it sends the requests of a second in one burst.',
      ],
    };
  },
};
