import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { collectRedis } from '../../src/evidence/connectors/redis/collect.js';
import type { RedisSnapshot } from '../../src/evidence/connectors/redis/snapshot.js';
import { diagnoseRedis } from '../../src/facts/redis/diagnose.js';
import { seededRandom } from '../../src/models/random.js';
import { has } from './tools.js';

const installed = has('redis-server');
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-redis-'));
const port = 20_000 + (process.pid % 20_000);
const url = `redis://127.0.0.1:${port}`;
let server: ChildProcess;
let clients: Redis[];
const first = (): Redis => clients[0] as Redis;

beforeAll(async () => {
  if (!installed) return;
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
  await sleep(500);
  clients = Array.from({ length: 8 }, () => new Redis(url));
  await first().ping();
});
afterAll(async () => {
  if (!installed) return;
  for (const c of clients) c.disconnect();
  server.kill();
  await sleep(100);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  if (installed) await first().flushall();
});

/** Cache-aside by eight clients for a while; `key` chooses what is asked for, `fillMs` how long a refill takes. */
async function traffic(
  seconds: number,
  key: (random: () => number) => string,
  fillMs: number,
  ttl: () => number,
) {
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    clients.map(async (client, i) => {
      const random = seededRandom(i + 1);
      while (performance.now() < end) {
        const k = key(random);
        if ((await client.get(k)) === null) {
          await sleep(fillMs);
          await client.set(k, 'v'.repeat(200), 'PX', ttl());
        }
        await sleep(1 + 3 * random());
      }
    }),
  );
}

async function found(seconds: number, work: Promise<unknown>): Promise<string[]> {
  const [snapshot] = await Promise.all([
    collectRedis(url, { seconds, sampleKeys: 500, monitorSeconds: seconds }),
    work,
  ]);
  return diagnoseRedis(snapshot).map((f) => f.id);
}

const spread = (random: () => number): string => `item:${Math.floor(3000 * random())}`;
const jittered = () => {
  const random = seededRandom(5);
  return () => Math.round(4000 + 8000 * random());
};

describe.skipIf(!installed)('a real Redis', () => {
  test('that is healthy gives no finding, and our reading adds no look-up to its statistics', async () => {
    for (let i = 0; i < 3000; i++) await first().set(`item:${i}`, 'v'.repeat(200), 'PX', 30_000 + i * 10);
    expect(await found(6, traffic(6, spread, 2, jittered()))).toEqual([]);
    const before = await first().info('stats');
    await collectRedis(url, { seconds: 1, sampleKeys: 300, monitorSeconds: 0 });
    const after = await first().info('stats');
    const lookUps = (text: string): string[] =>
      [...text.matchAll(/keyspace_(?:hits|misses):(\d+)/g)].map((m) => m[1] ?? '');
    expect(lookUps(after)).toEqual(lookUps(before));
  });

  test('with one key in five look-ups: the hot key', async () => {
    for (let i = 0; i < 3000; i++) await first().set(`item:${i}`, 'v', 'PX', 60_000);
    const hot = (random: () => number): string => (random() < 0.2 ? 'item:7' : spread(random));
    expect(
      await found(
        6,
        traffic(6, hot, 2, () => 60_000),
      ),
    ).toEqual(['hot-key']);
  });

  test('where eight clients refill a busy key each time it expires: the stampede', async () => {
    const few = (random: () => number): string => `page:${Math.floor(12 * random())}`;
    expect(
      await found(
        6,
        traffic(6, few, 60, () => 400),
      ),
    ).toContain('stampede');
  });

  test('with a value of many megabytes: the big key', async () => {
    for (let i = 0; i < 150; i++) await first().set(`item:${i}`, 'v'.repeat(200));
    await first().set('feed:1', 'v'.repeat(12_000_000));
    expect(await found(2, sleep(0))).toEqual(['big-key']);
  });

  test('where thousands of keys expire in the same second: the expiry storm', async () => {
    const pipeline = first().pipeline();
    for (let i = 0; i < 6000; i++) pipeline.set(`item:${i}`, 'v'.repeat(50), 'PX', 4000);
    for (let i = 0; i < 6000; i++) pipeline.set(`other:${i}`, 'v'.repeat(50), 'PX', 600_000);
    await pipeline.exec();
    expect(await found(9, traffic(9, spread, 1, jittered()))).toContain('expiry-storm');
  });

  test('where a few calls of a fast command read half a million values: the slow calls, and their tail', async () => {
    for (let i = 0; i < 50; i++)
      await first().rpush('feed:1', ...Array.from({ length: 10_000 }, (_, k) => `${i}-${k}`));
    await first().rpush('feed:2', 'a', 'b');
    const work = async (): Promise<void> => {
      await sleep(300);
      for (let round = 0; round < 40; round++) {
        if (round % 15 === 0) await first().lrange('feed:1', 0, -1);
        await Promise.all(Array.from({ length: 200 }, () => first().lrange('feed:2', 0, 1)));
        await sleep(60);
      }
    };
    const [snapshot] = await Promise.all([
      collectRedis(url, { seconds: 5, sampleKeys: 50, monitorSeconds: 0 }),
      work(),
    ]);
    const call = diagnoseRedis(snapshot).find((f) => f.id === 'slow-call');
    expect(call?.says).toMatch(/LRANGE on keys like feed:# \(key-/);
    expect(call?.numbers.calls).toBeGreaterThanOrEqual(1);
    expect(snapshot.after.percentiles.lrange?.p50).toBeGreaterThan(0);
    expect(snapshot.memory?.['peak.allocated']).toBeGreaterThan(1e6);
  });

  test('whose latency monitor is on: its spikes of the window; off, they are untested', async () => {
    const watched = (): Promise<RedisSnapshot> =>
      collectRedis(url, { seconds: 2, sampleKeys: 5, monitorSeconds: 0 });
    expect((await watched()).latency).toBeUndefined();
    await first().config('SET', 'latency-monitor-threshold', '5');
    const busy = first().eval('for i = 1, 30000 do redis.sha1hex("") end', 0);
    const [snapshot] = await Promise.all([watched(), busy]);
    expect(snapshot.latency?.map((l) => l.event)).toContain('command');
    await first().config('SET', 'latency-monitor-threshold', '0');
  });
});
