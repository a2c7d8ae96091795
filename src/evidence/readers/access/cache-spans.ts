import { arrayOf, isObject, type JsonObject } from '../sample.js';
import type { Access } from './access-trace.js';

export const looksLikeSpans = (line: string): boolean => line.startsWith('{"resourceSpans"');

const READ = /^(get|mget|getex|hget|hmget|hgetall|getrange|smembers|exists)$/i;
const WRITE = /^(set|setex|psetex|setnx|mset|getset|hset|hmset|append|add|replace)$/i;
const DELETE = /^(del|unlink|delete)$/i;
const MANY_KEYS = /^(mget|del|unlink|exists)$/i;
/** What instrumentations write in place of arguments that they hide, as they do `?`. */
const HIDDEN = /\[\d+ other arguments\]/g;
const CACHES = /^(redis|valkey|memcached|keydb|dragonfly)$/i;

/** Accesses in a line of OTLP JSON: spans of caches whose statement names a key. `'bad'` for a line that is no JSON. */
export function cacheSpans(line: string): Access[] | 'bad' | undefined {
  if (line.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'bad';
  }
  if (!isObject(value)) return 'bad';
  return arrayOf(value.resourceSpans)
    .flatMap((r) => (isObject(r) ? arrayOf(r.scopeSpans) : []))
    .flatMap((s) => (isObject(s) ? arrayOf(s.spans) : []))
    .flatMap((span) => (isObject(span) ? accessesOf(span) : []))
    .sort((a, b) => (a.timeMs ?? 0) - (b.timeMs ?? 0));
}

function accessesOf(span: JsonObject): Access[] {
  const attributes = new Map(
    arrayOf(span.attributes).flatMap((a) =>
      isObject(a) && isObject(a.value) ? [[String(a.key), a.value.stringValue] as const] : [],
    ),
  );
  const text = (...names: string[]): string => {
    const found = names.map((n) => attributes.get(n)).find((v) => typeof v === 'string');
    return typeof found === 'string' ? found : '';
  };
  if (!CACHES.test(text('db.system', 'db.system.name'))) return [];
  const [command = '', ...words] = text('db.statement', 'db.query.text')
    .replace(HIDDEN, '')
    .trim()
    .split(/\s+/);
  const op = READ.test(command)
    ? 'read'
    : WRITE.test(command)
      ? 'write'
      : DELETE.test(command)
        ? 'delete'
        : undefined;
  const timeMs = Number(span.startTimeUnixNano) / 1e6;
  // Instrumentations that hide arguments write `?` or their number in brackets: that is no key.
  const keys = (MANY_KEYS.test(command) ? words : words.slice(0, 1)).filter(
    (k) => !/^[?[]/.test(k) && !k.endsWith(']'),
  );
  if (op === undefined || !Number.isFinite(timeMs)) return [];
  return keys.map((key) => ({ key, timeMs, op }));
}
