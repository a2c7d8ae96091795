import { Agent, request } from 'node:http';
import { madeSpans, protobuf } from '../store/otlp-spans.js';

/** One export request whose traces get new ids each time it is sent. */
export interface Batch {
  spans: number;
  /** The request with the ids of number `n`: every trace id begins with it. */
  stamped(n: number): Buffer;
}

/** Bytes of a trace id that carry the number of the request. */
const STAMP_BYTES = 6;

export function batchOf(spans: number, seed: number): Batch {
  const groups = [...madeSpans(spans, seed)];
  const body = Buffer.concat(groups.map(protobuf));
  const places: number[] = [];
  for (const { spans: of } of groups) {
    const id = Buffer.from(of[0]?.traceId ?? '', 'hex');
    for (let at = body.indexOf(id); at >= 0; at = body.indexOf(id, at + id.length)) places.push(at);
  }
  return {
    spans,
    stamped(n) {
      const out = Buffer.from(body);
      for (const at of places) out.writeUIntBE(n, at, STAMP_BYTES);
      return out;
    },
  };
}

export interface Load {
  url: string;
  batch: Batch;
  /** Open model: requests start on time whether or not those before were answered. Absent: as fast as answers come. */
  spansPerSecond?: number;
  seconds: number;
  connections: number;
  /** Number of the first request. */
  from: number;
  isOver?: () => boolean;
}

export interface Sent {
  /** Numbers of requests that were answered with 200. */
  acknowledged: number[];
  statuses: Record<string, number>;
  /** Of acknowledged requests, in ms from when they were due. */
  latenciesMs: number[];
  seconds: number;
  next: number;
}

/** Sends until the time is over, then waits for the answers. */
export async function sendLoad(load: Load): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const sent: Sent = { acknowledged: [], statuses: {}, latenciesMs: [], seconds: 0, next: load.from };
  const start = performance.now();
  const over = (): boolean => performance.now() - start >= load.seconds * 1000 || (load.isOver?.() ?? false);
  const one = async (dueMs: number): Promise<void> => {
    const n = sent.next++;
    const status = await post(`${load.url}/v1/traces`, load.batch.stamped(n), agent).catch(() => 'lost');
    sent.statuses[status] = (sent.statuses[status] ?? 0) + 1;
    if (status !== '200') return;
    sent.acknowledged.push(n);
    sent.latenciesMs.push(performance.now() - dueMs);
  };
  if (load.spansPerSecond === undefined)
    await Promise.all(
      Array.from({ length: load.connections }, async () => {
        while (!over()) await one(performance.now());
      }),
    );
  else await paced(one, (load.batch.spans / load.spansPerSecond) * 1000, start, over);
  sent.seconds = (performance.now() - start) / 1000;
  agent.destroy();
  return sent;
}

async function paced(
  one: (dueMs: number) => Promise<void>,
  everyMs: number,
  start: number,
  over: () => boolean,
): Promise<void> {
  const all: Promise<void>[] = [];
  for (let n = 0; !over(); n++) {
    const due = start + n * everyMs;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    all.push(one(due));
  }
  await Promise.all(all);
}

function post(url: string, body: Buffer, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const sending = request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(String(answer.statusCode)));
        answer.once('error', reject);
      },
    );
    sending.once('error', reject);
    sending.end(body);
  });
}

/** The p-quantile (0 to 1) of values. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
}
