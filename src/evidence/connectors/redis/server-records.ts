import { shapeOfKey } from '../../readers/access/access-trace.js';
import { labelOf, type RedisSnapshot } from './snapshot.js';

/** Commands whose first argument is a key; of others no argument is kept. */
const KEY_FIRST =
  /^(get|set|setex|psetex|getset|append|strlen|getrange|h\w+|l\w+|r(?:push|pop)\w*|s(?:add|rem|members|card|pop|randmember|ismember|scan)|z\w+|incr\w*|decr\w*|del|unlink|expire\w*|pexpire\w*|ttl|pttl|type|dump|restore|sort|x\w+|json\.\w+)$/i;
const NO_KEY = /^(latency|lastsave|hello|zunion\w*|zinter\w*|zdiff\w*|xread\w*)$/i;

/**
 * Rows of SLOWLOG GET: number, Unix time, microseconds, words, as a client gives them or `redis-cli --json` prints them.
 * Keys leave only as placeholders and shapes. Rows of another form are left out.
 */
export function slowlogOf(raw: unknown): RedisSnapshot['slowlog'] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((row: unknown) => {
    if (!Array.isArray(row)) return [];
    const [id, at, micros, words] = row as unknown[];
    if (typeof id !== 'number' || typeof at !== 'number' || typeof micros !== 'number') return [];
    const text = Array.isArray(words) ? words.map(String) : [];
    const [command = '', first] = text;
    const keyed = first !== undefined && KEY_FIRST.test(command) && !NO_KEY.test(command);
    return [
      {
        id,
        atSeconds: at,
        micros,
        command: command.toUpperCase(),
        words: text.length,
        ...(keyed ? { shape: shapeOfKey(first), label: labelOf(first) } : {}),
      },
    ];
  });
}

/** Rows of LATENCY LATEST: event, Unix time of the last spike, its milliseconds, the most so far. */
export function latencyOf(raw: unknown): NonNullable<RedisSnapshot['latency']> {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((row: unknown) => {
    if (!Array.isArray(row)) return [];
    const [event, at, latestMs, mostMs] = row as unknown[];
    return typeof event === 'string' &&
      typeof at === 'number' &&
      typeof latestMs === 'number' &&
      typeof mostMs === 'number'
      ? [{ event, atSeconds: at, latestMs, mostMs }]
      : [];
  });
}

/** Numbers of MEMORY STATS by name: names and values in turn as a client gives them, or the object `redis-cli --json` prints. */
export function memoryStatsOf(raw: unknown): Record<string, number> {
  const pairs: [unknown, unknown][] = Array.isArray(raw)
    ? Array.from({ length: raw.length >> 1 }, (_, i) => [raw[2 * i], raw[2 * i + 1]])
    : typeof raw === 'object' && raw !== null
      ? Object.entries(raw)
      : [];
  const out: Record<string, number> = {};
  for (const [name, value] of pairs) {
    const number =
      typeof value === 'number'
        ? value
        : typeof value === 'string' && value !== ''
          ? Number(value)
          : Number.NaN;
    if (typeof name === 'string' && Number.isFinite(number)) out[name] = number;
  }
  return out;
}

/** Which of them a text that `redis-cli --json` printed is; nothing for another text. */
export function recordsOf(
  text: string,
): Partial<Pick<RedisSnapshot, 'slowlog' | 'latency' | 'memory'>> | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  const slowlog = slowlogOf(raw);
  if (slowlog.length > 0) return { slowlog };
  const latency = latencyOf(raw);
  if (latency.length > 0) return { latency };
  const memory = memoryStatsOf(raw);
  return 'peak.allocated' in memory ? { memory } : undefined;
}
