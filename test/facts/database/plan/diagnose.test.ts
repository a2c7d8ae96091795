import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import { readPlans } from '../../../../src/evidence/readers/plans/index.js';
import { diagnosePlan, type PlanDiagnosis } from '../../../../src/facts/database/plan/diagnose.js';

const folder = new URL('../../../fixtures/plans/', import.meta.url);

function diagnosis(version: number, file: string): PlanDiagnosis {
  const [plan] = readPlans(readFileSync(new URL(`postgres-${version}/${file}`, folder), 'utf8'));
  if (!plan) throw new Error(`no plan in ${file}`);
  return diagnosePlan(plan, file);
}

/** Each file is a real plan with one thing wrong; the node says where. */
const WRONG: readonly [file: string, finding: string, where: RegExp][] = [
  ['filter-waste.txt', 'filter-waste', /Seq Scan on sale/],
  ['repeated-inner.txt', 'repeated-inner', /line l/],
  ['misestimate.txt', 'misestimate', /Seq Scan on shop s/],
  ['per-row-subplan.txt', 'per-row-subplan', /SubPlan 1/],
  ['deep-offset.txt', 'deep-offset', /OFFSET/],
  ['spill.txt', 'spill', /Sort/],
  ['spill-hash.txt', 'spill', /Hash/],
  ['heap-fetches.txt', 'heap-fetches', /stale_pkey/],
  ['trigger.txt', 'trigger', /line_sale_id_fkey/],
  ['missing-workers.txt', 'missing-workers', /Gather/],
  ['partitions-read.txt', 'partitions-read', /reads 24 partitions.*23 of them give no row/],
  ['cast-of-column.txt', 'filter-waste', /\(id\)::numeric/],
  ['lossy-bitmap.txt', 'lossy-bitmap', /Bitmap Heap Scan on spread/],
  ['read-wait.txt', 'read-wait', /Seq Scan on wide/],
];

for (const version of [15, 18])
  describe(`plans of PostgreSQL ${version}`, () => {
    it.each(WRONG)('%s: %s is named with its node', (file, id, where) => {
      const found = diagnosis(version, file).findings.find((f) => f.id === id);
      expect(plain(found?.reason ?? [])).toMatch(where);
      expect(found?.recoverable.value).toBeLessThanOrEqual(diagnosis(version, file).times.totalMs);
    });
    it('a value of another type than its column is told as the reason', () => {
      const [found] = diagnosis(version, 'cast-of-column.txt').findings;
      expect(plain(found?.remedy ?? [])).toContain('another type than id');
    });
    it('planning that takes longer than running is told', () => {
      expect(diagnosis(version, 'planning.txt').findings.map((f) => f.id)).toEqual(['planning']);
    });
    it('partitions read in vain are told once, not one by one', () => {
      expect(diagnosis(version, 'partitions-read.txt').findings.map((f) => f.id)).toEqual([
        'partitions-read',
      ]);
    });
    it.each(['healthy.txt', 'healthy-join.txt', 'parallel.txt', 'cte.txt', 'partitions-pruned.txt'])(
      '%s: nothing is said',
      (file) => {
        expect(diagnosis(version, file).findings.map((f) => f.id)).toEqual([]);
      },
    );
    it.each([...WRONG.map(([file]) => file), 'cte.txt', 'parallel.txt'])(
      '%s: exclusive times add up',
      (file) => {
        const { plan, times } = diagnosis(version, file);
        const sum = plan.nodes.reduce((total, node) => total + times.exclusiveMs(node), 0);
        expect(sum).toBeCloseTo(times.inclusiveMs(plan.root), -1);
      },
    );
    it('a CTE is charged to the scan that ran it, not to the node it hangs from', () => {
      const { plan, times } = diagnosis(version, 'cte.txt');
      const scans = plan.nodes.filter((n) => n.kind === 'CTE Scan');
      expect(
        scans.every((n) => times.exclusiveMs(n) < times.inclusiveMs(n) || times.inclusiveMs(n) < 1),
      ).toBe(true);
      expect(times.exclusiveMs(plan.root)).toBeLessThan(times.totalMs / 10);
    });
  });

describe('compiled expressions', () => {
  it('are named where compiling took most of the time', () => {
    expect(existsSync(new URL('postgres-15/jit.txt', folder))).toBe(true);
    expect(diagnosis(15, 'jit.txt').findings.map((f) => f.id)).toEqual(['jit']);
  });
});
