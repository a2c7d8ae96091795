import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { ChangeEvent } from './records.js';
import { arrayOf, isObject, type JsonObject, leadingObjects } from './sample.js';
import { parseTimeNs } from './time.js';

/** Types of events that change what a flag gives. Others tell of users, tokens, projects. */
const CHANGES =
  /^(?:feature-(?!tagged|untagged|favorited|unfavorited|stale|potentially)|segment-|change-request-applied)/;

const isEvent = (o: JsonObject): boolean =>
  typeof o.type === 'string' &&
  'createdAt' in o &&
  ('featureName' in o || 'preData' in o || 'createdBy' in o);
const isList = (o: JsonObject): boolean => arrayOf(o.events).filter(isObject).some(isEvent);

/** What GET /api/admin/search/events (and /api/admin/events before) of Unleash gives. */
export default {
  id: 'unleash-events',
  title: 'Unleash events',
  looksFor: 'events with type, createdAt and featureName',
  recognise(sample) {
    const objects = leadingObjects(sample);
    if (objects.length > 0 && objects.every((o) => isList(o) || isEvent(o)))
      return { confidence: 1, by: 'events with type, createdAt and featureName' };
    return undefined;
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'events'])) {
      const event = isObject(value) ? value : {};
      const change = unleashChange(event);
      if (change) sink.change(change, line);
      else if (!isEvent(event)) sink.flaw('record-incomplete', line);
      await sink.drain();
    }
  },
} satisfies EvidenceReader;

/** The change that an event tells of; nothing for events that change no flag. */
export function unleashChange(event: JsonObject): ChangeEvent | undefined {
  const type = String(event.type ?? '');
  const timeNs = parseTimeNs(event.createdAt);
  if (!CHANGES.test(type) || timeNs === undefined) return undefined;
  const text = (key: string): string => (typeof event[key] === 'string' ? String(event[key]).trim() : '');
  const data = isObject(event.data) ? event.data : {};
  const name = text('featureName') || String(data.name ?? type);
  const environment = text('environment');
  const what = type.replace(/^feature-(?:environment-)?/, '').replaceAll('-', ' ');
  const strategy =
    typeof data.name === 'string' && /strategy/.test(type) ? ` ${data.name}${rolloutOf(data)}` : '';
  return {
    timeNs,
    kind: 'flag',
    service: '',
    name,
    summary: `${name}: ${what}${strategy}${environment === '' ? '' : ` in ${environment}`}${text('project') === '' ? '' : ` (${text('project')})`}`,
    revision: '',
    version: '',
    author: text('createdBy'),
    files: [],
    diff: '',
  };
}

function rolloutOf(data: JsonObject): string {
  const parameters = isObject(data.parameters) ? data.parameters : {};
  return parameters.rollout === undefined ? '' : ` ${String(parameters.rollout).slice(0, 10)} %`;
}
