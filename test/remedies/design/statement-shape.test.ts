import { describe, expect, test } from 'vitest';
import { plain } from '../../../src/domain/index.js';
import { shapeOf, shapeText } from '../../../src/remedies/design/statement-shape.js';

const keys = (label: string) => plain(shapeText(shapeOf(label)).keys);
const table = (label: string) => plain([shapeOf(label).table]);

describe('the shape of a statement', () => {
  test.each([
    ['order lookup', 'orders', 'owner_id, created_at DESC'],
    ['orders by customer', 'orders', 'customer_id, created_at DESC'],
    ['Order history', 'orders', 'owner_id, created_at DESC'],
    ['category pages', 'categories', 'owner_id, created_at DESC'],
    ['slow query', 'items', 'owner_id, created_at DESC'],
  ])('%s is guessed from its name', (label, rows, columns) => {
    expect(shapeOf(label).isKnown).toBe(false);
    expect(table(label)).toBe(rows);
    expect(keys(label)).toBe(columns);
  });

  test('a statement that was recorded gives its own table and columns', () => {
    const sql =
      'SELECT o.id, o.total FROM public.orders o WHERE o.shop_id = $1 AND o.state IN (?) ORDER BY o.placed_at DESC LIMIT ?';
    expect(shapeOf(sql).isKnown).toBe(true);
    expect(table(sql)).toBe('orders');
    expect(keys(sql)).toBe('shop_id, state, placed_at DESC');
  });

  test('a range is what the index ends with, when nothing is sorted', () => {
    expect(keys('select * from events where tenant = ? and at >= ?')).toBe('tenant, at DESC');
  });

  test('a look-up by key alone needs no second column', () => {
    expect(keys('select * from lines where order_id = ?')).toBe('order_id');
  });

  test('what a name carries stays out of the SQL', () => {
    const made = shapeText(shapeOf('orders by customer"; DROP TABLE t; --'));
    expect(plain(made.keys)).toMatch(/^[a-z0-9_, A-Z]+$/);
    expect(made.index.name).toMatch(/^[a-z0-9_]+$/);
  });
});
