import { existsSync, statSync } from 'node:fs';
import { DumpError, redisFromDump } from '../evidence/connectors/redis/from-dump.js';
import type { RedisSnapshot } from '../evidence/connectors/redis/snapshot.js';
import { diagnoseRedis } from '../facts/redis/diagnose.js';
import type { RedisFinding } from '../facts/redis/finding.js';
import { shardSkew } from '../facts/redis/shards.js';
import type { CacheOptions } from './cache.js';
import { EXIT, UserError } from './exit.js';
import { progressOn } from './progress.js';

const SAMPLE_KEYS = 1000;
const LONGEST_SECONDS = 3600;

/** Watches a Redis and prints what is wrong with it; nothing to say is an answer too. */
export async function runRedis(url: string, options: CacheOptions): Promise<number> {
  const seconds = wholeSeconds(options.seconds, 'seconds', 1);
  const monitorSeconds = wholeSeconds(options.monitor, 'monitor', 0);
  const address = withPassword(url);
  progressOn(process.stderr)(
    `watching for ${seconds} s${monitorSeconds > 0 ? `, ${monitorSeconds} s of it with MONITOR` : ''}`,
  );
  const { collectRedisShards } = await import('../evidence/connectors/redis/collect.js');
  let shards: RedisSnapshot[];
  try {
    shards = await collectRedisShards(address, { seconds, monitorSeconds, sampleKeys: SAMPLE_KEYS });
  } catch (error) {
    throw new UserError(
      EXIT.couldNotRun,
      `The server could not be read: ${error instanceof Error ? error.message : String(error)}.`,
      new URL(address).host,
      'Check address, password (REDIS_PASSWORD) and that the user may run INFO, SLOWLOG, LATENCY, RANDOMKEY and MEMORY.',
    );
  }
  print(shards, options);
  return EXIT.fine;
}

/** The same from saved readings. */
export function runRedisDump(folder: string, options: CacheOptions): number {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UserError(
      EXIT.badInput,
      `There is no folder ${folder}.`,
      folder,
      'Name the folder with the saved readings.',
    );
  try {
    print([redisFromDump(folder)], options);
  } catch (error) {
    if (error instanceof DumpError) throw new UserError(EXIT.badInput, error.what, error.where, error.todo);
    throw error;
  }
  return EXIT.fine;
}

function print(shards: readonly RedisSnapshot[], options: CacheOptions): void {
  const skew = shardSkew(shards);
  if (options.json) {
    const rows = shards.map((s) => summary(s, diagnoseRedis(s)));
    process.stdout.write(`${JSON.stringify({ shards: rows, findings: skew }, null, 2)}\n`);
    return;
  }
  const across = skew.flatMap((f) => [`- ${f.says}`, `  ${f.todo}`, '']);
  process.stdout.write(`${across.join('\n')}${shards.map((s) => shown(s, diagnoseRedis(s))).join('\n')}`);
}

function wholeSeconds(text: string, option: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > LONGEST_SECONDS)
    throw new UserError(
      EXIT.badInput,
      `${text} is no number of seconds from ${least} to ${LONGEST_SECONDS}.`,
      `--${option}`,
      'Write a whole number, as in 10.',
    );
  return value;
}

function withPassword(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UserError(
      EXIT.badInput,
      `${text} is no address of a Redis.`,
      '--redis',
      'Write redis://host:6379.',
    );
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw new UserError(
      EXIT.badInput,
      `${url.protocol} is no protocol of Redis.`,
      '--redis',
      'Write redis://host:6379, or rediss:// for TLS.',
    );
  if (url.password === '' && process.env.REDIS_PASSWORD) url.password = process.env.REDIS_PASSWORD;
  return url.toString();
}

const summary = (s: RedisSnapshot, findings: readonly RedisFinding[]) => ({
  node: s.node,
  seconds: s.seconds,
  version: s.after.values.redis_version ?? null,
  keys: s.keys,
  sampledKeys: s.sampled.length,
  slowCalls: s.slowlog.length,
  latency: s.latency ?? null,
  percentilesUs: s.after.percentiles,
  ...(s.memory ? { memory: s.memory } : {}),
  ...(s.slots === undefined ? {} : { slots: s.slots }),
  monitored: s.monitored ? s.monitored.accesses.length : 0,
  findings,
});

function shown(s: RedisSnapshot, findings: readonly RedisFinding[]): string {
  const looked = [
    'counters and commands',
    `${s.sampled.length} sampled keys`,
    `${s.slowlog.length} entries of the slow log`,
    ...(s.monitored ? [`${s.monitored.accesses.length} accesses of MONITOR`] : []),
  ].join(', ');
  const rest = [
    ...(s.monitored ? [] : ['Hot keys and stampedes are untested: they take a second or two of --monitor.']),
    ...(s.latency
      ? []
      : [
          'Pauses of the server itself are untested: CONFIG SET latency-monitor-threshold 10 makes it note them.',
        ]),
  ];
  const head = `${s.node === 'redis' ? 'Redis' : s.node} ${s.after.values.redis_version ?? ''}, ${s.keys} keys, watched for ${s.seconds} s (${looked})`;
  const body =
    findings.length === 0
      ? ['Nothing is wrong with it in this window.']
      : findings.flatMap((f) => [`- ${f.says}`, `  ${f.todo}`]);
  return `${[head, '', ...body, ...(rest.length > 0 ? ['', ...rest] : [])].join('\n')}\n`;
}
