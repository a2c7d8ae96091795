import { fork } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { Cancelled, type CollectOptions, collectLive } from '../../src/evidence/connectors/live/run.js';
import { SYSTEMS } from '../../src/evidence/connectors/registry.js';
import type { Suite } from '../main.js';

const SERVICES = 200;
const HOURS = 24;
const LATENCY_MS = 100;
/** What the fake allows: requests in any second. */
const PER_SECOND = 12;
const METRICS = [
  'http_requests_total',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'queue_depth',
];
const LE = ['0.01', '0.1', '1', '+Inf'];
const START_MS = Date.parse('2026-05-01T00:00:00Z');

/** A day of 200 services from a server that takes 100 ms and refuses more than twelve requests a second. */
export default {
  suite: 'sources',
  about: 'a day over 200 services from a slow, limited server: memory, politeness, cancelling and going on',
  ownData: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-sources-'));
    const server = await startFake();
    try {
      const whole = join(folder, 'whole.gz');
      const start = process.hrtime.bigint();
      const before = process.cpuUsage();
      await collectLive(options(server.url, whole, new AbortController().signal));
      const collectSeconds = Number(process.hrtime.bigint() - start) / 1e9;
      const cpu = process.cpuUsage(before);
      const first = await counted(whole);
      const { calls, refused, most } = await server.stats();
      const part = join(folder, 'part.gz');
      const stop = new AbortController();
      let stoppedAt = 0n;
      setTimeout(() => {
        stoppedAt = process.hrtime.bigint();
        stop.abort();
      }, collectSeconds * 500);
      const cancelled = await collectLive(options(server.url, part, stop.signal)).catch((e: unknown) => e);
      const cancelMs = Number(process.hrtime.bigint() - stoppedAt) / 1e6;
      const left = existsSync(part);
      const asked = (await server.stats()).calls;
      await collectLive(options(server.url, part, new AbortController().signal));
      const second = await counted(part);
      const all = await server.stats();
      return {
        cases: 2,
        records: first.records,
        calls,
        collectSeconds: Math.round(collectSeconds * 10) / 10,
        cpuSeconds: Math.round((cpu.user + cpu.system) / 1e4) / 100,
        refused: refused + all.refused,
        mostInASecond: Math.max(most, all.most),
        allowedInASecond: PER_SECOND,
        cancelledCleanly: cancelled instanceof Cancelled && !left,
        cancelMs: Math.round(cancelMs),
        callsAfterResume: all.calls - asked,
        resumedSame:
          second.records === first.records &&
          second.pages === first.pages &&
          second.distinct === second.pages,
      };
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  },
} satisfies Suite;

const options = (url: string, bundle: string, signal: AbortSignal): CollectOptions => ({
  entries: [
    {
      name: 'prometheus',
      system: 'prometheus',
      url,
      options: { step: '15' },
      limits: { perSecond: 10 },
      trusted: true,
    },
  ],
  systems: SYSTEMS,
  windows: [{ fromMs: START_MS, toMs: START_MS + HOURS * 3_600_000, role: 'unspecified' }],
  keyring: {},
  environment: {},
  signal,
  bundle,
  redact: true,
  fixedWindows: true,
});

/** Records and pages of a bundle, without holding it. */
async function counted(path: string): Promise<{ records: number; pages: number; distinct: number }> {
  let records = 0;
  const queries: string[] = [];
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) })) {
    if (!line.startsWith('{"page":')) continue;
    const { page } = JSON.parse(line) as { page: { records: number; query: string } };
    records += page.records;
    queries.push(page.query);
  }
  return { records, pages: queries.length, distinct: new Set(queries).size };
}

interface Stats {
  calls: number;
  refused: number;
  most: number;
}

/** The fake runs in a process of its own: its memory and its work are not the collector's. */
async function startFake(): Promise<{ url: string; stats(): Promise<Stats>; close(): void }> {
  const child = fork(fileURLToPath(import.meta.url), [], {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, KNEEPOINT_FAKE: 'sources' },
  });
  const url = await new Promise<string>((resolve) => child.once('message', (m) => resolve(String(m))));
  return {
    url,
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as Stats,
    close: () => void child.kill(),
  };
}

type Labels = Record<string, string>;
const SERIES: readonly Labels[] = Array.from({ length: SERVICES }, (_, s) => `service-${s}`).flatMap(
  (job) => [
    ...METRICS.map((__name__) => ({ __name__, job })),
    ...LE.map((le) => ({ __name__: 'http_request_duration_seconds_bucket', job, le })),
    { __name__: 'http_request_duration_seconds_sum', job },
    { __name__: 'http_request_duration_seconds_count', job },
  ],
);

function serve(): void {
  const stats: Stats = { calls: 0, refused: 0, most: 0 };
  let recent: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (c) => {
      body += String(c);
    });
    request.on('end', () => {
      if (request.url === '/stats') {
        response.end(JSON.stringify(stats));
        return;
      }
      const now = performance.now();
      recent = [...recent.filter((t) => t > now - 1000), now];
      stats.calls++;
      stats.most = Math.max(stats.most, recent.length);
      const limited = recent.length > PER_SECOND;
      if (limited) stats.refused++;
      setTimeout(() => {
        if (limited) response.writeHead(429, { 'retry-after': '1' }).end();
        else
          response.writeHead(200, { 'content-type': 'application/json' }).end(
            JSON.stringify({
              status: 'success',
              data: answer(request.url ?? '', new URLSearchParams(body)),
            }),
          );
      }, LATENCY_MS);
    });
  });
  server.listen(0, '127.0.0.1', () =>
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
}
if (process.env.KNEEPOINT_FAKE === 'sources') serve();

function answer(url: string, form: URLSearchParams): unknown {
  if (url.startsWith('/api/v1/status/buildinfo')) return { version: '3.5.0' };
  if (url.startsWith('/api/v1/label/__name__/values'))
    return [...new Set(SERIES.map((s) => s.__name__))].sort();
  if (url.startsWith('/api/v1/series')) return fitting(form.get('match[]') ?? '');
  if (url.startsWith('/api/v1/query_range')) {
    const [from, to, step] = ['start', 'end', 'step'].map((k) => Number(form.get(k)));
    const times = Array.from(
      { length: Math.floor(((to ?? 0) - (from ?? 0)) / (step ?? 1)) + 1 },
      (_, i) => (from ?? 0) + i * (step ?? 1),
    );
    return {
      resultType: 'matrix',
      result: fitting(form.get('query') ?? '').map((metric, k) => ({
        metric,
        values: times.map((t) => [t, String((t - START_MS / 1000 + 60) * (1 + (k % 7)))]),
      })),
    };
  }
  if (url.startsWith('/api/v1/metadata')) return {};
  return { resultType: 'vector', result: [], groups: [] };
}

function fitting(selector: string): Labels[] {
  const regex = /__name__=~?"((?:[^"\\]|\\.)*)"/.exec(selector)?.[1];
  const pattern =
    regex === undefined || selector.startsWith('ALERTS')
      ? undefined
      : new RegExp(`^(?:${JSON.parse(`"${regex}"`)})$`);
  return SERIES.filter((s) => pattern?.test(s.__name__ ?? '') === true);
}
