import { OVERLAP_ALLOWANCE } from './critical-path.js';
import type { Precedes } from './retime.js';
import type { SpanTree } from './span-tree.js';

/** A trace whose spans have names: spans of one name do the same thing in every trace. */
export interface NamedTrace {
  tree: SpanTree;
  nameOf(row: number): string;
}

/**
 * Which siblings wait for which, learned over many traces. All are taken to wait for those that ended before them,
 * until some trace shows the two running at the same time, or, where each runs once, in the other order. The more
 * traces, the fewer waits are only accidents of one.
 * (M. Chow et al., The Mystery Machine: End-to-end Performance Analysis of Large-scale Internet Services, OSDI 2014, §3.2.)
 */
export function learnPrecedence(traces: readonly NamedTrace[]): (trace: NamedTrace) => Precedes {
  const refuted = new Set<string>();
  const orders = new Map<string, string>();
  for (const t of traces)
    for (let parent = 0; parent < t.tree.parent.length; parent++) refute(t, parent, refuted, orders);
  return (trace) => (a, b) => !refuted.has(pairKey(trace, a, b).key);
}

/** Siblings beyond this number under one parent are told apart no further. */
const MOST_SIBLINGS = 400;

function refute(t: NamedTrace, parent: number, refuted: Set<string>, orders: Map<string, string>): void {
  const from = t.tree.childFrom[parent] as number;
  const to = Math.min(t.tree.childFrom[parent + 1] as number, from + MOST_SIBLINGS);
  if (to - from < 2) return;
  const slack = OVERLAP_ALLOWANCE * ((t.tree.end[parent] as number) - (t.tree.start[parent] as number));
  const rows = [...t.tree.children.subarray(from, to)].filter((r) => t.tree.detached[r] !== 1);
  const times = new Map<string, number>();
  for (const r of rows) times.set(t.nameOf(r), (times.get(t.nameOf(r)) ?? 0) + 1);
  rows.forEach((a, i) => {
    for (const b of rows.slice(i + 1)) {
      const { key, first } = pairKey(t, a, b);
      if ((t.tree.start[b] as number) < (t.tree.end[a] as number) - slack) refuted.add(key);
      else if (times.get(t.nameOf(a)) === 1 && times.get(t.nameOf(b)) === 1) {
        const before = orders.get(key);
        if (before !== undefined && before !== first) refuted.add(key);
        orders.set(key, first);
      }
    }
  });
}

/** The same for both orders of a pair under parents of one name. */
function pairKey(t: NamedTrace, a: number, b: number): { key: string; first: string } {
  const parent = t.tree.parent[a] as number;
  const above = parent < 0 ? '' : t.nameOf(parent);
  const [x, y] = [t.nameOf(a), t.nameOf(b)];
  return { key: JSON.stringify(x < y ? [above, x, y] : [above, y, x]), first: x };
}
