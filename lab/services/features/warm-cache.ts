import { SCALE } from '../../load/requests.js';
import type { Settings } from '../../settings.js';
import { loadOrder } from '../orders.js';
import type { Pool } from '../pool.js';
import { productsOf } from '../products.js';

const HOT_ORDERS = 8_000;

/** Puts every product and the orders most asked for into the cache. */
export async function warmCache(reader: Pool, now: Settings): Promise<void> {
  for (let from = 1; from <= SCALE.products; from += 10)
    await productsOf(
      Array.from({ length: 10 }, (_, i) => from + i),
      reader,
      now,
    );
  for (let from = 1; from <= HOT_ORDERS; from += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => loadOrder(from + i, reader, now)));
}
