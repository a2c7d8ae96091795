import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slotOfKey } from '../../../models/cache/slot.js';
import { shapeOfKey } from '../../readers/access/access-trace.js';
import { isMonitorGreeting, monitorAccesses } from '../../readers/access/redis-monitor.js';
import { hideRareShapes } from './rare-shapes.js';
import { recordsOf } from './server-records.js';
import {
  infoNumber,
  labelOf,
  type MonitoredAccess,
  parseInfo,
  type RedisInfo,
  type RedisSnapshot,
} from './snapshot.js';

/** Why a folder is no dump: what, where, what to do. */
export class DumpError extends Error {
  override readonly name = 'DumpError';
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what} (${where}) ${todo}`);
  }
}

const HOW_TO_SAVE_ONE =
  'Save `redis-cli INFO ALL` twice or more, some seconds apart, as text files in one folder; beside them `redis-cli --json SLOWLOG GET 128`, `--json LATENCY LATEST`, `--json MEMORY STATS`, and `redis-cli MONITOR` when it can be borne.';
const LARGEST_BYTES = 200_000_000;

/**
 * A snapshot from files: the texts of INFO ALL, told by their content and put in order by uptime, what MONITOR printed,
 * and the slow log, the latency monitor and MEMORY STATS as `redis-cli --json` prints them. File names do not matter.
 */
export function redisFromDump(folder: string): RedisSnapshot {
  const infos: RedisInfo[] = [];
  const accesses: MonitoredAccess[] = [];
  let records: NonNullable<ReturnType<typeof recordsOf>> = {};
  for (const name of readdirSync(folder).sort()) {
    const text = readText(join(folder, name));
    if (text === undefined) continue;
    if (/^uptime_in_seconds:\d+/m.test(text)) infos.push(parseInfo(text));
    else if (text.split('\n', 5).some((l) => monitorAccesses(l) !== undefined))
      for (const line of text.split('\n')) {
        if (isMonitorGreeting(line)) continue;
        for (const a of monitorAccesses(line) ?? [])
          accesses.push({
            atMs: a.timeMs,
            source: a.source,
            op: a.op,
            label: labelOf(a.key),
            shape: shapeOfKey(a.key),
            slot: slotOfKey(a.key),
          });
      }
    else records = { ...records, ...recordsOf(text) };
  }
  infos.sort((a, b) => infoNumber(a, 'uptime_in_seconds') - infoNumber(b, 'uptime_in_seconds'));
  const [before] = infos;
  const after = infos[infos.length - 1];
  const seconds =
    before && after ? infoNumber(after, 'uptime_in_seconds') - infoNumber(before, 'uptime_in_seconds') : 0;
  if (!before || !after || !(seconds > 0))
    throw new DumpError(
      `The folder holds ${infos.length} readings of INFO of different times; two are the least.`,
      folder,
      HOW_TO_SAVE_ONE,
    );
  if (before.values.run_id !== after.values.run_id)
    throw new DumpError(
      'The readings are of two servers, or of one that was restarted between them.',
      folder,
      HOW_TO_SAVE_ONE,
    );
  const start = infoNumber(before, 'uptime_in_seconds');
  // A reading of an old server does not tell its clock: then all that was saved counts.
  const [from, to] = [before, after].map((i) => infoNumber(i, 'server_time_usec') / 1e6);
  const within = <T extends { atSeconds: number }>(rows: readonly T[]): T[] =>
    rows.filter((r) => !(r.atSeconds < Math.floor(from ?? Number.NaN) || r.atSeconds > (to ?? Number.NaN)));
  const span = (accesses[accesses.length - 1]?.atMs ?? 0) - (accesses[0]?.atMs ?? 0);
  return hideRareShapes({
    node: 'redis',
    seconds,
    before,
    after,
    ticks: infos.map((i) => ({
      atSeconds: infoNumber(i, 'uptime_in_seconds') - start,
      hits: infoNumber(i, 'keyspace_hits'),
      misses: infoNumber(i, 'keyspace_misses'),
      expired: infoNumber(i, 'expired_keys'),
      evicted: infoNumber(i, 'evicted_keys'),
      commands: infoNumber(i, 'total_commands_processed'),
    })),
    slowlog: within(records.slowlog ?? []),
    ...(records.latency ? { latency: within(records.latency) } : {}),
    ...(records.memory ? { memory: records.memory } : {}),
    sampled: [],
    keys: keysOf(after),
    ...(accesses.length > 0 ? { monitored: { seconds: Math.max(1, span / 1000), accesses } } : {}),
  });
}

/** Keys of all databases: `db0:keys=17,expires=3,avg_ttl=0`. */
const keysOf = (info: RedisInfo): number =>
  Object.entries(info.values)
    .filter(([name]) => /^db\d+$/.test(name))
    .reduce((sum, [, value]) => sum + Number(/keys=(\d+)/.exec(value)?.[1] ?? 0), 0);

function readText(path: string): string | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.length > LARGEST_BYTES || bytes.includes(0) ? undefined : bytes.toString('utf8');
  } catch {
    // A folder, or a file that may not be read: no part of the dump.
    return undefined;
  }
}
