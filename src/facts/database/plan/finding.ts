import { type Fact, measured, type Subject, subject, type Text, type Unit } from '../../../domain/index.js';
import type { Plan, PlanNode } from '../../../evidence/readers/plans/index.js';
import type { PlanTimes } from './time.js';

/** One thing that makes a plan slow: the node, why, what to do, and how much of its time that could give back at most. */
export interface PlanFinding {
  id: string;
  node?: PlanNode;
  /** What is seen and why it costs. */
  reason: Text;
  remedy: Text;
  /** A statement to run, where there is one. */
  command?: string;
  /** The same with its figures leading to their facts, where it has any. */
  commandText?: Text;
  /** An upper bound of the time saved in this execution. */
  recoverable: Fact;
}

/** What a check is given. */
export interface PlanUnderStudy {
  plan: Plan;
  times: PlanTimes;
  /** A fact about a node of this plan (or the whole), with its place. */
  figure(name: string, value: number, unit: Unit, node?: PlanNode): Fact;
}

/** One check: a small file in `checks/`. Returns nothing where the plan gives no reason to speak. */
export type PlanCheck = (study: PlanUnderStudy) => PlanFinding[];

/** Facts of one plan: they name the file and the node. */
export function figures(path: string, about: Subject = subject('statement', path)): PlanUnderStudy['figure'] {
  return (name, value, unit, node) => {
    const fact = measured({ name: `plan.${name}`, subject: about, value, unit }, [{ kind: 'file', path }]);
    return node === undefined ? fact : { ...fact, id: `${fact.id}/node-${node.id}` };
  };
}

/** A node as a reader finds it in the plan: `Seq Scan on orders o`. */
export function nodeName(node: PlanNode): string {
  const index =
    node.index === undefined
      ? ''
      : node.relation === undefined
        ? ` on ${node.index}`
        : ` using ${node.index}`;
  const relation = node.relation ?? node.cte;
  const alias = node.alias !== undefined && node.alias !== relation ? ` ${node.alias}` : '';
  return `${node.title}${index}${relation === undefined ? '' : ` on ${relation}`}${alias}`;
}

/** The number under one of PostgreSQL's keys, 0 where it is not told. */
export function numberOf(node: PlanNode, key: string): number {
  const value = node.more[key];
  return typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) || 0 : 0;
}

export const textOf = (node: PlanNode, key: string): string | undefined => {
  const value = node.more[key];
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : undefined;
};
