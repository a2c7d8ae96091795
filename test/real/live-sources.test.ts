import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPostgres } from '../../bench/postgres.js';
import { freePort } from '../../lab/topology/free-port.js';
import { systemClock } from '../../src/evidence/connectors/live/clock.js';
import { collectLive } from '../../src/evidence/connectors/live/run.js';
import { investigate } from '../../src/investigate/investigate.js';
import { entry, linesOf, optionsFor, seriesIn } from '../evidence/connectors/collecting.js';
import { type Fake, fakeServer } from '../evidence/connectors/fake.js';
import { jaegerOf } from './live/jaeger-of.js';
import { openMetricsOf } from './live/openmetrics-of.js';
import { prometheusWith } from './live/prometheus.js';
import { type RunningServer, started } from './started.js';
import { has } from './tools.js';

const LAB = fileURLToPath(new URL('../../examples/novapay/', import.meta.url));
const files = (kind: string): string[] =>
  ['healthy', 'incident'].map((w) => join(LAB, w, `${kind}.ndjson.gz`));
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-live-real-'));
afterAll(() => rmSync(folder, { recursive: true }));
const caseText = readFileSync(join(LAB, 'case.yaml'), 'utf8');

/** The times of the recording, from its metrics. */
function windows() {
  const span = (file: string): [number, number] => {
    const seconds = [...openMetricsOf([file]).matchAll(/ (\d{10})\.(\d{3})$/gm)].map((m) =>
      Number(`${m[1]}${m[2]}`),
    );
    return [Math.min(...seconds), Math.max(...seconds)];
  };
  const [healthy = '', incident = ''] = files('metrics');
  const [b, i] = [span(healthy), span(incident)];
  return [
    { fromMs: b[0], toMs: b[1] + 1000, role: 'baseline' as const },
    { fromMs: i[0], toMs: i[1] + 1000, role: 'incident' as const },
  ];
}

const firstCause = (result: Awaited<ReturnType<typeof investigate>>['result']): string | undefined =>
  result.findings.find((f) => f.verdict === 'supported')?.id;

describe.skipIf(!has('prometheus') || !has('promtool'))('the lab through a real Prometheus', () => {
  let prometheus: RunningServer;
  let jaeger: Fake;
  beforeAll(async () => {
    prometheus = await prometheusWith(folder, openMetricsOf(files('metrics')));
    jaeger = await fakeServer(jaegerOf(files('traces')));
  }, 300_000);
  afterAll(async () => {
    await prometheus?.stop();
    await jaeger?.close();
  });

  test('with traces by Jaeger’s API gives the first cause that its files give, and again from the evidence file, to the byte', async () => {
    const bundle = join(folder, 'evidence.kneepoint.gz');
    await collectLive({
      ...optionsFor([entry('prometheus', prometheus.url, { step: '5' }), entry('jaeger', jaeger.url)], {
        bundle,
        windows: windows(),
        clock: systemClock,
      }),
    });
    const changes = [{ path: join(LAB, 'changes.ndjson'), role: 'unspecified' as const }];
    const of = (evidence: { path: string; role: 'baseline' | 'incident' | 'unspecified' }[]) =>
      investigate({ caseText, evidence, redact: true, systemsSettled: true });
    const live = await of([{ path: bundle, role: 'unspecified' }, ...changes]);
    const fromFiles = await of([
      { path: join(LAB, 'healthy'), role: 'baseline' },
      { path: join(LAB, 'incident'), role: 'incident' },
      ...changes,
    ]);
    expect(firstCause(live.result)).toBe(firstCause(fromFiles.result));
    expect(firstCause(live.result)).toBeDefined();
    const again = await of([{ path: bundle, role: 'unspecified' }, ...changes]);
    expect(JSON.stringify(again.result)).toBe(JSON.stringify(live.result));
  }, 900_000);

  test('asks for no more than the server takes: a window of a day at 5 s', async () => {
    const bundle = join(folder, 'day.gz');
    const [, incident] = windows();
    const day = {
      fromMs: (incident?.toMs ?? 0) - 86_400_000,
      toMs: incident?.toMs ?? 0,
      role: 'unspecified' as const,
    };
    await collectLive(
      optionsFor([entry('prometheus', prometheus.url, { step: '5', metrics: ['redis_memory_used_bytes'] })], {
        bundle,
        windows: [day],
        clock: systemClock,
      }),
    );
    const lines = linesOf(bundle);
    expect(lines.gaps).toEqual([]);
    expect(lines.queries.length).toBeGreaterThan(2);
    expect(seriesIn(lines).flatMap((s) => s.values).length).toBeGreaterThan(20);
  }, 300_000);
});

describe.skipIf(!has('victoria-metrics'))('VictoriaMetrics', () => {
  test('answers the same questions', async () => {
    const port = await freePort();
    const data = join(folder, 'vm');
    mkdirSync(data);
    const server = await started(
      'victoria-metrics',
      [`-storageDataPath=${data}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'],
      `http://127.0.0.1:${port}`,
      '/health',
    );
    try {
      const [, incident = ''] = files('metrics');
      const text = openMetricsOf([incident]).replace(/ (\d{10})\.(\d{3})$/gm, ' $1$2');
      const put = await fetch(`${server.url}/api/v1/import/prometheus`, { method: 'POST', body: text });
      expect(put.ok).toBe(true);
      await fetch(`${server.url}/internal/force_flush`);
      const bundle = join(folder, 'vm.gz');
      const [, window] = windows();
      await collectLive(
        optionsFor([entry('prometheus', server.url, { step: '5' })], {
          bundle,
          windows: window ? [window] : [],
          clock: systemClock,
        }),
      );
      const lines = linesOf(bundle);
      expect(lines.gaps).toEqual([]);
      expect(lines.of('histogram').length).toBeGreaterThan(100);
      expect(seriesIn(lines).some((s) => s.name.startsWith('redis_memory_used'))).toBe(true);
    } finally {
      await server.stop();
    }
  }, 300_000);
});

describe.skipIf(!has('jaeger'))('a real Jaeger', () => {
  test('gives the traces that OpenTelemetry sent to it, each once', async () => {
    const [query, grpc, otlp] = [await freePort(), await freePort(), await freePort()];
    const config = join(folder, 'jaeger.yaml');
    writeFileSync(
      config,
      `service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [jaeger_storage_exporter] }
extensions:
  jaeger_query: { storage: { traces: memory }, http: { endpoint: '127.0.0.1:${query}' }, grpc: { endpoint: '127.0.0.1:${grpc}' } }
  jaeger_storage: { backends: { memory: { memory: { max_traces: 100000 } } } }
receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlp}' } } } }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`,
    );
    const server = await started(
      'jaeger',
      ['--config', config],
      `http://127.0.0.1:${query}`,
      '/api/v3/services',
    );
    try {
      const [, incident = ''] = files('traces');
      const sent = new Set<string>();
      for (const line of gunzipSync(readFileSync(incident)).toString('utf8').split('\n')) {
        if (line === '') continue;
        for (const [, id = ''] of line.matchAll(/"traceId":"([0-9a-f]{32})"/g)) sent.add(id);
        const put = await fetch(`http://127.0.0.1:${otlp}/v1/traces`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: line,
        });
        expect(put.status).toBe(200);
      }
      const bundle = join(folder, 'jaeger.gz');
      const [, window] = windows();
      await collectLive(
        optionsFor([entry('jaeger', server.url)], {
          bundle,
          windows: window ? [{ ...window, fromMs: window.fromMs - 60_000, toMs: window.toMs + 60_000 }] : [],
          clock: systemClock,
        }),
      );
      const lines = linesOf(bundle);
      expect(lines.gaps).toEqual([]);
      const spans = lines.of('span') as unknown[][];
      const ids = spans.map((s) => `${s[2]} ${s[3]}`);
      expect(new Set(ids).size).toBe(ids.length);
      const traces = new Set(spans.map((s) => String(s[2])));
      expect([...traces].every((t) => sent.has(t))).toBe(true);
      expect(traces.size).toBeGreaterThan(0.5 * sent.size);
    } finally {
      await server.stop();
    }
  }, 300_000);
});

test('the recording is there', () => {
  for (const file of [...files('metrics'), ...files('traces')]) expect(existsSync(file)).toBe(true);
});

describe.skipIf(!has('redis-server'))('Redis', () => {
  test('is watched, with its password from the environment', async () => {
    const port = await freePort();
    const child = spawn(
      'redis-server',
      ['--port', String(port), '--requirepass', 'pass-word-1', '--save', ''],
      { stdio: 'ignore' },
    );
    try {
      const redis = new Redis({ port, password: 'pass-word-1', maxRetriesPerRequest: null });
      const load = setInterval(() => void redis.get('missing').catch(() => {}), 20);
      const bundle = join(folder, 'redis.gz');
      await redis.ping();
      await collectLive({
        ...optionsFor([entry('redis', `redis://127.0.0.1:${port}`, { seconds: '3' })], {
          bundle,
          clock: systemClock,
          environment: { REDIS_PASSWORD: 'pass-word-1' },
        }),
      });
      clearInterval(load);
      redis.disconnect();
      const lines = linesOf(bundle);
      expect(lines.text).not.toContain('pass-word-1');
      const misses = seriesIn(lines).find((s) => s.name === 'redis.keyspace.misses')?.values ?? [];
      expect((misses.at(-1) ?? 0) - (misses[0] ?? 0)).toBeGreaterThan(20);
    } finally {
      child.kill();
    }
  });
});

describe('PostgreSQL', () => {
  test('is watched by its statistics views, read-only', async () => {
    const server = await startPostgres();
    try {
      const bundle = join(folder, 'postgres.gz');
      const url = new URL(server.url);
      const environment = {
        PGUSER: decodeURIComponent(url.username),
        PGPASSWORD: decodeURIComponent(url.password),
      };
      url.username = '';
      url.password = '';
      await collectLive(
        optionsFor([entry('postgresql', url.toString(), { seconds: '3' })], {
          bundle,
          clock: systemClock,
          environment,
        }),
      );
      const lines = linesOf(bundle);
      const names = new Map(seriesIn(lines).map((s) => [s.name, s.values]));
      expect(names.get('postgresql.connection.max')?.[0]).toBeGreaterThan(10);
      expect(names.get('postgresql.backends')?.length).toBe(2);
    } finally {
      await server.stop();
    }
  });
});
