import { type Fact, measured, type Subject, type Unit } from '../../../domain/index.js';
import type { Plan } from '../../../evidence/readers/plans/index.js';
import { compilingMs } from './checks/jit.js';
import { spilledBytes } from './checks/spill.js';
import type { PlanDiagnosis } from './diagnose.js';
import { numberOf } from './finding.js';
import { misestimatesBegin } from './misestimate.js';

/** A tenth or tenfold of what was planned. */
const OFF_BY = 10;
/** Fewer rows than this are read as fast as any index is gone down, whatever becomes of them. */
const MANY_ROWS = 1000;
/** Fewer look-ups than this say nothing of the visibility map. */
const MANY_FETCHES = 100;

/**
 * What a slow plan says in the words of the catalogue, about its statement: rows looked at and thrown away, how far the
 * planner was off, temporary files, compilation, look-ups in the table, workers that did not come. One run says nothing of
 * how long the statement takes as a rule, so its time is no fact of the statement.
 */
export function catalogueFacts({ plan, times, all }: PlanDiagnosis, about: Subject, place: string): Fact[] {
  const fact = (what: string, value: number, unit: Unit): Fact =>
    measured({ name: what, subject: about, value, unit, phase: 'incident', n: 1 }, [
      { kind: 'file', path: place },
    ]);
  const read = rowsRead(plan);
  const off = Math.max(0, ...misestimatesBegin(plan, OFF_BY).map((m) => m.factor));
  const spilled = spilledBytes(plan.nodes);
  const compiling = times.totalMs > 0 ? compilingMs(plan) / times.totalMs : 0;
  /** What findings of a kind could give back at most, of the whole time. */
  const costs = (id: string): number =>
    times.totalMs > 0
      ? all.filter((f) => f.id === id).reduce((sum, f) => sum + f.recoverable.value, 0) / times.totalMs
      : 0;
  const fetched = heapFetches(plan);
  const missing = missingWorkers(plan);
  return [
    fact('rows.perCall', read.looked, 'count'),
    ...(read.looked >= MANY_ROWS ? [fact('rows.discarded.ratio', read.thrown / read.looked, 'ratio')] : []),
    ...(off >= OFF_BY ? [fact('estimate.factor', off, 'factor')] : []),
    ...(spilled > 0
      ? [fact('temp.perCall', spilled, 'bytes'), fact('temp.share', Math.min(1, costs('spill')), 'ratio')]
      : []),
    ...(compiling > 0 ? [fact('compile.share', Math.min(1, compiling), 'ratio')] : []),
    ...(fetched === undefined ? [] : [fact('heapFetches.ratio', fetched, 'ratio')]),
    ...(missing === undefined
      ? []
      : [
          fact('workers.missing.ratio', missing, 'ratio'),
          fact('workers.missing.share', Math.min(1, costs('missing-workers')), 'ratio'),
        ]),
  ];
}

/** Rows that the scans of a plan looked at, over all loops, and those of them that a condition threw away. */
function rowsRead(plan: Plan): { looked: number; thrown: number } {
  let looked = 0;
  let thrown = 0;
  for (const node of plan.nodes) {
    if (node.relation === undefined) continue;
    const loops = node.loops ?? 0;
    const again = numberOf(node, 'Rows Removed by Index Recheck');
    const removed =
      numberOf(node, 'Rows Removed by Filter') + (numberOf(node, 'Lossy Heap Blocks') > 0 ? 0 : again);
    looked += ((node.rows ?? 0) + removed) * loops;
    thrown += removed * loops;
  }
  return { looked, thrown };
}

/** Look-ups in the table for each row of index-only scans; undefined without such scans, or with too few rows to tell. */
function heapFetches(plan: Plan): number | undefined {
  const scans = plan.nodes.filter((n) => /Index Only Scan/.test(n.kind) && 'Heap Fetches' in n.more);
  const rows = scans.reduce((sum, n) => sum + (n.rows ?? 0) * (n.loops ?? 0), 0);
  const fetches = scans.reduce((sum, n) => sum + numberOf(n, 'Heap Fetches'), 0);
  return rows < MANY_FETCHES ? undefined : Math.min(1, fetches / rows);
}

/** Workers that were planned and did not come, of all planned; undefined for a plan that counted on none. */
function missingWorkers(plan: Plan): number | undefined {
  const gathers = plan.nodes.filter((n) => n.more['Workers Launched'] !== undefined);
  const planned = gathers.reduce((sum, n) => sum + numberOf(n, 'Workers Planned'), 0);
  const launched = gathers.reduce((sum, n) => sum + numberOf(n, 'Workers Launched'), 0);
  return planned > 0 ? Math.max(0, 1 - launched / planned) : undefined;
}
