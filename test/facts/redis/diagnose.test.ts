import { describe, expect, test } from 'vitest';
import {
  type MonitoredAccess,
  parseInfo,
  type RedisSnapshot,
} from '../../../src/evidence/connectors/redis/snapshot.js';
import { diagnoseRedis } from '../../../src/facts/redis/diagnose.js';

const infoText = (values: Record<string, string | number>): string =>
  `# Server\r\nredis_version:7.2.4\r\n${Object.entries(values)
    .map(([k, v]) => `${k}:${v}`)
    .join('\r\n')}\r\n`;

const QUIET = {
  keyspace_hits: 0,
  keyspace_misses: 0,
  evicted_keys: 0,
  total_connections_received: 10,
  total_commands_processed: 1000,
  total_reads_processed: 900,
  used_memory: 300_000_000,
  used_memory_rss: 330_000_000,
  maxmemory: 1_000_000_000,
  maxmemory_policy: 'allkeys-lru',
  connected_clients: 40,
  maxclients: 10_000,
};
const AFTER = {
  ...QUIET,
  keyspace_hits: 95_000,
  keyspace_misses: 5000,
  total_commands_processed: 106_000,
  total_reads_processed: 80_000,
};

function snapshot(
  change: Partial<RedisSnapshot> = {},
  after: Record<string, string | number> = {},
): RedisSnapshot {
  return {
    node: 'redis',
    seconds: 10,
    before: parseInfo(infoText(QUIET)),
    after: parseInfo(infoText({ ...AFTER, ...after })),
    ticks: Array.from({ length: 11 }, (_, s) => ({
      atSeconds: s,
      hits: s * 9500,
      misses: s * 500,
      expired: s * 30,
      evicted: 0,
      commands: s * 10_600,
    })),
    slowlog: [],
    sampled: Array.from({ length: 100 }, (_, i) => ({ shape: 'item:#', label: `key-${i}`, bytes: 2000 })),
    keys: 20_000,
    ...change,
  };
}

const reads = (label: (i: number) => string, count = 2000): MonitoredAccess[] =>
  Array.from({ length: count }, (_, i) => ({
    atMs: i,
    source: `c${i % 8}`,
    op: 'read',
    label: label(i),
    shape: 'item:#',
  }));
const ids = (s: RedisSnapshot): string[] => diagnoseRedis(s).map((f) => f.id);

describe('a healthy server', () => {
  test('gives no finding', () => {
    expect(
      ids(snapshot({ monitored: { seconds: 2, accesses: reads((i) => `k${(i * 7919) % 600}`) } })),
    ).toEqual([]);
  });
  test('that was hardly looked at gives none either', () => {
    const bare = snapshot({ ticks: [], sampled: [] });
    expect(ids({ ...bare, before: parseInfo(''), after: parseInfo('') })).toEqual([]);
  });
});

describe('what is wrong with a server', () => {
  test('a hot key, by placeholder and shape', () => {
    const accesses = reads((i) => (i % 4 === 0 ? 'hot' : `k${i}`));
    expect(diagnoseRedis(snapshot({ monitored: { seconds: 2, accesses } }))[0]?.says).toMatch(
      /^25\.0 % .*\(hot, like item:#\)/,
    );
  });

  test('a crowd that refills one key together; the same fills one after the other are none', () => {
    const crowd = (round: number): MonitoredAccess[] => [
      ...Array.from({ length: 6 }, (_, c) => ({
        atMs: round * 5000 + c,
        source: `c${c}`,
        op: 'read' as const,
        label: 'k',
        shape: 'item:#',
      })),
      ...Array.from({ length: 6 }, (_, c) => ({
        atMs: round * 5000 + 50 + c,
        source: `c${c}`,
        op: 'write' as const,
        label: 'k',
        shape: 'item:#',
      })),
    ];
    const accesses = [0, 1, 2].flatMap(crowd);
    expect(diagnoseRedis(snapshot({ monitored: { seconds: 15, accesses } }))[0]).toMatchObject({
      id: 'stampede',
      numbers: { needless: 15, fills: 18, worst: 6 },
    });
    const apart = Array.from({ length: 18 }, (_, i): MonitoredAccess[] => [
      { atMs: i * 2000, source: `c${i % 6}`, op: 'read', label: 'k', shape: 'item:#' },
      { atMs: i * 2000 + 50, source: `c${i % 6}`, op: 'write', label: 'k', shape: 'item:#' },
    ]).flat();
    expect(ids(snapshot({ monitored: { seconds: 40, accesses: apart } }))).toEqual([]);
  });

  test('a wave of expiries with the misses that follow', () => {
    const base = snapshot();
    const ticks = base.ticks.map((t, s) =>
      s >= 6 ? { ...t, expired: t.expired + 4000, misses: t.misses + 3000 } : t,
    );
    const found = diagnoseRedis({ ...base, ticks });
    expect(found.map((f) => f.id)).toEqual(['expiry-storm']);
    expect(found[0]?.numbers).toMatchObject({ peak: 4030, usual: 30, misses: 3500 });
  });

  test('a command that stops everybody', () => {
    const before = parseInfo(
      `${infoText(QUIET)}cmdstat_hgetall:calls=100,usec=100000,usec_per_call=1000.00\n`,
    );
    const after = parseInfo(
      `${infoText(AFTER)}cmdstat_hgetall:calls=200,usec=2100000,usec_per_call=10500.00\n`,
    );
    const found = diagnoseRedis({ ...snapshot(), before, after });
    expect(found.map((f) => f.id)).toEqual(['slow-command']);
    expect(found[0]?.says).toMatch(/HGETALL takes 20\.0 ms on average and 20\.0 %/);
  });

  test('single calls that the mean hides, from the slow log, with the tail since the reset', () => {
    const before = parseInfo(`${infoText(QUIET)}cmdstat_lrange:calls=100,usec=1000,usec_per_call=10.00\n`);
    const after = parseInfo(
      `${infoText(AFTER)}cmdstat_lrange:calls=20100,usec=401000,usec_per_call=20.00\nlatency_percentiles_usec_lrange:p50=12.031,p99=81.407,p99.9=45088.767\n`,
    );
    const call = {
      id: 1,
      atSeconds: 1,
      command: 'LRANGE',
      words: 4,
      shape: 'feed:#',
      label: 'key-1',
      micros: 45_000,
    };
    const slowlog = [
      call,
      { ...call, id: 2, micros: 30_000 },
      { ...call, id: 3, command: 'INFO', micros: 90_000 },
    ];
    const found = diagnoseRedis({ ...snapshot({ slowlog }), before, after });
    expect(found.map((f) => f.id)).toEqual(['slow-call']);
    expect(found[0]?.says).toMatch(
      /^2 calls of LRANGE on keys like feed:# \(key-1\) took up to 45 ms, though .* 0\.02 ms on average: 0\.750 % .* p99 .* is 0\.0814 ms/,
    );
    // Short of what anybody feels, or of a command that is slow on average anyway.
    expect(ids(snapshot({ slowlog: [{ ...call, micros: 900 }] }))).toEqual([]);
  });

  test('pauses that the server saw itself, each with its own remedy; none of commands, which the slow log tells', () => {
    const spike = (event: string, latestMs: number) => ({ event, atSeconds: 1, latestMs, mostMs: 300 });
    const found = diagnoseRedis(
      snapshot({
        latency: [spike('fork', 120), spike('expire-cycle', 30), spike('command', 200), spike('fork', 3)],
      }),
    );
    expect(found.map((f) => f.id)).toEqual(['latency-spike', 'latency-spike']);
    expect(found[0]?.says).toMatch(/stood still for 120 ms .* fork .* 300 ms/);
    expect(found[1]?.todo).toMatch(/Spread lives/);
  });

  test('a big value', () => {
    const base = snapshot();
    const sampled = [...base.sampled, { shape: 'feed:#', label: 'key-x', bytes: 40_000_000 }];
    expect(diagnoseRedis({ ...base, sampled })[0]?.says).toMatch(
      /the largest 40\.0 MB \(key-x, like feed:#\)/,
    );
  });

  test.each([
    ['eviction-churn', { evicted_keys: 40_000, keyspace_hits: 30_000, keyspace_misses: 70_000 }],
    ['fragmentation', { used_memory_rss: 600_000_000 }],
    ['fragmentation', { used_memory_rss: 600_000_000, allocator_frag_ratio: 1.02 }],
    ['client-buffers', { mem_clients_normal: 90_000_000 }],
    ['memory-limit', { maxmemory: 305_000_000, maxmemory_policy: 'noeviction' }],
    ['connection-churn', { total_connections_received: 50_010 }],
    ['connection-limit', { connected_clients: 9000 }],
    ['no-pipelining', { total_commands_processed: 401_000, total_reads_processed: 400_900 }],
  ])('%s from the counters of INFO', (id, after) => {
    expect(ids(snapshot({}, after))).toEqual([id]);
  });
});
