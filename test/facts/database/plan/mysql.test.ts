import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import { NotAPlan, readPlans } from '../../../../src/evidence/readers/plans/index.js';
import { diagnosePlan, type PlanDiagnosis } from '../../../../src/facts/database/plan/diagnose.js';
import { nodeName } from '../../../../src/facts/database/plan/finding.js';

const folder = new URL('../../../fixtures/plans/mariadb-10.11/', import.meta.url);

const diagnosisOf = (text: string): PlanDiagnosis => {
  const [plan] = readPlans(text);
  if (!plan) throw new Error('no plan');
  return diagnosePlan(plan, 'plan');
};
const captured = (file: string): PlanDiagnosis => diagnosisOf(readFileSync(new URL(file, folder), 'utf8'));
const found = (d: PlanDiagnosis): string[] => d.findings.map((f) => f.id);
const signs = (d: PlanDiagnosis): string[] => d.signs.map((s) => s.id);

describe('plans of MariaDB', () => {
  it('that were timed are diagnosed, with the node', () => {
    const d = captured('filter-waste.analyzed.json');
    expect(d.plan.product).toBe('mysql');
    expect(found(d)).toEqual(['filter-waste']);
    expect(plain(d.findings[0]?.reason ?? [])).toMatch(/^Table scan on purchase reads 60.000 rows/);
  });
  it('that were timed and read no more than they need are left in peace', () => {
    expect(found(captured('join.analyzed.json'))).toEqual([]);
    expect(signs(captured('join.analyzed.json'))).toEqual([]);
  });
  it('give all their time to their nodes', () => {
    const { plan, times } = captured('join.analyzed.json');
    const sum = plan.nodes.reduce((total, n) => total + times.exclusiveMs(n), 0);
    expect(sum).toBeCloseTo(times.totalMs, -1);
  });
  it.each([
    ['filter-waste', ['reads-table']],
    ['deep-offset', ['sorts']],
    ['dependent-subquery', ['reads-table', 'reads-table', 'dependent-subquery']],
    ['join', ['sorts', 'temporary-table']],
  ])(
    'that were not timed tell what their estimates let expect, in JSON as in a table: %s',
    (name, expected) => {
      for (const form of ['json', 'table.txt']) {
        const d = captured(`${name}.${form}`);
        expect(found(d)).toEqual([]);
        expect(signs(d)).toEqual(expected);
      }
    },
  );
});

const TREE = `EXPLAIN: -> Nested loop inner join  (cost=54321 rows=1e+4) (actual time=0.4..180 rows=8000 loops=1)
    -> Filter: (c.country = 'DE')  (cost=502 rows=496) (actual time=0.05..4.1 rows=40 loops=1)
        -> Table scan on c  (cost=502 rows=4962) (actual time=0.04..3.1 rows=5000 loops=1)
    -> Filter: (p.customer_id = c.id)  (cost=9.5 rows=12) (actual time=0.1..4.3 rows=200 loops=40)
        -> Table scan on p  (cost=9.5 rows=59535) (actual time=0.02..3.9 rows=60000 loops=40)
`;

describe('plans of MySQL as a tree', () => {
  it('take a filter and the scan below it for one node, with what it throws away', () => {
    const { plan } = diagnosisOf(TREE);
    expect(plan.nodes.map(nodeName)).toEqual([
      'Nested loop inner join',
      'Table scan on c',
      'Table scan on p',
    ]);
    expect(plan.nodes[2]?.more['Rows Removed by Filter']).toBe(59_800);
    expect(plan.nodes[0]?.plannedRows).toBe(10_000);
  });
  it('are diagnosed by their times over all loops', () => {
    const d = diagnosisOf(TREE);
    expect(found(d)).toContain('filter-waste');
    expect(d.times.totalMs).toBe(180);
    expect(plain(d.findings[0]?.reason ?? [])).toMatch(/Table scan on p reads 2.400.000 rows/);
  });
  it('are read behind the borders of a client, with indexes and sub-selects', () => {
    const { plan } = diagnosisOf(
      `+---+\n| -> Limit: 5 row(s)  (cost=1.2 rows=5)\n    -> Index lookup on o using fk_customer (customer_id=77)  (cost=1.2 rows=9)\n    -> Select #2 (subquery in condition; dependent)\n        -> Covering index scan on x using PRIMARY  (cost=3 rows=40)\n |\n+---+\n`,
    );
    expect(plan.nodes.map(nodeName)).toContain('Index lookup using fk_customer on o');
    expect(plan.nodes.find((n) => n.subplan !== undefined)?.parentRelationship).toBe('SubPlan');
    expect(plan.ran).toBe(false);
  });
});

describe('plans of MySQL in other forms', () => {
  it('are read from JSON with costs, where sorting by an index is no sort', () => {
    const d = diagnosisOf(
      JSON.stringify(
        {
          query_block: {
            select_id: 1,
            cost_info: { query_cost: '12.5' },
            ordering_operation: {
              using_filesort: false,
              table: {
                table_name: 'o',
                access_type: 'index',
                key: 'by_day',
                rows_examined_per_scan: 10,
                rows_produced_per_join: 1,
                filtered: '10.00',
                attached_condition: '(`o`.`state` = 1)',
              },
            },
          },
        },
        null,
        2,
      ),
    );
    expect(d.plan.nodes.map(nodeName)).toEqual(['Index scan using by_day on o']);
    expect(signs(d)).toEqual([]);
  });
  it('are read from one value a line', () => {
    const d = diagnosisOf(
      `*************************** 1. row ***************************\n           id: 1\n  select_type: SIMPLE\n        table: a\n         type: ALL\npossible_keys: NULL\n          key: NULL\n      key_len: NULL\n          ref: NULL\n         rows: 5000\n     filtered: 10.00\n        Extra: Using where\n*************************** 2. row ***************************\n           id: 1\n  select_type: SIMPLE\n        table: b\n         type: ALL\npossible_keys: NULL\n          key: NULL\n         rows: 7000\n     filtered: 10.00\n        Extra: Using where; Using join buffer (hash join)\n`,
    );
    expect(signs(d)).toEqual(['reads-table', 'buffered-join']);
  });
  it('that are cut off say where', () => {
    expect(() => readPlans('{\n  "query_block": {\n    "select_id": 1,\n')).toThrow(NotAPlan);
  });
});
