import type { NextFunction, Request, Response } from 'express';
import type { CheckoutBody } from '../load/requests.js';
import { HEALTHY, withSettings } from '../settings.js';
import { post } from './http-call.js';
import { journal } from './journal.js';
import { loadOrder, orderOf, placeOrder } from './orders.js';
import { openPool } from './pool.js';
import { productsOf } from './products.js';
import { application, required, serve } from './service.js';

let settings = withSettings(HEALTHY, JSON.parse(process.env.NOVAPAY_SETTINGS ?? '{}'));
const writer = openPool('PRIMARY_URL', settings.writerPoolMax);
const reader = openPool('READER_URL', 24);

const app = application();

app.get('/products/:id', async (request, response) => {
  const [product] = await productsOf([Number(request.params.id)], reader, settings);
  if (product) response.json(product);
  else response.status(404).json({ error: 'no such product' });
});

app.get('/orders/:id', async (request, response) => {
  const order = await orderOf(Number(request.params.id), reader, settings);
  if (order) response.json(order);
  else response.status(404).json({ error: 'no such order' });
});

app.post('/checkout', async (request, response) => {
  const cart = request.body as CheckoutBody;
  const products = await productsOf(
    cart.items.map((i) => i.productId),
    reader,
    settings,
  );
  const price = new Map(products.map((p) => [p.id, p.priceCents]));
  let netCents = cart.items.reduce((sum, i) => sum + i.quantity * (price.get(i.productId) ?? 0), 0);
  if (settings.couponAtCheckout) {
    const asked = { key: cart.key, code: cart.coupon, email: cart.email, totalCents: netCents };
    const coupon = await post<{ discountCents: number }>(`${required('COUPON_URL')}/coupons/apply`, asked);
    netCents -= coupon.discountCents;
  }
  const quote = await post<{ taxCents: number }>(`${required('TAX_URL')}/v2/quotes`, {
    key: cart.key,
    netCents,
  });
  const id = await placeOrder(cart, products, netCents + quote.taxCents, writer);
  const order = await loadOrder(id, reader, settings);
  journal('INFO', `order ${id} placed by ${cart.name} <${cart.email}>, receipt by text to ${cart.phone}`, {
    'order.id': id,
    'order.lines': cart.items.length,
    'customer.email': cart.email,
    'payment.card': cart.card,
  });
  response.status(201).json(order);
});

app.use((error: Error, request: Request, response: Response, _next: NextFunction) => {
  journal('ERROR', `${request.method} ${request.path} failed: ${error.message}`, {
    'exception.type': error.name,
    'exception.message': error.message,
  });
  response.status(500).json({ error: 'the request failed' });
});

const admin = application();
admin.get('/-/settings', (_request, response) => {
  response.json(settings);
});
admin.post('/-/settings', (request, response) => {
  try {
    settings = withSettings(settings, request.body as Record<string, unknown>);
  } catch (error) {
    response.status(400).json({ error: (error as Error).message });
    return;
  }
  writer.resize(settings.writerPoolMax);
  response.json(settings);
});

serve(app, admin);
