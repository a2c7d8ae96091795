import {
  type Block,
  type Fact,
  name,
  num,
  type PlanMetric,
  type PlanStep,
  say,
  type Text,
  type Unit,
} from '../../../domain/index.js';
import type { PlanNode } from '../../../evidence/readers/plans/index.js';
import type { PlanDiagnosis } from './diagnose.js';
import { nodeName, numberOf } from './finding.js';

const BLOCK_BYTES = 8192;
/** A picture of more nodes than this shows those that take most of the time, and what stands above them. */
const MOST_NODES = 40;
/** Estimates off by less are good ones. */
const OFF_BY = 2;

interface Measured {
  metric: PlanMetric;
  value: number;
  unit: Unit;
}

/**
 * A plan that was run as a picture: each node with its own time, rows, pages and how far its rows are off. Nothing for a plan
 * that was not timed. `figure` makes a fact of a number.
 */
export function planPicture(
  { plan, times, findings }: PlanDiagnosis,
  id: string,
  title: Text,
  figure: (what: string, value: number, unit: Unit, node?: PlanNode) => Fact,
): { block: Block; facts: Fact[] } | undefined {
  if (!plan.ran) return undefined;
  const shown = shownNodes(plan.root, plan.nodes, (n) => times.exclusiveMs(n));
  const measured = new Map(shown.map((n) => [n, measuresOf(n, times.exclusiveMs(n))]));
  const longest = new Map<PlanMetric, number>();
  for (const all of measured.values())
    for (const m of all) longest.set(m.metric, Math.max(longest.get(m.metric) ?? 0, m.value));
  const facts: Fact[] = [];
  const depths = depthsOf(plan.root);
  const steps = shown.map((node): PlanStep => {
    const told = findings.some((f) => f.node === node);
    return {
      depth: depths.get(node) ?? 0,
      name: [name(`${node.subplan === undefined ? '' : `[${node.subplan}] `}${nodeName(node)}`)],
      ...(told ? { told } : {}),
      marks: (measured.get(node) ?? []).map((m) => {
        const fact = figure(`node.${m.metric}`, m.value, m.unit, node);
        facts.push(fact);
        const most = longest.get(m.metric) ?? 0;
        return { metric: m.metric, value: say`${num(fact)}`, share: most > 0 ? m.value / most : 0 };
      }),
    };
  });
  return { block: { kind: 'plan', id, title, steps }, facts };
}

function measuresOf(node: PlanNode, ownMs: number): Measured[] {
  const loops = node.loops ?? 0;
  const rows = (node.rows ?? 0) * loops;
  const touched = (of: PlanNode): number =>
    numberOf(of, 'Shared Hit Blocks') + numberOf(of, 'Shared Read Blocks');
  const pages = touched(node) - node.children.reduce((sum, c) => sum + touched(c), 0);
  const planned = node.plannedRows;
  const off =
    planned === undefined || loops === 0
      ? 1
      : Math.max(node.rows ?? 0, 1) > Math.max(planned, 1)
        ? Math.max(node.rows ?? 0, 1) / Math.max(planned, 1)
        : Math.max(planned, 1) / Math.max(node.rows ?? 0, 1);
  return [
    { metric: 'time', value: ownMs, unit: 'ms' },
    { metric: 'rows', value: rows, unit: 'count' },
    ...(pages > 0
      ? [{ metric: 'buffers' as const, value: pages * BLOCK_BYTES, unit: 'bytes' as const }]
      : []),
    ...(off >= OFF_BY ? [{ metric: 'misestimate' as const, value: off, unit: 'factor' as const }] : []),
  ];
}

function shownNodes(root: PlanNode, nodes: readonly PlanNode[], ms: (n: PlanNode) => number): PlanNode[] {
  if (nodes.length <= MOST_NODES) return [...nodes];
  const parents = new Map<PlanNode, PlanNode>();
  const link = (at: PlanNode): void => {
    for (const child of at.children) {
      parents.set(child, at);
      link(child);
    }
  };
  link(root);
  const kept = new Set<PlanNode>([root]);
  for (const node of [...nodes].sort((a, b) => ms(b) - ms(a) || a.id - b.id)) {
    const path: PlanNode[] = [];
    for (let at: PlanNode | undefined = node; at && !kept.has(at); at = parents.get(at)) path.push(at);
    if (kept.size + path.length <= MOST_NODES) for (const p of path) kept.add(p);
  }
  return nodes.filter((n) => kept.has(n));
}

function depthsOf(root: PlanNode): Map<PlanNode, number> {
  const depths = new Map<PlanNode, number>();
  const walk = (node: PlanNode, depth: number): void => {
    depths.set(node, depth);
    for (const child of node.children) walk(child, depth + 1);
  };
  walk(root, 0);
  return depths;
}
