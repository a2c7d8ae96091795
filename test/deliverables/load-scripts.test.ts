import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from './cases.js';
import { runGatling } from './gatling-stub.js';
import { runK6 } from './k6-stub.js';

const CASES = [
  ...PROMPTS.map(([title, prompt]) => [title, prompt] as const),
  ...HOSTILE.map((name) => [`hostile: ${name}`, hostilePrompt(name)] as const),
];
const forGatling = (prompt: string): string => prompt.replaceAll('k6', 'Gatling');
const seconds = (text: string): number => Number(/^(\d+)s$/.exec(text)?.[1]);

describe.each(CASES)('the k6 script of %s', (_title, prompt) => {
  const script = async (): Promise<string> => (await deliverablesOf(prompt)).files.get('load/k6.js') ?? '';

  it('sends requests of every class to the base address alone', async () => {
    const grpc = (await script()).includes('k6/net/grpc');
    const base = grpc ? '127.0.0.1:9' : 'http://127.0.0.1:9';
    const { options, sent, checks } = await runK6(await script(), { BASE_URL: base, KEYS: '50' });
    expect(Object.keys(sent)).toEqual(Object.keys(options.scenarios));
    for (const [name, requests] of Object.entries(sent)) {
      expect(requests, name).toHaveLength(20);
      for (const r of requests) {
        expect(r.url.startsWith(grpc ? `${base} ` : `${base}/`), r.url).toBe(true);
        expect(r.url.slice(base.length)).not.toMatch(/[{}#]|\/:|undefined|NaN/);
        if (r.body !== undefined) expect(JSON.parse(r.body)).toHaveProperty('id');
        if (!grpc) expect(r.name).toBe(name);
      }
    }
    expect(checks.failed).toBe(0);
  });

  it('draws ids within those that there are, some far more often', async () => {
    const grpc = (await script()).includes('k6/net/grpc');
    const [first = ''] = Object.keys((await runK6(await script(), {}, { times: 0 })).options.scenarios);
    const env = grpc ? {} : { [`${first.toUpperCase()}_PATH`]: '/things/:id' };
    const { sent } = await runK6(await script(), { KEYS: '40', ...env }, { times: 2000 });
    const ids = (sent[first] ?? []).map((r) =>
      grpc ? Number((JSON.parse(r.body ?? '{}') as { id: string }).id) : Number(r.url.split('/').at(-1)),
    );
    const counts = new Map<number, number>();
    for (const id of ids) {
      expect(Number.isInteger(id) && id >= 1 && id <= 40, String(id)).toBe(true);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeGreaterThan(3 * (2000 / 40));
  });

  it('offers rates that the scale shrinks, never to nothing, with users enough for k6 to start', async () => {
    const whole = await runK6(await script(), {}, { times: 0 });
    const small = await runK6(await script(), { RATE: '0.001', TIME: '0.001' }, { times: 0 });
    for (const [name, scenario] of Object.entries(small.options.scenarios)) {
      const full = whole.options.scenarios[name];
      expect(scenario.executor).toBe('ramping-arrival-rate');
      expect(scenario.preAllocatedVUs).toBeLessThanOrEqual(scenario.maxVUs);
      for (const [i, stage] of scenario.stages.entries()) {
        expect(stage.target).toBeGreaterThanOrEqual(1);
        expect(stage.target).toBeLessThanOrEqual(full?.stages[i]?.target ?? 0);
        expect(seconds(stage.duration)).toBeGreaterThanOrEqual(1);
        expect(seconds(stage.duration)).toBeLessThanOrEqual(seconds(full?.stages[i]?.duration ?? ''));
      }
    }
  });

  it('counts a refusal as failed', async () => {
    const { checks } = await runK6(await script(), {}, { times: 3, status: 503 });
    expect(checks.passed).toBe(0);
    expect(checks.failed).toBeGreaterThan(0);
  });

  it('uses nothing that the second major version of k6 dropped', async () => {
    // Options and modules that its notes of change name: the executor, the old cloud block, the experimental modules.
    expect(await script()).not.toMatch(
      /externally-controlled|\bext\s*:|k6\/experimental|k6\/ws\b|noUsageReport|summary-mode/,
    );
  });
});

describe.each(CASES)('the Gatling simulation in TypeScript of %s', (_title, prompt) => {
  it('injects the rates of the k6 script and sends each class', async () => {
    const { files } = await deliverablesOf(forGatling(prompt));
    const text = files.get('load/gatling.ts');
    if (text === undefined) return;
    const asked = await runGatling(text, { BASE_URL: 'http://127.0.0.1:9', KEYS: '50' });
    expect(asked.baseUrl).toBe('http://127.0.0.1:9');
    const { options } = await runK6(files.get('load/k6.js') ?? '', {}, { times: 0 });
    expect(asked.scenarios.map((s) => s.name)).toEqual(Object.keys(options.scenarios));
    for (const s of asked.scenarios) {
      const k6 = options.scenarios[s.name];
      expect(s.arrivals.map((a) => a.to)).toEqual(k6?.stages.slice(0, 3).map((g) => g.target));
      expect(s.arrivals.map((a) => a.seconds)).toEqual(
        k6?.stages.slice(0, 3).map((g) => seconds(g.duration)),
      );
      expect(s.requests).toHaveLength(1);
      for (const r of s.requests) {
        expect(r.path).toMatch(/^\/[^#{}]*$/);
        if (r.method === 'POST') {
          const { id } = JSON.parse(r.body ?? '') as { id: number };
          expect(id >= 1 && id <= 50).toBe(true);
        }
      }
    }
    expect(asked.assertions.at(-1)).toMatch(/^all failed % < [\d.]+$/);
    const names = new Set(['all', ...asked.scenarios.map((s) => s.name)]);
    for (const a of asked.assertions) expect(names).toContain(a.split(' ')[0]);
  });
});

describe('Gatling simulations in TypeScript', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-gatling-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  it('pass the type-check with the types of Gatling', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const paths: string[] = [];
    for (const [i, [, prompt]] of CASES.entries()) {
      const script = (await deliverablesOf(forGatling(prompt))).files.get('load/gatling.ts');
      if (script === undefined) continue;
      const path = join(folder, `simulation-${i}.ts`);
      writeFileSync(path, script);
      paths.push(path);
    }
    expect(paths.length).toBeGreaterThan(2);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          noEmit: true,
          strict: true,
          target: 'ES2022',
          module: 'ESNext',
          moduleResolution: 'Bundler',
          lib: ['ES2022'],
          types: [],
          paths: { '@gatling.io/*': [join(root, 'node_modules/@gatling.io/*')] },
          skipLibCheck: true,
        },
        files: paths,
      }),
    );
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
