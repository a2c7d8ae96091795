import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
const made = (text: string): string => {
  const path = join(folder, 'readings');
  writeFileSync(path, text);
  return path;
};

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
    return { code: await main(['profile', 'memory', ...args]), out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}

describe('kneepoint profile memory', () => {
  it('suspects a leak in readings of a program that has one, and says when it meets the limit', async () => {
    const { code, out } = await run(fixture('node/heap-leak.csv'), '--heap-limit', '512MiB');
    expect(code).toBe(1);
    expect(out).toContain('heapUsed: what is kept climbs');
    expect(out).toMatch(/meets 537\u202fMB in \d+\u202fmin \(\d+\u202fmin to \d+\u202fmin\)/);
    expect(out).not.toContain('heapTotal');
  });

  it('is silent about the same program without the leak', async () => {
    const { code, out } = await run(fixture('node/heap-level.csv'), '--heap-limit', '512MiB');
    expect(code).toBe(0);
    expect(out).toContain('level');
    expect(out).not.toContain('meets');
  });

  it('reads one line a metric, with units, by process', async () => {
    const rows = Array.from({ length: 400 }, (_, i) =>
      ['a', 'b'].map((pod) => {
        const mib = 100 + (pod === 'a' ? i * 0.2 : 0) + (i % 7);
        return `${1_760_000_000 + i * 15},process_memory,${mib},MiB,${pod}`;
      }),
    ).flat();
    const { code, out } = await run(
      made(`timestamp,metric,value,unit,pod\n${rows.join('\n')}\n`),
      '--json',
      '--heap-limit',
      '1GiB',
    );
    expect(code).toBe(1);
    const { series } = JSON.parse(out);
    expect(series.map((s: { name: string; verdict: string }) => [s.name, s.verdict])).toEqual([
      ['process_memory a', 'climbs'],
      ['process_memory b', 'level'],
    ]);
    expect(series[0].slope).toBeCloseTo((0.2 * 1024 ** 2) / 15, -2);
  });

  it.each([
    ['time,heap\n0,12\n1,13\n', [], 'unit of heap is not known'],
    ['a,b\n1,2\n', [], 'no CSV with a column of time'],
    ['time,cpu\n0,1\n', [], 'No column or metric of memory'],
    ['time,heap\nsoon,1\n', [], 'This is no time'],
    ['time,heap_mb\n0,1\n', ['--heap-limit', 'much'], 'much is no size'],
    ['time,heap_mb\n0,1\n', ['--unit', 'pints'], 'pints is no unit'],
  ])('refuses %j %j', async (text, options, says) => {
    const { code, err } = await run(made(text), ...options);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });
});
