import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { behind } from '../behind.js';
import { Denied } from '../denied.js';

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** One run of a command. It has a process of its own: it cannot hold up what is received, and ends when it is told to. */
export interface Job {
  id: string;
  verb: string;
  by: string;
  /** ISO 8601. */
  at: string;
  endedAt?: string;
  state: JobState;
  /** Of the command: 0 fine, 1 a check failed, 2 bad input, 3 could not run. */
  exitCode?: number;
  /** What it said it was doing, the latest last. */
  progress: string[];
}

export interface JobWork {
  verb: string;
  by: string;
  /** Arguments of the command line, made when the job begins. */
  args(job: Job): Promise<string[]>;
  /** Where its output goes; the job's own folder when absent. */
  folder?: (job: Job) => string;
  ended?: (job: Job) => void;
}

export interface Jobs {
  start(work: JobWork): Job;
  list(): readonly Job[];
  get(id: string): Job;
  /** The file with what the command printed. */
  outputOf(id: string): string;
  cancel(id: string): Job;
  /** Calls back at every change until the returned function is called. */
  watch(id: string, changed: (job: Job) => void): () => void;
  close(): Promise<void>;
}

export interface JobOptions {
  folder: string;
  /** The command line before its arguments: program and script. */
  command: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Jobs that run at once. */
  atOnce: number;
}

const MOST_JOBS = 500;
const MOST_WAITING = 50;
const MOST_PROGRESS = 200;
const MOST_LINE = 400;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
const KILL_AFTER_MS = 5000;

interface Running {
  job: Job;
  work: JobWork;
  child?: ChildProcess;
  gone?: Promise<void>;
}

export function openJobs(options: JobOptions): Jobs {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const all = new Map<string, Running>();
  const waiting: Running[] = [];
  const watchers = new Map<string, Set<(job: Job) => void>>();
  let running = 0;
  let closed = false;

  const tell = (job: Job): void => {
    for (const changed of watchers.get(job.id) ?? []) changed(job);
  };
  const find = (id: string): Running => {
    const found = all.get(id);
    if (!found) throw new Denied(404, 'There is no such job.');
    return found;
  };
  const end = (run: Running, state: JobState, exitCode?: number): void => {
    run.job.state = state;
    run.job.endedAt = new Date().toISOString();
    if (exitCode !== undefined) run.job.exitCode = exitCode;
    run.work.ended?.(run.job);
    tell(run.job);
  };
  const say = (job: Job, line: string): void => {
    job.progress.push(line.slice(0, MOST_LINE));
    if (job.progress.length > MOST_PROGRESS) job.progress.shift();
    tell(job);
  };

  const perform = async (run: Running): Promise<void> => {
    const { job, work } = run;
    let args: string[];
    try {
      args = await work.args(job);
    } catch (error) {
      say(job, error instanceof Denied ? error.words : 'The arguments could not be made.');
      end(run, 'failed', 2);
      return;
    }
    // It may have been cancelled meanwhile.
    if (job.state !== 'running') return;
    const folder = join(options.folder, job.id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const [program = '', ...script] = options.command;
    const child = behind(
      spawn(program, [...script, ...args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...options.env, NO_COLOR: '1' },
      }),
    );
    run.child = child;
    const output = createWriteStream(join(folder, 'output'), { mode: 0o600 });
    let written = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      written += chunk.length;
      if (written <= MOST_OUTPUT_BYTES) output.write(chunk);
    });
    lines(child, (line) => say(job, line.replace(/^kneepoint: /, '')));
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    await new Promise((resolve) => output.end(resolve));
    if (job.state === 'running') end(run, code === 0 || code === 1 ? 'done' : 'failed', code ?? 3);
  };
  const next = (): void => {
    while (!closed && running < options.atOnce) {
      const run = waiting.shift();
      if (!run) return;
      running++;
      run.job.state = 'running';
      tell(run.job);
      run.gone = perform(run).finally(() => {
        running--;
        next();
      });
    }
  };
  const kill = (child: ChildProcess): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
  };

  return {
    start(work) {
      if (waiting.length >= MOST_WAITING) throw new Denied(429, 'Too many jobs wait already.', 10);
      const job: Job = {
        id: `j${randomBytes(6).toString('hex')}`,
        verb: work.verb,
        by: work.by,
        at: new Date().toISOString(),
        state: 'queued',
        progress: [],
      };
      const run: Running = { job, work };
      all.set(job.id, run);
      for (const [id, old] of all) {
        if (all.size <= MOST_JOBS) break;
        if (old.job.endedAt !== undefined) all.delete(id);
      }
      waiting.push(run);
      // Whoever starts it knows its id before anything is done.
      setImmediate(next);
      return job;
    },
    list: () => [...all.values()].map((r) => r.job).reverse(),
    get: (id) => find(id).job,
    outputOf: (id) => join(options.folder, find(id).job.id, 'output'),
    cancel(id) {
      const run = find(id);
      const { job } = run;
      if (job.state !== 'queued' && job.state !== 'running') return job;
      const at = waiting.indexOf(run);
      if (at >= 0) waiting.splice(at, 1);
      if (run.child) kill(run.child);
      end(run, 'cancelled');
      return job;
    },
    watch(id, changed) {
      const { job } = find(id);
      const of = watchers.get(id) ?? new Set();
      watchers.set(id, of);
      of.add(changed);
      changed(job);
      return () => {
        of.delete(changed);
        if (of.size === 0) watchers.delete(id);
      };
    },
    async close() {
      closed = true;
      for (const run of all.values()) if (run.job.state === 'running' && run.child) kill(run.child);
      await Promise.all([...all.values()].map((r) => r.gone));
    },
  };
}

/** Calls `take` with each line of stderr; a progress line that is rewritten counts as one. */
function lines(child: ChildProcess, take: (line: string) => void): void {
  let rest = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString('utf8')).split(/[\r\n]+/);
    rest = (parts.pop() ?? '').slice(-MOST_LINE);
    for (const line of parts) if (line.trim() !== '') take(line.trim());
  });
  child.stderr?.on('end', () => {
    if (rest.trim() !== '') take(rest.trim());
  });
}
