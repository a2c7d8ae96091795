import { application, serve } from './service.js';
import { elsewhere } from './third-party.js';

const MEDIAN_MS = 14;
const SIGMA = 0.45;
const RATE = 0.19;

const app = application();
app.post('/v2/quotes', async (request, response) => {
  const { key, netCents } = request.body as Record<string, string | number>;
  await elsewhere(`tax ${key}`, MEDIAN_MS, SIGMA);
  response.json({ taxCents: Math.round(Number(netCents) * RATE) });
});
serve(app);
