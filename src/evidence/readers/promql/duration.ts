const UNITS_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};

/** Milliseconds of a duration as Prometheus writes it (`1h30m`, `5m`, a bare number of seconds). `undefined` for anything else. */
export function durationMs(text: string): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(?:\d+(?:ms|[smhdwy]))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, n = '0', unit = 's'] of text.matchAll(/(\d+)(ms|[smhdwy])/g))
    sum += Number(n) * (UNITS_MS[unit] ?? 0);
  return sum;
}

/** A duration in the largest unit that holds it whole: 3600 → `1h`, 259200 → `3d`, 5400 → `90m`. */
export function durationText(seconds: number): string {
  for (const [unit, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
  ] as const)
    if (seconds >= size && seconds % size === 0) return `${seconds / size}${unit}`;
  return Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * 1000)}ms`;
}
