import { readFile, stat } from 'node:fs/promises';
import { LoadFault } from '../../evidence/readers/load/reader.js';
import type { Estimate } from '../../models/capacity/fit.js';
import { short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import { timeMs } from '../quantity.js';

/** A table for the terminal: the first column to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((r) => (r[i] ?? '').length)));
  return rows.map((r) =>
    r
      .map((c, i) => (i === 0 ? c.padEnd(widths[i] ?? 0) : c.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

export const percent = (share: number, digits = 0): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(digits)} %` : '–';

/** "6 670 (5 900–7 400)"; no limit is said in words. */
export const within = (e: Estimate): string =>
  e.value === Number.POSITIVE_INFINITY
    ? 'no limit within the data'
    : e.low === e.high
      ? short(e.value)
      : `${short(e.value)} (${short(e.low)}–${e.high === Number.POSITIVE_INFINITY ? 'no limit' : short(e.high)})`;

/** A time with its unit (700ms, 1.8s, 5m), in milliseconds. */
export function timeOption(option: string, text: string): number {
  const value = timeMs(text);
  if (value === undefined || !(value > 0))
    throw badOption(option, text, 'a time with its unit: 700ms, 90s, 5m');
  return value;
}

/** A number above zero; `8k` is 8000. */
export function numberOption(option: string, text: string): number {
  const match = /^([\d.]+)\s*(k|m)?$/i.exec(text.trim());
  const value = match ? Number(match[1]) * (match[2] ? (/k/i.test(match[2]) ? 1e3 : 1e6) : 1) : Number.NaN;
  if (!(value > 0) || !Number.isFinite(value))
    throw badOption(option, text, 'a number above zero: 8000 or 8k');
  return value;
}

/** A share: 0.9 or 90%. Between nothing and all. */
export function shareOption(option: string, text: string): number {
  const match = /^([\d.]+)\s*(%)?$/.exec(text.trim());
  const value = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw badOption(option, text, 'a share from 0 to 1: 0.9 or 90%');
  return value;
}

/** A change: `-30%`, `+15%`, `x1.5`, `1.5x`; as a factor. */
export function factorOption(option: string, text: string): number {
  const relative = /^([+-]\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  const times = /^(?:x(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)x)$/.exec(text.trim());
  const value = relative ? 1 + Number(relative[1]) / 100 : Number(times?.[1] ?? times?.[2] ?? Number.NaN);
  if (!(value > 0)) throw badOption(option, text, 'a change: -30%, +50% or x1.5');
  return value;
}

export const badOption = (option: string, text: string, wanted: string): UserError =>
  new UserError(EXIT.badInput, `${text.slice(0, 60)} is no value for ${option}.`, option, `Write ${wanted}.`);

const LARGEST_BYTES = 200_000_000;

/** A file as text, with one clear error. */
export async function textFile(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile())
    throw new UserError(EXIT.badInput, `There is no file ${path}.`, path, 'Check the path.');
  if (info.size > LARGEST_BYTES)
    throw new UserError(
      EXIT.badInput,
      `The file has ${info.size} bytes.`,
      path,
      'Give a shorter time, or a value a minute.',
    );
  return readFile(path, 'utf8');
}

/** Runs a reader and turns its faults into the one error of the CLI. */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof LoadFault)
      throw new UserError(EXIT.badInput, `${error.what}.`, error.where, error.todo);
    throw error;
  }
}
