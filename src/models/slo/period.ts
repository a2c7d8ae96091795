/** The time over which a promise is counted. */
export type Period =
  | { kind: 'rolling'; seconds: number }
  | { kind: 'calendar'; unit: CalendarUnit /** Minutes east of UTC. */; offsetMinutes: number };
export type CalendarUnit = 'day' | 'week' | 'month' | 'quarter' | 'year';

const DAY_S = 86_400;
/** Lengths that factors are computed for: burn rates speak of a usual period, not of February. */
const NOMINAL_DAYS: Record<CalendarUnit, number> = { day: 1, week: 7, month: 30, quarter: 90, year: 365 };
/** The longest a period of the unit gets: how far back its sums must reach. */
const LONGEST_DAYS: Record<CalendarUnit, number> = { day: 1, week: 7, month: 31, quarter: 92, year: 366 };

/** Seconds of the period for burn rates. */
export const periodSeconds = (p: Period): number =>
  p.kind === 'rolling' ? p.seconds : NOMINAL_DAYS[p.unit] * DAY_S;

/** Seconds that a period can last at most. */
export const longestSeconds = (p: Period): number =>
  p.kind === 'rolling' ? p.seconds : LONGEST_DAYS[p.unit] * DAY_S;

/** Start and end (exclusive), in milliseconds since 1970, of the period that a moment lies in. Weeks begin on Monday. */
export function periodAt(p: Period, atMs: number): { startMs: number; endMs: number } {
  if (p.kind === 'rolling') return { startMs: atMs - p.seconds * 1000, endMs: atMs };
  const shift = p.offsetMinutes * 60_000;
  const local = new Date(atMs + shift);
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const span = (from: number, to: number): { startMs: number; endMs: number } => ({
    startMs: from - shift,
    endMs: to - shift,
  });
  switch (p.unit) {
    case 'day':
      return span(Date.UTC(year, month, day), Date.UTC(year, month, day + 1));
    case 'week': {
      const monday = day - ((local.getUTCDay() + 6) % 7);
      return span(Date.UTC(year, month, monday), Date.UTC(year, month, monday + 7));
    }
    case 'month':
      return span(Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1));
    case 'quarter': {
      const first = month - (month % 3);
      return span(Date.UTC(year, first, 1), Date.UTC(year, first + 3, 1));
    }
    case 'year':
      return span(Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1));
  }
}
