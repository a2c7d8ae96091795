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
  /** What the server logged as slow in the window. */
  slowlog: SlowCall[];
  /** Spikes that the server's own latency monitor saw in the window; absent when it is switched off or was not asked. */
  latency?: LatencySpike[];
  /** MEMORY STATS, by name. */
  memory?: Readonly<Record<string, number>>;
  /** Slots of a cluster that this server holds. */
  slots?: number;
  /** A random sample of keys; sizes by MEMORY USAGE, which does not count as a look-up. */
  sampled: { shape: string; label: string; bytes: number; slot?: number }[];
  keys: number;
  /** What MONITOR showed, when it was asked for. */
  monitored?: { seconds: number; accesses: MonitoredAccess[] };
}
/** One call that took longer than `slowlog-log-slower-than`. */
export interface SlowCall {
  id: number;
  /** Unix time. */
  atSeconds: number;
  micros: number;
  command: string;
  words: number;
  /** Of its key, where its first argument is one. */
  shape?: string;
  label?: string;
}
/** One kind of event of the latency monitor: `command`, `fork`, `expire-cycle`. */
export interface LatencySpike {
  event: string;
  /** Unix time of the last one. */
  atSeconds: number;
  latestMs: number;
  mostMs: number;
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
  slot?: number;
}

/** INFO as names and values, and the statistics of commands. */
export interface RedisInfo {
  values: Readonly<Record<string, string>>;
  commands: Readonly<Record<string, { calls: number; micros: number }>>;
  /** Percentiles of the time of each command in microseconds, since its counters were last reset (INFO latencystats). */
  percentiles: Readonly<Record<string, { p50: number; p99: number; p999: number }>>;
}

/** Reads the text of INFO ALL: `name:value` lines, sections in comments. Lines of another form are left out. */
export function parseInfo(text: string): RedisInfo {
  const values: Record<string, string> = {};
  const commands: Record<string, { calls: number; micros: number }> = {};
  const percentiles: Record<string, { p50: number; p99: number; p999: number }> = {};
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at <= 0 || line.startsWith('#')) continue;
    const name = line.slice(0, at);
    const value = line.slice(at + 1);
    const command = /^cmdstat_(.+)$/.exec(name)?.[1];
    const timed = /^latency_percentiles_usec_(.+)$/.exec(name)?.[1];
    if (timed !== undefined) {
      const at = (p: string): number => Number(new RegExp(`(?:^|,)p${p}=([\\d.]+)`).exec(value)?.[1]);
      percentiles[timed] = { p50: at('50'), p99: at('99'), p999: at('99\\.9') };
    } else if (command === undefined) values[name] = value;
    else
      commands[command] = {
        calls: Number(/calls=(\d+)/.exec(value)?.[1] ?? 0),
        micros: Number(/usec=(\d+)/.exec(value)?.[1] ?? 0),
      };
  }
  return { values, commands, percentiles };
}

/** A number of INFO; NaN when it is not there. */
export const infoNumber = (info: RedisInfo, name: string): number => {
  const text = info.values[name];
  return text === undefined || text === '' ? Number.NaN : Number(text);
};

/** A placeholder of a key: the same for the same key, without its words. */
export const labelOf = (key: string): string =>
  `key-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
