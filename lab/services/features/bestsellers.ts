import type { Settings } from '../../settings.js';
import { fromCache, toCache } from '../cache.js';
import type { Pool } from '../pool.js';

/** What sold most, by price points seen: a search over those of the newest products, some tens of ms. */
const BESTSELLERS = `SELECT product_id AS "productId", count(*) AS seen, avg(price_cents) AS "meanCents"
FROM price_points WHERE product_id <= 25 AND seen_at > timestamptz '2025-12-03' GROUP BY product_id ORDER BY count(*) DESC, product_id LIMIT 10`;
const TTL_MS = 2_000;
let loading: Promise<string> | undefined;

async function load(reader: Pool): Promise<string> {
  const { rows } = await reader.session((sql) => sql.query(BESTSELLERS));
  const text = JSON.stringify(rows);
  await toCache('bestsellers', [[1, text]], TTL_MS);
  return text;
}

/** The list, from the cache; a missing one is made by every request that misses it, or by the first of them for all. */
export async function bestsellers(reader: Pool, how: Settings['bestsellers']): Promise<unknown> {
  if (how === 'none') return undefined;
  const [text] = await fromCache('bestsellers', [1]);
  if (text) return JSON.parse(text);
  if (how === 'each-miss') return JSON.parse(await load(reader));
  loading ??= load(reader).finally(() => {
    loading = undefined;
  });
  return JSON.parse(await loading);
}
