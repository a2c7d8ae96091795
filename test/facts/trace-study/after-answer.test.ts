import { describe, expect, it } from 'vitest';
import { subject } from '../../../src/domain/index.js';
import { walk } from '../../../src/facts/sections.js';
import { awaitedCalls } from '../../../src/facts/trace-study/after-answer.js';
import type { Span, Trace } from '../../../src/facts/traces.js';
import { spanTree } from '../../../src/models/span-tree.js';

interface Step {
  name: string;
  role: Span['role'];
  from: number;
  to: number;
  statement?: string;
  attributes?: Record<string, string>;
  failed?: boolean;
  peer?: string;
}

const sql = (statement: string, from: number, to: number): Step => ({
  name: statement.split(' ')[0] ?? '',
  role: 'database',
  from,
  to,
  statement,
  attributes: { 'db.system.name': 'postgresql', 'db.query.text': statement },
});
const redis = (command: string, from: number, to: number): Step => ({
  name: command.split(' ')[0] ?? '',
  role: 'cache',
  from,
  to,
  statement: command,
  attributes: { 'db.system.name': 'redis', 'db.query.text': command },
});
const post = (peer: string, path: string, from: number, to: number, more: Partial<Step> = {}): Step => ({
  name: 'POST',
  role: 'call',
  from,
  to,
  peer,
  ...more,
  attributes: { 'http.request.method': 'POST', 'http.route': path, ...more.attributes },
});

/** A request of `ms` whose steps follow each other under it. */
function request(i: number, ms: number, steps: readonly Step[]) {
  const root: Step = { name: 'POST /orders', role: 'served', from: 0, to: ms };
  const all = [root, ...steps];
  const trace: Trace = {
    request: { traceId: `t${i}`, spanId: 's0', phase: 'incident', slow: true, durationNs: ms * 1e6 },
    spans: all.map((s, row) => ({
      id: `s${row}`,
      service: 'shop',
      name: s.name,
      kind: '',
      role: s.role,
      statement: s.statement ?? '',
      failed: s.failed ?? false,
      attributes: s.attributes ?? {},
      resource: {},
    })),
    tree: spanTree({
      parent: Int32Array.from(all, (_, row) => (row === 0 ? -1 : 0)),
      start: Float64Array.from(all, (s) => s.from),
      end: Float64Array.from(all, (s) => s.to),
      detached: new Uint8Array(all.length),
    }),
    root: 0,
    orphans: 0,
    cut: 0,
    moved: [],
    startMs: 0,
  };
  return walk(trace, (_, row) => subject('dependency', all[row]?.peer ?? 'nobody'));
}
const requests = (steps: (i: number) => Step[], n = 30) =>
  Array.from({ length: n }, (_, i) => request(i, 200, steps(i)));
describe('what may come after the answer', () => {
  it('is what keeps a record or tells somebody, ranked by the milliseconds that a request would be shorter', () => {
    const found = awaitedCalls(
      requests(() => [
        sql('SELECT * FROM products WHERE id = ?', 0, 30),
        sql('INSERT INTO audit_log VALUES (?)', 40, 60),
        post('mailer', '/send', 70, 150),
      ]),
    );
    expect(found.map((a) => [a.operation, a.turn, Math.round(a.savedMs)])).toEqual([
      ['POST /send', 'after', 80],
      ['SELECT products', 'before', 30],
      ['INSERT audit_log', 'after', 20],
    ]);
    expect(found[0]?.interval?.[0]).toBeCloseTo(80, 6);
  });

  it('is never a payment, a reservation, a read or a commit', () => {
    const found = awaitedCalls(
      requests(() => [
        sql('BEGIN', 0, 5),
        sql('SELECT * FROM seats FOR UPDATE', 5, 20),
        sql('INSERT INTO outbox VALUES (?)', 20, 25),
        sql('COMMIT', 25, 30),
        post('payments', '/authorize', 40, 90),
        post('warehouse', '/stock/reserve', 90, 140),
        redis('GET user:1', 140, 150),
        post('search', '/catalogue.Search/FindProducts', 150, 170, {
          attributes: { 'http.request.method': '' },
        }),
      ]),
    );
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter((a) => a.turn !== 'before')).toEqual([]);
  });

  it('is a cache fill after a miss and a load, but not a session or a lock', () => {
    const found = awaitedCalls(
      requests(() => [
        redis('GET product:8', 0, 10),
        sql('SELECT * FROM products WHERE id = ?', 10, 60),
        redis('SET product:8 ?', 60, 80),
        redis('SET session:8 ?', 90, 110),
      ]),
    );
    const of = found.filter((a) => a.kind === 'cache');
    expect(of.map((a) => [a.told.purpose, a.turn]).sort()).toEqual([
      ['cache-fill', 'after'],
      ['decision', 'before'],
      ['read', 'before'],
    ]);
  });

  it('is untested for a call that no name explains, unless requests are answered all the same when it fails', () => {
    const steps = (i: number, failing: boolean): Step[] => [
      post('partner', '/v2/things', 20, 120, { failed: failing && i % 5 === 0 }),
    ];
    const [calm] = awaitedCalls(requests((i) => steps(i, false)));
    expect([calm?.turn, calm?.evidence.awaitedBy]).toEqual(['untested', []]);
    const [failing] = awaitedCalls(requests((i) => steps(i, true)));
    expect([failing?.turn, failing?.evidence.failed, failing?.evidence.answeredAnyway]).toEqual([
      'after',
      6,
      6,
    ]);
  });

  it('tells what waits for a call, learned over all requests', () => {
    const later = (i: number, beside: boolean): Step[] => [
      post('partner', '/v2/things', 20, 100),
      sql('INSERT INTO orders VALUES (?)', beside && i === 7 ? 40 : 110, 150),
    ];
    const things = (beside: boolean) =>
      awaitedCalls(requests((i) => later(i, beside))).find((a) => a.kind === 'call');
    expect(things(false)?.evidence.awaitedBy).toEqual(['INSERT orders']);
    expect(things(true)?.evidence.awaitedBy).toEqual([]);
  });

  it('saves nothing by a call that runs beside a longer one', () => {
    const found = awaitedCalls(
      requests(() => [post('mailer', '/send', 0, 60), sql('SELECT * FROM a WHERE id = ?', 0, 190)]),
    );
    expect(found.map((a) => a.operation)).toEqual(['SELECT a']);
  });

  it('leaves a write inside a transaction to whoever knows what it is kept or undone with', () => {
    const found = awaitedCalls(
      requests(() => [
        sql('BEGIN', 0, 10),
        sql('INSERT INTO audit_log VALUES (?)', 10, 60),
        sql('COMMIT', 60, 80),
      ]),
    );
    expect(found.find((a) => a.told.purpose === 'record')?.turn).toBe('untested');
  });

  it('names both for what is called after a decision and after a notice', () => {
    const [found] = awaitedCalls(requests(() => [post('payment-notifications', '/v1/x', 0, 100)]));
    expect([found?.told.purpose, found?.turn]).toEqual(['both', 'untested']);
  });
});
