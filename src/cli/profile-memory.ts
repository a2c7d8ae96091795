import { basename } from 'node:path';
import { factorOf, readMemorySeries } from '../evidence/memory-readings.js';
import { MalformedProfile } from '../evidence/read-profile.js';
import { type MemoryTrend, memoryTrend, timeToLimit } from '../models/memory-trend.js';
import { EXIT, UserError } from './exit.js';

export interface MemoryOptions {
  heapLimit?: string;
  column?: string;
  unit?: string;
  json?: boolean;
}

interface Told {
  name: string;
  readings: number;
  trend: MemoryTrend;
  left: ReturnType<typeof timeToLimit>;
}

/** Says of readings of memory whether what is kept climbs, and when it meets a limit; exit 1 when one climbs. */
export async function runMemory(file: string, options: MemoryOptions): Promise<number> {
  const limit = limitOf(options.heapLimit);
  const series = await read(file, options);
  const told = series
    .map(({ name, timesS, bytes }): Told => {
      const trend = memoryTrend(timesS, bytes);
      return {
        name,
        readings: bytes.length,
        trend,
        left: limit === undefined ? undefined : timeToLimit(trend, limit),
      };
    })
    .sort((a, b) => b.trend.slope - a.trend.slope || (a.name < b.name ? -1 : 1));
  const text = options.json
    ? JSON.stringify(
        { file: basename(file), ...(limit === undefined ? {} : { limit }), series: told.map(plain) },
        null,
        2,
      )
    : told
        .flatMap((t) => linesOf(t, limit))
        .map(printable)
        .join('\n');
  process.stdout.write(`${text}\n`);
  return told.some((t) => t.trend.verdict === 'climbs') ? EXIT.checkFailed : EXIT.fine;
}

async function read(file: string, options: MemoryOptions): ReturnType<typeof readMemorySeries> {
  try {
    return await readMemorySeries(file, {
      ...(options.column === undefined ? {} : { column: options.column }),
      ...(options.unit === undefined ? {} : { unit: options.unit }),
    });
  } catch (error) {
    if (error instanceof MalformedProfile)
      throw new UserError(EXIT.badInput, `${error.what}.`, `${file}, ${error.at}`, error.todo);
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'EACCES')
      throw new UserError(
        EXIT.badInput,
        'The file cannot be read.',
        file,
        'Name one CSV file with readings.',
      );
    throw error;
  }
}

function limitOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = unit === '' ? 1 : unit === undefined ? undefined : factorOf(unit);
  const limit = Number(digits) * (factor ?? Number.NaN);
  if (limit > 0) return limit;
  throw new UserError(
    EXIT.badInput,
    `${text} is no size.`,
    '--heap-limit',
    'Give a size with its unit: 512MiB.',
  );
}

const SAYS: Readonly<Record<MemoryTrend['verdict'], string>> = {
  climbs: 'what is kept climbs: a leak is to be suspected, if the load was level',
  'levels-off': 'it climbed and levelled off: filling up, no leak',
  level: 'level, or growing by less than a tenth in this time',
  falls: 'what is kept falls',
  'too-short':
    'cannot tell: too few readings or collections; read for longer, at least some tens of collections',
};

function linesOf({ name, readings, trend, left }: Told, limit: number | undefined): string[] {
  const rate = (v: number): string => `${bytes(v * 3600)}/h`;
  const head = `${name}: ${SAYS[trend.verdict]}`;
  const basis = `   ${readings} readings over ${duration(trend.seconds)}, ${trend.falls} falls; ${trend.lows} lows compared`;
  if (trend.verdict === 'too-short') return [head, basis];
  const slope = `   floor ${bytes(trend.floorFirst)} → ${bytes(trend.floorNow)}: ${rate(trend.slope)} (${rate(trend.interval[0])} to ${rate(trend.interval[1])})`;
  const forecast =
    left && limit !== undefined
      ? trend.floorNow >= limit
        ? [`   the floor is at the limit of ${bytes(limit)} already`]
        : [
            `   meets ${bytes(limit)} in ${duration(left.seconds)} (${duration(left.interval[0])} to ${duration(left.interval[1])}), going on so; collections get long before`,
          ]
      : [];
  const next =
    trend.verdict === 'climbs'
      ? [
          '   next: two heap snapshots some hours apart, kneepoint profile LATER --against EARLIER, name what keeps it',
        ]
      : [];
  return [head, slope, basis, ...forecast, ...next];
}

const plain = ({ name, readings, trend, left }: Told) => ({
  name,
  readings,
  ...trend,
  ...(left
    ? {
        secondsToLimit: left.seconds,
        secondsToLimitInterval: left.interval.map((s) => (Number.isFinite(s) ? s : null)),
      }
    : {}),
});

function bytes(n: number): string {
  const size = Math.abs(n);
  const [unit, scale] =
    size >= 1e9 ? ['GB', 1e9] : size >= 1e6 ? ['MB', 1e6] : size >= 1e3 ? ['kB', 1e3] : ['B', 1];
  return `${Number((n / scale).toPrecision(3))}\u202f${unit}`;
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never';
  const [unit, scale] =
    seconds >= 172_800
      ? ['days', 86_400]
      : seconds >= 7200
        ? ['h', 3600]
        : seconds >= 120
          ? ['min', 60]
          : ['s', 1];
  return `${Number((seconds / scale).toPrecision(2))}\u202f${unit}`;
}

/** Names come from files: terminals obey control characters. */
const printable = (line: string): string => line.replace(/\p{Cc}/gu, '').slice(0, 240);
