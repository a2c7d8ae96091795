import { SCALE } from '../../load/requests.js';
import type { Settings } from '../../settings.js';
import { loadOrder } from '../orders.js';
import type { Pool } from '../pool.js';
import { productsOf } from '../products.js';

const ORDERS = SCALE.orders;

/** Puts every product and every order into the cache. */
export async function warmCache(reader: Pool, now: Settings): Promise<void> {
  for (let from = 1; from <= SCALE.products; from += 10)
    await productsOf(
      Array.from({ length: 10 }, (_, i) => from + i),
      reader,
      now,
    );
  for (let from = 1; from <= ORDERS; from += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => loadOrder(from + i, reader, now)));
}
