import type { Row } from '../../../evidence/connectors/postgres/database.js';
import { number } from './finding.js';

/** A session that others wait for and that waits for none, with all that wait behind it. */
export interface WaitTree {
  root: Row;
  waiters: Row[];
  waitedSeconds: number;
}

const blockersOf = (row: Row): number[] => (Array.isArray(row.blocked_by) ? row.blocked_by.map(Number) : []);

/**
 * Groups waiting sessions by the session at the end of their chain. A session blocked by several counts to the root of the
 * first; a cycle (a deadlock not yet broken) has no root and is left to the server.
 */
export function waitTrees(activity: readonly Row[]): WaitTree[] {
  const byPid = new Map(activity.map((row) => [number(row, 'pid'), row]));
  const trees = new Map<number, WaitTree>();
  for (const row of activity) {
    if (blockersOf(row).length === 0) continue;
    const root = rootOf(row, byPid);
    if (!root) continue;
    const pid = number(root, 'pid');
    const tree = trees.get(pid) ?? { root, waiters: [], waitedSeconds: 0 };
    tree.waiters.push(row);
    tree.waitedSeconds += number(row, 'query_seconds');
    trees.set(pid, tree);
  }
  return [...trees.values()].sort(
    (a, b) => b.waitedSeconds - a.waitedSeconds || number(a.root, 'pid') - number(b.root, 'pid'),
  );
}

function rootOf(row: Row, byPid: ReadonlyMap<number, Row>): Row | undefined {
  const seen = new Set<number>();
  let at: Row | undefined = row;
  while (at) {
    const pid = number(at, 'pid');
    if (seen.has(pid)) return undefined;
    seen.add(pid);
    // A negative or unknown pid is a prepared transaction or a session that ended since.
    const next: number | undefined = blockersOf(at)[0];
    if (next === undefined) return at === row ? undefined : at;
    at = byPid.get(next);
  }
  return undefined;
}
