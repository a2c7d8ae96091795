import { type Fact, type Subject, subject } from '../../../domain/index.js';
import type { Plan, PlanNode } from '../../../evidence/readers/plans/index.js';
import { discardedByOffset } from './checks/discarded.js';
import { filterWaste } from './checks/filter-waste.js';
import { heapFetches } from './checks/heap-fetches.js';
import { jit } from './checks/jit.js';
import { lossyBitmap } from './checks/lossy-bitmap.js';
import { misestimate } from './checks/misestimate.js';
import { partitionsRead } from './checks/partitions-read.js';
import { perRowSubplan } from './checks/per-row-subplan.js';
import { planning } from './checks/planning.js';
import { readWait } from './checks/read-wait.js';
import { repeatedInner } from './checks/repeated-inner.js';
import { spill } from './checks/spill.js';
import { triggers } from './checks/triggers.js';
import { missingWorkers } from './checks/workers.js';
import { figures, type PlanCheck, type PlanFinding } from './finding.js';
import { type PlanSign, planSigns } from './signs.js';
import { type PlanTimes, planTimes } from './time.js';

const CHECKS: readonly PlanCheck[] = [
  filterWaste,
  repeatedInner,
  misestimate,
  perRowSubplan,
  partitionsRead,
  discardedByOffset,
  spill,
  lossyBitmap,
  heapFetches,
  readWait,
  jit,
  triggers,
  missingWorkers,
  planning,
];

/** Those whose signs a plan of MySQL or MariaDB tells. */
const MYSQL_CHECKS: readonly PlanCheck[] = [
  filterWaste,
  repeatedInner,
  misestimate,
  perRowSubplan,
  discardedByOffset,
];

/** What could give back less than this share of the time is not worth a word. */
const LEAST_SHARE = 0.1;
const LEAST_MS = 1;
const MOST_FINDINGS = 3;

export interface PlanDiagnosis {
  plan: Plan;
  times: PlanTimes;
  total: Fact;
  /** At most three, those that could give back most first. Empty for a plan in good order, or one that was not run. */
  findings: PlanFinding[];
  /** All that the checks found, also what is not worth a word. */
  all: PlanFinding[];
  /** What the estimates of a plan that was not timed let expect. */
  signs: PlanSign[];
}

/**
 * A finding that another has told already: of the same node, of a partition that should not have been read at all, or the same
 * of one partition after another.
 */
function explainsToo(plan: Plan, told: PlanFinding, f: PlanFinding): boolean {
  if (f.node === undefined || told.node === undefined) return false;
  if (f.node === told.node) return true;
  const over = plan.nodes.filter((n) => /Append$/.test(n.kind) && holds(n, f.node));
  return told.id === 'partitions-read'
    ? over.includes(told.node)
    : told.id === f.id && over.some((n) => holds(n, told.node));
}

const holds = (node: PlanNode, below: PlanNode | undefined): boolean =>
  node.children.some((c) => c === below || holds(c, below));

/** What makes a plan slow, ranked by the time it could give back. `path` names where the plan came from. */
export function diagnosePlan(
  plan: Plan,
  path: string,
  about: Subject = subject('statement', path),
): PlanDiagnosis {
  const times = planTimes(plan);
  const figure = figures(path, about);
  const checks = plan.product === 'mysql' ? MYSQL_CHECKS : CHECKS;
  const found = plan.ran ? checks.flatMap((check) => check({ plan, times, figure })) : [];
  const whole = times.totalMs + (plan.planningMs ?? 0);
  const worth = found
    .filter((f) => f.recoverable.value >= LEAST_MS && f.recoverable.value >= whole * LEAST_SHARE)
    .sort((a, b) => b.recoverable.value - a.recoverable.value);
  const one: PlanFinding[] = [];
  // One node, one finding: what gives most says it; the rest explains the same milliseconds.
  for (const f of worth) if (!one.some((o) => explainsToo(plan, o, f))) one.push(f);
  return {
    plan,
    times,
    total: figure('total', times.totalMs, 'ms'),
    findings: one.slice(0, MOST_FINDINGS),
    all: found,
    signs: planSigns(plan, figure),
  };
}
