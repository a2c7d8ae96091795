import { OVERLAP_ALLOWANCE } from './critical-path.js';
import type { SpanTree } from './span-tree.js';

/** What changes in a recorded trace. Rows that nothing names stay as they are. */
export interface TraceChange {
  /** Factor on the own time of a span (time not covered by its children). */
  own?: ReadonlyMap<number, number>;
  /** Spans that no longer happen, with all below them. */
  drop?: ReadonlySet<number>;
  /** Siblings with the same number run side by side: they start with the first of them. */
  together?: ReadonlyMap<number, number>;
}

/**
 * - `sequential`: every sibling that ended before a span began is something it waited for, and the parent's own time
 *   between them stays: the pessimistic variant;
 * - `independent`: only siblings that `precedes` names are waited for, and own time next to a dropped span goes with
 *   it: the optimistic one.
 */
export type Variant = 'sequential' | 'independent';

/** Whether sibling `a` must have ended before `b` can start. */
export type Precedes = (a: number, b: number) => boolean;

/**
 * The duration `root` would have had with `change` applied. Each child keeps its distance in own time from what it
 * waited for; the parent ends its own remaining time after the last child. Unchanged traces keep their duration in
 * the sequential variant; compare the independent one with itself unchanged (`savedTime` does).
 * (What-if analysis on recorded dependencies: CRISP 2022, §5; happens-before between siblings: B. H. Sigelman et al.
 * leave it to the reader, M. Chow et al., The Mystery Machine, OSDI 2014, §3.2, infers it over many traces.)
 */
export function retimedDuration(
  tree: SpanTree,
  root: number,
  change: TraceChange,
  variant: Variant = 'sequential',
  precedes?: Precedes,
): number {
  const start = tree.start[root] as number;
  const end = tree.end[root] as number;
  return durationOf(tree, root, start, end, change, variant, precedes, 0);
}

/** Recorded duration minus the re-timed one, with the variant's own idea of the unchanged trace as the reference. */
export function savedTime(
  tree: SpanTree,
  root: number,
  change: TraceChange,
  variant: Variant = 'sequential',
  precedes?: Precedes,
): number {
  const before =
    variant === 'sequential'
      ? (tree.end[root] as number) - (tree.start[root] as number)
      : retimedDuration(tree, root, {}, variant, precedes);
  return before - retimedDuration(tree, root, change, variant, precedes);
}

/** Deeper calls than this are taken as they were recorded. */
const DEEPEST = 2000;

interface Placed {
  row: number;
  start: number;
  end: number;
  newStart: number;
  newEnd: number;
}

function durationOf(
  tree: SpanTree,
  row: number,
  start: number,
  end: number,
  change: TraceChange,
  variant: Variant,
  precedes: Precedes | undefined,
  depth: number,
): number {
  const factor = change.own?.get(row) ?? 1;
  const from = tree.childFrom[row] as number;
  const to = tree.childFrom[row + 1] as number;
  if (from === to || depth > DEEPEST) return (end - start) * factor;
  const allowance = OVERLAP_ALLOWANCE * (end - start);
  const placed: Placed[] = [];
  /** Where the first of each group of siblings starts and what follows it. */
  const groups = new Map<number, number>();
  /** Latest end so far: new and recorded. */
  let newLast = 0;
  let lastEnd = start;
  for (let k = from; k < to; k++) {
    const child = tree.children[k] as number;
    if (tree.detached[child] === 1) continue;
    const childStart = Math.max(start, tree.start[child] as number);
    const childEnd = Math.min(end, tree.end[child] as number);
    if (childStart >= end || childEnd <= start || childEnd < childStart) continue;
    const dropped = change.drop?.has(child) === true;
    const duration = dropped
      ? 0
      : durationOf(tree, child, childStart, childEnd, change, variant, precedes, depth + 1);
    // What it waited for: the latest recorded end before it, and the latest new end of all of those.
    let trigger = start;
    let ready = 0;
    for (const p of placed) {
      if (p.end > childStart + allowance) continue;
      if (variant === 'independent' && precedes && !precedes(p.row, child)) continue;
      if (p.end > trigger) trigger = p.end;
      if (p.newEnd > ready) ready = p.newEnd;
    }
    // Below zero by an allowed overlap.
    const gap = variant === 'independent' ? uncovered(placed, trigger, childStart) : childStart - trigger;
    const ownGap = gap < 0 ? gap : dropped && variant === 'independent' ? 0 : gap * factor;
    const group = change.together?.get(child);
    const leader = group === undefined ? undefined : groups.get(group);
    const newStart = leader ?? Math.max(0, ready + ownGap);
    if (group !== undefined && leader === undefined) groups.set(group, newStart);
    const newEnd = newStart + duration;
    placed.push({ row: child, start: childStart, end: childEnd, newStart, newEnd });
    if (childEnd > lastEnd) lastEnd = childEnd;
    if (newEnd > newLast) newLast = newEnd;
  }
  if (placed.length === 0) return (end - start) * factor;
  return newLast + Math.max(0, end - lastEnd) * factor;
}

/** Length of [from, to] in which no placed sibling was running. */
function uncovered(placed: readonly Placed[], from: number, to: number): number {
  if (to <= from) return 0;
  let free = 0;
  let at = from;
  const overlapping = placed.filter((p) => p.end > from && p.start < to).sort((a, b) => a.start - b.start);
  for (const p of overlapping) {
    if (p.start > at) free += Math.min(p.start, to) - at;
    if (p.end > at) at = p.end;
    if (at >= to) return free;
  }
  return free + (to - at);
}
