import type { SliceRows } from '../../models/slice-search.js';
import { median } from '../../models/spread.js';

/** Events of one combination of attribute values in one interval of time. */
export interface Leaf {
  values: readonly string[];
  bad: number;
  count: number;
}

/** A combination seen less often than this is believed to behave mostly like the whole. */
const PRIOR_EVENTS = 100;
/** Intervals of the history with this many times the median bad share were already in trouble. */
const TROUBLED = 2;

/**
 * Rows of one interval with what its history lets expect: the bad share of each combination, drawn towards the share
 * of all (gamma prior), times its events now. Troubled intervals of the history are left out.
 */
export function expectFromHistory(
  attributes: readonly string[],
  history: readonly (readonly Leaf[])[],
  now: readonly Leaf[],
): SliceRows {
  const shares = history.map(badShare);
  const usual = median(shares.filter((s) => Number.isFinite(s)));
  const calm = history.filter((_, i) => (shares[i] as number) <= TROUBLED * usual);
  const kept = (calm.length > 0 ? calm : history).flat();
  const overall = badShare(kept);
  const before = new Map<string, { bad: number; count: number }>();
  for (const leaf of kept) {
    const key = leaf.values.join('\n');
    const seen = before.get(key);
    if (seen) {
      seen.bad += leaf.bad;
      seen.count += leaf.count;
    } else before.set(key, { bad: leaf.bad, count: leaf.count });
  }
  const prior = Number.isFinite(overall) ? overall : 0;
  return {
    attributes,
    values: attributes.map((_, a) => now.map((leaf) => leaf.values[a] as string)),
    observed: Float64Array.from(now, (leaf) => leaf.bad),
    expected: Float64Array.from(now, (leaf) => {
      const seen = before.get(leaf.values.join('\n')) ?? { bad: 0, count: 0 };
      return (leaf.count * (seen.bad + PRIOR_EVENTS * prior)) / (seen.count + PRIOR_EVENTS);
    }),
    count: Float64Array.from(now, (leaf) => leaf.count),
  };
}

function badShare(leaves: readonly Leaf[]): number {
  let bad = 0;
  let count = 0;
  for (const leaf of leaves) {
    bad += leaf.bad;
    count += leaf.count;
  }
  return bad / count;
}
