import { robustSpread } from '../../models/spread.js';
import type { EdgeSeries, RolloutEvidence } from './rollout-evidence.js';

/** An edge whose calls began to fail. */
export interface FailingEdge {
  caller: string;
  callee: string;
  /** Time of the last good sample before the first bad one: the failure began between the two. */
  lastGoodMs: number;
  firstBadMs: number;
  /** Mean drop of the success share over the window, 0..1. */
  loss: number;
}

/** Success that is constant has no spread: a drop of less than two points in a hundred is no failure. */
const SUCCESS_FLOOR = 0.02;
const SIGMAS = 3;

/**
 * Edges that fail from `fromMs` on, against the same edge before. Of several series of one edge (callers' and
 * callees' counts) the one that lost most speaks.
 */
export function failingEdges(evidence: RolloutEvidence, fromMs: number, untilMs: number): FailingEdge[] {
  const worst = new Map<string, FailingEdge>();
  for (const edge of evidence.edges) {
    const failing = failingEdge(edge, fromMs, untilMs);
    if (!failing) continue;
    const key = `${edge.caller}\n${edge.callee}`;
    if (failing.loss > (worst.get(key)?.loss ?? 0)) worst.set(key, failing);
  }
  return [...worst.keys()].sort().map((k) => worst.get(k) as FailingEdge);
}

function failingEdge(edge: EdgeSeries, fromMs: number, untilMs: number): FailingEdge | undefined {
  const before = edge.points.filter((p) => p.atMs < fromMs).map((p) => p.success);
  const window = edge.points.filter((p) => p.atMs >= fromMs && p.atMs <= untilMs);
  if (before.length === 0 || window.length === 0) return undefined;
  const { centre, scale } = robustSpread(before, SUCCESS_FLOOR / SIGMAS);
  const bad = window.filter((p) => p.success < centre - SIGMAS * scale);
  const first = bad[0];
  if (!first) return undefined;
  const good = edge.points.filter((p) => p.atMs < first.atMs);
  return {
    caller: edge.caller,
    callee: edge.callee,
    lastGoodMs: good[good.length - 1]?.atMs ?? first.atMs,
    firstBadMs: first.atMs,
    loss: bad.reduce((sum, p) => sum + centre - p.success, 0) / window.length,
  };
}
