import { type Change, type ChangeMechanism, subject } from '../domain/index.js';
import type { Store } from './store/index.js';

interface Row {
  at: string;
  HasTime: boolean;
  Kind: string;
  ServiceName: string;
  Name: string;
  Summary: string;
  Revision: string;
  Version: string;
}

/** What a summary's words say of how a change can alter performance; the first that fits of each. */
const WORDS: readonly [ChangeMechanism, RegExp][] = [
  [
    'orm-upgrade',
    /\b(orm|prisma|sequelize|typeorm|hibernate|sqlalchemy|entity framework|gorm|activerecord)\b/i,
  ],
  ['index-dropped', /\b(drop|remove)\w*\b.{0,30}\bindex/i],
  ['schema-change', /\b(migration|schema|alter table|add(ed)? (a )?column)\b/i],
  ['pool-change', /\bpool\b/i],
  ['cache-change', /\b(cache|ttl|eviction|redis)\b/i],
  ['timeout-change', /\b(timeout|deadline)s?\b/i],
  ['retry-change', /\bretr(y|ies)\b/i],
  ['query-change', /\b(query|queries|sql|n\+1|eager|lazy)\b/i],
  ['concurrency-change', /\b(worker|thread|concurren\w+|parallel\w*|async)\b/i],
  ['scaling-change', /\b(replica|scale|autoscal\w+|hpa)s?\b/i],
  ['runtime-upgrade', /\b(node(\.?js)?|jvm|java|python|go|dotnet)\b.{0,12}\b(\d|upgrade)/i],
  ['library-upgrade', /\b(bump|upgrade|dependenc(y|ies))\b/i],
  ['logging-change', /\b(logging|log level|debug log)\b/i],
  ['security-change', /\b(tls|ssl|mtls|encrypt\w*|auth(entication|orisation|orization)?)\b/i],
  ['infrastructure-change', /\b(instance type|node pool|region|cluster|cpu limit|memory limit)\b/i],
  ['batch-change', /\b(cron|batch|job|schedule)\b/i],
  ['config-change', /\b(config|setting|parameter)s?\b/i],
  ['call-added', /\b(call|calls|integrat\w+)\b.{0,40}\b(api|service|endpoint)\b/i],
];

/** The change events in the store, in order of time: first those with a time. */
export async function readChanges(store: Store): Promise<Change[]> {
  const rows = await store.query<Row>(
    `SELECT formatDateTime(Timestamp, '%Y-%m-%dT%H:%i:%SZ') AS at, HasTime, Kind, ServiceName, Name, Summary,
            Revision, Version
     FROM changes ORDER BY HasTime DESC, Timestamp, Kind, ServiceName, Name, Revision, KpSource, KpLine`,
  );
  const commits = rows.filter((row) => row.Kind === 'commit' && row.Revision !== '');
  // Results of tests change nothing: they are told of the deploy whose revision they are of.
  const failedTests = rows.filter(
    (row) => row.Kind === 'ci' && row.Revision !== '' && FAILED.test(row.Summary),
  );
  const changes = rows.filter((row) => row.Kind !== 'ci');
  return changes.map((recorded) => {
    const row = withTests(withCommit(recorded, commits), failedTests);
    const name = row.Name || row.Revision || row.Version || row.Summary;
    const about = subject('change', [row.Kind, name].join(' '), row.ServiceName || undefined);
    return {
      subject: { ...about, name },
      summary: row.Summary,
      mechanisms: mechanismsOf(row),
      ...(row.HasTime ? { at: row.at } : {}),
      touches: row.ServiceName ? [subject('service', row.ServiceName).id] : [],
      ...(row.Revision ? { revision: row.Revision } : {}),
      origin: 'measured' as const,
    };
  });
}

/** Shortest abbreviation of a commit's hash that is taken for it, as git has it. */
const SHORT_REVISION = 7;

/** Either may be abbreviated. */
const isSame = (a: string, b: string): boolean =>
  a.length >= SHORT_REVISION && b.length >= SHORT_REVISION && (a.startsWith(b) || b.startsWith(a));

/** A deploy that names a commit does what the commit says. */
function withCommit(row: Row, commits: readonly Row[]): Row {
  if (row.Kind !== 'deploy') return row;
  const commit = commits.find((c) => isSame(c.Revision, row.Revision));
  return commit ? { ...row, Summary: `${row.Summary}: ${commit.Summary}` } : row;
}

/** Words by which results of tests and runs of CI say that they failed. */
const FAILED = /\bfail/i;

/** A deploy of a revision whose tests failed says so. */
function withTests(row: Row, failed: readonly Row[]): Row {
  if (row.Kind !== 'deploy') return row;
  const run = failed.find((c) => isSame(c.Revision, row.Revision));
  return run ? { ...row, Summary: `${row.Summary} (deployed although ${run.Name}: ${run.Summary})` } : row;
}

function mechanismsOf(row: Row): ChangeMechanism[] {
  const text = `${row.Name} ${row.Summary}`.replace(/[_-]+/g, ' ');
  const words = WORDS.filter(([, pattern]) => pattern.test(text)).map(([mechanism]) => mechanism);
  if (row.Kind === 'flag') return ['feature-flag', ...words];
  return words.length > 0 ? words : ['code-change'];
}
