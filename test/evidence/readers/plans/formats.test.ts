import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NotAPlan, type Plan, readPlans } from '../../../../src/evidence/readers/plans/index.js';

const folder = new URL('../../../fixtures/plans/', import.meta.url);
const capture = (version: number, file: string): string =>
  readFileSync(new URL(`postgres-${version}/${file}`, folder), 'utf8');

function only(text: string): Plan {
  const [plan, ...others] = readPlans(text);
  if (!plan || others.length > 0) throw new Error(`${others.length + 1} plans`);
  return plan;
}

/** What does not change from run to run. */
const shapeOf = (plan: Plan): unknown =>
  plan.nodes.map((n) => [
    n.title.replace(/^(Index Scan).*/, '$1'),
    n.relation?.replace(/^public\./, ''),
    n.plannedRows,
    n.rows,
    n.loops,
  ]);

const bare = (plan: Plan): unknown[] => plan.nodes.map((n) => n.more['Node Type']);

describe('the four formats of EXPLAIN', () => {
  for (const version of [15, 18])
    it(`give one model on PostgreSQL ${version}`, () => {
      const [json, yaml, xml] = ['json', 'yaml', 'xml'].map((f) => only(capture(version, `same.${f}`)));
      const text = only(capture(version, 'same.txt'));
      if (!json || !yaml || !xml) throw new Error('a format is missing');
      expect(shapeOf(yaml)).toEqual(shapeOf(json));
      expect(shapeOf(xml)).toEqual(shapeOf(json));
      expect(bare(xml)).toEqual(bare(json));
      const counts = (p: Plan): unknown => p.nodes.map((n) => [n.relation, n.plannedRows, n.rows, n.loops]);
      expect(counts(text)).toEqual(counts(json));
      expect(text.document.Settings).toEqual(json.document.Settings);
      expect(xml.document.Settings).toEqual(json.document.Settings);
      expect([json, yaml, xml, text].every((p) => p.ran && (p.executionMs ?? 0) > 0)).toBe(true);
    });
});

describe('what tools put around a plan', () => {
  const plan = [
    'Limit  (cost=0.00..0.08 rows=2 width=19)',
    '  ->  Seq Scan on "odd name" o  (cost=0.00..13.61 rows=361 width=19)',
    "        Filter: (a = 'x'::text)",
  ];
  const expected = only(plan.join('\n')).document;
  const frames: Record<string, string> = {
    'psql with a border': [
      '+----+',
      '| QUERY PLAN |',
      '+----+',
      ...plan.map((l) => `| ${l.padEnd(80)} |`),
      '+----+',
      '(3 rows)',
    ].join('\n'),
    'psql in Unicode': [
      '┌────┐',
      '│ QUERY PLAN │',
      '├────┤',
      ...plan.map((l) => `│ ${l.padEnd(80)} │`),
      '└────┘',
    ].join('\n'),
    'psql with continued cells': plan.map((l, i) => (i < 2 ? `${l.padEnd(90)}+` : l)).join('\n'),
    'quotes of pgAdmin': plan.map((l) => `"${l.replaceAll('"', '""')}"`).join('\n'),
    'tabs of a server log': plan.map((l) => `\t${l}`).join('\n'),
    'Windows line ends': plan.join('\r\n'),
    'a mail that wraps': plan.join('\n').replace(' rows=361', '\nrows=361').replace('(a =', '(a\n='),
  };
  for (const [name, text] of Object.entries(frames))
    it(`${name} changes nothing`, () => expect(only(text).document).toEqual(expected));

  it('a log of auto_explain gives each plan with its statement and duration', () => {
    const record = (ms: string): string =>
      `2026-01-02 03:04:05.678 UTC [77] LOG:  duration: ${ms} ms  plan:\n\tQuery Text: SELECT 1\n\t  FROM x\n${plan.map((l) => `\t${l}`).join('\n')}\n`;
    const plans = readPlans(
      `${record('12.5')}2026-01-02 03:04:06 UTC [77] LOG:  checkpoint starting: time\n${record('7.25')}`,
    );
    expect(plans.map((p) => [p.loggedMs, p.query, p.nodes.length])).toEqual([
      [12.5, 'SELECT 1', 2],
      [7.25, 'SELECT 1', 2],
    ]);
  });
});

describe('titles of nodes', () => {
  const COST = '  (cost=0.00..1.00 rows=1 width=4)';
  it.each([
    [
      'Parallel Hash Right Anti Join',
      { 'Node Type': 'Hash Join', 'Join Type': 'Right Anti', 'Parallel Aware': true },
    ],
    ['Partial HashAggregate', { 'Node Type': 'HashAggregate', 'Partial Mode': 'Partial' }],
    [
      'Parallel Index Only Scan Backward using "a b" on s.t u',
      {
        'Node Type': 'Index Only Scan',
        'Scan Direction': 'Backward',
        'Index Name': '"a b"',
        'Relation Name': 's.t',
        Alias: 'u',
      },
    ],
    ['Subquery Scan on "*SELECT* 1"', { 'Node Type': 'Subquery Scan', Alias: '"*SELECT* 1"' }],
    ['CTE Scan on busy b', { 'Node Type': 'CTE Scan', 'CTE Name': 'busy', Alias: 'b' }],
    [
      'Custom Scan (Citus Adaptive)',
      { 'Node Type': 'Custom Scan', 'Custom Plan Provider': 'Citus Adaptive' },
    ],
    ['Update on public.t', { 'Node Type': 'Update', 'Relation Name': 'public.t' }],
    ['HashSetOp Except All', { 'Node Type': 'HashSetOp', Command: 'Except All' }],
    ['Merge Full Join', { 'Node Type': 'Merge Join', 'Join Type': 'Full' }],
    ['Tid Scan on t', { 'Node Type': 'Tid Scan', 'Relation Name': 't' }],
  ])('%s', (title, expected) => {
    expect(only(`${title}${COST}`).root.more).toMatchObject(expected);
  });
  it('stand without figures where costs are off', () => {
    const plan = only(
      'Nested Loop Left Join\n  ->  Seq Scan on a\n  ->  Index Scan using i on b\n        Index Cond: (id = a.id)',
    );
    expect(plan.nodes.map((n) => n.title)).toEqual(['Nested Loop Left Join', 'Seq Scan', 'Index Scan']);
  });
  it('wait for figures that a terminal wrapped', () => {
    const plan = only(
      'Limit\n  (cost=0.00..1.00 rows=1 width=4)\n  ->  Seq Scan on a\nb  (cost=0.00..9.00 rows=7 width=4)\n (actual time=0.1..0.2 rows=3 loops=1)\n        Filter: (x > 1)',
    );
    expect(plan.nodes.map((n) => [n.plannedRows, n.rows])).toEqual([
      [1, undefined],
      [7, 3],
    ]);
  });
});

describe('details of nodes', () => {
  const detailed = (...details: string[]): Plan =>
    only(
      [
        'Hash  (cost=0.00..1.00 rows=1 width=4) (actual time=0.1..0.2 rows=1.50 loops=2)',
        ...details.map((d) => `  ${d}`),
      ].join('\n'),
    );
  it('keeps what workers did apart', () => {
    const plan = only(capture(18, 'parallel.txt'));
    const partial = plan.nodes.find((n) => n.title.startsWith('Partial'));
    expect(partial?.more['Partial Mode']).toBe('Partial');
    expect(partial?.more.Workers).toMatchObject([
      { 'Worker Number': 0 },
      { 'Worker Number': 1, 'Actual Loops': 1 },
    ]);
  });
  it('reads write-ahead log, heap blocks, storage, and the fractions of rows that PostgreSQL 18 gives', () => {
    const plan = detailed(
      'Heap Blocks: exact=7 lossy=3',
      'WAL: records=4 bytes=256',
      'Storage: Disk  Maximum Storage: 17kB',
    );
    expect(plan.root.rows).toBe(1.5);
    expect(plan.root.more).toMatchObject({
      'Exact Heap Blocks': 7,
      'Lossy Heap Blocks': 3,
      'WAL Records': 4,
      'WAL FPI': 0,
      'WAL Bytes': 256,
      Storage: 'Disk',
      'Maximum Storage': 17,
    });
  });
  it('tells temporary from shared waits for disk', () => {
    const plan = detailed('I/O Timings: shared read=1.5, temp read=2.5 write=3.5');
    expect(plan.root.more).toMatchObject({
      'Shared I/O Read Time': 1.5,
      'Temp I/O Read Time': 2.5,
      'Temp I/O Write Time': 3.5,
    });
  });
  it('reads triggers and what was compiled', () => {
    const trigger = only(capture(15, 'trigger.txt')).document.Triggers;
    expect(trigger).toMatchObject([{ 'Constraint Name': 'line_sale_id_fkey', Calls: 39 }]);
    expect(only(capture(15, 'jit.txt')).document.JIT).toMatchObject({
      Functions: 5,
      Options: { Inlining: true },
    });
  });
});

describe('a text that is no plan', () => {
  it.each([
    ['nothing', ''],
    ['prose', 'The quick brown fox\njumps over the lazy dog'],
    ['JSON that is cut off', '[{"Plan": {"Node Type": "Result", '],
    ['XML that is cut off', '<explain><Query><Plan><Node-Type>Result</Node-Type>'],
    ['JSON without a plan', '[{"Node Type": "x", "Plan": 7}]'],
  ])('%s is refused with a line and a reason', (_, text) => {
    expect(() => readPlans(text)).toThrow(NotAPlan);
  });
});
