import { journal } from './journal.js';
import { settingsApplication } from './live-settings.js';
import { application, serve } from './service.js';
import { elsewhere } from './third-party.js';

const MEDIAN_MS = 60;
const SIGMA = 0.4;

const app = application();
app.post('/coupons/apply', async (request, response) => {
  const { key, code, email, totalCents } = request.body as Record<string, string | number>;
  await elsewhere(`coupon ${key}`, MEDIAN_MS, SIGMA);
  const percent = Number(/\d+$/.exec(String(code))?.[0] ?? 0);
  journal('INFO', `coupon ${code} granted to ${email}`, { 'coupon.code': code, 'coupon.percent': percent });
  response.json({ discountCents: Math.floor((Number(totalCents) * percent) / 100) });
});
serve(app, settingsApplication());
