import type { Phase } from '../../domain/index.js';
import type { Comparator, Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { wordsAround } from './around.js';

/** "4,500 inserts/s max measured", "max 50 TPS": the most that was ever seen or is allowed. */
export const isMost = (frame: Frame, q: Quantity): boolean =>
  /\b(?:max|maximum|at most|ceiling|tops out|limit|limited)\b/.test(
    `${wordsAround(frame, q.from - 3, 3)} ${wordsAround(frame, q.to, 2)}`,
  );

/** "quota 300 tps", "rate limit 50 req/s", "caps us at 300/s": an upper bound set by somebody else. */
export const claimedLimit = (frame: Frame, q: Quantity): boolean =>
  /\b(?:quota|limit|limits|limited|cap|caps|capped|max|rcus?|wcus?|capacity|plan|allowed|allowance|permitted)\b/.test(
    `${wordsAround(frame, q.from - 4, 4)} ${wordsAround(frame, q.to - 1, 3)}`,
  );

export function comparatorOf(frame: Frame, q: Quantity, name: string, phase: Phase): Comparator | undefined {
  const c = q.comparator;
  if (c === undefined && name === 'rate.stated' && (claimedLimit(frame, q) || isMost(frame, q))) return '<=';
  if (name === 'throughput' && (c === '<' || c === '<=')) return undefined;
  const before = frame.tokens[q.from - 1]?.lower ?? '';
  if (/^(?:latency|gc|pool\.wait|lock\.wait)\..*max$/.test(name) && /^max(?:imum)?$/.test(before))
    return undefined;
  if (
    c === undefined &&
    name === 'latency.mean' &&
    phase !== 'target' &&
    !/^(?:avg|average|averages|averaging|mean)$/.test(wordsNear(frame, q))
  )
    return '~';
  return c;
}

/** The statistic said beside the figure, so that a duration without one is marked as about right only. */
function wordsNear(frame: Frame, q: Quantity): string {
  for (const s of frame.statistics)
    if (
      s.value === 'mean' &&
      frame.sentence[s.from] === frame.sentence[q.from] &&
      s.from > q.from - 12 &&
      s.from < q.to + 8
    )
      return 'mean';
  return '';
}
