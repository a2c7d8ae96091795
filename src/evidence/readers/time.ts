/** Digits that tell the unit of an epoch time: until the year 2286 seconds have 10, ms 13, µs 16, ns 19. */
const EPOCH_UNITS: readonly [maxDigits: number, toNs: number][] = [
  [11, 9],
  [14, 6],
  [17, 3],
  [20, 0],
];
const NUMBER = /^(\d{9,19})(?:\.(\d+))?$/;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?)? ?(Z|[+-]\d{2}:?\d{2}| ?UTC)?$/i;

/**
 * Nanoseconds since 1970 of an epoch number (s, ms, µs or ns: told by its size, 9 digits or more) or an ISO 8601
 * time with up to nine decimals. A time without a zone is UTC. `undefined` for anything else.
 */
export function parseTimeNs(value: unknown): bigint | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value >= 0 ? fromEpoch(plainDigits(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return fromEpoch(text) ?? fromIso(text);
}

const plainDigits = (value: number): string =>
  Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(9);

function fromEpoch(text: string): bigint | undefined {
  const found = NUMBER.exec(text);
  if (!found) return undefined;
  const [, whole = '', fraction = ''] = found;
  const power = EPOCH_UNITS.find(([digits]) => whole.length <= digits)?.[1] ?? 0;
  return BigInt(whole + fraction.slice(0, power).padEnd(power, '0'));
}

function fromIso(text: string): bigint | undefined {
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = found;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(ms)) return undefined;
  const offset = /([+-])(\d{2}):?(\d{2})/.exec(zone);
  const minutes = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1) : 0;
  return BigInt(ms - minutes * 60_000) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** ISO 8601 with milliseconds, UTC. */
export const isoOf = (ns: bigint): string => new Date(Number(ns / 1_000_000n)).toISOString();
