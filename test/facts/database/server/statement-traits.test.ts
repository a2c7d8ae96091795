import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import type { Row } from '../../../../src/evidence/connectors/postgres/database.js';
import { statementFindings } from '../../../../src/facts/database/server/statement-traits.js';

const found = async (...statements: Row[]): Promise<string[]> =>
  (await statementFindings({ parts: { statements }, missing: [] })).map((f) => f.id);
const lookUp: Row = {
  query: 'SELECT name FROM shop WHERE id = $1',
  calls: 900,
  total_ms: 3000,
  rows: 900,
  blocks_hit: 3000,
  blocks_read: 0,
  temp_blocks: 0,
};

describe('statements of a server', () => {
  it('that look up by key are left in peace', async () => {
    expect(await found(lookUp)).toEqual([]);
  });
  it.each([
    ['statement-gives-too-much', 'SELECT id, total FROM orders WHERE shop_id = $1', 4000],
    ['statement-cast-of-column', 'SELECT id FROM orders WHERE created_at::date = $1', 3],
    ['statement-function-of-column', 'SELECT id FROM customer WHERE lower(email) = $1', 1],
    ['statement-leading-wildcard', "SELECT id FROM orders WHERE ref LIKE '%00123'", 2],
    ['statement-no-condition', 'UPDATE stock SET checked = $1', 0],
  ])('%s: %s', async (id, query, rowsEach) => {
    expect(await found({ ...lookUp, query, rows: 900 * rowsEach, blocks_hit: 900 * 500 })).toContain(id);
  });
  it('that compute with a column and read a few pages have an index for it', async () => {
    expect(await found({ ...lookUp, query: 'SELECT id FROM customer WHERE lower(email) = $1' })).toEqual([]);
  });
  it('that skip rows are told where they look at many', async () => {
    const query = 'SELECT id FROM orders ORDER BY id LIMIT $1 OFFSET $2';
    expect(await found({ ...lookUp, query, rows: 18_000, blocks_hit: 900 * 2000 })).toEqual([
      'statement-offset',
    ]);
    expect(await found({ ...lookUp, query, rows: 18_000 })).toEqual([]);
  });
  it('that take little of the time are not scolded for how they are written', async () => {
    const small = {
      ...lookUp,
      blocks_hit: 90_000,
      query: 'SELECT id FROM t WHERE lower(a) = $1',
      total_ms: 100,
    };
    expect(await found(lookUp, small)).toEqual([]);
  });
  it('are quoted, with what to do', async () => {
    const [first] = await statementFindings({
      parts: {
        statements: [
          { ...lookUp, blocks_hit: 900 * 500, query: 'SELECT id FROM customer WHERE lower(email) = $1' },
        ],
      },
      missing: [],
    });
    expect(plain(first?.reason ?? [])).toContain(
      '“SELECT id FROM customer WHERE lower(email) = $1”: It compares',
    );
    expect(plain(first?.remedy ?? [])).toContain('index that expression');
  });
});
