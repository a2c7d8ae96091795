import { logs } from '@opentelemetry/api-logs';
import express from 'express';

// A service of a few lines, instrumented by the lab's own telemetry, which the command line loads before it.
const REQUESTS = 25;
const app = express();
app.get('/cart/:id', (request, response) => {
  logs
    .getLogger('cart')
    .emit({ severityText: 'INFO', body: `cart of jane.doe@example.com: ${request.params.id}` });
  response.send('ok');
});
const server = app.listen(0, '127.0.0.1', async () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  for (let i = 0; i < REQUESTS; i++) await (await fetch(`http://127.0.0.1:${port}/cart/${i}`)).text();
  server.close();
  process.send?.('ready');
});
