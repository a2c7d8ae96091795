import { csvFields, separatorOf } from '../csv.js';
import type { Access } from './access-trace.js';
import { cacheSpans, looksLikeSpans } from './cache-spans.js';
import { isMonitorGreeting, MONITOR_LINE, monitorAccesses } from './redis-monitor.js';

/** A format with one access a line. `parse` returns nothing for a line that is none, `'bad'` for a damaged one. */
export interface LineFormat {
  id: string;
  title: string;
  /** 0..1: how surely these first lines are of the format. */
  recognise(lines: readonly string[]): number;
  /** A parser for one file; the first lines may hold a header. */
  parser(lines: readonly string[]): (line: string) => Access | Access[] | 'bad' | undefined;
}

const share = (lines: readonly string[], test: RegExp): number =>
  lines.length === 0 ? 0 : lines.filter((l) => test.test(l)).length / lines.length;

/** What `redis-cli MONITOR` prints. */
const redisMonitor: LineFormat = {
  id: 'redis-monitor',
  title: 'Redis MONITOR',
  recognise: (lines) =>
    share(
      lines.filter((l) => !isMonitorGreeting(l)),
      MONITOR_LINE,
    ) >= 0.9
      ? 0.98
      : 0,
  parser: () => (line) =>
    isMonitorGreeting(line) || line === '' ? undefined : (monitorAccesses(line) ?? 'bad'),
};

const WEB = /^(\S+) \S+ \S+ \[([^\]]+)\] "(?:([A-Z]+) )?([^ "]*)[^"]*" (\d{3}) (\d+|-)/;

/** Access logs of web servers and CDNs in the common or combined format. */
const webLog: LineFormat = {
  id: 'web-log',
  title: 'web access log (common or combined format)',
  recognise: (lines) => (share(lines, WEB) >= 0.8 ? 0.95 : 0),
  parser: () => (line) => {
    if (line === '') return undefined;
    const match = WEB.exec(line);
    if (!match) return 'bad';
    const [, , at = '', method = 'GET', url = '', status = '', size = '-'] = match;
    if (!/^(GET|HEAD)$/.test(method) || !/^(200|203|206|301|304|404|410)$/.test(status)) return undefined;
    const timeMs = commonLogTime(at);
    if (timeMs === undefined) return 'bad';
    const bytes = status === '304' || size === '-' || status === '206' ? undefined : Number(size);
    return { key: url, timeMs, op: 'read', ...(bytes === undefined ? {} : { bytes }) };
  },
};

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
function commonLogTime(text: string): number | undefined {
  const m = /^(\d{2})\/(\w{3})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/.exec(text);
  if (!m) return undefined;
  const month = MONTHS.indexOf(m[2] ?? '?') / 3;
  if (!Number.isInteger(month) || month < 0) return undefined;
  const offset = (m[7] === '-' ? -1 : 1) * (Number(m[8]) * 60 + Number(m[9]));
  return Date.UTC(Number(m[3]), month, Number(m[1]), Number(m[4]), Number(m[5]) - offset, Number(m[6]));
}

const headerOf = (lines: readonly string[]): string[] =>
  csvFields(lines[0] ?? '', separatorOf(lines[0] ?? '') ?? ',') ?? [];

const KEY_COLUMNS = /^(key|obj_?id|object|object_?id|url|uri|path|id|lbn|block|cache_?key|name)$/i;
const TIME_COLUMNS = /^(time|timestamp|ts|at|clock_?time|datetime|date|@timestamp)$/i;
const SIZE_COLUMNS = /^(size|bytes|obj_?size|object_?size|length|value_?size|response_?size)$/i;
const OP_COLUMNS = /^(op|operation|command|method|verb|op_?type)$/i;

/** CSV with a header that names a key, and perhaps time, size and operation. */
const csv: LineFormat = {
  id: 'access-csv',
  title: 'CSV of accesses',
  recognise: (lines) => {
    const names = headerOf(lines);
    if (names.length < 2 || !names.some((n) => KEY_COLUMNS.test(n.trim()))) return 0;
    return names.some((n) => TIME_COLUMNS.test(n.trim()) || SIZE_COLUMNS.test(n.trim())) ? 0.85 : 0.6;
  },
  parser: (lines) => {
    const separator = separatorOf(lines[0] ?? '') ?? ',';
    const names = headerOf(lines).map((n) => n.trim());
    // `id` is a last resort beside a better name of a key.
    const keyed = names.map((n, i) => [n, i] as const).filter(([n]) => KEY_COLUMNS.test(n));
    const key = (keyed.find(([n]) => !/^(id|name)$/i.test(n)) ?? keyed[0])?.[1] ?? 0;
    const column = (pattern: RegExp): number => names.findIndex((n) => pattern.test(n));
    const [time, size, op] = [column(TIME_COLUMNS), column(SIZE_COLUMNS), column(OP_COLUMNS)];
    const scale = timeScale(lines.slice(1).map((l) => Number((csvFields(l, separator) ?? [])[time])));
    let header = true;
    return (line) => {
      if (header) {
        header = false;
        return undefined;
      }
      if (line === '') return undefined;
      const fields = csvFields(line, separator);
      if (!fields || fields.length !== names.length || fields[key] === '') return 'bad';
      const at = time < 0 ? undefined : timeOf(fields[time] ?? '', scale);
      if (time >= 0 && at === undefined) return 'bad';
      const bytes = size < 0 ? undefined : Number(fields[size]);
      if (bytes !== undefined && !(bytes >= 0)) return 'bad';
      return {
        key: fields[key] ?? '',
        op: op < 0 ? 'read' : operation(fields[op] ?? ''),
        ...(at === undefined ? {} : { timeMs: at }),
        ...(bytes === undefined ? {} : { bytes }),
      };
    };
  },
};

/**
 * A letter or a word. The operation codes of block traces (28 and 2a of SCSI, and their longer forms) are all look-ups:
 * a block cache holds what was written too.
 */
function operation(text: string): Access['op'] {
  if (/^(w|write|set|put|post|add|replace|cas|append|prepend|incr|decr)$/i.test(text)) return 'write';
  return /^(d|del|delete|unlink|purge)$/i.test(text) ? 'delete' : 'read';
}

/** Milliseconds of one unit: epoch values tell by their size; small numbers count as seconds. */
function timeScale(values: readonly number[]): number {
  const largest = Math.max(0, ...values.filter((v) => Number.isFinite(v)));
  if (largest >= 1e17) return 1e-6;
  if (largest >= 1e14) return 1e-3;
  return largest >= 1e11 ? 1 : 1000;
}

function timeOf(text: string, scale: number): number | undefined {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number * scale;
  const parsed = Date.parse(text);
  return Number.isFinite(parsed) ? parsed : undefined;
}

const FOUR_NUMBERS = /^\d+\s+\d+\s+\d+\s+\d+$/;

/** ARC traces: start block, number of blocks, an ignored field, request number. Each block is one request. */
const arcTrace: LineFormat = {
  id: 'arc-trace',
  title: 'ARC block trace',
  recognise: (lines) => (lines.length > 2 && share(lines, FOUR_NUMBERS) >= 0.95 ? 0.9 : 0),
  parser: () => (line) => {
    if (line.trim() === '') return undefined;
    const [start, count] = line.trim().split(/\s+/).map(Number);
    if (start === undefined || count === undefined || !FOUR_NUMBERS.test(line.trim()) || count > 1_000_000)
      return 'bad';
    return Array.from({ length: count }, (_, i) => ({ key: String(start + i), op: 'read' as const }));
  },
};

/** One key a line, nothing else. */
const keys: LineFormat = {
  id: 'keys',
  title: 'one key a line',
  recognise: (lines) => (lines.length > 0 && share(lines, /^[^\s,;"{}]{1,250}$/) === 1 ? 0.5 : 0),
  parser: () => (line) => (line.trim() === '' ? undefined : { key: line.trim(), op: 'read' }),
};

/** OTLP spans, a request of an exporter a line; those of caches name the keys they asked for. */
const spans: LineFormat = {
  id: 'spans',
  title: 'OTLP spans of cache commands',
  recognise: (lines) => (lines.length > 0 && lines.every(looksLikeSpans) ? 0.9 : 0),
  parser: () => cacheSpans,
};

export const LINE_FORMATS: readonly LineFormat[] = [redisMonitor, spans, webLog, csv, arcTrace, keys];
