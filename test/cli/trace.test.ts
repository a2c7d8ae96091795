import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs a command line and gives what it printed. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.err += String(text);
    return true;
  });
  const code = await main(args);
  vi.restoreAllMocks();
  return { code, ...said };
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const BASE = 1_700_000_000_000_000;
/** Thirty requests of 100 to 129 ms; each calls a tax service for 40 ms. Times in µs, as Jaeger writes them. */
const jaeger = {
  data: Array.from({ length: 30 }, (_, i) => {
    const traceID = hex(i + 1, 32);
    const at = BASE + i * 1_000_000;
    const span = (
      id: number,
      parent: number,
      processID: string,
      operationName: string,
      kind: string,
      from: number,
      ms: number,
    ) => ({
      traceID,
      spanID: hex(16 * (i + 1) + id, 16),
      operationName,
      references:
        parent === 0 ? [] : [{ refType: 'CHILD_OF', traceID, spanID: hex(16 * (i + 1) + parent, 16) }],
      startTime: at + from * 1000,
      duration: ms * 1000,
      processID,
      tags: [{ key: 'span.kind', type: 'string', value: kind }],
    });
    return {
      traceID,
      spans: [
        span(1, 0, 'p1', 'GET /basket', 'server', 0, 100 + i),
        span(2, 1, 'p1', 'POST /tax', 'client', 20, 50),
        span(3, 2, 'p2', 'POST /tax', 'server', 25, 40),
      ],
      processes: { p1: { serviceName: 'shop' }, p2: { serviceName: 'tax\u001b[31m' } },
    };
  }),
};
const file = join(folder, 'traces.json');
writeFileSync(file, JSON.stringify(jaeger));

describe('kneepoint trace', () => {
  it('shows where the time of requests goes, and lets no name steer the terminal', async () => {
    const { code, out } = await run('trace', 'critical-path', file);
    expect(code).toBe(0);
    expect(out).toContain('shop/GET /basket: 30 requests');
    expect(out).toContain('POST /tax');
    expect(out).not.toContain('\u001b');
  });

  it('tells what requests wait for and whether it may come after the answer', async () => {
    const { code, out } = await run('trace', 'async', file);
    expect(code).toBe(0);
    expect(out).toMatch(/50\.0 ms .*before it .*POST \/tax.*by its name \(tax\) it decides the answer/);
    const { awaited } = JSON.parse((await run('trace', 'async', file, '--json')).out) as {
      awaited: { savedMs: number; turn: string }[];
    };
    expect(awaited.map((a) => [a.savedMs, a.turn])).toEqual([[50, 'before']]);
  });

  it('gives the same as JSON, adding up to the request', async () => {
    const { out } = await run('trace', 'critical-path', file, '--json');
    const { shares, p50Ms } = JSON.parse(out) as { shares: { meanMs: number }[]; p50Ms: number };
    expect(p50Ms).toBeCloseTo(114.5, 3);
    expect(shares.reduce((sum, s) => sum + s.meanMs, 0)).toBeCloseTo(114.5, 3);
  });

  it('lays out one trace by the start of its id', async () => {
    const { code, out } = await run('trace', 'critical-path', file, '--trace', hex(3, 32));
    expect(code).toBe(0);
    expect(out).toContain('102 ms, 3 spans');
  });

  it('re-times with a change, with an interval', async () => {
    const { code, out } = await run('trace', 'what-if', file, '--drop', 'shop/POST /tax', '--json');
    expect(code).toBe(0);
    const { rows, changed } = JSON.parse(out) as {
      changed: number;
      rows: { statistic: string; pessimistic: { saved: number; interval: [number, number] } }[];
    };
    expect(changed).toBe(30);
    expect(rows.map((r) => r.statistic)).toEqual(['p50', 'p90', 'p95', 'p99', 'mean']);
    for (const r of rows) {
      expect(r.pessimistic.saved).toBeCloseTo(50, 3);
      expect(r.pessimistic.interval[0]).toBeLessThanOrEqual(50.001);
    }
  });

  it.each([
    [['what-if', file], 'No change was named'],
    [['what-if', file, '--drop', 'nobody'], 'shop/POST /tax'],
    [['what-if', file, '--timeout', 'tax=soon'], '=200ms'],
    [['critical-path', join(folder, 'missing.json')], 'There is no file'],
    [['critical-path', file, '--request', 'POST /nothing'], 'shop/GET /basket'],
    [['critical-path', file, '--trace', 'ffff'], 'trace id'],
  ])('says what to do when it cannot: %j', async (args, said) => {
    const { code, err } = await run('trace', ...args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it('says that a file without spans has none', async () => {
    const empty = join(folder, 'empty.json');
    writeFileSync(empty, '{"data":[]}');
    const { code, err } = await run('trace', 'critical-path', empty);
    expect(code).toBe(2);
    expect(err).toContain('no spans');
  });
});
