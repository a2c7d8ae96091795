import type { Verb } from '../verb.js';

export interface CacheOptions {
  size?: string;
  bytes?: string;
  ttl?: string;
  json?: boolean;
}

export default {
  name: 'cache',
  register(program, done) {
    program
      .command('cache')
      .description(
        'Reads what was asked of a cache; says what more room, another policy or a longer life would bring.',
      )
      .argument(
        '<trace>',
        'output of redis-cli MONITOR, a web access log, a CSV of accesses, an ARC trace, or keys',
      )
      .option('--size <objects>', 'room of the cache today, in objects')
      .option('--bytes <bytes>', 'room of the cache today, in bytes (512mb, 2gb)')
      .option('--ttl <time>', 'time to live today (30s, 5m, 1h)')
      .option('--json', 'print the study as JSON')
      .action(async (trace: string, options: CacheOptions) => {
        const { runCache } = await import('../cache.js');
        done(await runCache(trace, options));
      });
  },
} satisfies Verb;
