import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { totalSeconds } from './arrivals.js';
import { type LatencyHistogram, latencyHistogram, quantileMs, recordMs } from './histogram.js';
import { judgeRun, type RunJudgement } from './judge.js';
import type { Batch, FromWorker } from './messages.js';
import { type LoadPlan, stretchesOf } from './plan.js';

/** One second of a run, by when answers came. */
export interface LoadSecond {
  second: number;
  due: number;
  sent: number;
  dropped: number;
  answers: number;
  errors: number;
  inFlight: number;
  mostInFlight: number;
  connections: number;
  busy: number;
  /** From the intended start, milliseconds. */
  p50Ms?: number;
  p99Ms?: number;
  maxMs?: number;
  lagP99Ms?: number;
}

export interface LoadRun {
  plan: LoadPlan;
  startedAtMs: number;
  durationSeconds: number;
  due: number;
  sent: number;
  dropped: number;
  answers: number;
  /** Answers with status 400 and above, and requests without an answer. */
  errors: number;
  /** By status class or by the name of the failure. */
  errorKinds: Record<string, number>;
  throughput: number;
  mostInFlight: number;
  /** From the intended start; from sending; the generator's own lateness. */
  latency: LatencyHistogram;
  response: LatencyHistogram;
  lag: LatencyHistogram;
  byRequest: { name: string; answers: number; errors: number; latency: LatencyHistogram }[];
  seconds: LoadSecond[];
  judgement: RunJudgement;
}

export interface RunHooks {
  /** Called once a second with what came in. The histogram is not kept: an hour of them would fill the memory. */
  onSecond?(second: LoadSecond, histogram: LatencyHistogram): void;
  /** Each batch as it comes, for a caller that wants every request. */
  onBatch?(batch: Batch): void;
  /** Ends the run early: nothing more is sent. */
  signal?: AbortSignal;
}

/** Runs a plan in a thread of its own and gives what it measured, with its own judgement. Rejects when the thread fails. */
export async function runLoad(plan: LoadPlan, hooks: RunHooks = {}): Promise<LoadRun> {
  const startedAtMs = Date.now();
  const worker = startWorker(plan);
  const collector = collect(plan, hooks);
  const stop = (): void => worker.postMessage('stop');
  hooks.signal?.addEventListener('abort', stop, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'finished') resolve();
        else collector.take(message);
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`the generator's thread ended with ${code}`)),
      );
    });
  } finally {
    hooks.signal?.removeEventListener('abort', stop);
    await worker.terminate();
  }
  return collector.finish(startedAtMs);
}

/** The thread's file lies beside this one: JavaScript when built; run from source, a loader must read TypeScript there too. */
function startWorker(plan: LoadPlan): Worker {
  const built = new URL('./worker.js', import.meta.url);
  if (existsSync(fileURLToPath(built))) return new Worker(built, { workerData: plan });
  const script = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)});
  });`;
  return new Worker(script, { workerData: plan, eval: true });
}

function collect(plan: LoadPlan, hooks: RunHooks) {
  const warmupMs = plan.warmupSeconds * 1000;
  const latency = latencyHistogram();
  const response = latencyHistogram();
  const lag = latencyHistogram();
  const byRequest = plan.requests.map((r) => ({
    name: r.name,
    answers: 0,
    errors: 0,
    latency: latencyHistogram(),
  }));
  const errorKinds: Record<string, number> = {};
  const seconds: LoadSecond[] = [];
  const total = { due: 0, sent: 0, dropped: 0, waited: 0, answers: 0, errors: 0, mostInFlight: 0 };
  let warmAnswers = 0;
  let lastMs = 0;
  let lastAnswerMs = 0;

  const take = (b: Batch): void => {
    const own = latencyHistogram();
    const ownLag = latencyHistogram();
    let errors = 0;
    for (let i = 0; i < b.count; i++) {
      const status = b.status[i] as number;
      const failed = status === 0 || status >= 400;
      const ms = b.latencyMs[i] as number;
      lastAnswerMs = Math.max(lastAnswerMs, (b.intendedMs[i] as number) + ms);
      recordMs(own, ms);
      recordMs(ownLag, b.lagMs[i] as number);
      if (failed) errors++;
      if ((b.intendedMs[i] as number) < warmupMs) {
        warmAnswers++;
        continue;
      }
      recordMs(latency, ms);
      recordMs(response, b.responseMs[i] as number);
      recordMs(lag, b.lagMs[i] as number);
      total.answers++;
      const part = byRequest[b.request[i] as number];
      if (part) {
        part.answers++;
        recordMs(part.latency, ms);
        if (failed) part.errors++;
      }
      if (failed) total.errors++;
      if (status >= 400) {
        const kind = `${Math.floor(status / 100)}xx`;
        errorKinds[kind] = (errorKinds[kind] ?? 0) + 1;
      }
    }
    for (const [kind, n] of Object.entries(b.errors)) errorKinds[kind] = (errorKinds[kind] ?? 0) + n;
    const t = b.tally;
    total.due += t.due;
    total.sent += t.sent;
    total.dropped += t.dropped;
    total.waited += t.waited;
    total.mostInFlight = Math.max(total.mostInFlight, t.mostInFlight);
    lastMs = t.atMs;
    const p50 = quantileMs(own, 0.5);
    const second: LoadSecond = {
      second: seconds.length,
      due: t.due,
      sent: t.sent,
      dropped: t.dropped,
      answers: b.count,
      errors,
      inFlight: t.inFlight,
      mostInFlight: t.mostInFlight,
      connections: t.connections,
      busy: t.busy,
      ...(p50 === undefined
        ? {}
        : {
            p50Ms: p50,
            p99Ms: quantileMs(own, 0.99) ?? p50,
            maxMs: own.maxValue / 1000,
            lagP99Ms: quantileMs(ownLag, 0.99) ?? 0,
          }),
    };
    seconds.push(second);
    hooks.onBatch?.(b);
    hooks.onSecond?.(second, own);
  };

  const finish = (startedAtMs: number): LoadRun => {
    // Answers that came after the last request was due took their time, too: else a system that falls behind looks able.
    const planned = Math.min(totalSeconds(stretchesOf(plan)), lastMs / 1000);
    const durationSeconds = Math.max(0.001, Math.max(planned, lastAnswerMs / 1000) - plan.warmupSeconds);
    // Seconds after the last request was due only wait for answers.
    const working = seconds.filter((s) => s.due > 0);
    return {
      plan,
      startedAtMs,
      durationSeconds,
      ...total,
      errorKinds,
      throughput: total.answers / durationSeconds,
      latency,
      response,
      lag,
      byRequest,
      seconds,
      judgement: judgeRun({
        due: total.due,
        sent: total.sent,
        dropped: total.dropped,
        waited: total.waited,
        lag,
        latency,
        busy: working.map((s) => s.busy),
        unanswered: Math.max(0, total.sent - total.answers - warmAnswers),
      }),
    };
  };
  return { take, finish };
}
