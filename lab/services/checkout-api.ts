import type { NextFunction, Request, Response } from 'express';
import type { CheckoutBody } from '../load/requests.js';
import type { Settings } from '../settings.js';
import { audit } from './features/audit-log.js';
import { bestsellers } from './features/bestsellers.js';
import { rateOf } from './features/exchange-rates.js';
import { isPlainNote, noteOf } from './features/note-check.js';
import { signReceipt } from './features/receipt-signature.js';
import { recentlyViewed } from './features/recently-viewed.js';
import { dutiesOf, quoteOf, tariffOf } from './features/tax.js';
import { remember } from './features/visit-history.js';
import { warmCache } from './features/warm-cache.js';
import { post } from './http-call.js';
import { journal } from './journal.js';
import { onChange, settings, settingsApplication } from './live-settings.js';
import { loadOrder, orderOf, placeOrder } from './orders.js';
import { openPool } from './pool.js';
import { productsOf } from './products.js';
import { application, required, serve } from './service.js';

const writer = openPool('PRIMARY_URL', settings().writerPoolMax);
const reader = openPool('READER_URL', 24);
const replica = openPool('REPLICA_URL', 24);
const readerOf = (now: Settings) => (now.replica === 'serving' ? replica : reader);

const app = application();

app.get('/products/:id', async (request, response) => {
  const now = settings();
  remember(request.path, now.visitHistory);
  const [product] = await productsOf([Number(request.params.id)], readerOf(now), now);
  if (!product) {
    response.status(404).json({ error: 'no such product' });
    return;
  }
  const viewed = await recentlyViewed(now.recentlyViewed);
  const best = await bestsellers(readerOf(now), now.bestsellers);
  audit('product read', { id: product.id }, now.auditLog);
  response.json({ ...product, ...(viewed.length > 0 ? { viewed } : {}), ...(best ? { best } : {}) });
});

app.get('/orders/:id', async (request, response) => {
  const now = settings();
  remember(request.path, now.visitHistory);
  const order = await orderOf(Number(request.params.id), readerOf(now), now);
  if (order) response.json(order);
  else response.status(404).json({ error: 'no such order' });
});

/** Discount of a cart; nothing where coupons are not asked for, or only afterwards. */
const discountOf = async (cart: CheckoutBody, totalCents: number): Promise<number> => {
  const asked = { key: cart.key, code: cart.coupon, email: cart.email, totalCents };
  const url = `${required('COUPON_URL')}/coupons/apply`;
  return (await post<{ discountCents: number }>(url, asked)).discountCents;
};

async function priced(cart: CheckoutBody, netCents: number, now: Settings): Promise<number> {
  if (!now.couponAtCheckout || now.couponWhen === 'afterwards')
    return netCents + (await quoteOf(cart.key, netCents, now));
  if (now.couponWhen === 'beside-tax') {
    const [discount, tax] = await Promise.all([discountOf(cart, netCents), quoteOf(cart.key, netCents, now)]);
    return netCents - discount + tax;
  }
  const net = netCents - (await discountOf(cart, netCents));
  return net + (await quoteOf(cart.key, net, now));
}

app.post('/checkout', async (request, response) => {
  const now = settings();
  const cart = request.body as CheckoutBody;
  remember(request.path, now.visitHistory);
  isPlainNote(noteOf(cart.key), now.noteCheck);
  const products = await productsOf(
    cart.items.map((i) => i.productId),
    readerOf(now),
    now,
  );
  const price = new Map(products.map((p) => [p.id, p.priceCents]));
  const rate = rateOf('C1/C1', now.exchangeRates);
  const netCents = Math.round(
    rate * cart.items.reduce((sum, i) => sum + i.quantity * (price.get(i.productId) ?? 0), 0),
  );
  await dutiesOf(cart, now.duties);
  await tariffOf(now.tariff);
  if (now.riskCheck !== 'none') await post(`${required('RISK_URL')}/v2/scores`, { key: cart.key, netCents });
  const inside = now.taxQuote === 'in-transaction';
  const before = inside ? 0 : await priced(cart, netCents, now);
  const quote = async (): Promise<number> => (inside ? priced(cart, netCents, now) : before);
  const through = now.writerConnections === 'per-order' ? { ...writer, session: writer.apart } : writer;
  const id = await placeOrder(cart, products, quote, through, now);
  const order = await loadOrder(id, reader, now);
  const signature = await signReceipt(JSON.stringify(order), now.receiptSignature);
  audit('order placed', order, now.auditLog);
  journal('INFO', `order ${id} placed by ${cart.name} <${cart.email}>, receipt by text to ${cart.phone}`, {
    'order.id': id,
    'order.lines': cart.items.length,
    'customer.email': cart.email,
    'payment.card': cart.card,
  });
  response.status(201).json(signature ? { ...order, signature } : order);
  if (now.couponAtCheckout && now.couponWhen === 'afterwards')
    void discountOf(cart, netCents).catch(() => undefined);
});

app.use((error: Error, request: Request, response: Response, _next: NextFunction) => {
  journal('ERROR', `${request.method} ${request.path} failed: ${error.message}`, {
    'exception.type': error.name,
    'exception.message': error.message,
  });
  response.status(500).json({ error: 'the request failed' });
});

let generation = settings().cacheGeneration;
onChange(async (now) => {
  writer.resize(now.writerPoolMax);
  if (now.cacheGeneration !== generation && now.cacheWarmed) await warmCache(reader, now);
  generation = now.cacheGeneration;
});

serve(app, settingsApplication());
