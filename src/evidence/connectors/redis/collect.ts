import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { slotOfKey } from '../../../models/cache/slot.js';
import { shapeOfKey } from '../../readers/access/access-trace.js';
import { monitor } from './monitor.js';
import { hideRareShapes } from './rare-shapes.js';
import { latencyOf, memoryStatsOf, slowlogOf } from './server-records.js';
import { type Master, mastersOf } from './shards.js';
import {
  infoNumber,
  labelOf,
  parseInfo,
  type RedisInfo,
  type RedisSnapshot,
  type RedisTick,
} from './snapshot.js';

/** Calls that a slow log keeps by default. */
const SLOW_CALLS = 128;

export interface RedisCollection {
  /** How long to watch. */
  seconds: number;
  /** Keys to sample for their size. */
  sampleKeys: number;
  /** How long to listen with MONITOR, which costs the server throughput; 0 for not at all. */
  monitorSeconds: number;
}

/** Watches a server, or every master of the cluster that it belongs to, at the same time. */
export async function collectRedisShards(url: string, options: RedisCollection): Promise<RedisSnapshot[]> {
  const redis = client(url);
  await redis.connect();
  const nodes = await redis.cluster('NODES').catch(() => '');
  redis.disconnect();
  const masters = mastersOf(String(nodes));
  if (masters.length < 2) return [await collectRedis(url, options)];
  return Promise.all(
    masters.map(async ({ address, slots }: Master) => {
      const own = new URL(url);
      own.host = address;
      return { ...(await collectRedis(own.toString(), options)), node: address, slots };
    }),
  );
}

function client(url: string): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
    connectTimeout: 5000,
    connectionName: 'kneepoint',
  });
  // Errors reach the caller through the promises of the commands.
  redis.on('error', () => {});
  return redis;
}

/**
 * Watches one server by INFO, SLOWLOG, LATENCY LATEST, MEMORY STATS, RANDOMKEY and MEMORY USAGE: none of them changes
 * data, or counts as a look-up.
 * (TYPE, PTTL and OBJECT do count, so they are not used.) Keys leave this function only as placeholders and shapes.
 * Throws what the client throws when the server cannot be reached or refuses a command it cannot do without.
 */
export async function collectRedis(url: string, options: RedisCollection): Promise<RedisSnapshot> {
  const redis = client(url);
  await redis.connect();
  try {
    const before = await info(redis);
    const lastSlow = Math.max(-1, ...(await slowlog(redis, 1)).map((call) => call.id));
    const listening = options.monitorSeconds > 0 ? monitor(new URL(url), options.monitorSeconds) : undefined;
    const ticks = await watch(redis, options.seconds);
    const after = await info(redis);
    const monitored = await listening;
    const slow = (await slowlog(redis, SLOW_CALLS)).filter((call) => call.id > lastSlow);
    const latency = await latencyOfWindow(redis, before);
    const memory = memoryStatsOf(await redis.call('MEMORY', 'STATS').catch(() => undefined));
    const sampled = await sampleOf(redis, options.sampleKeys);
    return hideRareShapes({
      node: 'redis',
      seconds: options.seconds,
      before,
      after,
      ticks,
      slowlog: slow,
      ...(latency ? { latency } : {}),
      ...(Object.keys(memory).length > 0 ? { memory } : {}),
      sampled,
      keys: await redis.dbsize(),
      ...(monitored ? { monitored } : {}),
    });
  } finally {
    redis.disconnect();
  }
}

const info = async (redis: Redis): Promise<RedisInfo> => parseInfo(await redis.info('all'));

async function watch(redis: Redis, seconds: number): Promise<RedisTick[]> {
  const ticks: RedisTick[] = [];
  const start = performance.now();
  for (let second = 0; second <= seconds; second++) {
    await sleep(Math.max(0, start + second * 1000 - performance.now()));
    const now = parseInfo(await redis.info('stats'));
    ticks.push({
      atSeconds: second,
      hits: infoNumber(now, 'keyspace_hits'),
      misses: infoNumber(now, 'keyspace_misses'),
      expired: infoNumber(now, 'expired_keys'),
      evicted: infoNumber(now, 'evicted_keys'),
      commands: infoNumber(now, 'total_commands_processed'),
    });
  }
  return ticks;
}

/** A managed server may forbid it: then there is none. */
const slowlog = async (redis: Redis, count: number): Promise<RedisSnapshot['slowlog']> =>
  slowlogOf(await redis.slowlog('GET', count).catch(() => []));

/** Spikes since the window began; nothing when the server's monitor is off, which says nothing of spikes. */
async function latencyOfWindow(redis: Redis, before: RedisInfo): Promise<RedisSnapshot['latency']> {
  const threshold = await redis.config('GET', 'latency-monitor-threshold').catch(() => undefined);
  if (!Array.isArray(threshold) || !(Number(threshold[1]) > 0)) return undefined;
  const since = Math.floor(infoNumber(before, 'server_time_usec') / 1e6);
  const rows = latencyOf(await redis.call('LATENCY', 'LATEST').catch(() => undefined));
  return rows.filter((r) => !(r.atSeconds < since));
}

async function sampleOf(redis: Redis, count: number): Promise<RedisSnapshot['sampled']> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i += 50) {
    const keys = await Promise.all(Array.from({ length: Math.min(50, count - i) }, () => redis.randomkey()));
    for (const key of keys) if (key !== null) seen.add(key);
  }
  const keys = [...seen];
  const bytes = await Promise.all(
    keys.map((key) => redis.call('MEMORY', 'USAGE', key) as Promise<number | null>),
  );
  return keys.flatMap((key, i) => {
    const size = bytes[i];
    return typeof size === 'number'
      ? [{ shape: shapeOfKey(key), label: labelOf(key), bytes: size, slot: slotOfKey(key) }]
      : [];
  });
}
