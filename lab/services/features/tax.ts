import type { CheckoutBody } from '../../load/requests.js';
import type { Settings } from '../../settings.js';
import { call, post } from '../http-call.js';
import { required } from '../service.js';

/** The rate that quotes had last, for when there is none. */
let lastRate = 0.19;

/** Tax on an amount, in cents: quoted, with as many attempts at once as are allowed; or by the rate last seen. */
export async function quoteOf(key: string, netCents: number, now: Settings): Promise<number> {
  for (let attempt = 0; ; attempt++)
    try {
      const asked = { key, netCents };
      const url = `${required('TAX_URL')}/v2/quotes`;
      const { taxCents } = await post<{ taxCents: number }>(url, asked, now.taxTimeoutMs);
      if (netCents > 0) lastRate = taxCents / netCents;
      return taxCents;
    } catch (error) {
      if (attempt < now.taxRetries) continue;
      if (!now.taxFallback) throw error;
      return Math.round(lastRate * netCents);
    }
}

/** Duties of a cart: a call an item, all at once, or one call for the cart. */
export async function dutiesOf(cart: CheckoutBody, how: Settings['duties']): Promise<void> {
  if (how === 'none') return;
  const url = `${required('TAX_URL')}/v2/duties`;
  if (how === 'one-call') await post(url, { key: cart.key });
  else await Promise.all(cart.items.map((i) => call('GET', `${url}/${i.productId}?cart=${cart.key}`)));
}

/** Reads the tariff, which is looked through for the goods of the cart. */
export async function tariffOf(how: Settings['tariff']): Promise<void> {
  if (how === 'none') return;
  const headers = how === 'compressed' ? { 'accept-encoding': 'gzip' } : undefined;
  await call('GET', `${required('TAX_LINK_URL')}/v2/tariffs`, undefined, undefined, headers);
}
