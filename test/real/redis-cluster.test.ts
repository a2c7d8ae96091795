import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collectRedisShards } from '../../src/evidence/connectors/redis/collect.js';
import { redisFromDump } from '../../src/evidence/connectors/redis/from-dump.js';
import { diagnoseRedis } from '../../src/facts/redis/diagnose.js';
import { shardSkew } from '../../src/facts/redis/shards.js';
import { has } from './tools.js';

const installed = has('redis-server') && has('redis-cli');
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-cluster-'));
const base = 21_000 + (process.pid % 9000) * 3;
const ports = [base, base + 1, base + 2];
const servers: ChildProcess[] = [];
let cluster: Cluster;

beforeAll(async () => {
  if (!installed) return;
  for (const port of ports)
    servers.push(
      spawn('redis-server', [
        ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
        ...['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`],
      ]),
    );
  await sleep(800);
  const made = spawnSync(
    'redis-cli',
    ['--cluster', 'create', ...ports.map((p) => `127.0.0.1:${p}`), '--cluster-yes'],
    { encoding: 'utf8', timeout: 60_000 },
  );
  if (made.status !== 0) throw new Error(made.stdout + made.stderr);
  await sleep(1500);
  cluster = new Cluster(ports.map((port) => ({ host: '127.0.0.1', port })));
  await cluster.set('ready', '1');
});
afterAll(async () => {
  if (!installed) return;
  cluster.disconnect();
  for (const s of servers) s.kill();
  await sleep(200);
  rmSync(folder, { recursive: true, force: true });
});

async function use(seconds: number, key: (i: number) => string): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let i = 0; performance.now() < end; i++) {
    await Promise.all(Array.from({ length: 10 }, (_, k) => cluster.get(key(i * 10 + k))));
    await sleep(5);
  }
}
const watch = (work: Promise<unknown>, sampleKeys = 50) =>
  Promise.all([
    collectRedisShards(`redis://127.0.0.1:${base}`, { seconds: 4, sampleKeys, monitorSeconds: 0 }),
    work,
  ]).then(([shards]) => shards);

describe.skipIf(!installed)('a real cluster of three', () => {
  test('used evenly: every shard is watched, and nothing is said', async () => {
    const shards = await watch(use(4, (i) => `item:${(i * 7919) % 5000}`));
    expect(shards.map((s) => s.node)).toEqual(ports.map((p) => `127.0.0.1:${p}`).sort());
    expect(shardSkew(shards)).toEqual([]);
  });

  test('with most keys under one hash tag: the shard that has them', async () => {
    for (let i = 0; i < 400; i++) await cluster.set(i % 10 === 0 ? `item:${i}` : `{eu}:item:${i}`, 'v');
    const shards = await watch(
      use(4, (i) => (i % 10 === 0 ? `item:${i}` : `{eu}:item:${i % 500}`)),
      200,
    );
    const found = shardSkew(shards);
    expect(found.map((f) => f.id)).toEqual(['shard-skew', 'hot-slot']);
    expect(found[0]?.numbers.timesEven).toBeGreaterThan(2);
    expect(shards.map((s) => s.slots).sort()).toEqual([5461, 5461, 5462]);
  });

  test('readings saved to files say the same as the server', async () => {
    const info = (): string =>
      spawnSync('redis-cli', ['-p', String(base), 'INFO', 'ALL'], { encoding: 'utf8' }).stdout;
    writeFileSync(join(folder, 'b.txt'), info());
    await sleep(2100);
    writeFileSync(join(folder, 'a.txt'), info());
    const snapshot = redisFromDump(folder);
    expect(snapshot.seconds).toBeGreaterThanOrEqual(2);
    expect(diagnoseRedis(snapshot)).toEqual([]);
  });
});
