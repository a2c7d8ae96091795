import { spawn } from 'node:child_process';
import { type Activity, argumentsOf, type ChaosExperiment, type Outcome, tolerated } from './experiment.js';

/** What happened, in the form of Chaos Toolkit's journal. */
export interface Journal {
  experiment: string;
  status: 'completed' | 'deviated' | 'failed';
  /** The steady state held before, and after. */
  'steady-states': { before: StateCheck | null; after: StateCheck | null };
  run: ActivityRun[];
  rollbacks: ActivityRun[];
}
export interface StateCheck {
  met: boolean;
  probes: ActivityRun[];
}
export interface ActivityRun {
  name: string;
  type: Activity['type'];
  status: 'succeeded' | 'failed';
  outcome?: Outcome;
  tolerated?: boolean;
  error?: string;
}

export interface ChaosHooks {
  /** The command that `kneepoint` stands for in a process provider. */
  own: { command: string; arguments: readonly string[] };
  /** Added to the environment of every process that is started. */
  environment?: Readonly<Record<string, string>>;
  /** Why a URL may not be asked, or nothing. */
  forbidden(url: string): string | undefined;
  onActivity?(run: ActivityRun): void;
}

/**
 * Checks the steady state, runs the method, checks again, and rolls back whatever happened. Background activities run beside
 * the ones after them; all are over, or stopped, before the rollbacks.
 */
export async function runExperiment(experiment: ChaosExperiment, hooks: ChaosHooks): Promise<Journal> {
  const journal: Journal = {
    experiment: experiment.title,
    status: 'completed',
    'steady-states': { before: null, after: null },
    run: [],
    rollbacks: [],
  };
  const stop = new AbortController();
  const background: Promise<void>[] = [];
  const keep = async (activity: Activity, into: ActivityRun[]): Promise<void> => {
    const run = await perform(activity, hooks, stop.signal);
    into.push(run);
    hooks.onActivity?.(run);
    if (run.status === 'failed') journal.status = 'failed';
  };
  try {
    journal['steady-states'].before = await steady(experiment, hooks);
    // A system that is not well before says nothing of the fault.
    if (journal['steady-states'].before?.met === false) {
      journal.status = 'failed';
      return journal;
    }
    for (const activity of experiment.method) {
      await pause(activity.pauses?.before);
      const done = keep(activity, journal.run);
      if (activity.background) background.push(done);
      else await done;
      await pause(activity.pauses?.after);
    }
    journal['steady-states'].after = await steady(experiment, hooks);
    if (journal['steady-states'].after?.met === false && journal.status === 'completed')
      journal.status = 'deviated';
  } finally {
    stop.abort();
    await Promise.all(background);
    for (const activity of experiment.rollbacks)
      await keep({ ...activity, background: false }, journal.rollbacks);
  }
  return journal;
}

async function steady(experiment: ChaosExperiment, hooks: ChaosHooks): Promise<StateCheck | null> {
  const hypothesis = experiment['steady-state-hypothesis'];
  if (!hypothesis) return null;
  const probes: ActivityRun[] = [];
  for (const probe of hypothesis.probes) {
    const run = await perform(probe, hooks);
    probes.push(run);
    hooks.onActivity?.(run);
  }
  return { met: probes.every((p) => p.status === 'succeeded' && p.tolerated === true), probes };
}

const DEFAULT_TIMEOUT_SECONDS = 30;

async function perform(activity: Activity, hooks: ChaosHooks, signal?: AbortSignal): Promise<ActivityRun> {
  const base = { name: activity.name, type: activity.type };
  try {
    const outcome = await outcomeOf(activity, hooks, signal);
    const met = activity.tolerance === undefined ? undefined : tolerated(activity.tolerance, outcome);
    if (activity.tolerance !== undefined && met === undefined)
      return {
        ...base,
        status: 'failed',
        outcome,
        error: 'this kind of tolerance is not known: give a number, a list, a regex or a range',
      };
    const ended =
      outcome.kind === 'process' && activity.type === 'action' && outcome.code !== 0 && !signal?.aborted;
    return {
      ...base,
      status: ended ? 'failed' : 'succeeded',
      outcome,
      ...(met === undefined ? {} : { tolerated: met }),
      ...(ended ? { error: `ended with ${outcome.code}` } : {}),
    };
  } catch (error) {
    return { ...base, status: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

function outcomeOf(activity: Activity, hooks: ChaosHooks, signal?: AbortSignal): Promise<Outcome> {
  const p = activity.provider;
  if (p.type === 'http' && typeof p.url === 'string') return ask(p as HttpProvider, hooks);
  if (p.type === 'process' && typeof p.path === 'string') return start(p as ProcessProvider, hooks, signal);
  throw new Error(`providers of type "${p.type}" are not run here: use http or process`);
}

interface HttpProvider {
  url: string;
  method: string;
  headers: Record<string, string>;
  timeout?: number | [number, number];
}

async function ask(p: HttpProvider, hooks: ChaosHooks): Promise<Outcome> {
  const no = hooks.forbidden(p.url);
  if (no) throw new Error(no);
  const seconds = Array.isArray(p.timeout) ? p.timeout[1] : (p.timeout ?? DEFAULT_TIMEOUT_SECONDS);
  const begun = performance.now();
  const response = await fetch(p.url, {
    method: p.method,
    headers: p.headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const body = await response.text();
  return {
    kind: 'http',
    status: response.status,
    body: body.slice(0, 100_000),
    ms: performance.now() - begun,
  };
}

interface ProcessProvider {
  path: string;
  arguments: string | string[] | Record<string, string | number | null>;
  timeout?: number;
}

function start(p: ProcessProvider, hooks: ChaosHooks, signal?: AbortSignal): Promise<Outcome> {
  const own = p.path === 'kneepoint';
  const command = own ? hooks.own.command : p.path;
  const args = [...(own ? hooks.own.arguments : []), ...argumentsOf(p.arguments)];
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    // No shell: arguments are passed as they are.
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...hooks.environment },
      timeout: (p.timeout ?? 600) * 1000,
      ...(signal ? { signal, killSignal: 'SIGTERM' } : {}),
    });
    let stdout = '';
    child.stdout.on('data', (d: Buffer) => {
      if (stdout.length < 100_000) stdout += d.toString();
    });
    child.once('error', (error) => {
      // Stopped because the method is over.
      if (error.name !== 'AbortError') reject(error);
    });
    child.once('close', (code) =>
      resolve({ kind: 'process', code: code ?? -1, stdout, ms: performance.now() - begun }),
    );
  });
}

const pause = (seconds: number | undefined): Promise<void> =>
  seconds ? new Promise((resolve) => setTimeout(resolve, seconds * 1000)) : Promise.resolve();
