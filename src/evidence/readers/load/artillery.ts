import type { LatencySummary, LoadPart } from '../../../domain/load-result.js';
import { isObject, type JsonObject, leadingObjects } from '../sample.js';
import { FROM_SENDING } from './caveats.js';
import { jsonOf, LoadFault, type LoadReader } from './reader.js';

const ENDPOINT = 'plugins.metrics-by-endpoint.';

/** The report that Artillery writes with --output. */
export const artillery: LoadReader = {
  id: 'artillery',
  title: 'Artillery report',
  looksFor: 'a report of Artillery',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    return first && isObject(first.aggregate) && isObject(first.aggregate.counters)
      ? { confidence: 1, by: 'aggregate.counters of Artillery' }
      : undefined;
  },
  async read(input) {
    const root = await jsonOf(input);
    const aggregate = isObject(root) && isObject(root.aggregate) ? root.aggregate : {};
    const counters = isObject(aggregate.counters) ? aggregate.counters : {};
    const summaries = isObject(aggregate.summaries) ? aggregate.summaries : {};
    const times = summaries['http.response_time'];
    const requests = numberOf(counters, 'http.requests');
    if (!isObject(times) || requests === undefined)
      throw new LoadFault(
        'http.response_time is missing',
        input.name,
        'Give the report of a run that made HTTP requests.',
      );
    const [from, to] = [numberOf(aggregate, 'firstCounterAt'), numberOf(aggregate, 'lastHistogramAt')];
    const seconds = from !== undefined && to !== undefined && to > from ? (to - from) / 1000 : undefined;
    const skipped = numberOf(counters, 'vusers.skipped') ?? 0;
    return {
      tool: 'artillery',
      format: 'Artillery report',
      loop: 'open',
      // Users arrive at a rate; what one user sends waits for the answers before.
      omissionSafe: 'unknown',
      percentiles: 'summary',
      requests,
      errors: errorsOf(counters, 'http.codes.', requests),
      ...(from === undefined ? {} : { startedAtMs: from }),
      ...(seconds === undefined ? {} : { durationSeconds: seconds, throughput: requests / seconds }),
      latencyMs: latencyOf(times),
      ...(skipped > 0 ? { dropped: skipped } : {}),
      lowerBound: skipped > 0,
      parts: endpointsOf(summaries, counters),
      caveats: [
        FROM_SENDING,
        'Users arrive at a rate, but a user’s next request waits for its last answer.',
        ...(skipped > 0 ? [`${skipped} users were skipped (maxVusers): percentiles are lower bounds.`] : []),
      ],
    };
  },
};

const numberOf = (o: JsonObject, key: string): number | undefined =>
  typeof o[key] === 'number' ? (o[key] as number) : undefined;

/** Answers with status 400 and above, and errors without an answer. */
function errorsOf(counters: JsonObject, prefix: string, requests: number): number {
  let sum = 0;
  for (const [key, n] of Object.entries(counters)) {
    if (typeof n !== 'number') continue;
    const status = key.startsWith(prefix) ? Number(key.slice(prefix.length)) : 0;
    if (status >= 400 || key.startsWith(prefix.replace('codes.', 'errors.'))) sum += n;
    if (prefix === 'http.codes.' && /^errors\.E/.test(key)) sum += n;
  }
  return Math.min(requests, sum);
}

function latencyOf(s: JsonObject): LatencySummary {
  const out: LatencySummary = {};
  for (const key of ['min', 'mean', 'p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'max'] as const) {
    const value = numberOf(s, key);
    if (value !== undefined) out[key] = value;
  }
  return out;
}

function endpointsOf(summaries: JsonObject, counters: JsonObject): LoadPart[] {
  const prefix = `${ENDPOINT}response_time.`;
  return Object.entries(summaries).flatMap(([key, s]): LoadPart[] => {
    if (!key.startsWith(prefix) || !isObject(s)) return [];
    const name = key.slice(prefix.length);
    const requests = numberOf(s, 'count') ?? 0;
    return [
      {
        name,
        requests,
        errors: errorsOf(counters, `${ENDPOINT}${name}.codes.`, requests),
        latencyMs: latencyOf(s),
      },
    ];
  });
}
