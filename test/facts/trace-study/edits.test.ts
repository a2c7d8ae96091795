import { describe, expect, it } from 'vitest';
import { subject } from '../../../src/domain/index.js';
import { walk } from '../../../src/facts/sections.js';
import { changeOf, type Edit, matcher, touched } from '../../../src/facts/trace-study/edits.js';
import { pathSummary } from '../../../src/facts/trace-study/path-shares.js';
import type { Span, Trace } from '../../../src/facts/traces.js';
import { retimedDuration } from '../../../src/models/retime.js';
import { spanTree } from '../../../src/models/span-tree.js';

const span = (service: string, name: string, role: Span['role'], statement = ''): Omit<Span, 'id'> => ({
  service,
  name,
  kind: '',
  role,
  statement,
  failed: false,
  attributes: {},
  resource: {},
});

/** A request of 100 ms: three equal statements, then a call that is served for 40 ms. */
function shop(): Trace {
  const rows: [Omit<Span, 'id'>, number, number, number][] = [
    [span('shop', 'GET /basket', 'served'), -1, 0, 100],
    [span('shop', 'SELECT', 'database', 'SELECT * FROM lines WHERE id = ?'), 0, 0, 10],
    [span('shop', 'SELECT', 'database', 'SELECT * FROM lines WHERE id = ?'), 0, 10, 20],
    [span('shop', 'SELECT', 'database', 'SELECT * FROM lines WHERE id = ?'), 0, 20, 30],
    [span('shop', 'POST /tax', 'call'), 0, 40, 90],
    [span('tax', 'POST /tax', 'served'), 4, 45, 85],
  ];
  return {
    request: { traceId: 't', spanId: 's0', phase: 'incident', slow: true, durationNs: 1e8 },
    spans: rows.map(([s], i) => ({ ...s, id: `s${i}` })),
    tree: spanTree({
      parent: Int32Array.from(rows, (r) => r[1]),
      start: Float64Array.from(rows, (r) => r[2]),
      end: Float64Array.from(rows, (r) => r[3]),
      detached: new Uint8Array(rows.length),
    }),
    root: 0,
    orphans: 0,
    cut: 0,
    moved: [],
    startMs: 0,
  };
}
const msAfter = (...edits: Edit[]): number => retimedDuration(shop().tree, 0, changeOf(shop(), edits));

describe('changes of a recorded request', () => {
  it('finds spans by service, operation, both, or statement', () => {
    const t = shop();
    const rows = (pattern: string) => touched(t, { kind: 'drop', spans: pattern });
    expect(rows('tax')).toEqual([5]);
    expect(rows('shop/post *')).toEqual([4]);
    expect(rows('SELECT * FROM lines*')).toEqual([1, 2, 3]);
    expect(rows('POST /tax')).toEqual([4, 5]);
    expect(rows('*')).not.toContain(0);
    expect(matcher('a.b')(t, 1)).toBe(false);
  });

  it('drops, shortens, caps and batches', () => {
    expect(msAfter({ kind: 'drop', spans: 'shop/POST /tax' })).toBe(50);
    expect(msAfter({ kind: 'shorten', spans: 'shop/POST /tax', factor: 0.5 })).toBe(75);
    expect(msAfter({ kind: 'shorten', spans: 'shop/POST /tax', lessMs: 10 })).toBeCloseTo(90, 6);
    expect(msAfter({ kind: 'timeout', spans: 'shop/POST /tax', capMs: 20 })).toBeCloseTo(70, 6);
    expect(msAfter({ kind: 'timeout', spans: 'shop/POST /tax', capMs: 60 })).toBe(100);
    expect(msAfter({ kind: 'batch', spans: 'SELECT*' })).toBe(80);
    expect(msAfter({ kind: 'parallel', spans: 'SELECT*' })).toBe(80);
  });

  it('changes a call and what it waits for once, when both are named', () => {
    expect(msAfter({ kind: 'shorten', spans: '*tax', factor: 0.5 })).toBe(75);
  });

  it('caches the given share of calls, the same in every run', () => {
    expect(msAfter({ kind: 'cache', spans: 'SELECT*', hitRatio: 1 })).toBe(70);
    expect(msAfter({ kind: 'cache', spans: 'SELECT*', hitRatio: 0 })).toBe(100);
    expect(msAfter({ kind: 'cache', spans: 'SELECT*', hitRatio: 0.5 })).toBe(
      msAfter({ kind: 'cache', spans: 'SELECT*', hitRatio: 0.5 }),
    );
  });

  it('joins several changes', () => {
    expect(msAfter({ kind: 'batch', spans: 'SELECT*' }, { kind: 'drop', spans: 'shop/POST /tax' })).toBe(30);
  });
});

describe('where requests spend their time', () => {
  it('adds up to the whole request', () => {
    const walked = walk(shop(), () => subject('service', 'tax'));
    const summary = pathSummary([walked]);
    expect(summary.shares.reduce((sum, s) => sum + s.meanMs, 0)).toBeCloseTo(100, 6);
    expect(summary.shares.reduce((sum, s) => sum + s.share, 0)).toBeCloseTo(1, 6);
    expect(summary.p50Ms).toBe(100);
  });
});
