import type { Access } from './access-trace.js';

/** `1339518083.107412 [0 127.0.0.1:60866] "get" "key"` */
export const MONITOR_LINE = /^\+?(\d{9,}\.\d+) \[\d+ ([^\]]*)\] (.*)$/;
export const isMonitorGreeting = (line: string): boolean => /^\+?OK\s*$/.test(line);

const READ =
  /^(get|mget|getex|hget|hmget|hgetall|strlen|exists|getrange|json\.get|smembers|lrange|zrange|zscore|sismember)$/i;
const WRITE =
  /^(set|setex|psetex|setnx|mset|getset|hset|hmset|hsetnx|append|json\.set|sadd|lpush|rpush|zadd|incr|incrby|decr)$/i;
const DELETE = /^(del|unlink)$/i;
const MANY_KEYS = /^(mget|del|unlink|exists)$/i;

/** A line of MONITOR as accesses with the client that made them; none for other commands, `undefined` for no such line. */
export function monitorAccesses(line: string): (Access & { timeMs: number; source: string })[] | undefined {
  const match = MONITOR_LINE.exec(line);
  if (!match) return undefined;
  const words = quotedWords(match[3] ?? '');
  const [command = '', first] = words;
  const op = READ.test(command)
    ? 'read'
    : WRITE.test(command)
      ? 'write'
      : DELETE.test(command)
        ? 'delete'
        : undefined;
  if (op === undefined || first === undefined) return [];
  const keys = MANY_KEYS.test(command) ? words.slice(1) : [first];
  const value = /^(setex|psetex)$/i.test(command) ? words[3] : words[2];
  return keys.map((key) => ({
    key,
    timeMs: Number(match[1]) * 1000,
    source: match[2] ?? '',
    op,
    ...(op === 'write' && value !== undefined ? { bytes: key.length + value.length } : {}),
  }));
}

/** Words in double quotes with backslash escapes, as MONITOR writes them. */
function quotedWords(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) =>
    (m[1] ?? '').replace(/\\(x[0-9a-f]{2}|.)/gi, (_, c: string) =>
      c.length === 3 ? String.fromCharCode(Number.parseInt(c.slice(1), 16)) : c,
    ),
  );
}
