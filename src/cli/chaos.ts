import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultSchema } from '../domain/index.js';
import {
  type ChaosExperiment,
  chaosExperimentSchema,
  ownCalls,
  substituted,
} from '../experiments/chaos/experiment.js';
import { chaosMesh, litmus } from '../experiments/chaos/export.js';
import { type Fault, isLoopbackHost, parseFault } from '../experiments/chaos/fault.js';
import { limitCpu, pauseProcess } from '../experiments/chaos/process-faults.js';
import { startProxy } from '../experiments/chaos/proxy.js';
import { refutingExperiment } from '../experiments/chaos/refute.js';
import { type Journal, runExperiment } from '../experiments/chaos/run.js';
import { EXIT, UserError } from './exit.js';

export interface ChaosExportOptions {
  for: string;
  namespace: string;
  selector: string;
}
export interface ChaosRunOptions {
  journal: string;
  json?: boolean;
  iOwnThis?: boolean;
}

/** Names the experiment to the faults that a run starts. */
const EXPERIMENT_VARIABLE = 'KNEEPOINT_EXPERIMENT';

/** `chaos run`: 0 completed and steady, 1 the system deviated, 3 the experiment itself failed. */
export async function runChaos(file: string, options: ChaosRunOptions): Promise<number> {
  const experiment = await readyExperiment(file);
  const { requireApproval } = await import('./approvals.js');
  requireApproval(file);
  const journal = await runExperiment(experiment, {
    environment: { [EXPERIMENT_VARIABLE]: resolve(file) },
    own: {
      command: process.execPath,
      arguments: [fileURLToPath(new URL('../../bin/kneepoint.mjs', import.meta.url))],
    },
    forbidden: (url) =>
      options.iOwnThis || isLoopbackHost(new URL(url).hostname)
        ? undefined
        : `${new URL(url).hostname} is not this machine: add --i-own-this when it is yours`,
    onActivity: (a) =>
      process.stderr.write(
        `kneepoint: ${a.type} "${a.name}" ${a.status}${a.tolerated === false ? ', out of tolerance' : ''}${a.error ? `: ${a.error}` : ''}\n`,
      ),
  });
  await writeFile(options.journal, `${JSON.stringify(journal, null, 1)}\n`);
  process.stdout.write(
    options.json ? `${JSON.stringify(journal)}\n` : `${sentence(journal)}\n${options.journal}\n`,
  );
  return { completed: EXIT.fine, deviated: EXIT.checkFailed, failed: EXIT.couldNotRun }[journal.status];
}

function sentence(j: Journal): string {
  if (j['steady-states'].before?.met === false)
    return 'Not run: the system was not in its steady state before the fault.';
  if (j.status === 'deviated') return 'Deviated: the system did not come back to its steady state.';
  if (j.status === 'failed') {
    const failed = [...j.run, ...j.rollbacks].find((a) => a.status === 'failed');
    return `Failed: ${failed?.name ?? 'an activity'}: ${failed?.error ?? 'it did not end well'}.`;
  }
  return 'Completed: the steady state held before and after the fault.';
}

/** `chaos inject`: one fault until its seconds are over or the command is ended; then all is put back. */
export async function injectFault(
  kind: string,
  settings: readonly string[],
  experiment: string | undefined = process.env[EXPERIMENT_VARIABLE],
): Promise<number> {
  const parsed = parseFault(kind, settings);
  if ('wrong' in parsed)
    throw new UserError(
      EXIT.badInput,
      `${parsed.wrong}.`,
      `chaos inject ${kind}`,
      'kneepoint chaos inject --help lists the settings.',
    );
  const { fault } = parsed;
  const calls = experiment === undefined ? [] : ownCalls(await readyExperiment(experiment));
  const { requireApprovedFault } = await import('./approvals.js');
  requireApprovedFault(experiment, ['inject', kind, ...settings], calls);
  let active: { about: string; end(): void | Promise<void> };
  try {
    active = await start(fault);
  } catch (error) {
    throw new UserError(
      EXIT.couldNotRun,
      error instanceof Error ? error.message : String(error),
      `chaos inject ${kind}`,
      'Check the addresses, the process and your rights.',
    );
  }
  process.stderr.write(`kneepoint: ${active.about}, for ${fault.seconds} s\n`);
  await ended(fault.seconds);
  await active.end();
  process.stderr.write('kneepoint: put back\n');
  return EXIT.fine;
}

async function start(fault: Fault): Promise<{ about: string; end(): void | Promise<void> }> {
  if (fault.kind === 'cpu') return limitCpu(fault.pid, fault.cores);
  if (fault.kind === 'pause') return pauseProcess(fault.pid);
  if (!isLoopbackHost(fault.listen.host))
    throw new Error(`${fault.listen.host} would open the proxy to others: listen on 127.0.0.1`);
  const proxy = await startProxy(fault.listen, fault.upstream, [fault.toxic], fault);
  const { host, port } = proxy.address;
  return {
    about: `${fault.toxic.type} between ${host}:${port} and ${fault.upstream.host}:${fault.upstream.port}`,
    end: () => proxy.close(),
  };
}

const ended = (seconds: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        clearTimeout(timer);
        resolve();
      });
  });

/** `chaos export`: the manifests on stdout; 3 when a fault has no counterpart. */
export async function exportChaos(file: string, options: ChaosExportOptions): Promise<number> {
  const make = { 'chaos-mesh': chaosMesh, litmus }[options.for];
  if (!make)
    throw new UserError(
      EXIT.badInput,
      `There is no export for "${options.for}".`,
      '--for',
      'Give chaos-mesh or litmus.',
    );
  if (!/^[^=]+=[^=]+$/.test(options.selector))
    throw new UserError(
      EXIT.badInput,
      `"${options.selector}" is no label.`,
      '--selector',
      'Give app=checkout.',
    );
  const experiment = await experimentOf(file);
  const ready = substituted(experiment, process.env);
  const { yaml, lacking } = make('experiment' in ready ? ready.experiment : experiment, options);
  process.stdout.write(yaml);
  for (const line of lacking) process.stderr.write(`kneepoint: ${line}\n`);
  if (yaml === '' && lacking.length === 0)
    throw new UserError(
      EXIT.badInput,
      'The method has no fault of kneepoint.',
      file,
      'Use actions that call "kneepoint chaos inject".',
    );
  return lacking.length > 0 ? EXIT.couldNotRun : EXIT.fine;
}

/** `chaos refute`: the experiment on stdout. */
export async function refuteFinding(file: string, wanted: string): Promise<number> {
  const parsed = resultSchema.safeParse(await jsonOf(file));
  if (!parsed.success)
    throw new UserError(
      EXIT.badInput,
      'This is no result of an investigation.',
      file,
      'Name the result.json that kneepoint investigate wrote.',
    );
  const { findings } = parsed.data;
  const found = findings.filter((f) => f.id === wanted);
  const matches = found.length > 0 ? found : findings.filter((f) => f.id.includes(wanted));
  const [finding, other] = matches;
  if (!finding || other)
    throw new UserError(
      EXIT.badInput,
      finding ? `${matches.length} findings fit "${wanted}".` : `No finding fits "${wanted}".`,
      file,
      `Name one of: ${(finding ? matches : findings)
        .slice(0, 10)
        .map((f) => f.id)
        .join(', ')}`,
    );
  process.stdout.write(`${JSON.stringify(refutingExperiment(finding), null, 2)}\n`);
  return EXIT.fine;
}

/** An experiment with its configuration filled in from the environment. */
async function readyExperiment(file: string): Promise<ChaosExperiment> {
  const ready = substituted(await experimentOf(file), process.env);
  if ('experiment' in ready) return ready.experiment;
  throw new UserError(
    EXIT.badInput,
    `The experiment needs ${ready.lacking}.`,
    `${file}, configuration`,
    `Set it: ${ready.lacking}=… kneepoint chaos run ${file}`,
  );
}

async function experimentOf(file: string): Promise<ChaosExperiment> {
  const parsed = chaosExperimentSchema.safeParse(await jsonOf(file));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new UserError(
    EXIT.badInput,
    `${issue?.path.join('.') || 'the experiment'}: ${issue?.message ?? 'not as expected'}.`,
    file,
    'Use the experiment format of Chaos Toolkit; docs/load.md has an example.',
  );
}

async function jsonOf(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UserError(EXIT.badInput, 'The file cannot be read.', file, 'Name a file that exists.');
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      EXIT.badInput,
      `The JSON is damaged: ${error instanceof Error ? error.message : ''}`,
      file,
      'Mend it.',
    );
  }
}
