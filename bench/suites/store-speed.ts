import { fork } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Suite } from '../main.js';
import { growthPlot } from '../store/growth-plot.js';
import { jsonLine, madeSpans, protobuf } from '../store/otlp-spans.js';
import type { StoreTask } from '../store/task.js';

const SEED = 20_261_126;
const FILE_SPANS = Number(process.env.KNEEPOINT_BENCH_FILE_SPANS ?? 1_000_000);
const SMALL = Number(process.env.KNEEPOINT_BENCH_SMALL ?? 1_000_000);
const LARGE = Number(process.env.KNEEPOINT_BENCH_LARGE ?? 10_000_000);

/** How fast telemetry gets into the store and facts out of it. Each part runs in a process of its own: its peak is its own. */
export default {
  suite: 'store',
  about: 'OTLP into the store, facts of 1 M and 10 M spans, DuckDB beside it',
  ownData: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-bench-store-'));
    try {
      const json = join(folder, 'spans.ndjson');
      const binary = join(folder, 'spans.pb');
      await write(json, (group) => `${jsonLine(group)}\n`);
      await write(binary, protobuf);
      const readJson = await task({ kind: 'read', path: json });
      const readProtobuf = await task({ kind: 'read', path: binary });
      rmSync(binary);
      rmSync(json);
      const small = await task({ kind: 'facts', spans: SMALL });
      const parquet = join(folder, 'spans.parquet');
      const large = await task({ kind: 'facts', spans: LARGE, parquet });
      const peer = await task({ kind: 'duckdb', parquet });
      const growth = Math.log(large.seconds / small.seconds) / Math.log(LARGE / SMALL);
      return {
        cases: 5,
        json: {
          spans: FILE_SPANS,
          spansPerSecond: rate(FILE_SPANS, readJson.seconds),
          cpuSeconds: readJson.cpuSeconds,
          peakRssMb: readJson.peakRssMb,
        },
        protobuf: {
          spans: FILE_SPANS,
          spansPerSecond: rate(FILE_SPANS, readProtobuf.seconds),
          cpuSeconds: readProtobuf.cpuSeconds,
          peakRssMb: readProtobuf.peakRssMb,
        },
        facts: [
          { spans: SMALL, seconds: small.seconds, peakRssMb: small.peakRssMb, found: small.found },
          { spans: LARGE, seconds: large.seconds, peakRssMb: large.peakRssMb, found: large.found },
        ],
        growthExponent: round(growth),
        plot: plotFile([
          [SMALL, small.seconds],
          [LARGE, large.seconds],
        ]),
        duckdb: {
          spans: LARGE,
          loadSeconds: peer.loadSeconds,
          factsSeconds: peer.seconds,
          peakRssMb: peer.peakRssMb,
          parquetMb: round(statSync(parquet).size / 1e6),
          /** Our seconds for all facts over DuckDB's for those that plain SQL gives. */
          ratio: round(large.seconds / peer.seconds),
        },
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
} satisfies Suite;

interface TaskAnswer {
  seconds: number;
  /** Of all threads: what a busy machine does not stretch as it stretches `seconds`. */
  cpuSeconds?: number;
  peakRssMb: number;
  found?: string;
  loadSeconds?: number;
}

/** Runs one part in a process of its own. */
function task(what: StoreTask): Promise<TaskAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('../store/task.ts', import.meta.url)), [JSON.stringify(what)], {
      execArgv: ['--import', 'tsx'],
    });
    let answer: TaskAnswer | undefined;
    child.on('message', (message) => {
      answer = message as TaskAnswer;
    });
    child.on('exit', (code) =>
      answer ? resolve(answer) : reject(new Error(`the ${what.kind} part ended with code ${code}`)),
    );
  });
}

async function write(
  path: string,
  encode: (group: Parameters<typeof jsonLine>[0]) => string | Buffer,
): Promise<void> {
  const out = createWriteStream(path);
  for (const group of madeSpans(FILE_SPANS, SEED)) {
    if (!out.write(encode(group))) await new Promise<void>((resolve) => out.once('drain', () => resolve()));
  }
  await new Promise<void>((resolve, reject) => {
    out.on('error', reject);
    out.end(resolve);
  });
}

const rate = (spans: number, seconds: number): number => Math.round(spans / seconds);
const round = (x: number): number => Math.round(x * 1000) / 1000;

/** Draws seconds over spans, and says where the picture is. */
function plotFile(points: readonly (readonly [spans: number, seconds: number])[]): string {
  const path = process.env.KNEEPOINT_BENCH_PLOT ?? join(tmpdir(), 'kneepoint-store-growth.svg');
  writeFileSync(path, growthPlot(points));
  return path;
}
