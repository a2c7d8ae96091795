import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from '../../bench/load/target.js';
import { subject } from '../../src/domain/index.js';
import { refutingExperiment } from '../../src/experiments/chaos/refute.js';
import { has, run } from './tools.js';

const VERSION = '1.19.0';
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-chaos-'));
const toolkit = join(folder, 'venv/bin/chaos');
let target: Target;

/** The experiments of findings whose causes are tried in different ways. */
const EXPERIMENTS = (
  [
    ['database/pool-exhausted', 'database', 'pool'],
    ['client/large-pages', 'client', 'client'],
    ['dependency/slow-remote', 'dependency', 'dependency'],
    ['api/hot-function', 'api', 'service'],
  ] as const
).map(
  ([hypothesis, layer, kind]) =>
    [
      hypothesis,
      refutingExperiment({
        id: `${hypothesis}/x`,
        hypothesis,
        title: ['A cause'],
        layer,
        subject: subject(kind, 'orders'),
        verdict: 'supported',
        probability: 0.9,
        statement: [],
        decidedBy: [],
        refutedIf: ['Nothing changes.'],
        observations: [],
        changes: [],
        measurements: [],
        remedies: [],
      }),
    ] as const,
);

describe.skipIf(!has('python3'))('Chaos Toolkit', () => {
  beforeAll(async () => {
    target = await startTarget(0, 0);
    expect(run('python3', ['-m', 'venv', join(folder, 'venv')]).status).toBe(0);
    const pip = ['install', '--quiet', `chaostoolkit==${VERSION}`];
    const installed = run(join(folder, 'venv/bin/pip'), pip, { timeoutMs: 240_000 });
    expect(installed.status, installed.output).toBe(0);
    // The experiments call kneepoint by its name.
    mkdirSync(join(folder, 'bin'));
    const command = join(folder, 'bin/kneepoint');
    writeFileSync(
      command,
      `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'bin/kneepoint.mjs')}" "$@"\n`,
    );
    chmodSync(command, 0o755);
  }, 300_000);
  afterAll(() => {
    target.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const environment = () => ({
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    TARGET_URL: `${target.url}/`,
    UPSTREAM: target.url.replace('http://', ''),
    SERVICE_PID: String(target.pid),
  });
  const written = (name: string, experiment: unknown): string => {
    const path = join(folder, `${name.replace(/\W+/g, '-')}.json`);
    writeFileSync(path, JSON.stringify(experiment));
    return path;
  };

  it.each(EXPERIMENTS)('takes the experiment that could refute %s', (name, experiment) => {
    const { status, output } = run(toolkit, ['validate', written(name, experiment)], {
      cwd: folder,
      env: environment(),
    });
    expect(status, output).toBe(0);
  });

  it('takes the experiment of the docs', () => {
    const page = readFileSync(join(root, 'docs/load.md'), 'utf8');
    const example = /```json\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
    const { status, output } = run(toolkit, ['validate', written('docs', JSON.parse(example))], {
      cwd: folder,
      env: environment(),
    });
    expect(status, output).toBe(0);
  });

  it('runs an experiment with our fault in it', () => {
    const port = 20_000 + (process.pid % 20_000);
    const experiment = {
      title: 'slow line',
      description: 'A probe through a proxy that adds latency.',
      method: [
        {
          type: 'action',
          name: 'add latency',
          background: true,
          provider: {
            type: 'process',
            path: 'kneepoint',
            arguments: `chaos inject latency --listen 127.0.0.1:${port} --upstream ${environment().UPSTREAM} --latencyMs 300 --seconds 15`,
          },
        },
        {
          type: 'probe',
          name: 'through',
          pauses: { before: 6 },
          provider: { type: 'http', url: `http://127.0.0.1:${port}/x` },
        },
      ],
      rollbacks: [],
    };
    const journal = join(folder, 'journal.json');
    const { status, output } = run(toolkit, ['run', '--journal-path', journal, written('run', experiment)], {
      cwd: folder,
      env: environment(),
    });
    expect(status, output).toBe(0);
    const { run: activities } = JSON.parse(readFileSync(journal, 'utf8')) as {
      run: { activity: { name: string }; status: string; output: { status?: number }; duration: number }[];
    };
    const through = activities.find((a) => a.activity.name === 'through');
    expect(through).toMatchObject({ status: 'succeeded', output: { status: 200 } });
    expect(through?.duration).toBeGreaterThan(0.29);
  });
});
