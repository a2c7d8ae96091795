import { NO_SCOPE, resources } from './json-map.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import { arrayOf, isObject, type JsonObject, leadingObjects } from './sample.js';
import type { Sink } from './sink.js';
import { EMPTY_MAP } from './sink.js';
import { parseTimeNs } from './time.js';

/** Values of a datapoint that stand under the name of a statistic. */
const STATISTICS = ['Average', 'Sum', 'Maximum', 'Minimum', 'SampleCount'] as const;
/** Units of CloudWatch whose short names differ. */
const UNITS: Readonly<Record<string, string>> = {
  Seconds: 's',
  Milliseconds: 'ms',
  Microseconds: 'us',
  Percent: '%',
  Bytes: 'By',
  'Count/Second': '1/s',
};

const isMetricData = (o: JsonObject): boolean => Array.isArray(o.MetricDataResults);
const isStatistics = (o: JsonObject): boolean => Array.isArray(o.Datapoints) && 'Label' in o;

/** What `aws cloudwatch get-metric-data` and `get-metric-statistics` print. */
export default {
  id: 'cloudwatch-json',
  title: 'CloudWatch JSON',
  looksFor: 'CloudWatch metric data (MetricDataResults, or Label with Datapoints)',
  recognise(sample) {
    const found = leadingObjects(sample);
    if (found.some(isMetricData)) return { confidence: 1, by: 'a list named MetricDataResults' };
    return found.some(isStatistics) ? { confidence: 1, by: 'a Label with Datapoints' } : undefined;
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, [])) {
      if (!isObject(value)) continue;
      if (isStatistics(value)) writeStatistics(value, line, sink);
      else
        for (const result of arrayOf(value.MetricDataResults).filter(isObject))
          writeResult(result, line, sink);
      await sink.drain();
    }
  },
} satisfies EvidenceReader;

/** A label is `CPUUtilization`, or `db-1 CPUUtilization` when several were asked for: the last word is the metric. */
function named(label: unknown, id: unknown): { service: string; metric: string } {
  const words = String(label ?? id ?? '')
    .trim()
    .split(/\s+/);
  const metric = words.at(-1) ?? '';
  return { service: words.slice(0, -1).join(' '), metric };
}

function writeResult(result: JsonObject, line: number, sink: Sink): void {
  const { service, metric } = named(result.Label, result.Id);
  if (result.StatusCode === 'PartialData') sink.flaw('record-incomplete', line);
  const of = { resource: resources(sink)(service), scope: NO_SCOPE, name: metric, description: '', unit: '' };
  const values = arrayOf(result.Values);
  arrayOf(result.Timestamps).forEach((time, i) => {
    const timeNs = parseTimeNs(time);
    const value = values[i];
    if (timeNs === undefined || typeof value !== 'number') sink.flaw('record-incomplete', line);
    else sink.gauge(of, { attributes: EMPTY_MAP, startNs: 0n, timeNs, flags: 0, exemplars: [], value }, line);
  });
}

function writeStatistics(value: JsonObject, line: number, sink: Sink): void {
  const { service, metric } = named(value.Label, '');
  const resource = resources(sink)(service);
  for (const point of arrayOf(value.Datapoints).filter(isObject)) {
    const timeNs = parseTimeNs(point.Timestamp);
    const statistic = STATISTICS.find((s) => typeof point[s] === 'number');
    const number = statistic === undefined ? undefined : point[statistic];
    if (timeNs === undefined || statistic === undefined || typeof number !== 'number') {
      sink.flaw('record-incomplete', line);
      continue;
    }
    const unit = UNITS[String(point.Unit)] ?? (point.Unit === 'Count' ? '1' : String(point.Unit ?? ''));
    sink.gauge(
      { resource, scope: NO_SCOPE, name: metric, description: '', unit },
      {
        attributes: sink.map([['statistic', statistic]]),
        startNs: 0n,
        timeNs,
        flags: 0,
        exemplars: [],
        value: number,
      },
      line,
    );
  }
}
