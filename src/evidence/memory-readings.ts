import { openFile } from './open.js';
import { csvFields, separatorOf } from './readers/csv.js';
import { lines } from './readers/json-records.js';
import { MalformedProfile } from './readers/profiles/profile-reader.js';
import { parseTimeNs } from './readers/time.js';

/** Readings of one quantity of memory over time. */
export interface MemorySeries {
  name: string;
  /** Seconds; ascending. */
  timesS: number[];
  bytes: number[];
}

const TIME = /^(?:@?timestamp|time|ts|date(?:time)?|epoch|t|seconds?|uptime(?:_s)?|elapsed(?:_s)?)$/i;
const METRIC = /^(?:metric(?:_name)?|__name__|kpi)$/i;
const VALUE = /^(?:(?:metric_)?value|val|v)$/i;
const UNIT = /^(?:metric_)?units?$/i;
const MEMORY = /heap|mem(?:ory)?(?![a-z])|rss|resident|working.?set/i;
/** Limits and sizes of what is reserved are no readings of what is in use. */
const NOT_USED = /limit|total|max|committed|available|free/i;

const FACTORS: readonly (readonly [RegExp, number])[] = [
  [/gib(?:ytes?)?$/i, 1024 ** 3],
  [/(?:gb|gigabytes?)$/i, 1e9],
  [/mib(?:ytes?)?$/i, 1024 ** 2],
  [/(?:mb|megabytes?)$/i, 1e6],
  [/kib(?:ytes?)?$/i, 1024],
  [/(?:kb|kilobytes?)$/i, 1000],
  [/(?:^|[^a-z])(?:b|by|bytes?)$/i, 1],
];

/** Bytes in one of a unit, told by the end of a name: `heap_mb`, `rss (MiB)`. */
export function factorOf(text: string): number | undefined {
  const plain = text.trim().replace(/[)\]}]+$/, '');
  return FACTORS.find(([pattern]) => pattern.test(plain))?.[1];
}

/** Fewer than this cannot be bytes of a heap. */
const LEAST_BYTES = 1e5;

/**
 * Readings of memory from CSV: a column of time and one or more of memory, or one line a metric. Times are ISO 8601,
 * epoch numbers or seconds since any start. Throws `MalformedProfile` when there is no time, no memory or no unit.
 */
export async function readMemorySeries(
  path: string,
  asked: { column?: string; unit?: string },
): Promise<MemorySeries[]> {
  const open = await openFile(path);
  const unit = asked.unit === undefined ? undefined : factorOf(asked.unit);
  if (asked.unit !== undefined && unit === undefined)
    throw new MalformedProfile(
      `${asked.unit} is no unit of memory`,
      '--unit',
      'Give bytes, kB, KiB, MB, MiB, GB or GiB.',
    );
  let header: { separator: string; columns: string[]; time: number } | undefined;
  const found = new Map<string, { times: number[]; values: number[]; factor: number | undefined }>();
  const put = (name: string, time: number, text: string, factor: number | undefined): void => {
    const value = Number(text);
    if (text === '' || !Number.isFinite(value)) return;
    let series = found.get(name);
    if (!series) {
      series = { times: [], values: [], factor };
      found.set(name, series);
    }
    series.times.push(time);
    series.values.push(value);
  };
  const tooLong = (line: number): never => {
    throw new MalformedProfile(
      'A line is too long for a line of CSV',
      `line ${line}`,
      'Give one reading a line.',
    );
  };
  for await (const { bytes, line } of lines(open.bytes, tooLong)) {
    const text = bytes
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (text === '') continue;
    if (!header) {
      header = headerOf(text, line);
      continue;
    }
    const fields = csvFields(text, header.separator);
    const time = secondsOf(fields?.[header.time] ?? '');
    if (!fields || time === undefined)
      throw new MalformedProfile(
        `This is no time: ${(fields?.[header.time] ?? text).slice(0, 40)}`,
        `line ${line}`,
        'Give ISO 8601, an epoch number, or seconds.',
      );
    const { columns } = header;
    const at = (pattern: RegExp): number => columns.findIndex((c) => pattern.test(c));
    const [metric, value] = [at(METRIC), at(VALUE)];
    if (metric >= 0 && value >= 0) {
      const known = new Set([header.time, metric, value, at(UNIT)]);
      const rest = columns.flatMap((_, i) => (known.has(i) || !fields[i] ? [] : [fields[i]]));
      const name = fields[metric] ?? '';
      if (isWanted(name, asked.column))
        put(
          [name, ...rest].join(' '),
          time,
          fields[value] ?? '',
          factorOf(fields[at(UNIT)] ?? '') ?? factorOf(name),
        );
    } else
      columns.forEach((column, i) => {
        if (i !== header?.time && isWanted(column, asked.column))
          put(column, time, fields[i] ?? '', factorOf(column));
      });
  }
  const damage = open.damage();
  if (damage) throw new MalformedProfile(`The gzip archive is ${damage}`, 'end of file', 'Copy it again.');
  if (found.size === 0)
    throw new MalformedProfile(
      asked.column === undefined
        ? 'No column or metric of memory is in it'
        : `There is no column or metric ${asked.column}`,
      'its first line',
      `Name one with --column${header ? `: it has ${header.columns.slice(0, 12).join(', ')}` : ''}.`,
    );
  return [...found].map(([name, s]) => inOrder(name, s, unit ?? s.factor));
}

function headerOf(text: string, line: number): { separator: string; columns: string[]; time: number } {
  const separator = separatorOf(text);
  const columns = separator === undefined ? [] : (csvFields(text, separator) ?? []);
  const time = columns.findIndex((c) => TIME.test(c));
  if (separator === undefined || time < 0)
    throw new MalformedProfile(
      'This is no CSV with a column of time',
      `line ${line}`,
      'Begin with a line of names: time,heapUsed.',
    );
  return { separator, columns, time };
}

const isWanted = (name: string, asked: string | undefined): boolean =>
  asked === undefined ? MEMORY.test(name) && !NOT_USED.test(name) : name === asked;

function secondsOf(text: string): number | undefined {
  const ns = parseTimeNs(text);
  if (ns !== undefined) return Number(ns / 1000n) / 1e6;
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
}

function inOrder(
  name: string,
  { times, values }: { times: number[]; values: number[] },
  factor: number | undefined,
): MemorySeries {
  const order = times.map((_, i) => i).sort((a, b) => (times[a] as number) - (times[b] as number) || a - b);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  if (factor === undefined && largest < LEAST_BYTES)
    throw new MalformedProfile(
      `The unit of ${name} is not known: its largest reading is ${largest}`,
      'its first line',
      'Say it with --unit MB, or in the name of the column: heap_mb.',
    );
  return {
    name,
    timesS: order.map((i) => times[i] as number),
    bytes: order.map((i) => (values[i] as number) * (factor ?? 1)),
  };
}
