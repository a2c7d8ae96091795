import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import type { Asking } from '../source.js';
import { firstLine } from './change.js';
import { AskFault } from './fault.js';
import type { Answer } from './http.js';

/** Bytes of one answer. */
const MOST_BYTES = 32_000_000;

/** Runs git without a shell, without its pager and without hooks of the repository's configuration. */
export function git({ signal }: Pick<Asking, 'signal'>, args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      ['-c', 'core.fsmonitor=false', '-c', 'diff.external=', '-c', 'core.hooksPath=/dev/null', ...args],
      {
        encoding: 'buffer',
        maxBuffer: MOST_BYTES,
        signal,
        env: { ...process.env, GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' },
      },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else if (signal.aborted) reject(new AskFault('cancelled', 'it was cancelled'));
        else if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          reject(new AskFault('unavailable', 'git is not installed here'));
        else reject(new AskFault('bad-request', `git says: ${firstLine(stderr.toString('utf8'))}`));
      },
    );
  });
}

/** The branch of a source, HEAD when it names none. A name that begins with a dash would be an option. */
export function branchOf(asking: Pick<Asking, 'option'>): string {
  const branch = asking.option('branch') ?? 'HEAD';
  if (!/^[\w./@][\w./@{}~^-]*$/.test(branch)) throw new AskFault('bad-request', 'the branch has an odd name');
  return branch;
}

/** What git printed, as an answer with its hash. */
export const printed = (bytes: Buffer): Answer => ({
  status: 200,
  headers: new Headers(),
  bytes,
  at: '',
  sha256: createHash('sha256').update(bytes).digest('hex'),
});
