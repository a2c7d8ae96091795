import { NO_SCOPE, resources } from '../../readers/json-map.js';
import type { Sink } from '../../readers/sink.js';
import { systemClock } from '../live/clock.js';
import { AskFault } from '../live/fault.js';
import { readingsAnswer, watchSeconds, withCredential } from '../live/watched.js';
import { type Asking, nsOf, type SourceSystem } from '../source.js';
import { infoNumber, type RedisSnapshot } from './snapshot.js';

/** What is read of a server: node, and INFO at the start, every second, and the end. */
interface RedisReading {
  endMs: number;
  shards: readonly Pick<RedisSnapshot, 'node' | 'seconds' | 'before' | 'after' | 'ticks'>[];
}

export default {
  id: 'redis',
  title: 'Redis',
  asks: 'hits, misses, evictions, memory and clients of every master, a reading a second, by INFO',
  example: 'redis://cache:6379',
  products: ['redis', 'valkey'],
  gives: ['metrics'],
  address: 'url',
  protocols: ['redis:', 'rediss:'],
  once: 'now',
  credentials: { user: ['REDIS_USER'], password: ['REDIS_PASSWORD'] },
  options: { seconds: 'how long to watch (default 10)' },
  headers: () => ({}),
  async probe(asking) {
    const { shards } = await watch(asking, 1);
    const [first] = shards;
    return {
      version: first?.after.values.redis_version ?? '',
      can: ['metrics'],
      notes: ['What it says is of now; keys and the slow log: kneepoint cache --redis.'],
    };
  },
  async plan(asking) {
    return [{ query: 'INFO', calls: watchSeconds(asking.option('seconds')) }];
  },
  async collect(asking) {
    let reading: RedisReading = { endMs: 0, shards: [] };
    await asking.page({
      query: 'INFO of Redis',
      async ask() {
        reading = await watch(asking, watchSeconds(asking.option('seconds')));
        return readingsAnswer(reading);
      },
      read(_answer, sink) {
        writeRedis(reading, sink);
      },
    });
  },
} satisfies SourceSystem;

async function watch(asking: Asking, seconds: number): Promise<RedisReading> {
  const { collectRedisShards } = await import('./collect.js');
  try {
    const shards = await collectRedisShards(withCredential(asking.entry.url ?? '', asking.credential), {
      seconds,
      sampleKeys: 0,
      monitorSeconds: 0,
    });
    return {
      endMs: systemClock.nowMs(),
      shards: shards.map(({ node, seconds: length, before, after, ticks }) => ({
        node,
        seconds: length,
        before,
        after,
        ticks,
      })),
    };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new AskFault(
      /NOAUTH|WRONGPASS|NOPERM/.test(said) ? 'not-authorised' : 'unavailable',
      `it could not be read (${/^[A-Z]+/.exec(said)?.[0] ?? 'no connection'})`,
    );
  }
}

/** Counters as they stand each second, and levels at the start and the end, under the names of the Collector's receiver. */
export function writeRedis({ endMs, shards }: RedisReading, sink: Sink): void {
  const resource = resources(sink)('redis');
  for (const { node, seconds, before, after, ticks } of shards) {
    const startMs = endMs - seconds * 1000;
    const attributes = sink.map(shards.length > 1 ? [['server.address', node]] : []);
    const metric = (name: string, unit: string) => ({
      resource,
      scope: NO_SCOPE,
      name,
      description: '',
      unit,
    });
    const point = (ms: number, value: number) => ({
      attributes,
      startNs: 0n,
      timeNs: nsOf(ms),
      flags: 0,
      exemplars: [],
      value,
    });
    for (const [name, key, unit] of [
      ['redis.keyspace.hits', 'hits', '{hit}'],
      ['redis.keyspace.misses', 'misses', '{miss}'],
      ['redis.keys.expired', 'expired', '{event}'],
      ['redis.keys.evicted', 'evicted', '{key}'],
      ['redis.commands.processed', 'commands', '{command}'],
    ] as const) {
      const of = metric(name, unit);
      for (const tick of ticks) sink.sum(of, point(startMs + tick.atSeconds * 1000, tick[key]), 2, true, 0);
    }
    for (const [name, key, unit] of [
      ['redis.memory.used', 'used_memory', 'By'],
      ['redis.maxmemory', 'maxmemory', 'By'],
      ['redis.clients.connected', 'connected_clients', '{client}'],
      ['redis.memory.fragmentation_ratio', 'mem_fragmentation_ratio', '1'],
    ] as const) {
      const of = metric(name, unit);
      for (const [ms, info] of [
        [startMs, before],
        [endMs, after],
      ] as const) {
        const value = infoNumber(info, key);
        if (Number.isFinite(value)) sink.gauge(of, point(ms, value), 0);
      }
    }
  }
}
