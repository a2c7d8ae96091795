import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { redisFromDump } from '../../../src/evidence/connectors/redis/from-dump.js';
import { mastersOf } from '../../../src/evidence/connectors/redis/shards.js';
import { parseInfo, type RedisSnapshot } from '../../../src/evidence/connectors/redis/snapshot.js';
import { shardSkew } from '../../../src/facts/redis/shards.js';
import { slotOfKey } from '../../../src/models/cache/slot.js';

const shard = (node: string, commands: number, bytes: number): RedisSnapshot => ({
  node,
  seconds: 10,
  before: parseInfo('total_commands_processed:0\n'),
  after: parseInfo(`total_commands_processed:${commands}\nused_memory:${bytes}\n`),
  ticks: [],
  slowlog: [],
  sampled: [],
  keys: 1,
});

describe('shards', () => {
  test('masters that answer, by address; replicas and failed ones are left out', () => {
    const nodes = `07c3 127.0.0.1:30004@31004,host4 slave e7d1 0 1426238317239 4 connected
67ed 127.0.0.1:30002@31002 master - 0 1426238316232 2 connected 5461-10922
2923 127.0.0.1:30003@31003 master,fail - 0 1426238318243 3 disconnected 10923-16383
e7d1 127.0.0.1:30001@31001 myself,master - 0 0 1 connected 0-5460
`;
    expect(mastersOf(nodes)).toEqual([
      { address: '127.0.0.1:30001', slots: 5461 },
      { address: '127.0.0.1:30002', slots: 5462 },
    ]);
    expect(mastersOf('67ed 127.0.0.1:1@2 master - 0 1 2 connected 7 9-10 [93-<-e7d1]')[0]?.slots).toBe(3);
    expect(mastersOf('')).toEqual([]);
  });

  test('used evenly are silent; one with most of the work is named with what the whole can do', () => {
    expect(shardSkew([shard('a', 9000, 5e7), shard('b', 10_000, 5e7), shard('c', 11_000, 6e7)])).toEqual([]);
    const found = shardSkew([shard('a', 2000, 5e7), shard('b', 20_000, 5e7), shard('c', 2000, 5e8)]);
    expect(found.map((f) => f.id)).toEqual(['shard-skew', 'memory-skew']);
    expect(found[0]?.says).toMatch(/^b has 83\.3 % .* 2\.5 times .* 40\.0 %/);
  });

  test('with uneven slots are told to rebalance', () => {
    const of = (node: string, slots: number) => ({ ...shard(node, 9000, 5e6), slots });
    expect(shardSkew([of('a', 5461), of('b', 5461), of('c', 5462)])).toEqual([]);
    const [found] = shardSkew([of('a', 12_000), of('b', 4000), of('c', 384)]);
    expect(found).toMatchObject({ id: 'slot-share', numbers: { timesEven: (12_000 / 16_384) * 3 } });
  });

  test('with many keys under one hash tag name the slot; one hot key is none', () => {
    const keys = (own: (i: number) => string) =>
      Array.from({ length: 400 }, (_, i) => {
        const key = own(i);
        return { shape: 'item:#', label: `k-${key}`, bytes: 100, slot: slotOfKey(key) };
      });
    const spread = [{ ...shard('a', 9000, 5e6), sampled: keys((i) => `item:${i}`) }, shard('b', 9000, 5e6)];
    expect(shardSkew(spread)).toEqual([]);
    const tagged = keys((i) => (i % 4 === 0 ? `{eu}:item:${i}` : `item:${i}`));
    const [found] = shardSkew([{ ...shard('a', 9000, 5e6), sampled: tagged }, shard('b', 9000, 5e6)]);
    expect(found).toMatchObject({
      id: 'hot-slot',
      numbers: { share: 0.25, keys: 100, slot: slotOfKey('{eu}') },
    });
    const one = keys((i) => (i % 4 === 0 ? 'item:7' : `item:${i}`));
    expect(shardSkew([{ ...shard('a', 9000, 5e6), sampled: one }, shard('b', 9000, 5e6)])).toEqual([]);
  });

  test('slots are those of the cluster specification', () => {
    expect(slotOfKey('123456789')).toBe(0x31c3 % 16_384);
    expect(slotOfKey('{user1000}.following')).toBe(slotOfKey('{user1000}.followers'));
    expect(slotOfKey('foo{}{bar}')).not.toBe(slotOfKey('bar'));
    expect(slotOfKey('foo{{bar}}zap')).toBe(slotOfKey('{bar'));
  });

  test('one alone, or idle ones, cannot be uneven', () => {
    expect(shardSkew([shard('a', 9000, 5e7)])).toEqual([]);
    expect(shardSkew([shard('a', 90, 5e5), shard('b', 1, 1e5)])).toEqual([]);
  });
});

describe('saved readings', () => {
  const root = mkdtempSync(join(tmpdir(), 'kneepoint-dump-'));
  afterAll(() => rmSync(root, { recursive: true }));
  let folders = 0;
  const dump = (...files: string[]): string => {
    const folder = join(root, String(folders++));
    mkdirSync(folder);
    files.forEach((text, i) => {
      writeFileSync(join(folder, `${i}.txt`), text);
    });
    return folder;
  };
  const info = (uptime: number, run = 'aa', hits = 0): string =>
    `# Server\r\nredis_version:7.2\r\nrun_id:${run}\r\nuptime_in_seconds:${uptime}\r\nkeyspace_hits:${hits}\r\ndb0:keys=7,expires=0\r\n`;

  test('are put in order by uptime, whatever their names', () => {
    const s = redisFromDump(dump(info(130, 'aa', 50), info(100), 'notes of the team', info(110, 'aa', 20)));
    expect(s.seconds).toBe(30);
    expect(s.ticks.map((t) => t.hits)).toEqual([0, 20, 50]);
    expect(s.keys).toBe(7);
  });

  test('what MONITOR printed is taken along, without its keys', () => {
    const line = '1764172800.1 [0 127.0.0.1:5] "GET" "user:alice"';
    const s = redisFromDump(dump(info(1), info(9), `OK\n${line}\n${line}\n`));
    expect(s.monitored?.accesses).toHaveLength(2);
    expect(JSON.stringify(s.monitored?.accesses[0]?.label)).not.toMatch(/alice/);
  });

  test('the slow log, the latency monitor and the memory are taken as redis-cli prints them, of the window alone', () => {
    const clock = (uptime: number, seconds: number): string =>
      `${info(uptime)}server_time_usec:${seconds * 1e6}\r\n`;
    const slow = JSON.stringify([
      [9, 1200, 45_000, ['lrange', 'feed:alice', '0', '-1'], '127.0.0.1:5', ''],
      [8, 900, 99_000, ['keys', '*'], '127.0.0.1:5', ''],
    ]);
    const latency = JSON.stringify([
      ['fork', 1201, 80, 120],
      ['command', 900, 99, 99],
    ]);
    const memory = JSON.stringify({ 'peak.allocated': 4_259_768, 'keys.bytes-per-key': 116, 'db.0': {} });
    const s = redisFromDump(dump(clock(100, 1150), clock(160, 1210), slow, latency, memory));
    expect(s.slowlog).toEqual([
      expect.objectContaining({ command: 'LRANGE', micros: 45_000, shape: 'feed:…' }),
    ]);
    expect(JSON.stringify(s)).not.toMatch(/alice/);
    expect(s.latency).toEqual([{ event: 'fork', atSeconds: 1201, latestMs: 80, mostMs: 120 }]);
    expect(s.memory).toEqual({ 'peak.allocated': 4_259_768, 'keys.bytes-per-key': 116 });
  });

  test.each([
    ['one reading', [info(5)], /two are the least/],
    ['two servers', [info(5, 'aa'), info(9, 'bb')], /two servers/],
    ['something else', ['hello', 'world'], /holds 0 readings/],
  ])('%s are refused with what to do', (_, files, message) => {
    expect(() => redisFromDump(dump(...files))).toThrow(message);
  });
});
