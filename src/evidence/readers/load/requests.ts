import type { LoadPart, LoadResult } from '../../../domain/load-result.js';
import { type Durations, durations } from './durations.js';

/** What is known of one request. */
export interface RequestRow {
  name: string;
  startMs?: number;
  durationMs: number;
  failed: boolean;
}

/** Names kept apart; more than this is a sign of ids in names, and those beyond are counted in the whole alone. */
const MOST_PARTS = 200;

/** Gathers single requests into a result; the caller adds what only its tool knows. */
export function gatherRequests() {
  const all = durations();
  const parts = new Map<string, { errors: number; times: Durations }>();
  let errors = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add(row: RequestRow): void {
      all.add(row.durationMs);
      if (row.failed) errors++;
      if (row.startMs !== undefined) {
        first = Math.min(first, row.startMs);
        last = Math.max(last, row.startMs + row.durationMs);
      }
      let part = parts.get(row.name);
      if (!part && parts.size < MOST_PARTS) {
        part = { errors: 0, times: durations() };
        parts.set(row.name, part);
      }
      if (!part) return;
      part.times.add(row.durationMs);
      if (row.failed) part.errors++;
    },
    count: all.count,
    result(): Pick<LoadResult, 'requests' | 'errors' | 'latencyMs' | 'parts' | 'percentiles'> &
      Partial<Pick<LoadResult, 'startedAtMs' | 'durationSeconds' | 'throughput'>> {
      const timed = last > first;
      return {
        requests: all.count(),
        errors,
        latencyMs: all.summary(),
        percentiles: 'every request',
        parts: [...parts].map(([name, p]) => partOf(name, p.errors, p.times)),
        ...(timed
          ? {
              startedAtMs: first,
              durationSeconds: (last - first) / 1000,
              throughput: (all.count() * 1000) / (last - first),
            }
          : {}),
      };
    },
  };
}

const partOf = (name: string, errors: number, times: Durations): LoadPart => ({
  name,
  requests: times.count(),
  errors,
  latencyMs: times.summary(),
});
