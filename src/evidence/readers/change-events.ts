import { fieldOf, serviceField, TIME_FIELDS, textField, timeField } from './fields.js';
import { jsonRecords } from './json-records.js';
import type { EvidenceReader } from './reader.js';
import type { ChangeEvent } from './records.js';
import { arrayOf, isObject, type JsonObject, leadingObjects } from './sample.js';

const TIMES = [
  ...TIME_FIELDS,
  'deployed_at',
  'created_at',
  'committed_at',
  'started_at',
  'finished_at',
  'at',
];
const REVISION = ['commit_sha', 'sha', 'commit', 'revision', 'git_sha', 'commit_id', 'hash'];
const VERSION = ['version', 'release', 'tag', 'image', 'build'];
const FLAG = ['flag', 'flag_key', 'feature_flag', 'flag_name', 'toggle', 'experiment'];
const SUMMARY = ['summary', 'message', 'title', 'description', 'change', 'subject', 'reason'];
const AUTHOR = ['author', 'actor', 'user', 'by', 'committer'];
const FILES = ['files_changed', 'files', 'changed_files', 'paths'];
const NAME = ['name', 'key', 'environment'];
const KIND = ['kind', 'type', 'event', 'event_type', 'category'];
const SEVERITY = ['severity_text', 'severity', 'level', 'loglevel', 'log.level', 'levelname'];

/** What kind of change an object tells of, or `undefined` when it tells of none. */
function kindOf(o: JsonObject): ChangeEvent['kind'] | undefined {
  const has = (names: readonly string[]): boolean => fieldOf(o, names) !== undefined;
  if (has(SEVERITY)) return undefined;
  if (has(FLAG)) return 'flag';
  const said = textField(o, KIND).toLowerCase();
  if (/deploy|release|rollout/.test(said)) return 'deploy';
  if (/flag|toggle/.test(said)) return 'flag';
  if (/commit|push|merge/.test(said)) return 'commit';
  if (/config|migration|scal|change|infra/.test(said)) return 'other';
  if (has(REVISION) && (has(FILES) || has(['diff', 'patch']) || (has(['message']) && has(AUTHOR))))
    return 'commit';
  const service = serviceField(o) !== '';
  if ((has(REVISION) || has(VERSION)) && service && has(TIMES)) return 'deploy';
  return undefined;
}

const changeEvents: EvidenceReader = {
  id: 'change-events',
  title: 'change events',
  looksFor: 'deploys, flags or commits with a time (service and version, flag, or sha and message)',
  recognise(sample) {
    const objects = leadingObjects(sample);
    const kinds = objects.map(kindOf).filter((k) => k !== undefined);
    if (kinds.length === 0 || kinds.length < objects.length * 0.9) return undefined;
    const names = [...new Set(kinds)].sort().join(', ');
    return { confidence: 0.95, by: `objects that tell of changes (${names})` };
  },
  async read({ bytes, sink, name, problem }) {
    const arrays = ['', 'changes', 'deploys', 'deployments', 'flags', 'commits', 'events'];
    for await (const { value, line } of jsonRecords({ bytes, name, problem }, arrays)) {
      const kind = isObject(value) ? kindOf(value) : undefined;
      if (isObject(value) && kind) sink.change(changeOf(value, kind), line);
      else sink.flaw('record-incomplete', line);
      await sink.drain();
    }
  },
};

function changeOf(o: JsonObject, kind: ChangeEvent['kind']): ChangeEvent {
  const files = fieldOf(o, FILES);
  const flag = textField(o, FLAG);
  const version = textField(o, VERSION);
  const service = serviceField(o);
  const said = textField(o, SUMMARY);
  return {
    timeNs: timeField(o, TIMES),
    kind,
    service,
    name: flag || textField(o, NAME),
    summary:
      said === '' || flag !== ''
        ? [flag, said, said === '' ? `${kind} ${version}` : ''].join(' ').trim()
        : said,
    revision: textField(o, REVISION),
    version,
    author: textField(o, AUTHOR),
    files: arrayOf(files === undefined ? undefined : o[files]).filter((f) => typeof f === 'string'),
    diff: textField(o, ['diff', 'patch']),
  };
}

export default changeEvents;
