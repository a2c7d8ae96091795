import type { SpanTree } from './span-tree.js';

/**
 * Siblings that overlap by no more than this share of their parent still count as one after the other: clocks and
 * the writing of spans are not exact. (Z. Zhang et al., CRISP: Critical Path Analysis of Large-Scale Microservice
 * Architectures, USENIX ATC 2022, §4.1.)
 */
export const OVERLAP_ALLOWANCE = 0.01;

/** The critical path of one span, from its end back to its start. Sections touch and never overlap. */
export interface CriticalPath {
  /** Row of the span whose own time each section is. */
  span: Int32Array;
  start: Float64Array;
  end: Float64Array;
  /** Every span on the path once, with its time clipped to its ancestors, in the order it was met. */
  members: { span: number; parent: number; start: number; end: number }[];
}

interface Frame {
  span: number;
  start: number;
  end: number;
  allowance: number;
  /** Candidates, by end, last first. */
  candidates: readonly number[];
  next: number;
  /** Time up to which the path is already laid, from the end. */
  laid: number;
}

/**
 * Walks from the end of `root` to its start: at each point the time belongs to the child that finished last before
 * it, and otherwise to the span itself. Children are clipped to their parent; a child that lies outside of it, or
 * that it does not wait for, is left out with all below it. Time and memory are linear in the spans below `root`
 * but for sorting. (Last-finishing child: C.-Q. Yang and B. P. Miller 1988; CRISP, algorithm 1.)
 */
export function criticalPath(tree: SpanTree, root: number): CriticalPath {
  const spans: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const members: CriticalPath['members'] = [];
  const emit = (span: number, start: number, end: number): void => {
    if (!(end > start)) return;
    spans.push(span);
    starts.push(start);
    ends.push(end);
  };
  const rootStart = tree.start[root] as number;
  const rootEnd = tree.end[root] as number;
  members.push({ span: root, parent: -1, start: rootStart, end: rootEnd });
  const stack: Frame[] = [frame(tree, root, rootStart, rootEnd)];
  while (stack.length > 0) {
    const f = stack[stack.length - 1] as Frame;
    const child = f.candidates[f.next];
    if (child === undefined) {
      emit(f.span, f.start, f.laid);
      stack.pop();
      continue;
    }
    f.next++;
    const start = Math.max(f.start, tree.start[child] as number);
    const end = Math.min(f.end, tree.end[child] as number);
    if (end > f.laid + f.allowance || start >= f.laid) continue;
    const until = Math.min(end, f.laid);
    emit(f.span, until, f.laid);
    f.laid = start;
    members.push({ span: child, parent: f.span, start, end });
    stack.push(frame(tree, child, start, until));
  }
  return {
    span: Int32Array.from(spans),
    start: Float64Array.from(starts),
    end: Float64Array.from(ends),
    members,
  };
}

function frame(tree: SpanTree, span: number, start: number, end: number): Frame {
  const candidates: number[] = [];
  for (let k = tree.childFrom[span] as number; k < (tree.childFrom[span + 1] as number); k++) {
    const child = tree.children[k] as number;
    if (tree.detached[child] === 1) continue;
    const from = tree.start[child] as number;
    const to = tree.end[child] as number;
    if (from >= end || to <= start || to <= from) continue;
    candidates.push(child);
  }
  // Clipped ends decide; of those that end together the longest is the one that was waited for.
  candidates.sort(
    (a, b) =>
      Math.min(end, tree.end[b] as number) - Math.min(end, tree.end[a] as number) ||
      (tree.start[a] as number) - (tree.start[b] as number) ||
      a - b,
  );
  return { span, start, end, allowance: OVERLAP_ALLOWANCE * (end - start), candidates, next: 0, laid: end };
}

/** Own time on the path by span row: what the sections add up to. Sums to the duration of the root. */
export function exclusiveTime(path: CriticalPath): Map<number, number> {
  const own = new Map<number, number>();
  for (let i = 0; i < path.span.length; i++) {
    const span = path.span[i] as number;
    own.set(span, (own.get(span) ?? 0) + (path.end[i] as number) - (path.start[i] as number));
  }
  return own;
}

/**
 * Own time by span row as CRISP counts it: the clipped duration minus those of its children on the path, where
 * allowed overlaps count for both siblings. Every span on the path has a row, also with 0.
 */
export function exclusiveDuration(path: CriticalPath): Map<number, number> {
  const own = new Map<number, number>();
  for (const m of path.members) {
    own.set(m.span, (own.get(m.span) ?? 0) + m.end - m.start);
    if (m.parent >= 0) own.set(m.parent, (own.get(m.parent) ?? 0) - (m.end - m.start));
  }
  return own;
}
