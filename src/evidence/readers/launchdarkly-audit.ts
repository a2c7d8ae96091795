import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { ChangeEvent } from './records.js';
import { arrayOf, isObject, type JsonObject, leadingObjects } from './sample.js';
import { parseTimeNs } from './time.js';

/** `proj/default:env/production:flag/new-cart;tag`: the place of a flag in its parts. */
const RESOURCE = /^proj\/([^:;]+)(?::env\/([^:;]+))?:(flag|segment)\/([^:;]+)/;
const KINDS: ReadonlySet<string> = new Set(['flag', 'segment']);

const isEntry = (o: JsonObject): boolean =>
  typeof o.date === 'number' &&
  typeof o.kind === 'string' &&
  (Array.isArray(o.accesses) || isObject(o.target));
const isList = (o: JsonObject): boolean => arrayOf(o.items).filter(isObject).some(isEntry);

/** What GET /api/v2/auditlog of LaunchDarkly gives, and what is kept of it. */
export default {
  id: 'launchdarkly-audit',
  title: 'LaunchDarkly audit log',
  looksFor: 'entries with a date in ms, a kind and accesses (proj/…:env/…:flag/…)',
  recognise(sample) {
    const objects = leadingObjects(sample);
    if (objects.length > 0 && objects.every((o) => isList(o) || isEntry(o)))
      return { confidence: 1, by: 'entries with date, kind and accesses' };
    return undefined;
  },
  async read({ bytes, sink, name, problem }) {
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, ['', 'items'])) {
      const entry = isObject(value) ? value : {};
      const change = launchDarklyChange(entry);
      if (change) sink.change(change, line);
      else if (!isEntry(entry)) sink.flaw('record-incomplete', line);
      await sink.drain();
    }
  },
} satisfies EvidenceReader;

/** The change that an entry tells of; nothing for entries of members, projects and the like. */
export function launchDarklyChange(entry: JsonObject): ChangeEvent | undefined {
  if (!KINDS.has(String(entry.kind)) || typeof entry.date !== 'number') return undefined;
  const resources = [
    ...arrayOf(entry.accesses).map((a) => (isObject(a) ? String(a.resource ?? '') : '')),
    ...arrayOf(isObject(entry.target) ? entry.target.resources : []).map(String),
  ];
  const [, project = '', environment = '', , key] =
    resources.map((r) => RESOURCE.exec(r)).find((m) => m !== null) ?? [];
  const name = key ?? String(entry.name ?? '');
  if (name === '') return undefined;
  // The verb may hold links of Markdown; the member's name is in the title and not here.
  const verb = plainWords(entry.titleVerb) || plainWords(entry.shortDescription) || 'changed';
  const comment = plainWords(entry.comment);
  const member = isObject(entry.member) ? entry.member : {};
  return {
    timeNs: parseTimeNs(entry.date),
    kind: 'flag',
    service: '',
    name,
    summary: `${name}: ${verb}${environment === '' ? '' : ` in ${environment}`} (${project})${comment === '' ? '' : `: ${comment}`}`,
    revision: '',
    version: '',
    author: [member.firstName, member.lastName].filter((w) => typeof w === 'string' && w !== '').join(' '),
    files: [],
    diff: '',
  };
}

const plainWords = (text: unknown): string =>
  typeof text === 'string'
    ? (text
        .replace(/\[([^\]]{0,200})\]\([^)]{0,500}\)/g, '$1')
        .replaceAll('*', '')
        .split('\n')[0]
        ?.trim()
        .slice(0, 300) ?? '')
    : '';
