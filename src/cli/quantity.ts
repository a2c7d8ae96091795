import { EXIT, UserError } from './exit.js';

const TIME: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const TIME_PATTERN = /^(\d+\.?\d*|\.\d+)\s*(us|ms|s|min|m|h|d)$/i;

/** `30s`, `120ms`, `1.5h` as milliseconds; `undefined` for what is no time. */
export function timeMs(text: string): number | undefined {
  const match = TIME_PATTERN.exec(text.trim());
  return match ? Number(match[1]) * (TIME[(match[2] ?? '').toLowerCase()] ?? 1) : undefined;
}

const needed = (value: number | undefined, text: string, option: string, example: string): number => {
  if (value !== undefined && value > 0) return value;
  throw new UserError(
    EXIT.badInput,
    `${text || 'Nothing'} is no value of it.`,
    `--${option}`,
    `Write it as ${example}.`,
  );
};

function read(
  text: string,
  option: string,
  pattern: RegExp,
  factor: (unit: string) => number,
  example: string,
): number {
  const match = pattern.exec(text.trim());
  const value = match ? Number(match[1]) * factor((match[2] ?? '').toLowerCase()) : undefined;
  return needed(value, text, option, example);
}

/** `30s`, `120ms`, `5m`, `1h`, `2d` as milliseconds; a UserError that names the option otherwise. */
export const milliseconds = (text: string, option: string): number =>
  needed(timeMs(text), text, option, '30s');

/** A whole number above nothing. */
export const count = (text: string, option: string): number => read(text, option, /^(\d+)$/, () => 1, '20');

/** `512mb`, `2gb`, `4096` as bytes, in powers of 1024. */
export const byteCount = (text: string, option: string): number =>
  read(
    text,
    option,
    /^([\d.]+)\s*([kmgt]?)i?b?$/i,
    (unit) => 1024 ** (unit === '' ? 0 : 'kmgt'.indexOf(unit) + 1),
    '512mb',
  );

/** An amount of money above nothing, in whatever currency: `0.75`. */
export const money = (text: string, option: string): number =>
  read(text, option, /^(\d+(?:\.\d+)?)$/, () => 1, '0.75');
