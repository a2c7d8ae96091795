import { parseDocument } from 'yaml';
import { isObject, type JsonObject } from '../readers/sample.js';
import { parseTimeNs } from '../readers/time.js';
import { change } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { branchOf, git, printed } from './live/git.js';
import { type Asking, isoMs, type SourceSystem } from './source.js';

/** What files of definitions are usually called. */
const FILES = ['*.flagd.json', '*.flagd.yaml', '*flags*.json', '*flags*.yaml', '*flags*.yml'];
const MOST_COMMITS = 200;
const RECORD = '\u001e';
const FIELD = '\u001f';

/** One commit that touched definitions, with each file as it was before and after. */
interface Touched {
  revision: string;
  date: string;
  author: string;
  files: { path: string; before: string; after: string }[];
}

/** Definitions of flagd say how flags are set; since when is in the repository that holds them. */
export default {
  id: 'flagd',
  title: 'flagd (OpenFeature)',
  asks: 'commits that change flag definitions in a repository on this machine',
  products: ['flagd'],
  gives: ['changes'],
  address: 'none',
  once: 'changes',
  credentials: {},
  options: {
    path: 'folder of the repository with the definitions (default: the current one)',
    files: 'patterns of their files (default: *flags*.json, *flags*.yaml, *.flagd.json)',
    branch: 'branch whose history is read (default: HEAD)',
    service: 'service that the flags belong to',
  },
  headers: () => ({}),
  async probe(asking) {
    const version = await git(asking, ['--version']);
    await git(asking, ['-C', folderOf(asking), 'rev-parse', '--git-dir']);
    return {
      version: version.toString('utf8').replace('git version', '').trim(),
      can: ['changes'],
      notes: [],
    };
  },
  async plan(asking) {
    return [{ query: `flag definitions in ${folderOf(asking)}`, calls: 1 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    await asking.page({
      query: `flag definitions of ${branchOf(asking)} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      ask: async () => printed(Buffer.from(JSON.stringify(await touched(asking, fromMs, toMs)))),
      read(answer, sink) {
        const commits = JSON.parse(answer.bytes.toString('utf8')) as Touched[];
        for (const { revision, date, author, files } of commits)
          for (const { path, before, after } of files)
            for (const { flag, what } of flagDifferences(before, after))
              sink.change(
                change({
                  timeNs: parseTimeNs(date),
                  kind: 'flag',
                  service: asking.option('service') ?? '',
                  name: flag,
                  summary: `${flag}: ${what}`,
                  revision,
                  author,
                  files: [path],
                }),
                0,
              );
        if (commits.length === MOST_COMMITS)
          asking.gap({
            severity: 'note',
            what: `More than ${MOST_COMMITS} commits touch flag definitions; the newest were taken.`,
            todo: 'Narrow the window, or name the files (files: …).',
          });
      },
    });
  },
} satisfies SourceSystem;

const folderOf = (asking: Asking): string => asking.option('path') ?? '.';

async function touched(asking: Asking, fromMs: number, toMs: number): Promise<Touched[]> {
  const folder = folderOf(asking);
  const patterns = asking.list('files').length > 0 ? asking.list('files') : FILES;
  const log = await git(asking, [
    '-C',
    folder,
    'log',
    `--since=${isoMs(fromMs)}`,
    `--until=${isoMs(toMs)}`,
    `--max-count=${MOST_COMMITS}`,
    '--format=%x1e%H%x1f%cI%x1f%an%x1f',
    '--name-only',
    '--no-renames',
    '--no-color',
    branchOf(asking),
    '--',
    // Anywhere in the repository, whichever folder of it was named.
    ...patterns.map((p) => `:(top,glob)**/${p}`),
  ]);
  const commits: Touched[] = [];
  for (const record of log.toString('utf8').split(RECORD)) {
    const [revision = '', date = '', author = '', rest = ''] = record.split(FIELD);
    if (!/^[0-9a-f]{40,64}$/.test(revision)) continue;
    const files: Touched['files'] = [];
    for (const path of rest.split('\n').filter((l) => l.trim() !== ''))
      files.push({
        path,
        before: await contentOf(asking, folder, `${revision}^`, path),
        after: await contentOf(asking, folder, revision, path),
      });
    commits.push({ revision, date, author, files });
  }
  return commits;
}

/** A file at a commit; empty where it is not there. */
async function contentOf(asking: Asking, folder: string, revision: string, path: string): Promise<string> {
  try {
    return (await git(asking, ['-C', folder, 'show', `${revision}:${path}`])).toString('utf8');
  } catch (error) {
    if (asking.signal.aborted) throw error;
    return '';
  }
}

/** Which flags two versions of a file of definitions give differently, in order of their names. */
export function flagDifferences(before: string, after: string): { flag: string; what: string }[] {
  const [a, b] = [flagsIn(before), flagsIn(after)];
  return [...new Set([...a.keys(), ...b.keys()])].sort().flatMap((flag) => {
    const what = difference(a.get(flag), b.get(flag));
    return what === undefined ? [] : [{ flag, what }];
  });
}

const FIELDS = ['state', 'defaultVariant', 'variants', 'targeting'] as const;
const WORDS = {
  state: 'state',
  defaultVariant: 'default variant',
  variants: 'variants',
  targeting: 'targeting',
};

function difference(a: JsonObject | undefined, b: JsonObject | undefined): string | undefined {
  if (!a && !b) return undefined;
  if (!a) return `added, ${told(b, 'state')}, default variant ${told(b, 'defaultVariant')}`;
  if (!b) return 'removed';
  const changed = FIELDS.filter((f) => JSON.stringify(a[f]) !== JSON.stringify(b[f]));
  if (changed.length === 0) return undefined;
  return changed
    .map((f) =>
      f === 'state' || f === 'defaultVariant'
        ? `${WORDS[f]} ${told(a, f)} → ${told(b, f)}`
        : `${WORDS[f]} changed`,
    )
    .join(', ');
}

const told = (flag: JsonObject | undefined, field: string): string =>
  flag?.[field] === undefined || flag[field] === null ? 'none' : String(flag[field]).slice(0, 100);

/** Flags by key: of a file of flagd, or of resources of the OpenFeature operator; none where it cannot be read. */
function flagsIn(text: string): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  if (text.trim() === '') return found;
  // JSON is YAML, too. Aliases are not followed without a bound.
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0) return found;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const spec = isObject(value) && isObject(value.spec) ? value.spec : {};
  const inner = isObject(spec.flagSpec) ? spec.flagSpec : value;
  const flags = isObject(inner) ? inner.flags : undefined;
  if (Array.isArray(flags)) {
    for (const f of flags.filter(isObject)) if (typeof f.key === 'string') found.set(f.key, f);
  } else if (isObject(flags))
    for (const [key, f] of Object.entries(flags)) if (isObject(f)) found.set(key, f);
  return found;
}
