import { criticalPath, exclusiveTime } from '../../src/models/critical-path.js';
import { resolveParents, type SpanTree, spanTree } from '../../src/models/span-tree.js';
import type { SpanRow } from '../answers.js';

/** A trace ready to be drawn: rows in reading order, and the critical path of its longest root. */
export interface TraceTree {
  spans: readonly SpanRow[];
  tree: SpanTree;
  /** Rows with their depth, parents first, children by start. */
  order: { row: number; depth: number }[];
  root: number;
  /** Beginning and length of the whole, in milliseconds. */
  fromMs: number;
  totalMs: number;
  /** Sections of the critical path by row. */
  onPath: ReadonlyMap<number, { fromMs: number; toMs: number }[]>;
  /** Own time on the critical path by row, in milliseconds. */
  ownMs: ReadonlyMap<number, number>;
  orphans: number;
}

/** Reads the spans of one trace. Without spans there is nothing to draw. */
export function traceTree(spans: readonly SpanRow[]): TraceTree | undefined {
  if (spans.length === 0) return undefined;
  const { parent, orphans } = resolveParents(
    spans.map((s) => s.id),
    spans.map((s) => s.parent),
  );
  const tree = spanTree({
    parent,
    start: Float64Array.from(spans, (s) => s.startMs),
    end: Float64Array.from(spans, (s) => s.startMs + s.durationMs),
    detached: Uint8Array.from(spans, (s) => (s.kind === 'Consumer' ? 1 : 0)),
  });
  const roots = [...parent.keys()].filter((i) => (parent[i] as number) < 0);
  roots.sort((a, b) => (tree.start[a] as number) - (tree.start[b] as number) || a - b);
  const root = roots.reduce(
    (best, r) => (lengthOf(tree, r) > lengthOf(tree, best) ? r : best),
    roots[0] ?? 0,
  );
  const path = criticalPath(tree, root);
  const onPath = new Map<number, { fromMs: number; toMs: number }[]>();
  for (let i = 0; i < path.span.length; i++) {
    const row = path.span[i] as number;
    const sections = onPath.get(row) ?? [];
    sections.push({ fromMs: path.start[i] as number, toMs: path.end[i] as number });
    onPath.set(row, sections);
  }
  const fromMs = tree.start.reduce((a, b) => Math.min(a, b));
  const toMs = tree.end.reduce((a, b) => Math.max(a, b));
  return {
    spans,
    tree,
    order: readingOrder(tree, roots),
    root,
    fromMs,
    totalMs: Math.max(toMs - fromMs, 1e-6),
    onPath,
    ownMs: exclusiveTime(path),
    orphans: orphans.length,
  };
}

const lengthOf = (tree: SpanTree, row: number): number =>
  (tree.end[row] as number) - (tree.start[row] as number);

function readingOrder(tree: SpanTree, roots: readonly number[]): { row: number; depth: number }[] {
  const order: { row: number; depth: number }[] = [];
  const stack = [...roots].reverse().map((row) => ({ row, depth: 0 }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    order.push(next);
    const from = tree.childFrom[next.row] as number;
    for (let k = (tree.childFrom[next.row + 1] as number) - 1; k >= from; k--)
      stack.push({ row: tree.children[k] as number, depth: next.depth + 1 });
  }
  return order;
}

/** Own time on the critical path by service and operation, most first. */
export interface OwnTime {
  key: string;
  service: string;
  operation: string;
  ms: number;
  spans: number[];
}

export function ownTimes(t: TraceTree): OwnTime[] {
  const groups = new Map<string, OwnTime>();
  for (const [row, ms] of t.ownMs) {
    const span = t.spans[row];
    if (!span) continue;
    const key = JSON.stringify([span.service, span.name]);
    const group = groups.get(key) ?? {
      key,
      service: span.service,
      operation: span.name,
      ms: 0,
      spans: [],
    };
    group.ms += ms;
    group.spans.push(row);
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.ms - a.ms || (a.key < b.key ? -1 : 1));
}
