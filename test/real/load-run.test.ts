import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type Target } from '../../bench/load/target.js';
import { run } from './tools.js';

const bin = fileURLToPath(new URL('../../bin/kneepoint.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-load-'));
let target: Target;
beforeAll(async () => {
  target = await startTarget(0, 0);
});
afterAll(() => {
  target.stop();
  rmSync(folder, { recursive: true, force: true });
});

const plan = (url: string): string => {
  const path = join(folder, 'plan.yaml');
  writeFileSync(
    path,
    `target: ${url}
arrivals: { process: uniform, stages: [{ rate: 100, seconds: 3 }] }
requests: [{ name: a, path: "/a/{key}", keys: { count: 5 } }, { name: b, method: POST, path: /b, body: '{}' }]
slo: { p95Ms: 10000 }
`,
  );
  return path;
};

describe('the built command', () => {
  it('sends every request that was due, and writes the run, its seconds and a report', () => {
    const out = join(folder, 'out');
    const { status, output } = run('node', [bin, 'load', 'run', plan(target.url), '--out', out]);
    // 3 when this machine was too busy for the run to count: then it says so.
    expect([0, 3], output).toContain(status);
    const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(document).toMatchObject({ due: 300, sent: 300, dropped: 0, requests: 300, errors: 0 });
    expect(document.verdict).toBe(status === 0 ? 'valid' : 'invalid');
    const seconds = readFileSync(join(out, 'seconds.ndjson'), 'utf8').trim().split('\n');
    const answers = seconds.map((l) => JSON.parse(l).answers as number).reduce((a, b) => a + b, 0);
    expect(answers).toBe(300);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('How long requests took');
  });

  it('tells a target that is not there from one that is slow', () => {
    const out = join(folder, 'nobody');
    run('node', [bin, 'load', 'run', plan('http://127.0.0.1:9'), '--out', out]);
    const document = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
    expect(document).toMatchObject({ requests: 300, errors: 300, errorKinds: { ECONNREFUSED: 300 } });
  });

  it('runs an experiment: a probe through a proxy that adds latency', () => {
    const file = join(folder, 'experiment.json');
    const upstream = target.url.replace('http://', '');
    const port = 20_000 + (process.pid % 20_000);
    const probe = { type: 'http', url: `http://127.0.0.1:${port}/x` };
    writeFileSync(
      file,
      JSON.stringify({
        title: 'slow line',
        'steady-state-hypothesis': {
          title: 'answers',
          probes: [
            {
              type: 'probe',
              name: 'direct',
              tolerance: 200,
              provider: { type: 'http', url: `${target.url}/x` },
            },
          ],
        },
        method: [
          {
            type: 'action',
            name: 'add latency',
            background: true,
            provider: {
              type: 'process',
              path: 'kneepoint',
              arguments: `chaos inject latency --listen 127.0.0.1:${port} --upstream ${upstream} --latencyMs 300 --seconds 60`,
            },
          },
          { type: 'probe', name: 'through', pauses: { before: 5 }, provider: probe },
        ],
      }),
    );
    const journal = join(folder, 'journal.json');
    const { status, output } = run('node', [bin, 'chaos', 'run', file, '--journal', journal]);
    expect(status, output).toBe(0);
    const { run: activities } = JSON.parse(readFileSync(journal, 'utf8'));
    const through = activities.find((a: { name: string }) => a.name === 'through');
    expect(through.outcome.status).toBe(200);
    expect(through.outcome.ms).toBeGreaterThan(290);
  });
});
