import { Agent, request } from 'node:http';
import { type PlannedRequest, plan, type Route } from './requests.js';
import type { Segment } from './shape.js';

/** What the generator is told. */
export type LoadOrder = { port: number; shape: Segment[]; seed: number };
/** What became of a request. Latency counts from the moment it was meant to start, so waiting is not hidden. */
export type Outcome = { segment: string; route: Route; atMs: number; latencyMs: number; status: number };

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const TIMEOUT_MS = 15_000;

const send = (port: number, { path, body }: PlannedRequest): Promise<number> =>
  new Promise((resolve) => {
    const call = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path,
        method: body ? 'POST' : 'GET',
        headers: body ? { 'content-type': 'application/json' } : {},
        timeout: TIMEOUT_MS,
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.on('error', () => resolve(0));
      },
    );
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end(body ? JSON.stringify(body) : undefined);
  });

/** Sends every planned request when it is due, whether or not earlier ones have returned (an open model). */
async function run({ port, shape, seed }: LoadOrder): Promise<Outcome[]> {
  const startMs = performance.now() + 100;
  const outcomes = plan(shape, seed).map(async (planned): Promise<Outcome> => {
    const dueMs = startMs + planned.atMs;
    await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
    const status = await send(port, planned);
    const { segment, route, atMs } = planned;
    return { segment, route, atMs, latencyMs: performance.now() - dueMs, status };
  });
  return Promise.all(outcomes);
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((outcomes) => process.send?.({ outcomes }));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
