import { createHash } from 'node:crypto';

/** One Redis server over a window: read at its start, its end and every second between. Read-only. */
export interface RedisSnapshot {
  /** A name for reports: `redis-1`, a shard's address. */
  node: string;
  seconds: number;
  before: RedisInfo;
  after: RedisInfo;
  /** One reading a second. */
  ticks: RedisTick[];
  slowlog: { micros: number; command: string; words: number }[];
  /** A random sample of keys; sizes by MEMORY USAGE, which does not count as a look-up. */
  sampled: { shape: string; label: string; bytes: number }[];
  keys: number;
  /** What MONITOR showed, when it was asked for. */
  monitored?: { seconds: number; accesses: MonitoredAccess[] };
}
export interface RedisTick {
  atSeconds: number;
  hits: number;
  misses: number;
  expired: number;
  evicted: number;
  commands: number;
}
export interface MonitoredAccess {
  atMs: number;
  source: string;
  op: 'read' | 'write' | 'delete';
  label: string;
  shape: string;
}

/** INFO as names and values, and the statistics of commands. */
export interface RedisInfo {
  values: Readonly<Record<string, string>>;
  commands: Readonly<Record<string, { calls: number; micros: number }>>;
}

/** Reads the text of INFO ALL: `name:value` lines, sections in comments. Lines of another form are left out. */
export function parseInfo(text: string): RedisInfo {
  const values: Record<string, string> = {};
  const commands: Record<string, { calls: number; micros: number }> = {};
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at <= 0 || line.startsWith('#')) continue;
    const name = line.slice(0, at);
    const value = line.slice(at + 1);
    const command = /^cmdstat_(.+)$/.exec(name)?.[1];
    if (command === undefined) values[name] = value;
    else
      commands[command] = {
        calls: Number(/calls=(\d+)/.exec(value)?.[1] ?? 0),
        micros: Number(/usec=(\d+)/.exec(value)?.[1] ?? 0),
      };
  }
  return { values, commands };
}

/** A number of INFO; NaN when it is not there. */
export const infoNumber = (info: RedisInfo, name: string): number => {
  const text = info.values[name];
  return text === undefined || text === '' ? Number.NaN : Number(text);
};

/** A placeholder of a key: the same for the same key, without its words. */
export const labelOf = (key: string): string =>
  `key-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
