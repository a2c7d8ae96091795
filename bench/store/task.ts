import { emptyCase } from '../../src/case/index.js';
import type { Source } from '../../src/domain/index.js';
import { collect } from '../../src/evidence/collect.js';
import { openStore } from '../../src/evidence/store/index.js';
import { measure } from '../../src/facts/measure.js';
import { duckdbFacts } from './duckdb.js';
import { fillStore } from './fill.js';

/** One part of the benchmark of the store: what is timed in a process of its own. */
export type StoreTask =
  | { kind: 'read'; path: string }
  | { kind: 'facts'; spans: number; parquet?: string }
  | { kind: 'duckdb'; parquet: string };

async function run(task: StoreTask): Promise<Record<string, unknown>> {
  if (task.kind === 'duckdb') {
    const { loadSeconds, factsSeconds } = await duckdbFacts(task.parquet);
    return { seconds: round(factsSeconds), loadSeconds: round(loadSeconds) };
  }
  const store = await openStore({});
  try {
    if (task.kind === 'read') {
      const before = process.cpuUsage();
      const start = process.hrtime.bigint();
      const { sources, problems } = await collect([{ path: task.path, role: 'incident' }], store, {
        redact: true,
      });
      if (sources.length !== 1 || problems.some((p) => p.severity === 'error'))
        throw new Error(JSON.stringify(problems));
      const seconds = since(start);
      const { user, system } = process.cpuUsage(before);
      return { seconds, cpuSeconds: round((user + system) / 1e6) };
    }
    await fillStore(store, task.spans);
    const source = (id: string, role: Source['role']) => ({ id, role, path: id }) as Source;
    const start = process.hrtime.bigint();
    const { measured } = await measure(
      store,
      [source('s1', 'incident'), source('s2', 'baseline')],
      emptyCase(),
    );
    const seconds = since(start);
    const entry = measured.telemetry?.entry;
    if (task.parquet !== undefined)
      await store.command(`INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT * FROM otel_traces`, {
        path: task.parquet,
      });
    return { seconds, found: `${entry?.service} ${entry?.name}` };
  } finally {
    await store.close();
  }
}

const round = (x: number): number => Math.round(x * 1000) / 1000;
const since = (start: bigint): number => round(Number(process.hrtime.bigint() - start) / 1e9);

const answer = await run(JSON.parse(process.argv[2] ?? '{}') as StoreTask);
process.send?.({ ...answer, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) });
