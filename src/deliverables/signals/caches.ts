import { constant, name, type Subject, say, type Text } from '../../domain/index.js';
import { HIT_FALL, LIMIT_NEAR } from '../../hypotheses/thresholds.js';
import type { Parts } from '../parts.js';
import { type Choice, choose } from './choice.js';
import { hasSeries } from './prometheus-names.js';
import type { Signal, Watch } from './signal.js';

const EVICTED = constant(
  'alert.evictions',
  10,
  '1/s',
  'Kneepoint: entries leave before their time; a few a second are noise',
);
const REDIS_EXPORTER = 'redis_exporter';
const REDIS_RECEIVER = 'the Collector’s redis receiver';

const ofCache = (
  p: Parts,
  make: (cache: Subject) => Omit<Watch, 'layer' | 'subject'> | undefined,
): Watch[] => {
  const subject = p.cache?.subject;
  const watch = subject ? make(subject) : undefined;
  return watch && subject ? [{ ...watch, layer: 'cache', subject }] : [];
};

type Ratio = (offset: string) => Text;
const hitsOf =
  (hits: string, misses: string, of: string): Ratio =>
  (offset) =>
    say`(sum(rate(${hits}${of}[10m]${offset})) / (sum(rate(${hits}${of}[10m]${offset})) + sum(rate(${misses}${of}[10m]${offset}))))`;

/** The hit ratio as the cache itself says it, else as the service counts its look-ups. */
function hitRatioOf(p: Parts): { uses: Choice['uses']; own?: boolean; at: Ratio; from: string } {
  if (p.cache?.product === 'memcached')
    return {
      uses: [['memcached_commands_total', 'command', 'status']],
      at: (offset) =>
        say`(sum(rate(memcached_commands_total{command="get",status="hit"}[10m]${offset})) / sum(rate(memcached_commands_total{command="get"}[10m]${offset})))`,
      from: 'memcached_exporter',
    };
  // The exporter and the receiver write the same two names.
  const server = {
    uses: [['redis_keyspace_hits_total'], ['redis_keyspace_misses_total']] as const,
    at: hitsOf('redis_keyspace_hits_total', 'redis_keyspace_misses_total', ''),
    from: REDIS_EXPORTER,
  };
  const service = {
    uses: [['cache_hits_total'], ['cache_misses_total']] as const,
    own: true,
    at: hitsOf('cache_hits_total', 'cache_misses_total', `{job="${p.promJob}"}`),
    from: 'the service’s own counters',
  };
  const { recorded } = p.context;
  return recorded && !hasSeries(recorded, server.uses) && hasSeries(recorded, service.uses, p.promJob)
    ? service
    : server;
}

const hitRatio: Signal = (p) =>
  ofCache(p, (cache) => {
    const memcached = p.cache?.product === 'memcached';
    const { at, ...ratio } = hitRatioOf(p);
    return {
      id: 'CacheHitsFell',
      hypotheses: ['low-hit-ratio', 'ttl-too-short', 'stampede', 'cold-cache', 'cache-evictions'],
      decides: ['low-hit-ratio', 'ttl-too-short', 'cold-cache'],
      title: say`Hit ratio of ${name(cache.name)} below the same hour a week before`,
      unit: 'percentunit',
      threshold: HIT_FALL,
      scale: 1,
      above: true,
      means: say`what the cache does not answer, the database has to; its load grows with the misses, not with the traffic`,
      ...choose(p, [{ ...ratio, query: say`${at(' offset 1w')} - ${at('')}` }]),
      panel: {
        title: say`Hit ratio of ${name(cache.name)}, now and in the same hour a week before`,
        targets: [
          { query: at(''), legend: 'now' },
          { query: at(' offset 1w'), legend: 'a week before' },
        ],
      },
      ...(memcached
        ? {}
        : {
            datadog: {
              query: say`week_before(sum:redis.stats.keyspace_hits{*}.as_rate() / (sum:redis.stats.keyspace_hits{*}.as_rate() + sum:redis.stats.keyspace_misses{*}.as_rate())) - sum:redis.stats.keyspace_hits{*}.as_rate() / (sum:redis.stats.keyspace_hits{*}.as_rate() + sum:redis.stats.keyspace_misses{*}.as_rate())`,
              scale: 1,
            },
          }),
    };
  });

const evicts = (series: string, from: string): Choice => ({
  uses: [[series]],
  query: say`sum(rate(${series}[10m]))`,
  from,
});
const MEMCACHED_EVICTS = [evicts('memcached_items_evicted_total', 'memcached_exporter')] as const;
const REDIS_EVICTS = [
  evicts('redis_evicted_keys_total', REDIS_EXPORTER),
  evicts('redis_keys_evicted_total', REDIS_RECEIVER),
] as const;

const evictions: Signal = (p) =>
  ofCache(p, (cache) => ({
    id: 'CacheEvicts',
    hypotheses: ['cache-evictions', 'low-hit-ratio'],
    title: say`Entries that ${name(cache.name)} evicts for room`,
    unit: 'ops',
    threshold: EVICTED,
    scale: 1,
    above: true,
    means: say`the cache is smaller than what is asked of it, or something fills it that is read once`,
    ...choose(p, p.cache?.product === 'memcached' ? MEMCACHED_EVICTS : REDIS_EVICTS),
    ...(p.cache?.product === 'memcached'
      ? {
          cloudwatch: {
            namespace: 'AWS/ElastiCache',
            metric: 'Evictions',
            dimension: 'CacheClusterId',
            statistic: 'Sum',
            scale: 60,
          },
        }
      : {
          datadog: { query: say`sum:redis.keys.evicted{*}.as_rate()`, scale: 1 },
          newrelic: { query: say`SELECT max(db.evictedKeysPerSecond) FROM RedisSample`, scale: 1 },
          azure: { metric: 'evictedkeys', scale: 60, aggregation: 'Total' as const },
        }),
  }));

const memoryFull: Signal = (p) =>
  p.cache?.product === 'redis'
    ? ofCache(p, (cache) => ({
        id: 'CacheMemoryFull',
        of: 'cache.memory.utilisation',
        hypotheses: ['cache-evictions'],
        title: say`Memory of ${name(cache.name)} in use`,
        unit: 'percentunit',
        threshold: LIMIT_NEAR,
        scale: 1,
        above: true,
        means: say`the next burst of new keys evicts others, or is refused under noeviction`,
        ...choose(p, [
          {
            uses: [['redis_memory_used_bytes'], ['redis_memory_max_bytes']],
            query: say`max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))`,
            from: REDIS_EXPORTER,
          },
          {
            uses: [['redis_memory_used_bytes'], ['redis_maxmemory_bytes']],
            query: say`max(redis_memory_used_bytes / (redis_maxmemory_bytes > 0))`,
            from: REDIS_RECEIVER,
          },
        ]),
        datadog: { query: say`max:redis.mem.used{*} / max:redis.mem.maxmemory{*}`, scale: 1 },
        azure: { metric: 'usedmemorypercentage', scale: 100, aggregation: 'Maximum' },
      }))
    : [];

export const CACHE_SIGNALS: readonly Signal[] = [hitRatio, evictions, memoryFull];
