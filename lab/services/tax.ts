import { gzipSync } from 'node:zlib';
import { hash32, uniform } from '../load/random.js';
import { settings, settingsApplication } from './live-settings.js';
import { application, serve } from './service.js';
import { elsewhere } from './third-party.js';

const SIGMA = 0.45;
const RATE = 0.19;
const DUTY_MEDIAN_MS = 6;
/** Duties are worked out by so many workers; what comes in beyond them makes each slower, as a crowded machine is. */
const DUTY_WORKERS = 12;

const draw = (key: string): number => uniform(hash32(key))();

let dutiesInWork = 0;
/** Attempts seen of a cart: a retry is drawn anew. */
const attempts = new Map<string, number>();

const app = application();
app.post('/v2/quotes', async (request, response) => {
  const { key, netCents } = request.body as Record<string, string | number>;
  const { taxMedianMs, taxHangs, taxFails } = settings();
  const attempt = (attempts.get(`${key}`) ?? 0) + 1;
  if (attempts.size > 20_000) attempts.clear();
  attempts.set(`${key}`, attempt);
  // Nothing will come: the connection stays open, as with a process that has died behind its balancer.
  if (draw(`hang ${key}`) < taxHangs) return;
  await elsewhere(`tax ${key}`, taxMedianMs, SIGMA);
  if (draw(`fail ${key} ${attempt}`) < taxFails) {
    response.status(503).json({ error: 'overloaded' });
    return;
  }
  response.json({ taxCents: Math.round(Number(netCents) * RATE) });
});

app.get('/v2/duties/:product', async (request, response) => {
  dutiesInWork++;
  const crowd = Math.max(1, dutiesInWork / DUTY_WORKERS);
  await elsewhere(`duty ${request.params.product}`, DUTY_MEDIAN_MS * crowd, SIGMA);
  dutiesInWork--;
  response.json({ dutyCents: 0 });
});

app.post('/v2/duties', async (request, response) => {
  const { key } = request.body as Record<string, string>;
  await elsewhere(`duties ${key}`, DUTY_MEDIAN_MS * 1.5, SIGMA);
  response.json({ dutyCents: 0 });
});
/** Every position of the tariff, some 400 kB. */
const TARIFF = JSON.stringify(
  Array.from({ length: 2_600 }, (_, i) => ({
    position: `${1000 + i}.${i % 10}`,
    text: `Goods of chapter ${i % 97}, not elsewhere specified, whether or not in sets (${i})`,
    duty: (i % 40) / 100,
    unit: 'kg',
    from: '2026-01-01',
  })),
);
const PACKED = gzipSync(TARIFF);
app.get('/v2/tariffs', (request, response) => {
  const packed = request.headers['accept-encoding'] === 'gzip';
  const body = packed ? PACKED : Buffer.from(TARIFF);
  response.set({
    'content-type': 'application/json',
    'content-length': `${body.length}`,
    ...(packed ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
});
serve(app, settingsApplication());
