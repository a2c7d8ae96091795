import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.js';
import { printedInEachTest } from './printed.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-verbs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/load/${name}`, import.meta.url));

const printed = printedInEachTest();

/** A store of runs around a p99. */
const store = (name: string, n: number, p99: number): string =>
  file(
    name,
    Array.from({ length: n }, (_, i) =>
      JSON.stringify({
        format: 'kneepoint.baseline/1',
        series: 'default',
        commit: `${i}`.padStart(7, 'a'),
        source: { file: 'x', sha256: '', tool: 'k6', format: 'k6' },
        metrics: { 'latency.p50': p99 / 2, 'latency.p99': p99 + (i % 5) * 0.1, 'errors.ratio': 0 },
      }),
    ).join('\n'),
  );

describe('compare and gate', () => {
  it('cannot tell from one run a side, and say how many more', async () => {
    const code = await main(['compare', fixture('k6-points.ndjson'), fixture('k6.csv')]);
    expect(code).toBe(3);
    expect(printed.out).toContain('more runs a side');
    expect(printed.out).toContain('One run a side');
  });
  it('fail against a store when the tail grew, with JUnit and Markdown', async () => {
    const runs = Array.from({ length: 6 }, (_, i) => {
      const summary = JSON.parse(readFileSync(fixture('k6-handle-summary.json'), 'utf8'));
      const values = summary.metrics.http_req_duration.values;
      values['p(99)'] += i * 0.1;
      return file(`run-${i}.json`, JSON.stringify(summary));
    });
    const [junit, markdown] = [join(folder, 'gate.xml'), join(folder, 'gate.md')];
    const args = runs.flatMap((r) => ['--candidate', r]);
    const base = [
      'gate',
      '--store',
      store('fast.jsonl', 12, 40),
      ...args,
      '--junit',
      junit,
      '--markdown',
      markdown,
    ];
    expect(await main([...base, '--metric', 'latency.p99'])).toBe(1);
    expect(printed.out).toContain('FAIL: latency.p99 +');
    expect(readFileSync(junit, 'utf8')).toContain('<failure');
    expect(readFileSync(markdown, 'utf8')).toContain('Performance gate: FAIL');
    printed.out = '';
    expect(
      await main(['gate', '--store', store('slow.jsonl', 12, 90), ...args, '--metric', 'latency.p99']),
    ).toBe(0);
  });
  it('start a store, and name a damaged line of one', async () => {
    const fresh = join(folder, 'new.jsonl');
    expect(await main(['gate', '--store', fresh, '--candidate', fixture('wrk.txt'), '--record'])).toBe(3);
    expect(readFileSync(fresh, 'utf8')).toContain('"tool":"wrk"');
    const damaged = file('damaged.jsonl', `${readFileSync(fresh, 'utf8')}{"cut`);
    expect(await main(['gate', '--store', damaged, '--candidate', fixture('wrk.txt')])).toBe(2);
    expect(printed.err).toContain('line 2');
  });
  it.each([
    [['compare', 'nowhere', 'nowhere'], 'no such file'],
    [['gate', '--candidate', fixture('wrk.txt')], 'There is no baseline'],
    [['compare', fixture('wrk.txt'), fixture('wrk.txt'), '--metric', 'latency.p95'], 'has no latency.p95'],
    [['compare', fixture('wrk.txt'), fixture('wrk.txt'), '--effect', '5'], 'no share'],
  ])('say what is wrong: %j', async (args, what) => {
    expect(await main(args)).toBe(2);
    expect(printed.err).toContain(what);
    expect(printed.err).toContain('to do:');
  });
});

describe('history', () => {
  const table = (worse: number): string =>
    `commit,p99_ms\n${Array.from({ length: 60 }, (_, i) => `c${i},${100 + ((i * 7919) % 13) / 10 + (i >= 40 ? worse : 0)}`).join('\n')}\n`;
  it('exits 1 while something is worse than before, else 0', async () => {
    expect(await main(['history', file('worse.csv', table(10))])).toBe(1);
    expect(printed.out).toContain('between c39 and c40');
    expect(await main(['history', file('same.csv', table(0))])).toBe(0);
    expect(printed.out).toContain('No lasting change');
  });
});

describe('load and chaos', () => {
  const plan = (target: string): string =>
    `target: ${target}\narrivals: { stages: [{ rate: 1, seconds: 1 }] }\nrequests: [{ name: a, path: / }]\n`;
  it('refuse to load another machine', async () => {
    expect(await main(['load', 'run', file('p.yaml', plan('http://192.0.2.1')), '--i-own-this'])).toBe(2);
    expect(printed.err).toContain('not this machine');
  });
  it('refuse to listen for others and to pause the machine', async () => {
    const words = ['--upstream', '127.0.0.1:1', '--seconds', '1', '--latencyMs', '1'];
    expect(await main(['chaos', 'inject', 'latency', '--listen', '0.0.0.0:0', ...words])).toBe(3);
    expect(printed.err).toContain('127.0.0.1');
    expect(await main(['chaos', 'inject', 'pause', '--pid', '1', '--seconds', '1'])).toBe(3);
  });
  it('write a plan from an access log', async () => {
    const log = Array.from(
      { length: 40 },
      (_, i) =>
        `10.0.0.${i % 3} - - [26/Nov/2026:10:00:${String(i).padStart(2, '0')} +0000] "GET /items/${i % 5} HTTP/1.1" 200 1`,
    ).join('\n');
    const to = join(folder, 'seen.yaml');
    expect(await main(['load', 'model', file('access.log', log), '--out', to])).toBe(0);
    expect(readFileSync(to, 'utf8')).toContain('/items/{key}');
  });
  it('write a script for another tool from an access log, a table of counts and metrics', async () => {
    const log = Array.from(
      { length: 40 },
      (_, i) =>
        `10.0.0.${i % 3} - - [26/Nov/2026:10:00:${String(i).padStart(2, '0')} +0000] "GET /items/${i % 5} HTTP/1.1" 200 1`,
    ).join('\n');
    const to = join(folder, 'seen.js');
    const args = ['--for', 'k6', '--p99', '700', '--out', to];
    expect(await main(['load', 'model', file('access.log', log), ...args])).toBe(0);
    expect(readFileSync(to, 'utf8')).toContain("'p(99)<700'");
    expect(printed.out).toContain('k6 run');

    const table = file('counts.csv', 'minute,requests\n2026-01-05 00:10:00,600\n2026-01-05 00:11:00,1200\n');
    expect(await main(['load', 'model', table, ...args])).toBe(0);
    expect(readFileSync(to, 'utf8')).toContain('const COUNTS = [600, 1200];');

    const metrics = (services: readonly string[]): string =>
      `# TYPE http_requests counter\n${services
        .flatMap((job) =>
          [0, 60, 120].flatMap((s) => [
            `http_requests_total{job="${job}",method="GET",route="/items/:id"} ${s * 10} ${1_700_000_000 + s}`,
            `http_requests_total{job="${job}",method="POST",route="/orders"} ${s * 5} ${1_700_000_000 + s}`,
          ]),
        )
        .sort((a, b) => a.slice(0, a.indexOf('}')).localeCompare(b.slice(0, b.indexOf('}')), 'en'))
        .join('\n')}\n# EOF\n`;
    expect(await main(['load', 'model', file('one.om', metrics(['shop'])), ...args])).toBe(0);
    expect(readFileSync(to, 'utf8')).toContain('const COUNTS = [900, 900];');
    expect(readFileSync(to, 'utf8')).toContain('"/items/{key}"');
    const two = file('two.om', metrics(['shop', 'stock']));
    expect(await main(['load', 'model', two, ...args])).toBe(2);
    expect(printed.err).toContain('--service: shop, stock');
    expect(await main(['load', 'model', two, ...args, '--service', 'stock'])).toBe(0);
  });
  it.each([
    [['--for', 'abacus'], 'kneepoint, k6, gatling-typescript'],
    [['--p99', 'fast'], 'milliseconds'],
  ])('say what can be written: %j', async (args, what) => {
    expect(await main(['load', 'model', fixture('wrk.txt'), ...args])).toBe(2);
    expect(printed.err).toContain(what);
  });
  it('check the thresholds that k6 inspect prints', async () => {
    const options = (threshold: string): string =>
      file('options.json', JSON.stringify({ thresholds: { http_req_duration: [threshold] } }));
    expect(await main(['load', 'check', options('p(99)<700')])).toBe(0);
    expect(printed.out).toContain('k6 takes the one threshold');
    expect(await main(['load', 'check', options('p99<700')])).toBe(1);
    expect(printed.out).toContain('1 of 1 thresholds will not do what they say');
    expect(await main(['load', 'check', file('cut.json', '{"thresholds":')])).toBe(2);
    expect(await main(['load', 'check', file('odd.json', '{"thresholds":{"a":3}}')])).toBe(2);
    expect(printed.err).toContain('thresholds.a');
  });
  it('say what is wrong with an experiment', async () => {
    expect(await main(['chaos', 'run', file('e.json', '{"method":[]}')])).toBe(2);
    expect(printed.err).toContain('title');
    expect(await main(['chaos', 'run', file('cut.json', '{"title"')])).toBe(2);
    expect(printed.err).toContain('JSON is damaged');
  });
});
