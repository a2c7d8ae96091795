const NANOSECONDS: Readonly<Record<string, number>> = {
  seconds: 1e9,
  milliseconds: 1e6,
  microseconds: 1e3,
  nanoseconds: 1,
};

/** Nanoseconds in one unit of time; undefined when the unit is none of time. */
export const nanosecondsIn = (unit: string): number | undefined => NANOSECONDS[unit];

/** Times as nanoseconds; other units as they are. */
export const canonicalUnit = (unit: string): string =>
  NANOSECONDS[unit] === undefined ? (unit === 'none' ? 'count' : unit) : 'nanoseconds';
