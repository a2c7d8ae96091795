import type { EvidenceReader } from './reader.js';
import { isObject, leadingObjects } from './sample.js';

const k6Output: EvidenceReader = {
  id: 'k6-output',
  title: 'output of k6',
  looksFor: 'k6 points or summaries',
  recognise(sample) {
    if (/^metric_name,timestamp,metric_value,/.test(sample.lines[0] ?? ''))
      return { confidence: 1, by: 'the header of k6’s CSV output' };
    const objects = leadingObjects(sample);
    const points = objects.filter(
      (o) => (o.type === 'Point' || o.type === 'Metric') && typeof o.metric === 'string' && isObject(o.data),
    );
    if (points.length > 0 && points.length === objects.length)
      return { confidence: 1, by: 'lines of type Metric and Point' };
    const first = objects[0];
    const metrics = first && isObject(first.metrics) ? first.metrics : undefined;
    return (metrics &&
      ('http_reqs' in metrics || 'iterations' in metrics || 'http_req_duration' in metrics)) ||
      (first && isObject(first.root_group) && 'groups' in first.root_group)
      ? { confidence: 0.95, by: 'a summary with root_group or metrics of k6' }
      : undefined;
  },
  notRead: {
    why: 'results of a load test describe the test, not the incident',
    todo: 'Nothing for an investigation.',
  },
};

export default k6Output;
