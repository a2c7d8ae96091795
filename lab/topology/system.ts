import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Settings } from '../settings.js';
import { BUILT, buildLab } from './build.js';
import { type Child, startChild } from './child.js';
import { freePort } from './free-port.js';
import { fillDatabase, resetDatabase } from './schema.js';

/** Round trip to each endpoint of the database, in ms. */
export const ROUND_TRIP_MS = { primary: 5, reader: 4 } as const;
/** The wide area network that large answers of the tax service come over. */
const WIDE_AREA = { roundTripMs: 8, bytesPerSecond: 6_000_000 } as const;

export type Versions = { 'checkout-api': string; 'coupon-service': string; 'tax-service': string };
export type ServiceName = keyof Versions;
type Listening = { port: number; adminPort?: number; pid?: number; data?: string; log?: string };

/** The stores, which stay up between runs. */
export type Stores = {
  redisPort: number;
  databaseUrl: string;
  primaryUrl: string;
  readerUrl: string;
  /** The way to the copy of the primary, which is there once it was started. */
  replicaUrl: string;
  /** Where the copy is asked about itself, once it was started. */
  replicaDirectUrl: () => string | undefined;
  /** Starts a streaming copy of the primary, unless there is one. */
  startReplica: () => Promise<void>;
  /** The primary's server process. */
  primaryPid: number;
  /** That process, and those it has started so far. */
  primaryPids: () => Promise<number[]>;
  /** The log that the primary writes. */
  databaseLog: string;
  /** Processes of the stores; those they started are below them. */
  pids: readonly number[];
  /** Empties the cache and puts the database back to its first state. */
  reset: () => Promise<void>;
  stop: () => Promise<void>;
};

const stopAll = async (children: readonly Child<unknown>[]): Promise<void> => {
  await Promise.all(children.map((child) => child.stop()));
};

const databaseAt = (port: number): string => `postgres://novapay:novapay@127.0.0.1:${port}/novapay`;

/** Starts PostgreSQL (filled), Redis, and the ways to the primary and to the reader endpoint. */
export async function startStores(
  roundTrip: { primary: number; reader: number } = ROUND_TRIP_MS,
): Promise<Stores> {
  await buildLab();
  const redis = await startChild<Listening>('topology/redis-host.mjs');
  const postgres = await startChild<Listening>('topology/postgres-host.mjs');
  const way = (roundTripMs: number, port = postgres.ready.port) =>
    startChild<Listening>('topology/network-host.mjs', {
      UPSTREAM_PORT: `${port}`,
      ROUND_TRIP_MS: `${roundTripMs}`,
    });
  const primary = await way(roundTrip.primary);
  const reader = await way(roundTrip.reader);
  const replicaPort = await freePort();
  const toReplica = await way(roundTrip.reader, replicaPort);
  let replica: Child<Listening> | undefined;
  const databaseUrl = databaseAt(postgres.ready.port);
  await fillDatabase(databaseUrl);
  return {
    redisPort: redis.ready.port,
    databaseUrl,
    primaryUrl: databaseAt(primary.ready.port),
    readerUrl: databaseAt(reader.ready.port),
    replicaUrl: databaseAt(toReplica.ready.port),
    replicaDirectUrl: () => (replica ? databaseAt(replicaPort) : undefined),
    primaryPid: postgres.ready.pid ?? 0,
    databaseLog: postgres.ready.log ?? '',
    async startReplica() {
      replica ??= await startChild<Listening>('topology/replica-host.mjs', {
        PRIMARY_URL: databaseUrl,
        PRIMARY_DATA: postgres.ready.data ?? '',
        PORT: `${replicaPort}`,
      });
    },
    async primaryPids() {
      const client = new pg.Client(databaseUrl);
      await client.connect();
      const { rows } = await client
        .query<{ pid: number }>('SELECT pid FROM pg_stat_activity')
        .finally(() => client.end());
      return [postgres.ready.pid ?? 0, ...rows.map((r) => r.pid)];
    },
    pids: [redis, postgres].map((child) => child.process.pid ?? 0),
    async reset() {
      const client = new Redis(redis.ready.port, '127.0.0.1');
      await client.flushall();
      client.disconnect();
      await resetDatabase(databaseUrl);
    },
    stop: async () => {
      await stopAll([primary, reader, toReplica, ...(replica ? [replica] : [])]);
      await stopAll([postgres, redis]);
    },
  };
}

export type ServicesOrder = {
  stores: Stores;
  collectorUrl: string;
  versions: Versions;
  settings: Settings;
  /** Share of traces kept, decided from the trace id at the first service. */
  traceRatio: number;
};
export type Services = {
  port: number;
  /** Starts the service in Python, unless it runs. */
  startRisk: (settings: Settings) => Promise<void>;
  /** Its process, once it was started. */
  riskPid: () => number | undefined;
  /** Where `/-/settings` of the checkout API is served. */
  adminPort: number;
  /** Changes settings of the running services; rejects what they do not know. */
  change: (settings: Partial<Settings>) => Promise<void>;
  /** Has every service send what telemetry it holds. */
  flush: () => Promise<void>;
  /** Starts the profiler of the checkout API; what it returns ends it and gives the profile (V8's own JSON). */
  profile: () => () => Promise<unknown>;
  /** Processes, by name. */
  pids: Readonly<Record<ServiceName, number>>;
  stop: () => Promise<void>;
};

const BUNDLE: Record<ServiceName, string> = {
  'checkout-api': 'checkout-api.cjs',
  'coupon-service': 'coupon.cjs',
  'tax-service': 'tax.cjs',
};

const telemetryOf = (name: ServiceName, order: ServicesOrder): Record<string, string> => ({
  OTEL_SERVICE_NAME: name,
  OTEL_RESOURCE_ATTRIBUTES: [
    `service.version=${order.versions[name]}`,
    'service.namespace=novapay',
    'deployment.environment.name=lab',
    'process.runtime.name=nodejs',
    `process.runtime.version=${process.versions.node}`,
  ].join(','),
  OTEL_NODE_RESOURCE_DETECTORS: 'env',
  OTEL_EXPORTER_OTLP_ENDPOINT: order.collectorUrl,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_TRACES_EXPORTER: 'otlp',
  OTEL_METRICS_EXPORTER: 'otlp',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '2000',
  OTEL_METRIC_EXPORT_TIMEOUT: '1500',
  OTEL_BSP_SCHEDULE_DELAY: '1000',
  OTEL_BSP_MAX_QUEUE_SIZE: '16384',
  OTEL_BLRP_SCHEDULE_DELAY: '1000',
  OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
  OTEL_TRACES_SAMPLER_ARG: `${order.traceRatio}`,
  OTEL_SEMCONV_STABILITY_OPT_IN: 'http,database',
});

/** The service in Python has no bundle. */
const RISK = fileURLToPath(new URL('../services/risk.py', import.meta.url));

const riskTelemetry = ({ collectorUrl }: ServicesOrder): Record<string, string> => ({
  OTEL_SERVICE_NAME: 'risk-service',
  OTEL_RESOURCE_ATTRIBUTES: [
    'service.version=1.2.0',
    'service.namespace=novapay',
    'deployment.environment.name=lab',
    'process.runtime.name=cpython',
  ].join(','),
  OTEL_EXPORTER_OTLP_ENDPOINT: collectorUrl,
});

const ANSWER_MS = 20_000;

/** What a child process answers under a name. */
function answerOf(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => finish(() => reject(new Error(`no ${name} from a service`))), ANSWER_MS);
    const listen = (message: unknown): void => {
      if (typeof message === 'object' && message !== null && name in message)
        finish(() => resolve((message as Record<string, unknown>)[name]));
    };
    const finish = (settle: () => void): void => {
      clearTimeout(late);
      child.off('message', listen);
      settle();
    };
    child.on('message', listen);
  });
}

async function changeSettings(adminPort: number, settings: Partial<Settings>): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/-/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(settings),
  });
  if (!response.ok) throw new Error(`settings not taken: ${await response.text()}`);
}

/** Starts the three services, the API last; they send their telemetry to the collector. */
export async function startServices(order: ServicesOrder): Promise<Services> {
  const { stores } = order;
  const start = (name: ServiceName, environment: Record<string, string> = {}) =>
    startChild<Listening>(
      BUNDLE[name],
      { ...telemetryOf(name, order), ...environment, NOVAPAY_SETTINGS: JSON.stringify(order.settings) },
      ['--require', join(BUILT, 'telemetry.cjs')],
    );
  const coupon = await start('coupon-service');
  const tax = await start('tax-service');
  const link = await startChild<Listening>('topology/network-host.mjs', {
    UPSTREAM_PORT: `${tax.ready.port}`,
    ROUND_TRIP_MS: `${WIDE_AREA.roundTripMs}`,
    BYTES_PER_SECOND: `${WIDE_AREA.bytesPerSecond}`,
  });
  const riskPort = await freePort();
  const api = await start('checkout-api', {
    REDIS_URL: `redis://127.0.0.1:${stores.redisPort}`,
    PRIMARY_URL: stores.primaryUrl,
    READER_URL: stores.readerUrl,
    REPLICA_URL: stores.replicaUrl,
    COUPON_URL: `http://127.0.0.1:${coupon.ready.port}`,
    TAX_URL: `http://127.0.0.1:${tax.ready.port}`,
    TAX_LINK_URL: `http://127.0.0.1:${link.ready.port}`,
    RISK_URL: `http://127.0.0.1:${riskPort}`,
  });
  let risk: Child<Listening> | undefined;
  const services = [api, coupon, tax];
  return {
    port: api.ready.port,
    adminPort: api.ready.adminPort ?? 0,
    pids: {
      'checkout-api': api.process.pid ?? 0,
      'coupon-service': coupon.process.pid ?? 0,
      'tax-service': tax.process.pid ?? 0,
    },
    async startRisk(settings) {
      risk ??= await startChild<Listening>(
        RISK,
        { ...riskTelemetry(order), PORT: `${riskPort}`, NOVAPAY_SETTINGS: JSON.stringify(settings) },
        [],
        'python3',
      );
    },
    riskPid: () => risk?.process.pid,
    async change(settings) {
      for (const service of services) await changeSettings(service.ready.adminPort ?? 0, settings);
      if (risk) await changeSettings(riskPort, settings);
    },
    async flush() {
      await Promise.all(
        [...services, ...(risk ? [risk] : [])].map(async ({ process: child }) => {
          if (!child.connected) throw new Error('a service has ended');
          const done = answerOf(child, 'flushed');
          child.send('flush');
          await done;
        }),
      );
    },
    profile() {
      api.process.send('profile');
      return async () => {
        const done = answerOf(api.process, 'profile');
        api.process.send('profiled');
        return done;
      };
    },
    stop: async () => {
      await api.stop();
      await stopAll([coupon, tax, link, ...(risk ? [risk] : [])]);
    },
  };
}
