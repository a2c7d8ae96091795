import type { RedisSnapshot } from './snapshot.js';

/** A shape of fewer keys than this may hold somebody's name. */
const FEWEST_KEYS = 5;
const OTHER = '…';

/**
 * The snapshot with the words of rare shapes hidden: of `user:alice:#` only `user:…:#` stays, since what stands first is
 * a kind and what follows may be a person. Shapes that at least five keys share stay as they are.
 */
export function hideRareShapes(snapshot: RedisSnapshot): RedisSnapshot {
  const keys = new Map<string, Set<string>>();
  const rows = [...snapshot.sampled, ...(snapshot.monitored?.accesses ?? []), ...snapshot.slowlog];
  for (const { shape, label } of rows) {
    if (shape === undefined || label === undefined) continue;
    const own = keys.get(shape);
    if (!own) keys.set(shape, new Set([label]));
    else if (own.size < FEWEST_KEYS) own.add(label);
  }
  const told = <T extends { shape?: string }>(row: T): T =>
    row.shape === undefined || (keys.get(row.shape)?.size ?? 0) >= FEWEST_KEYS
      ? row
      : { ...row, shape: kindOf(row.shape) };
  return {
    ...snapshot,
    sampled: snapshot.sampled.map(told),
    slowlog: snapshot.slowlog.map(told),
    ...(snapshot.monitored
      ? { monitored: { ...snapshot.monitored, accesses: snapshot.monitored.accesses.map(told) } }
      : {}),
  };
}

function kindOf(shape: string): string {
  const parts = shape.split(/([:/.|])/);
  const [first = ''] = parts;
  if (parts.length === 1) return first.replace(/[^#]+/g, OTHER);
  return parts.map((part, i) => (i === 0 || i % 2 === 1 ? part : part.replace(/[^#]+/g, OTHER))).join('');
}
