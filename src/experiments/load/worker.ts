import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '../../models/random.js';
import { arrivals } from './arrivals.js';
import { type Answer, connectionPool } from './connections.js';
import type { Batch, FromWorker } from './messages.js';
import { type LoadPlan, stretchesOf } from './plan.js';
import { drawer } from './requests.js';

const REPORT_MS = 1000;
const CAPACITY = 4096;

/** The generator's thread: sends each request at its intended start, whatever came back so far. */
function run(plan: LoadPlan): void {
  const stretches = stretchesOf(plan);
  const schedule = arrivals(stretches, plan.arrivals.process, plan.seed);
  const draw = drawer(plan.requests, seededRandom(plan.seed + 1));
  const pool = connectionPool(new URL(plan.target).origin, plan.limits);
  // A target may have a path of its own, before those of the requests.
  const prefix = new URL(plan.target).pathname.replace(/\/$/, '');
  const columns = newColumns();
  let tally = newTally();
  let inFlight = 0;
  let next = schedule.next();
  let loop = performance.eventLoopUtilization();
  const start = performance.now();
  const elapsed = (): number => performance.now() - start;

  const pump = (): void => {
    let now = elapsed();
    while (!next.done && next.value <= now) {
      send(next.value, now);
      next = schedule.next();
      now = elapsed();
    }
    if (!next.done) setTimeout(pump, Math.max(1, Math.ceil(next.value - now)));
  };

  const send = (intendedMs: number, now: number): void => {
    const lagMs = now - intendedMs;
    tally.due++;
    const { index, path, body } = draw();
    if (inFlight >= plan.limits.inFlight) {
      tally.dropped++;
      return;
    }
    const request = plan.requests[index];
    if (!request) return;
    inFlight++;
    tally.sent++;
    tally.mostInFlight = Math.max(tally.mostInFlight, inFlight);
    const waits = pool.request(
      { method: request.method, path: prefix + path, headers: request.headers, body },
      (answer: Answer) => {
        inFlight--;
        const end = answer.endedAt - start;
        columns.add(
          index,
          answer.status,
          intendedMs,
          end - intendedMs,
          answer.endedAt - answer.sentAt,
          lagMs,
        );
        if (answer.error !== undefined) columns.error(answer.error);
      },
    );
    if (waits) tally.waited++;
  };

  const report = (): void => {
    const use = performance.eventLoopUtilization(loop);
    loop = performance.eventLoopUtilization();
    const batch = columns.take({
      ...tally,
      atMs: elapsed(),
      inFlight,
      connections: pool.size(),
      busy: use.utilization,
    });
    tally = newTally();
    post(batch, [
      batch.request,
      batch.status,
      batch.intendedMs,
      batch.latencyMs,
      batch.responseMs,
      batch.lagMs,
    ]);
    if (!next.done || inFlight > 0) return;
    clearInterval(timer);
    pool.close();
    post({ kind: 'finished' }, []);
    parentPort?.close();
  };
  const timer = setInterval(report, REPORT_MS);
  parentPort?.on('message', (message: unknown) => {
    if (message !== 'stop') return;
    // Nothing more is sent; what is under way may end.
    schedule.return(undefined);
    next = { done: true, value: undefined };
  });
  pump();
}

const newTally = () => ({ due: 0, sent: 0, dropped: 0, mostInFlight: 0, waited: 0 });

function newColumns() {
  const fresh = (n: number) => ({
    request: new Uint16Array(n),
    status: new Uint16Array(n),
    intendedMs: new Float64Array(n),
    latencyMs: new Float64Array(n),
    responseMs: new Float64Array(n),
    lagMs: new Float64Array(n),
  });
  let c = fresh(CAPACITY);
  let count = 0;
  let errors: Record<string, number> = {};
  const grow = (): void => {
    const wider = fresh(c.status.length * 2);
    wider.request.set(c.request);
    wider.status.set(c.status);
    wider.intendedMs.set(c.intendedMs);
    wider.latencyMs.set(c.latencyMs);
    wider.responseMs.set(c.responseMs);
    wider.lagMs.set(c.lagMs);
    c = wider;
  };
  return {
    add(
      request: number,
      status: number,
      intended: number,
      latency: number,
      response: number,
      lag: number,
    ): void {
      if (count === c.status.length) grow();
      c.request[count] = request;
      c.status[count] = status;
      c.intendedMs[count] = intended;
      c.latencyMs[count] = latency;
      c.responseMs[count] = response;
      c.lagMs[count] = lag;
      count++;
    },
    error(name: string): void {
      errors[name] = (errors[name] ?? 0) + 1;
    },
    take(tally: Batch['tally']): Batch {
      const batch: Batch = { kind: 'batch', count, ...c, errors, tally };
      c = fresh(Math.max(CAPACITY, c.status.length));
      count = 0;
      errors = {};
      return batch;
    },
  };
}

function post(message: FromWorker, columns: (Uint16Array | Float64Array)[]): void {
  parentPort?.postMessage(
    message,
    columns.map((c) => c.buffer as ArrayBuffer),
  );
}

run(workerData as LoadPlan);
