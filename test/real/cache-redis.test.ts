import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../lab/topology/free-port.js';
import { readAccess } from '../../src/evidence/read-access.js';
import { studyCache } from '../../src/facts/cache-study/study.js';
import { POLICIES } from '../../src/models/cache/policies/index.js';
import { missRatio } from '../../src/models/cache/policy.js';
import { replayTtl } from '../../src/models/cache/time-to-live.js';
import { seededRandom } from '../../src/models/random.js';

const installed = spawnSync('redis-server', ['--version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-redis-'));
const VALUE = 'v'.repeat(1000);
const KEYS = 12_000;
let server: ChildProcess;
let redis: Redis;

beforeAll(async () => {
  if (!installed) return;
  const port = await freePort();
  server = spawn('redis-server', [
    '--port',
    String(port),
    '--save',
    '',
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
  ]);
  redis = new Redis(port, '127.0.0.1', { retryStrategy: () => 100 });
  await redis.ping();
});
afterAll(async () => {
  if (installed) {
    redis.disconnect();
    server.kill();
  }
  await sleep(100);
  rmSync(folder, { recursive: true, force: true });
});

const popular = (seed: number): (() => string) => {
  const random = seededRandom(seed);
  return () => `item:${Math.floor(KEYS * random() ** 2.5)}`;
};

/** Cache-aside against the real server: look up, and fill on a miss. Returns the hit ratio of the second half. */
async function use(requests: number, ttlMs?: number, perMs?: number): Promise<number> {
  const next = popular(11);
  const BATCH = 50;
  let hits = 0;
  let counted = 0;
  const start = performance.now();
  for (let done = 0; done < requests; done += BATCH) {
    if (perMs) await sleep(Math.max(0, start + done / perMs - performance.now()));
    // A key twice in a batch is two look-ups before its fill in Redis, and one in a trace: take each once.
    const keys = [...new Set(Array.from({ length: BATCH }, next))];
    const values = await Promise.all(keys.map((k) => redis.get(k)));
    const missing = keys.filter((_, i) => values[i] === null);
    await Promise.all(missing.map((k) => (ttlMs ? redis.set(k, VALUE, 'PX', ttlMs) : redis.set(k, VALUE))));
    if (done < requests / 2) continue;
    counted += keys.length;
    hits += keys.length - missing.length;
  }
  return hits / counted;
}

/** What MONITOR says while the cache is used, as a trace file. */
async function recorded(work: () => Promise<unknown>): Promise<string> {
  const lines: string[] = [];
  const monitor = await redis.duplicate().monitor();
  monitor.on('monitor', (time: string, args: string[], source: string, database: string) => {
    lines.push(`${time} [${database} ${source}] ${args.map((a) => JSON.stringify(a)).join(' ')}`);
  });
  await work();
  await sleep(300);
  monitor.disconnect();
  const path = join(folder, `monitor-${lines.length}.txt`);
  writeFileSync(path, `OK\n${lines.join('\n')}\n`);
  return path;
}

describe.skipIf(!installed)('forecasts for a real Redis', () => {
  test('the hit ratio with more memory is within two points of what is then measured', async () => {
    await redis.flushall();
    const empty = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.config('SET', 'maxmemory', String(empty + 3_000_000));
    // Redis' clock of last use counts seconds: the load takes as long as a real one would.
    const path = await recorded(() => use(60_000, undefined, 4));
    const held = await redis.dbsize();
    const { trace } = await readAccess(path);
    // Twice the memory for data holds twice the keys.
    const more = 2 * held;
    const half = trace.requests.length / 2;
    const told = (size: number): number => {
      const cache = POLICIES['redis-lru'](size, trace.objects);
      let hits = 0;
      trace.requests.forEach((object, i) => {
        const hit = cache.access(object);
        if (i >= half && hit) hits++;
      });
      return hits / (trace.requests.length - half);
    };
    await redis.flushall();
    await redis.config('SET', 'maxmemory', String(empty + 6_000_000));
    const measured = await use(60_000, undefined, 4);
    expect(Math.abs(told(more) - measured)).toBeLessThan(0.02);
    // And the forecast is one: today's size is told apart from the new one.
    expect(told(more) - told(held)).toBeGreaterThan(0.04);
    expect(studyCache(trace, { size: held }).advice.find((a) => a.id === 'size')?.text).toMatch(/Room for/);
    expect(missRatio(POLICIES.lru, trace.requests, more, trace.objects)).toBeLessThan(1);
  });

  test('the hit ratio with a longer life is within two points of what is then measured', async () => {
    await redis.config('SET', 'maxmemory', '0');
    await redis.flushall();
    const path = await recorded(() => use(24_000, 1000, 2));
    const { trace } = await readAccess(path);
    const times = trace.timesMs ?? new Float64Array();
    const from = ((times[0] ?? 0) + (times[times.length - 1] ?? 0)) / 2;
    const forecast = replayTtl(trace.requests, times, trace.objects, 4000, { countFromMs: from }).hitRatio;
    const today = replayTtl(trace.requests, times, trace.objects, 1000, { countFromMs: from }).hitRatio;
    await redis.flushall();
    const measured = await use(24_000, 4000, 2);
    expect(Math.abs(forecast - measured)).toBeLessThan(0.02);
    expect(forecast - today).toBeGreaterThan(0.04);
  });
});
