import type { LatencySummary, LoadResult } from '../../../domain/load-result.js';
import { isObject, type JsonObject, leadingObjects, type Sample } from '../sample.js';
import { parseTimeNs } from '../time.js';
import { droppedCaveat, FROM_SENDING } from './caveats.js';
import { csvRecords } from './csv-records.js';
import { faultAt, jsonOf, LoadFault, type LoadInput, type LoadReader, textLines } from './reader.js';
import { gatherRequests } from './requests.js';

const UNKNOWN_LOOP =
  'The output does not say which executor ran: arrival-rate executors are an open model, the others wait for answers.';

/** What all outputs of k6 have in common. Dropped iterations only occur with arrival rates. */
function k6Result(
  format: string,
  dropped: number | undefined,
  rest: Omit<LoadResult, 'tool' | 'format' | 'loop' | 'omissionSafe' | 'lowerBound' | 'caveats' | 'dropped'>,
): LoadResult {
  const late = dropped !== undefined && dropped > 0;
  return {
    tool: 'k6',
    format,
    loop: dropped !== undefined ? 'open' : 'unknown',
    omissionSafe: late ? false : dropped === 0 ? true : 'unknown',
    lowerBound: late,
    ...(dropped === undefined ? {} : { dropped }),
    ...rest,
    caveats: [
      ...(late ? [droppedCaveat(dropped)] : dropped === undefined ? [UNKNOWN_LOOP] : []),
      FROM_SENDING,
    ],
  };
}

export const k6Points: LoadReader = {
  id: 'k6-points',
  title: 'k6 JSON points',
  looksFor: 'k6 JSON lines of type Point',
  recognise(sample) {
    const objects = leadingObjects(sample);
    const points = objects.filter(
      (o) => (o.type === 'Point' || o.type === 'Metric') && typeof o.metric === 'string' && isObject(o.data),
    );
    return points.length > 0 && points.length === objects.length
      ? { confidence: 1, by: 'lines of type Metric and Point' }
      : undefined;
  },
  async read(input) {
    const points = k6Gatherer();
    for await (const { text, line, ended } of textLines(input)) {
      if (text.trim() === '') continue;
      let row: unknown;
      try {
        row = JSON.parse(text);
      } catch {
        throw faultAt(input, line, ended ? 'The line is not JSON' : 'The last line is cut off');
      }
      if (!isObject(row) || typeof row.metric !== 'string' || !isObject(row.data))
        throw faultAt(input, line, 'The line is no point of k6');
      if (row.type !== 'Point') {
        points.declared(row.metric);
        continue;
      }
      const tags = isObject(row.data.tags) ? row.data.tags : {};
      const value = row.data.value;
      if (typeof value !== 'number') throw faultAt(input, line, 'The point has no value');
      const ns = parseTimeNs(row.data.time);
      points.add(row.metric, value, ns === undefined ? undefined : Number(ns / 1000n) / 1000, (tag) => {
        const found = tags[tag];
        return typeof found === 'string' ? found : '';
      });
    }
    return points.result(input, 'k6 JSON points');
  },
};

export const k6Csv: LoadReader = {
  id: 'k6-csv',
  title: 'k6 CSV',
  looksFor: 'the CSV header of k6',
  recognise: (sample: Sample) =>
    /^metric_name,timestamp,metric_value,/.test(sample.lines[0] ?? '')
      ? { confidence: 1, by: 'the header of k6’s CSV output' }
      : undefined,
  async read(input) {
    const points = k6Gatherer();
    for await (const { field, line } of csvRecords(input)) {
      const value = Number(field('metric_value'));
      if (field('metric_value') === '' || !Number.isFinite(value))
        throw faultAt(input, line, 'metric_value is no number');
      const ns = parseTimeNs(field('timestamp'));
      points.add(field('metric_name'), value, ns === undefined ? undefined : Number(ns / 1_000_000n), field);
    }
    return points.result(input, 'k6 CSV');
  },
};

/** Points of k6, whichever way they were written. Time stamps are the ends of requests. */
function k6Gatherer() {
  const requests = gatherRequests();
  let dropped: number | undefined;
  return {
    declared(metric: string): void {
      if (metric === 'dropped_iterations') dropped ??= 0;
    },
    add(metric: string, value: number, atMs: number | undefined, tag: (name: string) => string): void {
      if (metric === 'dropped_iterations') dropped = (dropped ?? 0) + value;
      if (metric !== 'http_req_duration') return;
      const name = tag('name') || tag('url') || 'requests';
      requests.add({
        name,
        durationMs: value,
        failed: tag('expected_response') === 'false' || tag('error_code') !== '',
        ...(atMs === undefined ? {} : { startMs: atMs - value }),
      });
    },
    result(input: LoadInput, format: string): LoadResult {
      if (requests.count() === 0)
        throw new LoadFault(
          'There is no http_req_duration in it',
          input.name,
          'Export a run that made HTTP requests.',
        );
      return k6Result(format, dropped, requests.result());
    },
  };
}

export const k6Summary: LoadReader = {
  id: 'k6-summary',
  title: 'k6 summary',
  looksFor: 'a summary with metrics of k6',
  recognise(sample) {
    const [first] = leadingObjects(sample);
    if (first && isMachineReadable(first))
      return { confidence: 1, by: 'results.metrics and the k6 version of its machine-readable summary' };
    const metrics = first && isObject(first.metrics) ? first.metrics : undefined;
    return (metrics &&
      ('http_reqs' in metrics || 'iterations' in metrics || 'http_req_duration' in metrics)) ||
      (first && isObject(first.root_group) && 'groups' in first.root_group)
      ? { confidence: 0.95, by: 'a summary with root_group or metrics of k6' }
      : undefined;
  },
  async read(input) {
    const root = await jsonOf(input);
    if (isObject(root) && isMachineReadable(root)) return machineReadable(root, input);
    const metrics = isObject(root) && isObject(root.metrics) ? root.metrics : {};
    // handleSummary puts numbers below "values"; --summary-export beside each other.
    const valuesOf = (name: string): JsonObject | undefined => {
      const metric = metrics[name];
      if (!isObject(metric)) return undefined;
      return isObject(metric.values) ? metric.values : metric;
    };
    const number = (o: JsonObject | undefined, key: string): number | undefined => {
      const v = o?.[key];
      return typeof v === 'number' && Number.isFinite(v) ? v : undefined;
    };
    const duration = valuesOf('http_req_duration');
    const requests = number(valuesOf('http_reqs'), 'count');
    if (!duration || requests === undefined)
      throw new LoadFault(
        'The summary has no http_req_duration and http_reqs',
        input.name,
        'Export the summary of a run that made HTTP requests.',
      );
    const failed = valuesOf('http_req_failed');
    const rate = number(valuesOf('http_reqs'), 'rate');
    const state = isObject(root) && isObject(root.state) ? root.state : undefined;
    const ran = number(state, 'testRunDurationMs');
    const nested = isObject(metrics.http_req_duration) && isObject(metrics.http_req_duration.values);
    const result = k6Result(
      nested ? 'k6 handleSummary' : 'k6 --summary-export',
      number(valuesOf('dropped_iterations'), 'count'),
      {
        percentiles: 'summary',
        requests,
        // The rate counts true values of "failed": those are the passes.
        errors: number(failed, 'passes') ?? 0,
        latencyMs: k6Latency(duration),
        parts: [],
        ...(rate === undefined ? {} : { throughput: rate }),
        ...(ran !== undefined
          ? { durationSeconds: ran / 1000 }
          : rate
            ? { durationSeconds: requests / rate }
            : {}),
      },
    );
    if (result.latencyMs.p99 === undefined)
      result.caveats.push('p99 is not in the summary: set summaryTrendStats to hold p(99) and count.');
    return result;
  },
};

/** The summary of `--new-machine-readable-summary`: a list of named metrics, without rates of counters. */
const isMachineReadable = (o: JsonObject): boolean =>
  isObject(o.results) && isObject(o.metadata) && 'k6Version' in o.metadata;

function machineReadable(root: JsonObject, input: LoadInput): LoadResult {
  const list = isObject(root.results) && Array.isArray(root.results.metrics) ? root.results.metrics : [];
  const valuesOf = (name: string): JsonObject | undefined => {
    const found: unknown = list.find((m) => isObject(m) && m.name === name);
    return isObject(found) && isObject(found.values) ? found.values : undefined;
  };
  const number = (name: string, key: string): number | undefined => {
    const v = valuesOf(name)?.[key];
    return typeof v === 'number' && Number.isFinite(v) ? v : undefined;
  };
  const duration = valuesOf('http_req_duration');
  const requests = number('http_reqs', 'count');
  if (!duration || requests === undefined)
    throw new LoadFault(
      'The summary has no http_req_duration and http_reqs',
      input.name,
      'Export the summary of a run that made HTTP requests.',
    );
  const config = isObject(root.config) ? root.config : {};
  const seconds = typeof config.duration === 'number' && config.duration > 0 ? config.duration : undefined;
  const result = k6Result('k6 machine-readable summary', number('dropped_iterations', 'count'), {
    percentiles: 'summary',
    requests,
    errors: number('http_req_failed', 'matches') ?? 0,
    latencyMs: k6Latency(duration),
    parts: [],
    ...(seconds === undefined ? {} : { durationSeconds: seconds, throughput: requests / seconds }),
  });
  if (result.latencyMs.p99 === undefined)
    result.caveats.push(
      'p99 is not in this form of summary: give the points (--out json=…) or the form of handleSummary with p(99) in summaryTrendStats.',
    );
  return result;
}

function k6Latency(v: JsonObject): LatencySummary {
  const out: LatencySummary = {};
  const names = {
    min: 'min',
    avg: 'mean',
    med: 'p50',
    'p(75)': 'p75',
    'p(90)': 'p90',
    'p(95)': 'p95',
    'p(99)': 'p99',
    'p(99.9)': 'p999',
    max: 'max',
  } as const;
  for (const [key, name] of Object.entries(names)) {
    const value = v[key];
    if (typeof value === 'number') out[name] = value;
  }
  return out;
}
