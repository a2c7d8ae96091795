import { parseTimeNs } from '../readers/time.js';
import { change, firstLine } from './live/change.js';
import { withDayBefore } from './live/earlier.js';
import { branchOf, git, printed } from './live/git.js';
import { type Asking, isoMs, type SourceSystem } from './source.js';

const FIELD = '\u001f';
const RECORD = '\u001e';
const FORMAT = ['%H', '%cI', '%an', '%s', '%D'].join('%x1f');

export default {
  id: 'git',
  title: 'Git',
  asks: 'the log with its tags and lines',
  products: ['git'],
  gives: ['changes'],
  address: 'none',
  once: 'changes',
  credentials: {},
  options: {
    path: 'folder of the repository on this machine (default: the current one)',
    service: 'what the repository is called in telemetry',
    branch: 'branch or tag whose history is read (default: HEAD)',
    diffs: 'no: leave the lines of code out',
  },
  headers: () => ({}),
  async probe(asking) {
    const version = await git(asking, ['--version']);
    await git(asking, ['-C', folder(asking), 'rev-parse', '--git-dir']);
    return {
      version: version.toString('utf8').replace('git version', '').trim(),
      can: ['changes'],
      notes: [],
    };
  },
  async plan(asking) {
    return [{ query: `log of ${folder(asking)}`, calls: 1 }];
  },
  async collect(asking) {
    const { fromMs, toMs } = withDayBefore(asking.window);
    const branch = branchOf(asking);
    const withDiffs = asking.option('diffs') !== 'no' && asking.option('diffs') !== 'false';
    await asking.page({
      query: `git log ${branch} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      ask: async () =>
        printed(
          await git(asking, [
            '-C',
            folder(asking),
            'log',
            `--since=${isoMs(fromMs)}`,
            `--until=${isoMs(toMs)}`,
            `--format=${'%x1e'}${FORMAT}%x1f`,
            '--no-color',
            '--no-ext-diff',
            '--no-textconv',
            ...(withDiffs ? ['--patch', '--unified=1'] : ['--name-only']),
            branch,
            '--',
          ]),
        ),
      read(answer, sink) {
        for (const record of answer.bytes.toString('utf8').split(RECORD)) {
          const [hash = '', date = '', author = '', subject = '', names = '', rest = ''] =
            record.split(FIELD);
          if (!/^[0-9a-f]{40,64}$/.test(hash)) continue;
          const tag = /tag: ([^,)]+)/.exec(names)?.[1] ?? '';
          const files = withDiffs
            ? [...rest.matchAll(/^\+\+\+ b\/(.+)$/gm)].map((m) => m[1] ?? '')
            : rest.split('\n').filter((l) => l.trim() !== '');
          sink.change(
            change({
              timeNs: parseTimeNs(date),
              kind: tag === '' ? 'commit' : 'deploy',
              service: asking.option('service') ?? '',
              name: tag,
              version: tag,
              summary: firstLine(subject),
              revision: hash,
              author,
              files,
              diff: withDiffs ? rest.trim().slice(0, 200_000) : '',
            }),
            0,
          );
        }
      },
    });
  },
} satisfies SourceSystem;

const folder = (asking: Asking): string => asking.option('path') ?? '.';
