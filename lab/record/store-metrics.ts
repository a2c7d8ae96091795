import { Redis } from 'ioredis';
import pg from 'pg';
import type { Stores } from '../topology/system.js';

type Reading = {
  name: string;
  unit: string;
  value: number;
  monotonic?: boolean;
  attributes?: Readonly<Record<string, string>>;
};

/** How often the stores are read, ms. */
const INTERVAL_MS = 5_000;

const nano = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`;

const attributesOf = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** An export request of one reading of a store or a machine. */
export function request(
  service: string,
  readings: readonly Reading[],
  startMs: number,
  nowMs: number,
): string {
  const metrics = readings.map(({ name, unit, value, monotonic, attributes: own = {} }) => {
    const dataPoints = [
      {
        startTimeUnixNano: nano(startMs),
        timeUnixNano: nano(nowMs),
        asDouble: value,
        attributes: attributesOf(own),
      },
    ];
    return monotonic === undefined
      ? { name, unit, gauge: { dataPoints } }
      : { name, unit, sum: { aggregationTemporality: 2, isMonotonic: monotonic, dataPoints } };
  });
  const attributes = attributesOf({ 'service.name': service, 'service.namespace': 'novapay' });
  return JSON.stringify({
    resourceMetrics: [
      { resource: { attributes }, scopeMetrics: [{ scope: { name: 'novapay.stores' }, metrics }] },
    ],
  });
}

/** Time of the server by command, its slow log and its latency monitor, under the names of the exporters. */
async function readCommands(redis: Redis): Promise<Reading[]> {
  const stats = await redis.info('commandstats');
  const commands = [...stats.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)];
  const spikes = (await redis.call('LATENCY', 'LATEST')) as [string, number, number, number][];
  const [slowest] = (await redis.call('SLOWLOG', 'GET', '1')) as [number, number, number][];
  return [
    ...commands.flatMap(([, cmd = '', calls = '0', usec = '0']): Reading[] => [
      { name: 'redis.cmd.calls', unit: '{call}', value: Number(calls), monotonic: true, attributes: { cmd } },
      { name: 'redis.cmd.usec', unit: 'us', value: Number(usec), monotonic: true, attributes: { cmd } },
    ]),
    ...spikes.map(
      ([event_name, , latestMs]): Reading => ({
        name: 'redis_latency_spike_duration_seconds',
        unit: 's',
        value: latestMs / 1000,
        attributes: { event_name },
      }),
    ),
    ...(slowest
      ? [
          { name: 'redis_slowlog_last_id', unit: '1', value: slowest[0] },
          { name: 'redis_last_slow_execution_duration_seconds', unit: 's', value: slowest[2] / 1e6 },
        ]
      : []),
  ];
}

async function readRedis(redis: Redis): Promise<Reading[]> {
  const info = await redis.info();
  const field = (name: string): number => Number(new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1] ?? 0);
  const count = (name: string, from: string, unit: string): Reading => ({
    name,
    unit,
    value: field(from),
    monotonic: true,
  });
  return [
    count('redis.keyspace.hits', 'keyspace_hits', '{hit}'),
    count('redis.keyspace.misses', 'keyspace_misses', '{miss}'),
    count('redis.keys.expired', 'expired_keys', '{event}'),
    count('redis.keys.evicted', 'evicted_keys', '{key}'),
    count('redis.commands.processed', 'total_commands_processed', '{command}'),
    { name: 'redis.memory.used', unit: 'By', value: field('used_memory') },
    {
      name: 'redis.clients.connected',
      unit: '{client}',
      value: field('connected_clients'),
      monotonic: false,
    },
    ...(await readCommands(redis)),
  ];
}

const STATISTICS = `SELECT xact_commit AS commits, xact_rollback AS rollbacks, blks_read, blks_hit,
  tup_fetched, tup_returned, pg_is_in_recovery()::int AS replica,
  (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS backends,
  current_setting('max_connections')::int AS most
FROM pg_stat_database WHERE datname = current_database()`;

const SESSIONS = `SELECT coalesce(state, 'none') AS state, coalesce(wait_event_type, '') AS wait, count(*) AS n,
  coalesce(max(extract(epoch FROM now() - xact_start)), 0) AS oldest
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1, 2`;

/** Sessions by state and by what they wait for, under the names of the PostgreSQL exporter of Prometheus. */
async function readSessions(client: pg.Client): Promise<Reading[]> {
  const { rows } = await client.query<Record<'state' | 'wait' | 'n' | 'oldest', string>>(SESSIONS);
  const of = (state: string, wait: string) => rows.find((r) => r.state === state && r.wait === wait);
  // States are told when nobody is in them too: a series that comes and goes has no level.
  const always: [string, string][] = [
    ['active', ''],
    ['active', 'Lock'],
    ['idle in transaction', 'Client'],
    ['idle', 'Client'],
  ];
  return always.flatMap(([state, wait_event_type]) => {
    const attributes = { state, wait_event_type };
    return [
      {
        name: 'pg_stat_activity_count',
        unit: '1',
        value: Number(of(state, wait_event_type)?.n ?? 0),
        attributes,
      },
      {
        name: 'pg_stat_activity_max_tx_duration',
        unit: 's',
        value: Number(of(state, wait_event_type)?.oldest ?? 0),
        attributes,
      },
    ];
  });
}

const LOCKS = `SELECT lower(mode) AS mode, granted, count(*) AS n FROM pg_locks
WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
GROUP BY 1, 2 ORDER BY 1, 2`;

/** Locks by mode, those held and those waited for. */
async function readLocks(client: pg.Client): Promise<Reading[]> {
  const { rows } = await client.query<{ mode: string; granted: boolean; n: string }>(LOCKS);
  return rows.map(({ mode, granted, n }) => ({
    name: 'pg_locks_count',
    unit: '1',
    value: Number(n),
    attributes: { mode, granted: `${granted}` },
  }));
}

const LAG = `SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
  ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END AS lag`;

/** What each server of a replicated database says of itself, under the names of the exporter of Prometheus. */
async function readServer(instance: string, client: pg.Client): Promise<Reading[]> {
  const row = (await client.query<Record<string, string>>(STATISTICS)).rows[0] ?? {};
  const attributes = { instance };
  const counter = (name: string, column: string): Reading => ({
    name,
    unit: '1',
    value: Number(row[column] ?? 0),
    monotonic: true,
    attributes,
  });
  const replica = Number(row.replica) === 1;
  const lag = replica ? (await client.query<{ lag: string }>(LAG)).rows[0]?.lag : undefined;
  return [
    { name: 'pg_replication_is_replica', unit: '1', value: replica ? 1 : 0, attributes },
    counter('pg_stat_database_xact_commit', 'commits'),
    counter('pg_stat_database_tup_fetched', 'tup_fetched'),
    counter('pg_stat_database_tup_returned', 'tup_returned'),
    ...(lag === undefined
      ? []
      : [{ name: 'pg_replication_lag_seconds', unit: 's', value: Number(lag), attributes }]),
  ];
}

async function readPostgres(client: pg.Client): Promise<Reading[]> {
  const row = (await client.query<Record<string, string>>(STATISTICS)).rows[0] ?? {};
  const value = (name: string): number => Number(row[name] ?? 0);
  return [
    { name: 'postgresql.backends', unit: '1', value: value('backends'), monotonic: false },
    { name: 'postgresql.connection.max', unit: '{connections}', value: value('most') },
    { name: 'postgresql.commits', unit: '1', value: value('commits'), monotonic: true },
    { name: 'postgresql.rollbacks', unit: '1', value: value('rollbacks'), monotonic: true },
    { name: 'postgresql.blks_read', unit: '1', value: value('blks_read'), monotonic: true },
    { name: 'postgresql.blks_hit', unit: '1', value: value('blks_hit'), monotonic: true },
  ];
}

const SESSIONS_MS = 200;

/**
 * Reads the sessions of the database five times a second and hands each reading over as an export request. Returns how to
 * end it.
 */
export async function watchSessions(
  stores: Stores,
  write: (body: string) => void,
): Promise<() => Promise<void>> {
  const client = new pg.Client(stores.databaseUrl);
  await client.connect();
  const startMs = Date.now();
  const read = async (): Promise<void> =>
    write(request('postgresql', await readSessions(client), startMs, Date.now()));
  let last = read();
  const timer = setInterval(() => {
    last = last.then(read);
  }, SESSIONS_MS);
  return async () => {
    clearInterval(timer);
    await last;
    await client.end();
  };
}

/**
 * Reads the stores every 5 s, or as often as is said, under the names the Collector's redis and postgresql receivers use, and hands each
 * reading over as an export request. Returns how to end it.
 */
export async function watchStores(
  stores: Stores,
  write: (body: string) => void,
  intervalMs = INTERVAL_MS,
): Promise<() => Promise<void>> {
  const redis = new Redis(stores.redisPort, '127.0.0.1');
  const client = new pg.Client(stores.databaseUrl);
  await client.connect();
  const replicaUrl = stores.replicaDirectUrl();
  const replica = replicaUrl === undefined ? undefined : new pg.Client(replicaUrl);
  await replica?.connect();
  const servers = replica
    ? ([
        ['primary', client],
        ['replica', replica],
      ] as const)
    : [];
  const startMs = Date.now();
  const read = async (): Promise<void> => {
    const [ofRedis, ofPostgres] = await Promise.all([readRedis(redis), readPostgres(client)]);
    const ofServers: Reading[] = [];
    ofServers.push(...(await readLocks(client)));
    for (const [instance, of] of servers) ofServers.push(...(await readServer(instance, of)));
    const nowMs = Date.now();
    write(request('redis', ofRedis, startMs, nowMs));
    write(request('postgresql', [...ofPostgres, ...ofServers], startMs, nowMs));
  };
  let last = read();
  const timer = setInterval(() => {
    last = last.then(read);
  }, intervalMs);
  return async () => {
    clearInterval(timer);
    await last.then(read);
    redis.disconnect();
    await client.end();
    await replica?.end();
  };
}
