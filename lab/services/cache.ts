import { metrics } from '@opentelemetry/api';
import { Redis } from 'ioredis';
import { settings } from './live-settings.js';
import { required } from './service.js';

const meter = metrics.getMeter('novapay.cache');
const hits = meter.createCounter('cache.hits', { unit: '{lookup}' });
const misses = meter.createCounter('cache.misses', { unit: '{lookup}' });
const redis = new Redis(required('REDIS_URL'));
/** The client, for commands beyond look-ups. */
export const client = redis;

const nameOf = (kind: string, id: number): string => `${kind}:${settings().cacheGeneration}:${id}`;

/** Texts under the keys `<kind>:<id>`, `null` where there is none; hits and misses are counted by kind. */
export async function fromCache(kind: string, ids: readonly number[]): Promise<(string | null)[]> {
  const found = await redis.mget(ids.map((id) => nameOf(kind, id)));
  const hit = found.filter((text) => text !== null).length;
  const attributes = { 'cache.name': kind };
  if (hit > 0) hits.add(hit, attributes);
  if (hit < found.length) misses.add(found.length - hit, attributes);
  return found;
}

/** Keeps texts for a time, in one round trip. */
export async function toCache(
  kind: string,
  entries: readonly (readonly [number, string])[],
  ttlMs: number,
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const [id, text] of entries) pipeline.set(nameOf(kind, id), text, 'PX', ttlMs);
  await pipeline.exec();
}
