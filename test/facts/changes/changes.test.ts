import { describe, expect, test } from 'vitest';
import { readDiff } from '../../../src/facts/changes/diff.js';
import type { IncidentEvidence, Series } from '../../../src/facts/changes/evidence.js';
import { suspectChange } from '../../../src/facts/changes/suspect.js';

const commit = (diff: string, files = ['src/orders/service.ts']) => ({
  sha: 'a'.repeat(40),
  atMs: 0,
  message: 'refactor',
  files,
  diff,
});
const kinds = (diff: string, files?: string[]): string[] =>
  readDiff(commit(diff, files)).mechanisms.map((m) => m.mechanism);

describe('what a diff does', () => {
  test('a query that moved into a loop is a call in a loop, in any language', () => {
    expect(kinds(' for (const id of ids) {\n+  rows.push(await db.findOne(id));\n }')).toContain(
      'call-in-loop',
    );
    expect(
      kinds(' for order in orders:\n+    order.user = session.query(User).get(order.user_id)', [
        'app/views.py',
      ]),
    ).toContain('call-in-loop');
    expect(kinds('+ items.forEach(i -> repository.findById(i.id()));', ['A.java'])).toContain('call-in-loop');
  });

  test('a loop that called before is not a new one', () => {
    expect(
      kinds('-for (const i of ids) await db.find(i);\n+for (const id of ids) await db.find(id);'),
    ).not.toContain('call-in-loop');
  });

  test('a pool that shrank, by its number', () => {
    expect(kinds('-maximumPoolSize: 50\n+maximumPoolSize: 5', ['application.yml'])).toEqual([
      'limit-lowered',
    ]);
    expect(kinds('-MaxConns = 10\n+MaxConns = 40')).toEqual(['limit-raised']);
  });

  test('an idle time is not a ceiling', () => {
    expect(kinds('-  MaxConnIdleTime: 30 * time.Second,\n+  MaxConnIdleTime: 5 * time.Minute,')).toEqual([
      'default-changed',
    ]);
  });

  test('a guard that is gone', () => {
    expect(kinds('-    if user is None:\n-        return ""\n     return user.name')).toContain(
      'check-removed',
    );
    expect(kinds('-  const v = a?.b;\n+  const v = a.b;')).toContain('check-removed');
  });

  test('an index that was dropped', () => {
    expect(kinds('+DROP INDEX orders_customer_idx;', ['migrations/7.sql'])).toContain('index-removed');
  });

  test('docs, tests and styles change nothing that runs; a bump is only a bump', () => {
    expect(readDiff(commit('+x', ['docs/a.md', 'pkg/a_test.go'])).inert).toBe(true);
    expect(kinds('-    "express": "4.1.0"\n+    "express": "4.1.1"', ['package.json'])).toEqual([
      'dependency-bump',
    ]);
  });

  test('a rename gives no mechanism', () => {
    expect(kinds('-const total = sum(lines);\n+const amount = sum(lines);')).toEqual([]);
  });
});

const minute = 60_000;
const series = (service: string, metric: string, value: (i: number) => number): Series => ({
  service,
  metric,
  points: Array.from({ length: 60 }, (_, i) => ({ atMs: i * minute, value: value(i) })),
});
const wobble = (i: number): number => 1 + 0.03 * Math.sin(i * 1.7);

function evidence(part: Partial<IncidentEvidence>): IncidentEvidence {
  return {
    alert: { service: 'orders', metric: 'latency_p99_ms', atMs: 46 * minute },
    series: [],
    logs: [],
    spans: [],
    commits: [],
    deploys: [],
    ...part,
  };
}

describe('which change did it', () => {
  const slow = [
    series('orders', 'latency_p99_ms', (i) => (i < 42 ? 200 : 2000) * wobble(i)),
    series('orders', 'db_query_count_per_request', (i) => (i < 42 ? 3 : 40) * wobble(i)),
  ];
  const loop = {
    sha: 'b'.repeat(40),
    atMs: 38 * minute,
    message: 'tidy',
    files: ['services/orders/a.ts'],
    diff: ' for (const l of lines) {\n+  l.item = await catalogClient.getItem(l.sku);\n }',
  };
  const harmless = {
    sha: 'c'.repeat(40),
    atMs: 41 * minute,
    message: 'fix orders latency',
    files: ['services/orders/b.ts'],
    diff: '-const a = parse(x);\n+const b = parse(x);',
  };

  test('mechanism and place beat being the latest deploy', () => {
    const deploys = [loop, harmless].map((c) => ({ atMs: c.atMs, service: 'orders', sha: c.sha }));
    const answer = suspectChange(evidence({ series: slow, commits: [harmless, loop], deploys }));
    expect(answer.ranked[0]?.sha).toBe(loop.sha);
    expect(answer.firstService).toBe('orders');
  });

  test('a commit after the onset is never named', () => {
    const late = { ...loop, atMs: 50 * minute };
    const answer = suspectChange(evidence({ series: slow, commits: [late] }));
    expect(answer.ranked[0]?.sha).toBe('none');
  });

  test('a surge at every service is demand, whatever was deployed before', () => {
    const load = ['web', 'orders', 'stock'].map((s) =>
      series(s, 'requests_per_sec', (i) => (i < 42 ? 100 : 600) * wobble(i)),
    );
    const answer = suspectChange(
      evidence({
        series: [...load, series('web', 'latency_p99_ms', (i) => (i < 43 ? 200 : 1500) * wobble(i))],
        commits: [harmless],
        deploys: [{ atMs: 41 * minute, service: 'web', sha: harmless.sha }],
      }),
    );
    expect(answer.ranked[0]?.sha).toBe('none');
  });

  test('nothing to go by names no commit', () => {
    expect(suspectChange(evidence({ commits: [harmless] })).ranked[0]?.sha).toBe('none');
  });
});
