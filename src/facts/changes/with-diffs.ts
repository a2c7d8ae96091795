import type { Change, ChangeMechanism } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { readDiff } from './diff.js';
import type { DiffMechanism } from './mechanism.js';

/** What a mechanism in a diff is called among changes of all kinds. */
const AS_CHANGE: Readonly<Record<DiffMechanism, ChangeMechanism>> = {
  'call-in-loop': 'query-change',
  'call-added': 'call-added',
  'eager-load-removed': 'query-change',
  'parallelism-removed': 'concurrency-change',
  'await-removed': 'concurrency-change',
  'limit-lowered': 'pool-change',
  'limit-raised': 'pool-change',
  'timeout-changed': 'timeout-change',
  'retry-added': 'retry-change',
  'check-removed': 'code-change',
  'index-removed': 'index-dropped',
  'cache-removed': 'cache-change',
  'bound-removed': 'query-change',
  'batch-shrunk': 'query-change',
  'filter-removed': 'query-change',
  'lock-added': 'concurrency-change',
  'isolation-changed': 'concurrency-change',
  'blocking-added': 'code-change',
  'work-added': 'code-change',
  'logging-added': 'logging-change',
  'compression-removed': 'serialisation-change',
  'reuse-removed': 'pool-change',
  'leak-added': 'pool-change',
  'flag-changed': 'feature-flag',
  'default-changed': 'config-change',
  'dependency-bump': 'library-upgrade',
};

const SHORT_REVISION = 7;

/**
 * Changes whose diff was recorded, by what the diff does rather than by what the message says. A commit that changes
 * only documents or tests can start nothing: it keeps no mechanism.
 */
export async function withDiffs(store: Store, changes: readonly Change[]): Promise<Change[]> {
  const rows = await store.query<{ revision: string; files: string[]; diff: string }>(
    `SELECT Revision AS revision, Files AS files, Diff AS diff FROM changes
     WHERE Revision != '' AND (Diff != '' OR length(Files) > 0) ORDER BY Revision, Diff LIMIT 20000`,
  );
  const readings = rows.map((r) => ({
    revision: r.revision,
    hasDiff: r.diff !== '',
    reading: readDiff({ sha: r.revision, atMs: 0, message: '', files: r.files, diff: r.diff }),
  }));
  return changes.map((change) => {
    const { revision } = change;
    if (revision === undefined || revision.length < SHORT_REVISION) return change;
    const read = readings.find((r) => r.revision.startsWith(revision) || revision.startsWith(r.revision));
    if (!read) return change;
    if (read.reading.inert) return { ...change, mechanisms: [] };
    if (!read.hasDiff) return change;
    const shown = [...new Set(read.reading.mechanisms.map((m) => AS_CHANGE[m.mechanism]))];
    return { ...change, mechanisms: shown.length === 0 ? ['code-change'] : shown };
  });
}
