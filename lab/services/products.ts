import type { Settings } from '../settings.js';
import { fromCache, toCache } from './cache.js';
import type { Pool } from './pool.js';

export type Product = {
  id: number;
  name: string;
  description: string;
  priceCents: number;
  lowestCents: number;
};

/** Products with the lowest price of the last 30 days, which a shop has to show beside a reduced one. */
const PRODUCTS = `SELECT p.id, p.name, p.description, p.price_cents AS "priceCents",
  (SELECT min(h.price_cents) FROM price_points h
    WHERE h.product_id = p.id AND h.seen_at > p.listed_at - interval '30 days') AS "lowestCents"
FROM products p WHERE p.id = ANY($1)`;

/** Products by id, from the cache, and those it lacks from the database in one statement. */
export async function productsOf(
  ids: readonly number[],
  reader: Pool,
  settings: Settings,
): Promise<Product[]> {
  const texts = await fromCache('product', ids);
  const known = texts.flatMap((text) => (text === null ? [] : [JSON.parse(text) as Product]));
  const missing = ids.filter((_, i) => texts[i] === null);
  if (missing.length === 0) return known;
  const { rows } = await reader.session((sql) => sql.query<Product>(PRODUCTS, [missing]));
  await toCache(
    'product',
    rows.map((p) => [p.id, JSON.stringify(p)] as const),
    settings.cacheTtlMs,
  );
  return [...known, ...rows];
}
