import type { Source } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { findRequests } from '../../facts/requests.js';

/** Requests of one operation, or of all, and which of them count as slow. */
export interface BurnQuestion {
  service?: string;
  operation?: string;
  /** Above it a request is slow, ms. */
  slowerThanMs?: number;
}

/** Good and bad requests of one time, in slices of equal length. */
export interface BurnPhase {
  phase: 'baseline' | 'incident';
  /** ms since 1970. */
  fromMs: number;
  stepS: number;
  total: number;
  errors: number;
  slow: number;
  slices: { at: number; total: number; errors: number; slow: number }[];
}

/** Slices that a drawing can show. */
const MOST_SLICES = 120;
/** Lengths that a reader can count with, in seconds. */
const STEPS = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21_600, 86_400];

/** How many requests failed or were slow, over time, before the trouble and in it. */
export async function burnOf(
  q: BurnQuestion,
  store: Store,
  sources: readonly Source[],
): Promise<BurnPhase[]> {
  const requests = await findRequests(store);
  if (!requests) return [];
  const before = sources.filter((s) => s.role === 'baseline').map((s) => s.id);
  const where = `({service:String} = '' OR ServiceName = {service:String}) AND ({operation:String} = '' OR SpanName = {operation:String})
    AND has({before:Array(String)}, KpSource) = {isBefore:UInt8}`;
  const params = {
    service: q.service ?? '',
    operation: q.operation ?? '',
    before,
    slowerThanMs: q.slowerThanMs ?? Number.MAX_SAFE_INTEGER,
  };
  const phases: BurnPhase[] = [];
  for (const phase of ['baseline', 'incident'] as const) {
    const own = { ...params, isBefore: phase === 'baseline' ? 1 : 0 };
    const [row] = await store.query<{ n: number; fromS: number; toS: number }>(
      `SELECT count() AS n, toUnixTimestamp(min(Timestamp)) AS fromS, toUnixTimestamp(max(Timestamp)) AS toS FROM ${requests.sql} WHERE ${where}`,
      own,
    );
    if (!row || Number(row.n) === 0) continue;
    const [fromS, toS] = [Number(row.fromS), Number(row.toS)];
    const stepS =
      STEPS.find((s) => (toS - fromS + 1) / s <= MOST_SLICES) ?? Math.ceil((toS - fromS) / MOST_SLICES);
    const found = await store.query<{ slice: number; total: number; errors: number; slow: number }>(
      `SELECT intDiv(toUnixTimestamp(Timestamp) - {fromS:UInt32}, {stepS:UInt32}) AS slice, count() AS total,
         countIf(StatusCode = 'Error') AS errors, countIf(Duration / 1e6 > {slowerThanMs:Float64}) AS slow
       FROM ${requests.sql} WHERE ${where} GROUP BY slice ORDER BY slice`,
      { ...own, fromS, stepS },
    );
    const slices = found.map((s) => ({
      at: Number(s.slice) * stepS,
      total: Number(s.total),
      errors: Number(s.errors),
      slow: Number(s.slow),
    }));
    const sum = (of: (s: (typeof slices)[number]) => number): number => slices.reduce((a, s) => a + of(s), 0);
    phases.push({
      phase,
      fromMs: fromS * 1000,
      stepS,
      total: sum((s) => s.total),
      errors: sum((s) => s.errors),
      slow: sum((s) => s.slow),
      slices,
    });
  }
  return phases;
}
