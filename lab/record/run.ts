import type { LoadOrder, Outcome } from '../load/generator.js';
import { SCALE } from '../load/requests.js';
import { constant } from '../load/shape.js';
import { startChild } from '../topology/child.js';
import { type ServicesOrder, startServices } from '../topology/system.js';
import type { Collector, Receiver } from './collector.js';
import { watchStores } from './store-metrics.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Sends a load from a process of its own and returns what became of every request. */
export async function sendLoad(order: LoadOrder): Promise<Outcome[]> {
  const generator = await startChild<{ ready: true }>('load/generator.mjs');
  const outcomes = new Promise<Outcome[]>((resolve, reject) => {
    generator.process.once('message', (message) => resolve((message as { outcomes: Outcome[] }).outcomes));
    generator.process.once('exit', () => reject(new Error('the load generator ended before its load did')));
  });
  generator.process.send(order);
  const found = await outcomes;
  generator.process.disconnect();
  return found;
}

/** Asks for every product once, so that the cache is as warm as after a day. */
async function fillCache(port: number): Promise<void> {
  for (let id = 1; id <= SCALE.products; id++)
    await (await fetch(`http://127.0.0.1:${port}/products/${id}`)).arrayBuffer();
}

const WARM_UP = { shape: constant(60, 10), seed: 20_260_101 };
/** Longer than the exporters hold spans and log lines back. */
const FLUSH_MS = 2_500;

/**
 * One run: stores reset, services started and warmed up unseen, then the load, with everything they export handed
 * to `receiver`. Services end after it, so that their last export is in.
 */
export async function runOnce(
  order: ServicesOrder & { collector: Collector; receiver?: Receiver; load: Omit<LoadOrder, 'port'> },
): Promise<{ outcomes: Outcome[]; startMs: number; endMs: number }> {
  const { stores, collector, receiver, load } = order;
  await stores.reset();
  const services = await startServices(order);
  await fillCache(services.port);
  await sendLoad({ port: services.port, ...WARM_UP });
  await pause(FLUSH_MS);
  collector.receive(receiver);
  const endWatch = await watchStores(stores, (body) => receiver?.('metrics', body));
  const startMs = Date.now();
  const outcomes = await sendLoad({ port: services.port, ...load });
  const endMs = Date.now();
  await endWatch();
  await services.stop();
  collector.receive();
  return { outcomes, startMs, endMs };
}
