import { person } from './people.js';
import { uniform, zipf } from './random.js';
import { arrivals, type Segment } from './shape.js';

/** How much there is of everything. */
export const SCALE = { products: 200, orders: 20_000, customers: 5_000, warehouses: 32 } as const;

export type Route = 'GET /orders/:id' | 'GET /products/:id' | 'POST /checkout';
export type CheckoutBody = {
  key: string;
  name: string;
  email: string;
  phone: string;
  card: string;
  warehouse: number;
  coupon: string;
  items: { productId: number; quantity: number }[];
};
export type PlannedRequest = {
  atMs: number;
  segment: string;
  route: Route;
  path: string;
  body?: CheckoutBody;
};

const MOST_ITEMS = 20;

/** Items of a cart: one at least, a long tail up to 20. */
function cartSize(random: () => number): number {
  const size = 1 + Math.floor(-Math.log(1 - random()) * 5.5);
  return Math.min(size, MOST_ITEMS);
}

/**
 * The requests of a run: when, which route, which keys. Reads are 80 % (55 orders, 25 products), checkouts 20 %;
 * keys are Zipf-distributed. The same seed gives the same plan.
 */
export function plan(shape: readonly Segment[], seed: number): PlannedRequest[] {
  const random = uniform(seed);
  const product = zipf(SCALE.products, 0.8);
  const order = zipf(SCALE.orders, 0.9);
  return arrivals(shape, uniform(seed ^ 0x5bd1e995)).map(({ atMs, segment }, index) => {
    const kind = random();
    if (kind < 0.55) {
      const id = order(random) + 1;
      return { atMs, segment, route: 'GET /orders/:id', path: `/orders/${id}` };
    }
    if (kind < 0.8) {
      const id = product(random) + 1;
      return { atMs, segment, route: 'GET /products/:id', path: `/products/${id}` };
    }
    const customer = 1 + Math.floor(random() * SCALE.customers);
    const wanted = cartSize(random);
    const ids = new Set<number>();
    while (ids.size < wanted) ids.add(product(random) + 1);
    const body: CheckoutBody = {
      key: `${seed}-${index}`,
      ...person(customer),
      warehouse: customer % SCALE.warehouses,
      coupon: `FLASH${10 + (customer % 3) * 5}`,
      items: [...ids].map((productId) => ({ productId, quantity: 1 + Math.floor(random() * 2) })),
    };
    return { atMs, segment, route: 'POST /checkout', path: '/checkout', body };
  });
}
