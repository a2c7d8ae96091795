import type { CacheOptions } from '../cache.js';
import type { Verb } from '../verb.js';

export default {
  name: 'cache',
  register(program, done) {
    program
      .command('cache')
      .description(
        'What limits a cache, and what more room, another policy or a longer life would bring: from a trace of what was asked, or from a Redis that is watched.',
      )
      .argument(
        '[trace]',
        'output of redis-cli MONITOR, a web access log, a CSV of accesses, an ARC trace, or keys',
      )
      .option(
        '--redis <url>',
        'watch this server, read-only (redis://host:6379, credentials from REDIS_PASSWORD)',
      )
      .option('--redis-dump <folder>', 'saved readings of INFO ALL, and of MONITOR, instead of a server')
      .option('--seconds <n>', 'how long to watch', '10')
      .option('--monitor <seconds>', 'listen with MONITOR too; it costs the server throughput', '0')
      .option('--size <objects>', 'room of the cache today, in objects')
      .option('--bytes <bytes>', 'room of the cache today, in bytes (512mb, 2gb)')
      .option('--ttl <time>', 'time to live today (30s, 5m, 1h)')
      .option('--refill <time>', 'how long an entry takes to load: tells the crowd behind an expiry')
      .option(
        '--processes <n>',
        'processes in front of the cache: tells what a near cache in each would serve',
      )
      .option('--edge <locations>', 'a CDN with so many locations in front: what each layer then serves')
      .option('--edge-ttl <time>', 'how long the CDN keeps an answer', '60s')
      .option('--edge-shield', 'one cache of the CDN between its locations and the origin')
      .option('--edge-price <money>', 'for a million requests at the CDN')
      .option('--origin-price <money>', 'for a million requests at the origin, with what lies behind it')
      .option('--chart <file>', 'write the curve as SVG')
      .option('--json', 'print the study as JSON')
      .action(async (trace: string | undefined, options: CacheOptions) => {
        if (options.redis !== undefined) {
          const { runRedis } = await import('../redis.js');
          done(await runRedis(options.redis, options));
          return;
        }
        if (options.redisDump !== undefined) {
          const { runRedisDump } = await import('../redis.js');
          done(runRedisDump(options.redisDump, options));
          return;
        }
        const { runCache } = await import('../cache.js');
        done(await runCache(trace, options));
      });
  },
} satisfies Verb;
