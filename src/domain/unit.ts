/** The canonical unit of every quantity inside Kneepoint. Readers convert at the door. */
export const UNITS = [
  'ms',
  's',
  'ratio',
  'count',
  '1/s',
  'bytes',
  'bytes/s',
  'currency',
  'currency/month',
  'cores',
  'factor',
  'none',
] as const;

/**
 * - `ms`: durations up to the length of a request; `s`: longer ones (TTL, windows, start-up).
 * - `ratio`: 0..1 (shown in per cent); a relative change (+15 % cost) is a ratio too.
 * - `factor`: a multiple ("3.8×").
 */
export type Unit = (typeof UNITS)[number];

const THIN_SPACE = '\u202f';

/**
 * Rounds to `digits` significant digits and sets thousands apart with a narrow no-break space.
 * Whole numbers below 10 000 keep all their digits.
 */
export function formatNumber(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return value > 0 ? '∞' : value < 0 ? '−∞' : 'n/a';
  const rounded =
    Number.isInteger(value) && Math.abs(value) < 10_000 ? value : Number(value.toPrecision(digits));
  const magnitude = Math.abs(rounded);
  const decimals = magnitude === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(magnitude)));
  const fixed = magnitude.toFixed(Number.isInteger(rounded) ? 0 : Math.min(decimals, 8));
  const [whole = '0', fraction] = fixed.split('.');
  const grouped = whole.length > 3 ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, THIN_SPACE) : whole;
  const trimmed = fraction?.replace(/0+$/, '');
  return `${rounded < 0 ? '−' : ''}${grouped}${trimmed ? `.${trimmed}` : ''}`;
}

/** The number and unit as a person reads them: `1 800 ms`, `71 %`, `6 000/s`, `3 KB`, `1.85×`. */
export function formatQuantity(value: number, unit: Unit, digits = 3): string {
  const spaced = (v: number, u: string): string => `${formatNumber(v, digits)}${THIN_SPACE}${u}`;
  switch (unit) {
    case 'ms':
      return Math.abs(value) >= 60_000
        ? formatQuantity(value / 1000, 's', digits)
        : Math.abs(value) > 0 && Math.abs(value) < 0.1
          ? spaced(value * 1000, 'µs')
          : spaced(value, 'ms');
    case 's':
      return formatSeconds(value, digits);
    case 'ratio':
      return `${formatNumber(value * 100, Math.max(digits, digitsBelowOne(value)))}${THIN_SPACE}%`;
    case '1/s':
      return `${formatNumber(value, digits)}/s`;
    case 'bytes':
      return formatBytes(value, digits);
    case 'bytes/s':
      return `${formatBytes(value, digits)}/s`;
    case 'factor':
      return `${formatNumber(value, digits)}×`;
    case 'cores':
      return spaced(value, value === 1 ? 'core' : 'cores');
    case 'currency/month':
      return `${formatNumber(value, digits)}/month`;
    case 'currency':
    case 'count':
    case 'none':
      return formatNumber(value, digits);
  }
}

/** 99.95 % is not 100 %: what is missing to the whole must be seen. */
function digitsBelowOne(ratio: number): number {
  const missing = (1 - ratio) * 100;
  return missing > 0 && missing < 1 ? Math.min(8, 2 + Math.ceil(-Math.log10(missing) - 1e-9)) : 0;
}

function formatSeconds(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  if (magnitude > 0 && magnitude < 0.5) return `${formatNumber(value * 1000, digits)}${THIN_SPACE}ms`;
  const [scale, unit] =
    magnitude >= 2 * 86_400
      ? [86_400, 'd']
      : magnitude >= 2 * 3600
        ? [3600, 'h']
        : magnitude >= 120
          ? [60, 'min']
          : [1, 's'];
  return `${formatNumber(value / scale, digits)}${THIN_SPACE}${unit}`;
}

function formatBytes(value: number, digits: number): string {
  const magnitude = Math.abs(value);
  const [scale, unit] =
    magnitude >= 1e12
      ? [1e12, 'TB']
      : magnitude >= 1e9
        ? [1e9, 'GB']
        : magnitude >= 1e6
          ? [1e6, 'MB']
          : magnitude >= 1e3
            ? [1e3, 'KB']
            : [1, 'B'];
  return `${formatNumber(value / scale, digits)}${THIN_SPACE}${unit}`;
}

const SHOWN: Record<Unit, Readonly<Record<string, number>>> = {
  ms: {
    ms: 1,
    s: 1e-3,
    µs: 1e3,
    min: 1 / 60_000,
    h: 1 / 3_600_000,
    d: 1 / 86_400_000,
  },
  s: { s: 1, ms: 1e3, min: 1 / 60, h: 1 / 3600, d: 1 / 86_400 },
  ratio: { '%': 100, ratio: 1 },
  count: { '': 1, count: 1 },
  '1/s': { '/s': 1, '1/s': 1, '/min': 60, '/h': 3600 },
  bytes: sizes(''),
  'bytes/s': sizes('/s'),
  currency: { '': 1, currency: 1 },
  'currency/month': { '/month': 1, 'currency/month': 1 },
  cores: { cores: 1, core: 1, millicores: 1000 },
  factor: { '×': 1, factor: 1, '%': 100 },
  none: { '': 1, none: 1, '%': 100 },
};

function sizes(per: string): Record<string, number> {
  const out: Record<string, number> = { [`bytes${per}`]: 1 };
  ['B', 'KB', 'MB', 'GB', 'TB'].forEach((u, i) => {
    out[u + per] = 1000 ** -i;
  });
  ['KiB', 'MiB', 'GiB'].forEach((u, i) => {
    out[u + per] = 1024 ** -(i + 1);
  });
  return out;
}

/**
 * What a value in `unit` is multiplied by to be shown in another unit of the same quantity; `''` is no unit at all.
 * Undefined when a value of that unit cannot be shown so: milliseconds have no bare figure.
 */
export function shownIn(unit: Unit, shown: string): number | undefined {
  const scales = SHOWN[unit];
  return Object.hasOwn(scales, shown) ? scales[shown] : undefined;
}

/** The unit in which a value stands once it is multiplied by `factor`; undefined when there is none. */
export const unitAfter = (unit: Unit, factor: number): string | undefined =>
  factor === 1
    ? unit
    : Object.keys(SHOWN[unit]).find((u) => Math.abs((SHOWN[unit][u] ?? 0) / factor - 1) < 1e-9);
