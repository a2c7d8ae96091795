import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.js';
import { fixture } from '../evidence/readers/profiles/made.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kneepoint-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    return { code: await main(['profile', ...args]), out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

const made = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const shop = (work: number): string =>
  `${Array.from({ length: 30 }, (_, i) => `main;f${i} 300`).join('\n')}\nmain;work ${work}\n`;

describe('kneepoint profile', () => {
  it('says why, where and what to do', async () => {
    const { code, out } = await run(fixture('node/parse-orders.cpuprofile'), '--source', fixture('node'));
    expect(code).toBe(0);
    expect(out).toMatch(/1\. Parsing JSON: \d+/);
    expect(out).toContain('parse-orders.js:7');
    expect(out).toContain('refuted if:');
  });

  it('prints JSON with the same', async () => {
    const { out } = await run(fixture('python/gil.collapsed'), '--json');
    expect(JSON.parse(out)).toMatchObject({ runtime: 'python', causes: [{ cause: 'gil-held' }] });
  });

  it('against an equal profile passes, against a faster one fails the check', async () => {
    const before = made('before', shop(500));
    expect((await run(made('same', shop(510)), '--against', before)).code).toBe(0);
    const slower = await run(made('slower', shop(1000)), '--against', before);
    expect(slower.code).toBe(1);
    expect(slower.out).toMatch(/slower .*work/);
  });

  it('writes the flame graph as a page and as a drawing', async () => {
    const html = join(folder, 'out', 'flame.html');
    const svg = join(folder, 'flame.svg');
    await run(fixture('go/cpu.pprof'), '--html', html, '--svg', svg);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg /);
  });

  it('prints collapsed stacks that can be read again', async () => {
    const { out } = await run(fixture('go/mutex.pprof'), '--collapsed');
    expect(out).toMatch(/main\.guarded;.* \d+\n/);
  });

  it.each([
    ['no file', []],
    ['a file that is not there', ['/nowhere/x.pprof']],
    ['a file that is no profile', [fixture('go/main.go')]],
    ['a sample type that is not in it', [fixture('go/heap.pprof'), '--type', 'cpu']],
    ['a rate that is none', [fixture('go/cpu.pprof'), '--against', fixture('go/cpu.pprof'), '--fdr', 'high']],
  ])('%s is bad input, with what to do', async (_, args) => {
    const { code, err } = await run(...args);
    expect(code).toBe(2);
    expect(err).toContain('to do:');
  });

  it('takes control characters out of what it prints', async () => {
    const { out } = await run(made('control', 'main;\u001b[31mred\u0007 500\nmain;b 2\n'.repeat(3)));
    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u0007');
  });

  it('names the tool for programs it does not record', async () => {
    const { code, err } = await run('record', '--', 'python3', 'app.py');
    expect(code).toBe(2);
    expect(err).toContain('py-spy');
  });
});
