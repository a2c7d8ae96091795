import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { ChangeEvent } from './records.js';
import { arrayOf, isObject, type JsonObject, leadingObjects } from './sample.js';
import { parseTimeNs } from './time.js';

/** What an entry is about, where it changes what a flag gives. */
const CHANGES: ReadonlySet<string> = new Set(['FEATURE', 'FEATURE_STATE', 'SEGMENT', 'CHANGE_REQUEST']);

const isEntry = (o: JsonObject): boolean =>
  typeof o.log === 'string' && 'created_date' in o && ('related_object_type' in o || 'environment' in o);
const isList = (o: JsonObject): boolean => arrayOf(o.results).filter(isObject).some(isEntry);

/** What GET /api/v1/audit/ of Flagsmith gives. */
export default {
  id: 'flagsmith-audit',
  title: 'Flagsmith audit log',
  looksFor: 'entries with created_date, log and related_object_type',
  recognise(sample) {
    const objects = leadingObjects(sample);
    if (objects.length > 0 && objects.every((o) => isList(o) || isEntry(o)))
      return { confidence: 1, by: 'entries with created_date, log and related_object_type' };
    return undefined;
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'results'])) {
      const entry = isObject(value) ? value : {};
      const change = flagsmithChange(entry);
      if (change) sink.change(change, line);
      else if (!isEntry(entry)) sink.flaw('record-incomplete', line);
      await sink.drain();
    }
  },
} satisfies EvidenceReader;

/** The change that an entry tells of; nothing for entries that change no flag. */
export function flagsmithChange(entry: JsonObject): ChangeEvent | undefined {
  const timeNs = parseTimeNs(entry.created_date);
  const about = String(entry.related_object_type ?? 'FEATURE');
  if (timeNs === undefined || !CHANGES.has(about)) return undefined;
  const log =
    String(entry.log ?? '')
      .split('\n')[0]
      ?.trim()
      .slice(0, 300) ?? '';
  const environment = isObject(entry.environment) ? String(entry.environment.name ?? '') : '';
  const author = isObject(entry.author) ? entry.author : {};
  return {
    timeNs,
    kind: 'flag',
    service: '',
    name: flagIn(log),
    summary: `${log}${environment === '' ? '' : ` in ${environment}`}`,
    revision: '',
    version: '',
    author: [author.first_name, author.last_name].filter((w) => typeof w === 'string' && w !== '').join(' '),
    files: [],
    diff: '',
  };
}

/** `Flag state updated for feature: new_cart` names it behind the colon; `… 'new_cart' …` in quotes. */
const flagIn = (log: string): string =>
  /['"`]([^'"`]{1,200})['"`]/.exec(log)?.[1] ??
  /:\s*(\S.{0,198})$/.exec(log)?.[1]?.trim() ??
  log.slice(0, 80);
