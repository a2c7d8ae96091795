import { type Worse, worseWhen } from '../compare/run.js';

/** One metric over builds, in the order they were made. */
export interface Series {
  name: string;
  unit: string;
  worse: Worse;
  points: SeriesPoint[];
}
export interface SeriesPoint {
  value: number;
  /** Commit, version or date: what the point is called. */
  label: string;
  atMs?: number;
}

export const newSeries = (name: string, unit: string, worse: Worse = worseWhen(name)): Series => ({
  name,
  unit,
  worse,
  points: [],
});
