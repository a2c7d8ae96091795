import type { Plan, PlanNode } from '../../../evidence/readers/plans/index.js';

/** Where the time of a plan went, in wall-clock milliseconds. */
export interface PlanTimes {
  /** Of a node with all below it, over all its loops. */
  inclusiveMs(node: PlanNode): number;
  /** Of a node alone. The exclusive times of a plan add to the root's inclusive time. */
  exclusiveMs(node: PlanNode): number;
  /** Of the whole statement, with triggers and JIT; the root's time where EXPLAIN does not tell. */
  totalMs: number;
}

/**
 * Accounts a plan that was run. Below a Gather the loops of a node are shared by the processes that ran it together, so
 * wall-clock time is (time × loops) / processes. A CTE is charged where it is scanned, an InitPlan where its value is
 * first asked for: PostgreSQL runs both on demand, inside the time of that node.
 */
export function planTimes(plan: Plan): PlanTimes {
  const inclusive = new Map<number, number>();
  const exclusive = new Map<number, number>();
  walk(plan.root, 1, (node, processes) => {
    const loops = node.loops ?? 0;
    inclusive.set(node.id, ((node.totalMs ?? 0) * loops) / Math.max(1, Math.min(processes, loops)));
  });
  const of = (node: PlanNode): number => inclusive.get(node.id) ?? 0;
  const charges = onDemand(plan, of);
  for (const node of plan.nodes) {
    const children = node.children
      .filter((c) => !charges.has(c.id))
      .reduce((sum, child) => sum + of(child), 0);
    let charged = 0;
    for (const charge of charges.values())
      for (const part of charge) if (part.node === node.id) charged += part.ms;
    exclusive.set(node.id, Math.max(0, of(node) - children - charged));
  }
  return {
    inclusiveMs: of,
    exclusiveMs: (node) => exclusive.get(node.id) ?? 0,
    totalMs: plan.executionMs ?? plan.loggedMs ?? of(plan.root),
  };
}

function walk(node: PlanNode, processes: number, visit: (node: PlanNode, processes: number) => void): void {
  visit(node, processes);
  const launched = node.more['Workers Launched'];
  const below =
    /^Gather/.test(node.kind) && typeof launched === 'number'
      ? launched + (node.more['Single Copy'] === true ? 0 : 1)
      : processes;
  for (const child of node.children) walk(child, Math.max(1, below), visit);
}

interface Charge {
  node: number;
  ms: number;
}

/** Sub-plans that run inside other nodes than the one they hang from, and who is charged for them. */
function onDemand(plan: Plan, inclusiveMs: (node: PlanNode) => number): Map<number, Charge[]> {
  const charges = new Map<number, Charge[]>();
  for (const parent of plan.nodes)
    for (const child of parent.children) {
      if (child.parentRelationship !== 'InitPlan') continue;
      const ms = inclusiveMs(child);
      const cte = /^CTE (.+)$/.exec(child.subplan ?? '')?.[1];
      const users = cte === undefined ? [firstUser(plan, parent, child)] : scansOf(plan, cte, child);
      const weight = users.reduce((sum, u) => sum + inclusiveMs(u), 0);
      charges.set(
        child.id,
        users.map((u) => ({
          node: u.id,
          ms: weight > 0 ? (ms * inclusiveMs(u)) / weight : ms / users.length,
        })),
      );
    }
  return charges;
}

const scansOf = (plan: Plan, cte: string, own: PlanNode): PlanNode[] =>
  plan.nodes.filter((n) => n.kind === 'CTE Scan' && n.cte === cte && !within(own, n));

const within = (tree: PlanNode, node: PlanNode): boolean =>
  tree === node || tree.children.some((c) => within(c, node));

/** The deepest node below the owner whose conditions name the value (`$0`, `(InitPlan 1).col1`); else the owner. */
function firstUser(plan: Plan, owner: PlanNode, initPlan: PlanNode): PlanNode {
  const title = initPlan.subplan ?? '';
  const returned = [...title.matchAll(/\$\d+/g)].map((m) => m[0]);
  const number = /^InitPlan \d+/.exec(title)?.[0];
  const names = [...returned, ...(number === undefined ? [] : [`(${number})`])];
  if (names.length === 0) return owner;
  const asks = (node: PlanNode): boolean =>
    Object.entries(node.more).some(
      ([key, value]) =>
        /(?:Cond|Filter)$/.test(key) && typeof value === 'string' && names.some((n) => mentions(value, n)),
    );
  return plan.nodes.filter((n) => within(owner, n) && !within(initPlan, n) && asks(n)).pop() ?? owner;
}

/** `$1` is not mentioned by `$12`. */
const mentions = (text: string, value: string): boolean =>
  text.split(value).some((after, i) => i > 0 && !/^\d/.test(after));
