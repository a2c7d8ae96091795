import { fieldOf, serviceField, textField, timeField } from './fields.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import { isObject, type JsonObject, leadingObjects } from './sample.js';

const TIMES = ['fired_at', 'startsAt', 'started_at', 'triggered_at', 'timestamp', 'time'];
const METRIC = ['metric', 'metric_name', 'query'];
const NAME = ['monitor', 'alert', 'alertname', 'name', 'title', 'rule'];
const OBSERVED = ['observed', 'value', 'current', 'current_value'];

const isAlert = (o: JsonObject): boolean =>
  fieldOf(o, ['threshold']) !== undefined &&
  fieldOf(o, METRIC) !== undefined &&
  fieldOf(o, TIMES) !== undefined;

const alerts: EvidenceReader = {
  id: 'alerts',
  title: 'alerts',
  looksFor: 'alerts with a metric, a threshold and the time at which they fired',
  recognise(sample) {
    const objects = leadingObjects(sample);
    if (objects.length === 0 || !objects.every(isAlert)) return undefined;
    return { confidence: 0.95, by: 'objects with metric, threshold and a time of firing' };
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'alerts'])) {
      const timeNs = isObject(value) ? timeField(value, TIMES) : undefined;
      if (!isObject(value) || timeNs === undefined) {
        sink.flaw('record-incomplete', line);
        continue;
      }
      sink.alert(
        {
          timeNs,
          service: serviceField(value),
          name: textField(value, NAME),
          metric: textField(value, METRIC),
          threshold: numberOf(value.threshold),
          observed: numberOf(value[fieldOf(value, OBSERVED) ?? '']),
          severity: textField(value, ['severity', 'priority']),
          summary: textField(value, ['summary', 'message', 'description']),
        },
        line,
      );
    }
  },
};

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

export default alerts;
