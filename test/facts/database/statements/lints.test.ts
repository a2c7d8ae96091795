import { beforeAll, describe, expect, it } from 'vitest';
import { lintStatement } from '../../../../src/facts/database/statements/lints.js';
import { loadParser } from '../../../../src/facts/database/statements/syntax.js';

const ids = (sql: string): string[] => lintStatement(sql).map((l) => l.id);

describe('the text of a statement', () => {
  beforeAll(loadParser);

  it.each([
    ['select-star', 'SELECT * FROM orders WHERE id = $1'],
    ['select-star', 'SELECT o.* FROM orders o WHERE id = $1'],
    ['offset', 'SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET $1'],
    ['offset', 'SELECT id FROM orders ORDER BY id LIMIT 10 OFFSET 50000'],
    ['offset', 'SELECT `id` FROM `orders` ORDER BY `id` LIMIT ?, ?'],
    ['long-list', `SELECT id FROM orders WHERE id IN (${Array.from({ length: 60 }, (_, i) => `$${i + 1}`)})`],
    ['leading-wildcard', "SELECT id FROM orders WHERE ref LIKE '%7'"],
    ['cast-of-column', 'SELECT id FROM orders WHERE ref::text = $1'],
    ['function-of-column', 'SELECT id FROM orders WHERE lower(mail) = $1'],
    ['function-of-column', 'SELECT id FROM orders WHERE date(created_at) >= $1'],
    ['function-of-column', 'SELECT id FROM orders WHERE total * 2 > $1'],
    ['no-condition', 'UPDATE orders SET seen = true'],
  ])('is told for %s: %s', (id, sql) => {
    expect(ids(sql)).toContain(id);
  });

  it.each([
    'SELECT id, total FROM orders WHERE customer = $1 AND created_at >= $2 ORDER BY created_at LIMIT 10',
    'SELECT id FROM orders LIMIT 10 OFFSET 10',
    'SELECT id FROM orders WHERE id IN ($1, $2, $3)',
    "SELECT id FROM orders WHERE ref LIKE 'A%'",
    'SELECT id FROM orders WHERE created_at > now() - $1::interval',
    'SELECT count(*) FROM orders GROUP BY day HAVING count(*) > 3',
    'SELECT o.id FROM orders o JOIN person p ON lower(p.mail) = lower(o.mail)',
    'UPDATE orders SET seen = true WHERE id = $1',
    'SELECT 1',
    'this is no statement',
  ])('is left in peace: %s', (sql) => {
    expect(ids(sql)).toEqual([]);
  });
});
