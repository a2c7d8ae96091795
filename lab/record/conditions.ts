import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import pg from 'pg';
import { SCALE } from '../load/requests.js';
import { expectedCount, type Segment } from '../load/shape.js';
import { HEALTHY } from '../settings.js';
import { PRICE_POINTS } from '../topology/schema.js';
import { ROUND_TRIP_MS, type Stores } from '../topology/system.js';

const MANIFEST = new URL('../../package.json', import.meta.url);

async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
  await client.end();
  return rows[0]?.server_version ?? 'unknown';
}

const redisVersion = (): string =>
  /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';

function packages(): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  const names = Object.keys(devDependencies).filter((n) =>
    /^(@opentelemetry\/|express$|pg$|ioredis$)/.test(n),
  );
  return Object.fromEntries(names.sort().map((n) => [n, devDependencies[n] ?? '']));
}

/** Under what a recording was made: what it ran on, how much data, how much load. */
export async function conditions(
  stores: Stores,
  load: { shape: readonly Segment[]; seed: number; traceRatio: number },
) {
  return {
    node: process.versions.node,
    postgresql: await postgresVersion(stores.databaseUrl),
    redis: redisVersion(),
    processors: availableParallelism(),
    packages: packages(),
    data: { ...SCALE, pricePointsPerProduct: PRICE_POINTS },
    roundTripMs: ROUND_TRIP_MS,
    healthySettings: HEALTHY,
    load: { ...load, expectedRequests: expectedCount(load.shape) },
  };
}
