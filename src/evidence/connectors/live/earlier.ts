import type { TimeWindow } from '../source.js';

/** Changes are looked for in the day before the window too: what was rolled out then may only now be under load. */
const BEFORE_MS = 24 * 3_600_000;
export const withDayBefore = ({ fromMs, toMs }: TimeWindow): { fromMs: number; toMs: number } => ({
  fromMs: fromMs - BEFORE_MS,
  toMs,
});
