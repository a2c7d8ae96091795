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
 * traces, the fewer waits are only accidents of one. Time is linear in spans × names under one parent.
 * (M. Chow et al., The Mystery Machine: End-to-end Performance Analysis of Large-scale Internet Services, OSDI 2014, §3.2.)
 */
export function learnPrecedence(traces: readonly NamedTrace[]): (trace: NamedTrace) => Precedes {
  const numbers = new Map<string, number>();
  const numberOf = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const numbered = (t: NamedTrace): Int32Array =>
    Int32Array.from(t.tree.parent, (_, row) => numberOf(t.nameOf(row)));
  const names = traces.map(numbered);
  const learned: Learned = { refuted: new Set(), order: new Map() };
  traces.forEach(({ tree }, i) => {
    for (let parent = 0; parent < tree.parent.length; parent++)
      refute(tree, names[i] as Int32Array, parent, learned);
  });
  return (trace) => {
    const at = traces.indexOf(trace);
    const own = at >= 0 ? (names[at] as Int32Array) : numbered(trace);
    return (a, b) => {
      const parent = trace.tree.parent[a] as number;
      return !learned.refuted.has(pair(own[parent] ?? -1, own[a] as number, own[b] as number));
    };
  };
}

interface Learned {
  /** Pairs that need not wait for each other. */
  refuted: Set<string>;
  /** Which of a pair came first, where each ran once. */
  order: Map<string, number>;
}

/** The same for both orders of a pair under parents of one name. */
const pair = (parent: number, a: number, b: number): string =>
  a < b ? `${parent} ${a} ${b}` : `${parent} ${b} ${a}`;

function refute(tree: SpanTree, names: Int32Array, parent: number, learned: Learned): void {
  const from = tree.childFrom[parent] as number;
  const to = tree.childFrom[parent + 1] as number;
  if (to - from < 2) return;
  const slack = OVERLAP_ALLOWANCE * ((tree.end[parent] as number) - (tree.start[parent] as number));
  const above = names[parent] as number;
  const seen = new Map<number, { latestEnd: number; times: number }>();
  const once: number[] = [];
  for (let k = from; k < to; k++) {
    const row = tree.children[k] as number;
    if (tree.detached[row] === 1) continue;
    const name = names[row] as number;
    for (const [other, { latestEnd }] of seen)
      if (latestEnd - slack > (tree.start[row] as number)) learned.refuted.add(pair(above, other, name));
    const before = seen.get(name);
    if (!before) once.push(name);
    seen.set(name, {
      latestEnd: Math.max(before?.latestEnd ?? Number.NEGATIVE_INFINITY, tree.end[row] as number),
      times: (before?.times ?? 0) + 1,
    });
  }
  const single = once.filter((name) => seen.get(name)?.times === 1);
  single.forEach((first, i) => {
    for (const second of single.slice(i + 1)) {
      const key = pair(above, first, second);
      const known = learned.order.get(key);
      if (known !== undefined && known !== first) learned.refuted.add(key);
      else learned.order.set(key, first);
    }
  });
}
