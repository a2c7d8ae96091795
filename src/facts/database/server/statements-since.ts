import type { Row } from '../../../evidence/connectors/postgres/database.js';
import type { Snapshot } from '../../../evidence/connectors/postgres/snapshot.js';
import { number, text } from './finding.js';

const COUNTERS = [
  'calls',
  'total_ms',
  'rows',
  'blocks_hit',
  'blocks_read',
  'temp_blocks',
  'wal_bytes',
] as const;

/**
 * The later snapshot with its statements counted from the earlier one on. A statement whose counters went back was reset
 * in between: all of what it counts now is later. Deviations cannot be taken apart and are left out.
 */
export function statementsSince(earlier: Snapshot, later: Snapshot): Snapshot {
  const before = new Map((earlier.parts.statements ?? []).map((s) => [text(s, 'id'), s]));
  const statements = (later.parts.statements ?? [])
    .map((now) => difference(before.get(text(now, 'id')), now))
    .filter((s) => number(s, 'calls') > 0)
    .sort(
      (a, b) => number(b, 'total_ms') - number(a, 'total_ms') || (text(a, 'id') < text(b, 'id') ? -1 : 1),
    );
  return { ...later, parts: { ...later.parts, statements } };
}

function difference(before: Row | undefined, now: Row): Row {
  if (!before || number(before, 'calls') > number(now, 'calls')) return now;
  const counted = Object.fromEntries(COUNTERS.map((c) => [c, number(now, c) - number(before, c)]));
  return {
    ...now,
    ...counted,
    mean_ms: (counted.total_ms ?? 0) / Math.max(1, counted.calls ?? 0),
    deviation_ms: 0,
  };
}
