import { EXIT, UserError } from './exit.js';

const TIME: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function read(
  text: string,
  option: string,
  pattern: RegExp,
  factor: (unit: string) => number,
  example: string,
): number {
  const match = pattern.exec(text.trim());
  const value = match ? Number(match[1]) * factor((match[2] ?? '').toLowerCase()) : Number.NaN;
  if (!(value > 0))
    throw new UserError(
      EXIT.badInput,
      `${text || 'Nothing'} is no value of it.`,
      `--${option}`,
      `Write it as ${example}.`,
    );
  return value;
}

/** `30s`, `120ms`, `5m`, `1h`, `2d` as milliseconds; a UserError that names the option otherwise. */
export const milliseconds = (text: string, option: string): number =>
  read(text, option, /^([\d.]+)\s*(ms|s|m|h|d)$/i, (unit) => TIME[unit] ?? 1, '30s');

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
