import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import type { Snapshot } from '../../../../src/evidence/connectors/postgres/snapshot.js';
import { readSplit } from '../../../../src/facts/database/server/read-split.js';

const snapshot: Snapshot = {
  missing: [],
  parts: {
    server: [{ up_seconds: 1000 }],
    tables: [
      { name: 'orders', inserts: 40_000, updates: 10_000, deletes: 0 },
      { name: 'country', inserts: 2, updates: 0, deletes: 0 },
    ],
    statements: [
      { query: 'SELECT * FROM orders WHERE customer_id = $1', total_ms: 500 },
      { query: 'SELECT name FROM country ORDER BY name', total_ms: 200 },
      { query: 'SELECT id FROM orders WHERE state = $1 FOR UPDATE SKIP LOCKED', total_ms: 100 },
      { query: "SELECT nextval('orders_id_seq')", total_ms: 50 },
      { query: 'WITH gone AS (DELETE FROM orders RETURNING id) SELECT count(*) FROM gone', total_ms: 50 },
      { query: 'SELECT price_of(id) FROM orders WHERE id = $1', total_ms: 50 },
      { query: 'UPDATE orders SET state = $1 WHERE id = $2', total_ms: 50 },
      { query: 'BEGIN', total_ms: 4000 },
    ],
  },
};

describe('which statements may go to a replica', () => {
  it('follows from what they do, with the freshness that their tables ask for', async () => {
    const { statements, movable } = await readSplit(snapshot);
    expect(statements.map((s) => s.may)).toEqual([
      'replica',
      'replica',
      'primary',
      'primary',
      'primary',
      'replica-if-read-only',
      'primary',
    ]);
    expect(movable?.value).toBeCloseTo(0.7, 6);
    const said = statements.map((s) => plain(s.reason));
    expect(said[0]).toMatch(/change 50\/s: it shows them as they were by the replay lag ago/);
    expect(said[1]).toContain('any lag will do');
    expect(said[2]).toContain('locks the rows');
    expect(said[3]).toContain('nextval()');
    expect(said[5]).toContain('if price_of() only reads');
  });
  it('is not told without counters', async () => {
    expect((await readSplit({ parts: {}, missing: [] })).statements).toEqual([]);
  });
});
