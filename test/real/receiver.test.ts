import { fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { batchOf, sendLoad } from '../../bench/receiver/sender.js';
import { type ServerProcess, startServer } from '../../bench/receiver/server-process.js';
import { killed } from '../../bench/suites/receiver.js';
import { collect } from '../../src/evidence/collect.js';
import { openStore } from '../../src/evidence/store/index.js';
import { segmentsOf } from '../../src/server/otlp/segments.js';
import { has, PATH, run } from './tools.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-receiver-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Row {
  n: number;
}

/** What readers make of what was received. */
async function counted(data: string): Promise<Record<string, number>> {
  const store = await openStore({});
  try {
    const { problems } = await collect([{ path: join(data, 'received'), role: 'incident' }], store, {
      redact: true,
    });
    expect(problems.filter((p) => p.severity === 'error')).toEqual([]);
    const count = async (sql: string): Promise<number> => Number((await store.query<Row>(sql))[0]?.n);
    return {
      servers: await count("SELECT count() AS n FROM otel_traces WHERE SpanKind = 'Server'"),
      spans: await count('SELECT count() AS n FROM otel_traces'),
      logs: await count('SELECT count() AS n FROM otel_logs'),
      mails: await count("SELECT count() AS n FROM otel_logs WHERE Body LIKE '%@example.com%'"),
      points: await count('SELECT count() AS n FROM otel_metrics_gauge'),
    };
  } finally {
    await store.close();
  }
}

/** Runs the service with the lab's SDK until it has sent everything. */
async function runService(url: string, protocol: string): Promise<void> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const child = fork(join(root, 'test/real/receiver/service.ts'), {
    execArgv: ['--import', 'tsx', '--import', join(root, 'lab/services/telemetry.ts')],
    env: {
      ...process.env,
      OTEL_SERVICE_NAME: 'cart',
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
    },
  });
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => child.send('stop'));
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the service ended with ${code}`)),
    );
  });
}

/** Where a server takes gRPC: it says so after HTTP. */
async function grpcOf(server: ServerProcess): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const url = /(https?:\/\/\S+) takes OTLP over gRPC/.exec(server.said())?.[1];
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no gRPC is served: ${server.said()}`);
}

describe('kneepoint serve', () => {
  it.each(['http/protobuf', 'http/json'])(
    'takes traces, metrics and logs of a real OpenTelemetry SDK by %s, unchanged',
    async (protocol) => {
      const data = join(folder, protocol.replace('/', '-'));
      const server = await startServer(data);
      await runService(server.url, protocol);
      await server.end('SIGTERM');
      const found = await counted(data);
      expect(found).toMatchObject({ servers: 25, logs: 25, mails: 0 });
      expect(found.points).toBeGreaterThan(0);
    },
  );

  it('takes traces, metrics and logs of the same SDK over gRPC, unchanged', async () => {
    const data = join(folder, 'grpc');
    const server = await startServer(data, ['--grpc-port', '0']);
    await runService(await grpcOf(server), 'grpc');
    await server.end('SIGTERM');
    const found = await counted(data);
    expect(found).toMatchObject({ servers: 25, logs: 25, mails: 0 });
    expect(found.points).toBeGreaterThan(0);
  });

  it('loses nothing that it acknowledged when it is killed under load', async () => {
    const { acknowledged, lost } = await killed(join(folder, 'kills'), 3);
    expect(acknowledged).toBeGreaterThan(0);
    expect(lost).toBe(0);
  });

  it('holds its memory when more arrives than it can take, and takes what comes after', async () => {
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, 'receiver: { requestsPerClient: 10000, maxInFlightMb: 32 }\n');
    const server = await startServer(join(folder, 'flood'), ['--policy', policy]);
    const batch = batchOf(500, 3);
    const flood = await sendLoad({ url: server.url, batch, seconds: 5, connections: 300, from: 1 });
    expect(Object.keys(flood.statuses).every((s) => ['200', '429'].includes(s))).toBe(true);
    expect(server.peakRssMb()).toBeLessThan(400);
    const after = await sendLoad({
      url: server.url,
      batch,
      spansPerSecond: 5000,
      seconds: 1,
      connections: 2,
      from: flood.next,
    });
    await server.end('SIGTERM');
    expect(after.statuses).toEqual({ 200: after.acknowledged.length });
  });
});

const VERSION = 'v0.139.0';

/** Builds the smallest Collector that takes and sends OTLP; nothing when it cannot be built here. */
function collector(): string | undefined {
  if (!has('go')) return undefined;
  const build = join(tmpdir(), `kneepoint-otelcol-${VERSION}-2`);
  const binary = join(build, 'dist', 'otelcol-test');
  mkdirSync(build, { recursive: true });
  writeFileSync(
    join(build, 'manifest.yaml'),
    `dist: { name: otelcol-test, output_path: ${join(build, 'dist')}, version: ${VERSION.slice(1)} }
receivers: [{ gomod: go.opentelemetry.io/collector/receiver/otlpreceiver ${VERSION} }]
exporters:
  - { gomod: go.opentelemetry.io/collector/exporter/otlphttpexporter ${VERSION} }
  - { gomod: go.opentelemetry.io/collector/exporter/otlpexporter ${VERSION} }
`,
  );
  if (run(binary, ['--version']).status === 0) return binary;
  const timeoutMs = 20 * 60_000;
  run('go', ['install', `go.opentelemetry.io/collector/cmd/builder@${VERSION}`], { timeoutMs });
  const made = run('builder', ['--config', join(build, 'manifest.yaml')], { timeoutMs });
  return made.status === 0 ? binary : undefined;
}

describe('an OpenTelemetry Collector', () => {
  it.for(['otlphttp', 'otlp'])(
    'forwards what it gets to kneepoint serve by its exporter %s',
    { timeout: 25 * 60_000 },
    async (exporter, context) => {
      const binary = collector();
      if (binary === undefined) return context.skip('no Collector could be built here');
      const data = join(folder, `collector-${exporter}`);
      const server: ServerProcess = await startServer(data, ['--grpc-port', '0']);
      const target =
        exporter === 'otlp'
          ? `endpoint: '${new URL(await grpcOf(server)).host}', tls: { insecure: true }`
          : `endpoint: '${server.url}'`;
      const config = join(folder, `${exporter}.yaml`);
      writeFileSync(
        config,
        `receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:14318' } } } }
exporters: { ${exporter}: { ${target} } }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    traces: { receivers: [otlp], exporters: [${exporter}] }
    metrics: { receivers: [otlp], exporters: [${exporter}] }
    logs: { receivers: [otlp], exporters: [${exporter}] }
`,
      );
      const running = spawn(binary, ['--config', config], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, PATH },
      });
      const gone = new Promise((resolve) => running.once('exit', resolve));
      await new Promise<void>((resolve, reject) => {
        let said = '';
        running.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('Everything is ready')) resolve();
        });
        void gone.then(() => reject(new Error(said)));
      });
      await runService('http://127.0.0.1:14318', 'http/protobuf');
      running.kill('SIGTERM');
      await gone;
      await server.end('SIGTERM');
      expect((await segmentsOf(join(data, 'received'))).length).toBeGreaterThan(0);
      expect(await counted(data)).toMatchObject({ servers: 25, logs: 25, mails: 0 });
    },
  );
});
