import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../bench/receiver/server-process.js';
import { seededRandom } from '../../src/models/random.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-live-'));
let server: ServerProcess;
const random = seededRandom(11);
let made = 0;

const ns = (ms: number): string => `${BigInt(Math.round(ms * 1000)) * 1000n}`;
const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** A checkout that ended at `endMs`: a statement, and a call to the coupon service that takes `couponMs`. */
function checkout(endMs: number, couponMs: number): Record<string, object[]> {
  const traceId = hex(++made, 32);
  const statementMs = 8 + 6 * random();
  const total = 20 + statementMs + couponMs;
  const start = endMs - total;
  const span = (
    n: number,
    parent: number | undefined,
    name: string,
    kind: number,
    from: number,
    ms: number,
  ) => ({
    traceId,
    spanId: hex(made * 8 + n, 16),
    ...(parent === undefined ? {} : { parentSpanId: hex(made * 8 + parent, 16) }),
    name,
    kind,
    startTimeUnixNano: ns(start + from),
    endTimeUnixNano: ns(start + from + ms),
  });
  return {
    'checkout-api': [
      span(1, undefined, 'POST /checkout', 2, 0, total),
      span(2, 1, 'SELECT stock', 3, 5, statementMs),
      span(3, 1, 'POST', 3, 10 + statementMs, couponMs + 2),
    ],
    coupon: [span(4, 3, 'POST /apply', 2, 11 + statementMs, couponMs)],
  };
}

async function send(requests: readonly Record<string, object[]>[]): Promise<void> {
  const byService = new Map<string, object[]>();
  for (const r of requests)
    for (const [service, spans] of Object.entries(r))
      byService.set(service, [...(byService.get(service) ?? []), ...spans]);
  const body = {
    resourceSpans: [...byService].map(([name, spans]) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: name } }] },
      scopeSpans: [{ spans }],
    })),
  };
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
}

interface Live {
  state: string;
  services: { name: string; p95Ms: number; beforeMs?: number }[];
  calls: { from: string; to: string }[];
  suspicion?: { text: string; investigation?: string };
}
const ask = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${server.url}/api/v1${path}`)).json()) as T;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const RATE = 20;

/** A second of traffic, and a look at what the page would show. */
async function second(couponMs: () => number): Promise<Live> {
  const end = Date.now();
  await send(Array.from({ length: RATE }, (_, i) => checkout(end - (i * 1000) / RATE, couponMs())));
  await wait(Math.max(0, 1000 - (Date.now() - end)));
  return ask<Live>('/live');
}

describe('what arrives now', () => {
  beforeAll(async () => {
    server = await startServer(join(folder, 'data'));
    // Four minutes of calm that have already passed.
    const now = Date.now();
    for (let s = 240; s > 0; s -= 10)
      await send(
        Array.from({ length: 10 * RATE }, (_, i) =>
          checkout(now - s * 1000 + i * (1000 / RATE), 10 + 10 * random()),
        ),
      );
  });
  afterAll(async () => {
    await server?.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is calm while nothing turns', async () => {
    let live: Live | undefined;
    for (let s = 0; s < 35; s++) live = await second(() => 10 + 10 * random());
    expect(live?.suspicion).toBeUndefined();
    expect(live?.state).toContain('Nothing is slower');
    expect(live?.calls).toEqual([{ from: 'checkout-api', to: 'coupon' }]);
  }, 90_000);

  it('is suspected within a minute of the start of an incident, with the part where the time went', async () => {
    const start = Date.now();
    let live = await second(() => 150 + 50 * random());
    while (!live.suspicion && Date.now() - start < 90_000) live = await second(() => 150 + 50 * random());
    expect((Date.now() - start) / 1000).toBeLessThan(60);
    expect(live.suspicion?.text).toContain('POST /checkout of checkout-api slowed');
    expect(live.suspicion?.text).toContain('POST /apply of coupon');
    const id = live.suspicion?.investigation;
    let state = '';
    for (let s = 0; s < 60 && state !== 'done' && state !== 'failed'; s++) {
      await wait(1000);
      state = (await ask<{ state: string }>(`/investigations/${id}`)).state;
    }
    expect(state).toBe('done');
  }, 180_000);
});
