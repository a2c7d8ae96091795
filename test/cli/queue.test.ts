import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.js';
import { printedInEachTest } from './printed.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-queue-'));
afterAll(() => rmSync(folder, { recursive: true }));
const arrivals = join(folder, 'arrivals.csv');
writeFileSync(
  arrivals,
  `minute,count\n${Array.from({ length: 60 }, (_, i) => `${1_767_225_600 + i * 60},${i > 20 && i < 26 ? 900 : 120}`).join('\n')}\n`,
);
const keys = join(folder, 'keys.txt');
writeFileSync(keys, Array.from({ length: 3000 }, (_, i) => `item:${(i * i) % 211}`).join('\n'));

const printed = printedInEachTest();

describe('kneepoint queue', () => {
  test('exits 1 when the workers of today break the objective, 0 when they keep it', async () => {
    expect(await main(['queue', arrivals, '--service', '500ms', '--workers', '2'])).toBe(1);
    expect(await main(['queue', arrivals, '--service', '500ms', '--workers', '12'])).toBe(0);
  });

  test('where chance decides, tells a range, why, and what to do', async () => {
    const near = join(folder, 'near.csv');
    const minute = (i: number): number => (i % 20 >= 17 ? 1200 : 600);
    writeFileSync(
      near,
      `minute,count\n${Array.from({ length: 40 }, (_, i) => `${1_767_225_600 + i * 60},${minute(i)}`).join('\n')}\n`,
    );
    expect(await main(['queue', near, '--service', '500ms', '--workers', '10', '--objective', '99:6s'])).toBe(
      1,
    );
    expect(printed.out).toMatch(/Today's 10 workers: p99 wait [\d.]+-[\d.]+ s/);
    expect(printed.out).toMatch(
      /The busiest minute needs 100 % of them: how long the queue gets there is chance/,
    );
    expect(printed.out).toMatch(/Some runs keep 99:6s and some do not: add (?:one worker|\d workers)\./);
  });

  test('prints one JSON object', async () => {
    await main(['queue', arrivals, '--service', '500ms', '--json']);
    expect(JSON.parse(printed.out).needed.workers).toBeGreaterThan(1);
  });

  test.each([
    [['--service', 'soon'], /--service/],
    [['--service', '1s', '--objective', '5s'], /--objective/],
    [['--service', '1s', '--workers', '-3'], /--workers/],
    [['--service', '1s', '--variation', 'much'], /--variation/],
  ])('names a wrong option: %j', async (options, message) => {
    expect(await main(['queue', arrivals, ...options])).toBe(2);
    expect(printed.err).toMatch(message);
  });
});

describe('kneepoint cache', () => {
  test('writes the curve as a drawing that says itself in words', async () => {
    const chart = join(folder, 'curve.svg');
    expect(await main(['cache', keys, '--chart', chart])).toBe(0);
    expect(readFileSync(chart, 'utf8')).toMatch(
      /^<svg .*aria-label="With room for \d+ of \d+ objects LRU serves/,
    );
    expect(printed.out).toContain('Hit ratio by room');
  });

  test.each([
    [['cache'], /nothing to study/],
    [['cache', '/nowhere'], /no file/],
    [['cache', keys, '--bytes', 'much'], /--bytes/],
    [['cache', '--redis', 'http://x'], /no protocol of Redis/],
    [['cache', '--redis', 'redis://127.0.0.1:1', '--seconds', '0'], /--seconds/],
  ])('%j is refused with what to do', async (args, message) => {
    expect(await main(args)).toBe(2);
    expect(printed.err).toMatch(message);
  });

  test('a server that does not answer is not a crash', async () => {
    expect(await main(['cache', '--redis', 'redis://127.0.0.1:1', '--seconds', '1'])).toBe(3);
    expect(printed.err).toMatch(/could not be read/);
  });
});
