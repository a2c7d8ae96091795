import { isObject, type JsonObject } from '../../evidence/readers/sample.js';
import { parseTimeNs } from '../../evidence/readers/time.js';
import type { ObservedRequest } from './observe.js';

const COMMON = /^(\S+) \S+ \S+ \[([^\]]+)\] "([A-Z]+) (\S+)[^"]*" \d{3} /;
const DATE = /^(\d{1,2})\/(\w{3})\/(\d{4}):(\d{2}:\d{2}:\d{2}) ([+-]\d{2})(\d{2})$/;
const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** A line of an access log: the common or combined format, or one JSON object; `undefined` for another line. */
export function accessLine(line: string): ObservedRequest | undefined {
  if (line.startsWith('{')) return jsonLine(line);
  const found = COMMON.exec(line);
  if (!found) return undefined;
  const [, client = '', when = '', method = 'GET', path = '/'] = found;
  const atMs = dateMs(when);
  return atMs === undefined ? undefined : { atMs, method, path: pathOf(path), client };
}

function dateMs(text: string): number | undefined {
  const d = DATE.exec(text);
  if (!d) return undefined;
  const month = MONTHS.indexOf(d[2] ?? '-') / 3 + 1;
  const iso = `${d[3]}-${String(month).padStart(2, '0')}-${(d[1] ?? '').padStart(2, '0')}T${d[4]}${d[5]}:${d[6]}`;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : ms;
}

const FIELDS = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'time_iso8601', 'StartUTC', 'start_time'],
  method: ['method', 'request_method', 'RequestMethod', 'http_method', 'http.request.method'],
  path: ['path', 'uri', 'request_uri', 'RequestPath', 'url', 'url.path', 'http.target'],
  client: ['remote_addr', 'client_ip', 'ClientHost', 'client.address', 'ip', 'downstream_remote_address'],
  bytes: ['request_length', 'RequestContentSize', 'bytes_received', 'http.request.body.size'],
} as const;

function jsonLine(line: string): ObservedRequest | undefined {
  let o: unknown;
  try {
    o = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isObject(o)) return undefined;
  const object = isObject(o.request) ? { ...o.request, ...o } : o;
  const ns = parseTimeNs(first(object, FIELDS.time));
  const path = first(object, FIELDS.path);
  if (ns === undefined || typeof path !== 'string') return undefined;
  const client = first(object, FIELDS.client);
  const bytes = Number(first(object, FIELDS.bytes));
  return {
    atMs: Number(ns / 1_000_000n),
    method: String(first(object, FIELDS.method) ?? 'GET').toUpperCase(),
    path: pathOf(path),
    ...(typeof client === 'string' ? { client } : {}),
    ...(bytes > 0 ? { bodyBytes: bytes } : {}),
  };
}

const first = (o: JsonObject, names: readonly string[]): unknown =>
  names.map((n) => o[n]).find((v) => v !== undefined);

/** The path of a URL or request target, without the query: it may hold what must not be kept. */
function pathOf(target: string): string {
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '').split(/[?#]/)[0] ?? '/';
  return path.startsWith('/') ? path : '/';
}
