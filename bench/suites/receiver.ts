import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/models/random.js';
import type { Suite } from '../main.js';
import { batchOf, quantile, type Sent, sendLoad } from '../receiver/sender.js';
import { type ServerProcess, startServer } from '../receiver/server-process.js';
import { storedRequests } from '../receiver/stored.js';

const BATCH_SPANS = 500;
const SEED = 20_261_126;
const RATE = Number(process.env.KNEEPOINT_BENCH_RECEIVER_RATE ?? 52_000);
/** The promise is for 60 s. */
const SECONDS = Number(process.env.KNEEPOINT_BENCH_RECEIVER_SECONDS ?? 15);
const KILLS = Number(process.env.KNEEPOINT_BENCH_RECEIVER_KILLS ?? 20);
const CONNECTIONS = 16;
const FLOOD_CONNECTIONS = 400;
const FLOOD_SECONDS = 10;
const AFTER_SECONDS = 5;

/** What one receiver takes, what it does with more than that, and what is left after kill -9. The sender is on the same machine. */
export default {
  suite: 'receiver',
  about: 'OTLP over HTTP: spans a second made durable, time of acknowledgement, overload, kill -9 under load',
  ownData: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-bench-receiver-'));
    try {
      const policy = join(folder, 'policy.yaml');
      writeFileSync(policy, 'receiver: { requestsPerClient: 10000 }\n');
      const server = await startServer(join(folder, 'load'), ['--policy', policy]);
      const batch = batchOf(BATCH_SPANS, SEED);
      const load = { url: server.url, batch };
      const warm = await sendLoad({
        ...load,
        spansPerSecond: RATE / 4,
        seconds: 2,
        connections: CONNECTIONS,
        from: 1,
      });
      const steady = await sendLoad({
        ...load,
        spansPerSecond: RATE,
        seconds: SECONDS,
        connections: CONNECTIONS,
        from: warm.next,
      });
      const rssSteady = server.peakRssMb();
      const flood = await sendLoad({
        ...load,
        seconds: FLOOD_SECONDS,
        connections: FLOOD_CONNECTIONS,
        from: steady.next,
      });
      const rssFlood = server.peakRssMb();
      const after = await sendLoad({
        ...load,
        spansPerSecond: RATE / 2,
        seconds: AFTER_SECONDS,
        connections: CONNECTIONS,
        from: flood.next,
      });
      await server.end('SIGTERM');
      const { requests } = await storedRequests(join(folder, 'load', 'received'));
      const acknowledged = [warm, steady, flood, after].flatMap((s) => s.acknowledged);
      return {
        cases: 4,
        steady: { ...speed(steady), seconds: round(steady.seconds), peakRssMb: round(rssSteady) },
        flood: { ...speed(flood), shed: flood.statuses[429] ?? 0, peakRssMb: round(rssFlood) },
        after: { ...speed(after), shed: after.statuses[429] ?? 0 },
        lostOfAcknowledged: acknowledged.filter((n) => !requests.has(n)).length,
        kills: await killed(join(folder, 'kills'), KILLS),
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
} satisfies Suite;

const speed = (sent: Sent) => ({
  spansPerSecond: Math.round((sent.acknowledged.length * BATCH_SPANS) / sent.seconds),
  statuses: sent.statuses,
  p50Ms: round(quantile(sent.latenciesMs, 0.5)),
  p99Ms: round(quantile(sent.latenciesMs, 0.99)),
});

const round = (value: number): number => Math.round(value * 10) / 10;

export interface Kills {
  kills: number;
  acknowledged: number;
  /** Requests that were acknowledged and are not there. */
  lost: number;
  /** Requests that are there twice: repeats are tolerated, and this sender makes none. */
  twice: number;
}

/** Kills the server with SIGKILL while it is under load, again and again, and counts what of the acknowledged is gone. */
export async function killed(data: string, kills: number): Promise<Kills> {
  const random = seededRandom(SEED);
  const batch = batchOf(BATCH_SPANS, SEED);
  const acknowledged: number[] = [];
  let next = 1;
  for (let i = 0; i < kills; i++) {
    const server = await startServer(data);
    const sent = await underLoad(server, batch, next, 300 + random() * 700);
    acknowledged.push(...sent.acknowledged);
    next = sent.next;
  }
  // The last start closes what the last kill left open.
  await (await startServer(data)).end('SIGTERM');
  const { requests, twice } = await storedRequests(join(data, 'received'));
  return {
    kills,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((n) => !requests.has(n)).length,
    twice,
  };
}

async function underLoad(
  server: ServerProcess,
  batch: ReturnType<typeof batchOf>,
  from: number,
  ms: number,
): Promise<Sent> {
  let isOver = false;
  const sending = sendLoad({
    url: server.url,
    batch,
    seconds: 60,
    connections: CONNECTIONS,
    from,
    isOver: () => isOver,
  });
  await new Promise((resolve) => setTimeout(resolve, ms));
  await server.end('SIGKILL');
  isOver = true;
  return sending;
}
