import type { RedisSnapshot } from '../../evidence/connectors/redis/snapshot.js';

export interface RedisFinding {
  id:
    | 'stampede'
    | 'expiry-storm'
    | 'hot-key'
    | 'slow-command'
    | 'slow-call'
    | 'latency-spike'
    | 'big-key'
    | 'eviction-churn'
    | 'fragmentation'
    | 'client-buffers'
    | 'memory-limit'
    | 'connection-churn'
    | 'connection-limit'
    | 'no-pipelining'
    | 'shard-skew'
    | 'memory-skew'
    | 'slot-share'
    | 'hot-slot';
  /** What was seen, with its numbers. */
  says: string;
  /** What to do about it. */
  todo: string;
  /** The figures behind it, by name. */
  numbers: Readonly<Record<string, number>>;
}

/** Looks at a snapshot; says nothing when what it needs was not collected. */
export type RedisCheck = (snapshot: RedisSnapshot) => RedisFinding[];

/** How much a counter grew over the window, a second; NaN when it is not there. */
export const perSecond = (s: RedisSnapshot, counter: string): number => {
  const [a, b] = [s.before.values[counter], s.after.values[counter]].map((v) => Number(v ?? Number.NaN));
  return ((b ?? Number.NaN) - (a ?? Number.NaN)) / s.seconds;
};

export const number = (s: RedisSnapshot, name: string): number => Number(s.after.values[name] ?? Number.NaN);

/** Three digits, never in powers of ten. */
export const milliseconds = (ms: number): string => `${Number(ms.toPrecision(3))} ms`;
export const percent = (x: number): string => `${(x * 100).toPrecision(3)} %`;
export const bytesText = (x: number): string =>
  x >= 1e9
    ? `${(x / 1e9).toPrecision(3)} GB`
    : x >= 1e6
      ? `${(x / 1e6).toPrecision(3)} MB`
      : `${(x / 1e3).toPrecision(3)} kB`;
