import type { CheckoutBody } from '../load/requests.js';
import type { Settings } from '../settings.js';
import { fromCache, toCache } from './cache.js';
import type { Pool, Sql } from './pool.js';
import type { Product } from './products.js';

type Line = { lineNo: number; productId: number; quantity: number; priceCents: number; note: string };
type Order = { id: number; status: string; customer: string; email: string; totalCents: number };
export type FullOrder = Order & { lines: Line[] };

const ORDER = `SELECT o.id, o.status, c.name AS customer, c.email, o.total_cents AS "totalCents", o.line_count
FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = $1`;
const LINE_FIELDS = `line_no AS "lineNo", product_id AS "productId", quantity, price_cents AS "priceCents", note`;
const LINES = `SELECT ${LINE_FIELDS} FROM order_lines WHERE order_id = $1 ORDER BY line_no`;
const LINE = `SELECT ${LINE_FIELDS} FROM order_lines WHERE order_id = $1 AND line_no = $2`;

async function linesOf(sql: Sql, id: number, count: number, how: Settings['orderLines']): Promise<Line[]> {
  if (how === 'together') return (await sql.query<Line>(LINES, [id])).rows;
  const lines: Line[] = [];
  for (let lineNo = 1; lineNo <= count; lineNo++)
    lines.push(...(await sql.query<Line>(LINE, [id, lineNo])).rows);
  return lines;
}

/** An order with its lines from the database, kept in the cache afterwards; `undefined` when there is none. */
export async function loadOrder(
  id: number,
  reader: Pool,
  settings: Settings,
): Promise<FullOrder | undefined> {
  const order = await reader.session(async (sql) => {
    const found = (await sql.query<Order & { line_count: number }>(ORDER, [id])).rows[0];
    if (!found) return undefined;
    const { line_count: count, ...head } = found;
    return { ...head, lines: await linesOf(sql, id, count, settings.orderLines) };
  });
  if (order) await toCache('order', [[id, JSON.stringify(order)]], settings.cacheTtlMs);
  return order;
}

/** An order with its lines, from the cache first. */
export async function orderOf(id: number, reader: Pool, settings: Settings): Promise<FullOrder | undefined> {
  const [text] = await fromCache('order', [id]);
  return text ? (JSON.parse(text) as FullOrder) : loadOrder(id, reader, settings);
}

const TAKE_STOCK = `WITH held AS (
  SELECT s.product_id, s.warehouse, w.quantity FROM stock s
  JOIN unnest($1::int[], $2::int[]) AS w(product_id, quantity) ON w.product_id = s.product_id
  WHERE s.warehouse = $3 ORDER BY s.product_id FOR UPDATE OF s)
UPDATE stock s SET units = s.units - h.quantity FROM held h
WHERE s.product_id = h.product_id AND s.warehouse = h.warehouse`;
const ADD_ORDER = `INSERT INTO orders (customer_id, status, total_cents, line_count)
VALUES ($1, 'placed', $2, $3) RETURNING id`;
const ADD_LINES = `INSERT INTO order_lines (order_id, line_no, product_id, quantity, price_cents, note)
SELECT $1, row_number() OVER (), l.product_id, l.quantity, l.price_cents, repeat('n', 240)
FROM unnest($2::int[], $3::int[], $4::int[]) AS l(product_id, quantity, price_cents)`;
const COUNT_DAY = 'UPDATE day_totals SET orders = orders + 1, cents = cents + $1 WHERE id = 1';
const ADD_EVENT = 'INSERT INTO outbox (order_id, event) VALUES ($1, $2)';

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Takes the stock and writes order, lines and payment in one transaction on the primary; returns the order's id.
 * `quote` tells the total; it may ask for the tax.
 */
export function placeOrder(
  cart: CheckoutBody,
  products: readonly Product[],
  quote: () => Promise<number>,
  writer: Pool,
  settings: Settings,
): Promise<number> {
  const price = new Map(products.map((p) => [p.id, p.priceCents]));
  const items = cart.items.filter((i) => price.has(i.productId));
  const productIds = items.map((i) => i.productId);
  const quantities = items.map((i) => i.quantity);
  const prices = productIds.map((id) => price.get(id) ?? 0);
  return writer.session(async (sql) => {
    await sql.query('BEGIN');
    try {
      const byEmail = `SELECT id FROM customers WHERE email = ${literal(cart.email)}`;
      const customerId = (await sql.query<{ id: number }>(byEmail)).rows[0]?.id;
      if (customerId === undefined) throw new Error('no customer has this e-mail address');
      if (settings.dayTotal === 'first') await sql.query(COUNT_DAY, [0]);
      const warehouse = settings.stockFrom === 'one-warehouse' ? 0 : cart.warehouse;
      await sql.query(TAKE_STOCK, [productIds, quantities, warehouse]);
      const totalCents = await quote();
      const added = await sql.query<{ id: number }>(ADD_ORDER, [customerId, totalCents, items.length]);
      const id = added.rows[0]?.id ?? 0;
      await sql.query(ADD_LINES, [id, productIds, quantities, prices]);
      await sql.query(
        `INSERT INTO payments (order_id, card, phone) VALUES (${id}, ${literal(cart.card)}, ${literal(cart.phone)})`,
      );
      await sql.query(ADD_EVENT, [id, 'order.placed']);
      if (settings.dayTotal === 'last') await sql.query(COUNT_DAY, [totalCents]);
      await sql.query('COMMIT');
      return id;
    } catch (error) {
      await sql.query('ROLLBACK');
      throw error;
    }
  });
}
