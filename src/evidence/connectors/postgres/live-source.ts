import { systemClock } from '../live/clock.js';
import { AskFault } from '../live/fault.js';
import { type GaugeSeries, writeGauges } from '../live/gauges.js';
import { readingsAnswer, watchSeconds, withCredential } from '../live/watched.js';
import type { Asking, SourceSystem } from '../source.js';
import { numberIn, type Row, textIn } from './database.js';
import { type Snapshot, takeSnapshot } from './snapshot.js';

const SECONDS_APART = 2;

export interface PostgresReading {
  atMs: number;
  parts: Snapshot['parts'];
}

export default {
  id: 'postgresql',
  title: 'PostgreSQL',
  asks: 'sessions, waits, limits and replicas, a reading every two seconds, from its statistics views',
  example: 'postgresql://db:5432/shop',
  products: ['postgresql', 'aurora-postgresql', 'timescaledb'],
  gives: ['metrics'],
  address: 'url',
  protocols: ['postgres:', 'postgresql:'],
  once: 'now',
  credentials: { user: ['PGUSER'], password: ['PGPASSWORD'] },
  options: { seconds: 'how long to watch (default 10)' },
  headers: () => ({}),
  async probe(asking) {
    const [reading] = await watch(asking, 1);
    const server = reading?.parts.server?.[0];
    return {
      version: String(numberIn(server, 'version') ?? ''),
      can: ['metrics'],
      notes: ['What it says is of now; statements and plans: kneepoint explain --database.'],
    };
  },
  async plan(asking) {
    return [
      { query: 'statistics views', calls: Math.ceil(watchSeconds(asking.option('seconds')) / SECONDS_APART) },
    ];
  },
  async collect(asking) {
    let readings: readonly PostgresReading[] = [];
    await asking.page({
      query: 'statistics views of PostgreSQL',
      async ask() {
        readings = await watch(asking, watchSeconds(asking.option('seconds')));
        return readingsAnswer(readings);
      },
      read(_answer, sink) {
        writeGauges(postgresSeries(readings), sink);
      },
    });
  },
} satisfies SourceSystem;

async function watch(asking: Asking, seconds: number): Promise<PostgresReading[]> {
  // The driver is loaded by who asks a database, and by nobody else.
  const { connect } = await import('./connect.js');
  let connection: Awaited<ReturnType<typeof connect>>;
  try {
    connection = await connect({
      url: withCredential(asking.entry.url ?? '', asking.credential),
      statementTimeoutMs: 5000,
      readOnly: true,
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    throw new AskFault(
      /^28/.test(code) ? 'not-authorised' : 'unavailable',
      `it could not be reached (${code || 'no connection'})`,
    );
  }
  try {
    const readings: PostgresReading[] = [];
    for (let at = 0; at < seconds && !asking.signal.aborted; at += SECONDS_APART) {
      if (at > 0) await systemClock.sleep(SECONDS_APART * 1000, asking.signal);
      readings.push({ atMs: systemClock.nowMs(), parts: (await takeSnapshot(connection)).parts });
    }
    if (asking.signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
    return readings;
  } finally {
    await connection.close();
  }
}

/** Readings as series, under the names that the OpenTelemetry Collector's receiver gives them. */
export function postgresSeries(readings: readonly PostgresReading[]): GaugeSeries[] {
  const series = new Map<string, GaugeSeries & { points: [number, number][] }>();
  const put = (
    name: string,
    unit: string,
    atMs: number,
    value: number | undefined,
    attributes: [string, string][] = [],
  ): void => {
    if (value === undefined || !Number.isFinite(value)) return;
    const key = JSON.stringify([name, attributes]);
    const of = series.get(key) ?? { service: 'postgresql', name, unit, attributes, points: [] };
    of.points.push([atMs, value]);
    series.set(key, of);
  };
  for (const { atMs, parts } of readings) {
    const server = parts.server?.[0];
    put('postgresql.connection.max', '{connections}', atMs, numberIn(server, 'max_connections'));
    const clients = (parts.activity ?? []).filter((a) => textIn(a, 'backend_type') === 'client backend');
    if (parts.activity) {
      put('postgresql.backends', '1', atMs, clients.length);
      const count = (test: (row: Row) => boolean): number => clients.filter(test).length;
      put(
        'postgresql.sessions.idle_in_transaction',
        '1',
        atMs,
        count((a) => textIn(a, 'state') === 'idle in transaction'),
      );
      put(
        'postgresql.sessions.waiting_for_lock',
        '1',
        atMs,
        count((a) => textIn(a, 'wait_event_type') === 'Lock'),
      );
      put(
        'postgresql.transaction.oldest',
        's',
        atMs,
        Math.max(0, ...clients.map((a) => numberIn(a, 'transaction_seconds') ?? 0)),
      );
    }
    for (const replica of parts.replicas ?? [])
      put('postgresql.replication_lag', 's', atMs, numberIn(replica, 'replay_lag_seconds'), [
        ['replica', textIn(replica, 'name') ?? ''],
      ]);
    const standby = parts.standby?.[0];
    put('postgresql.replication_lag', 's', atMs, standbyLagSeconds(standby), [['replica', 'this']]);
  }
  return [...series.values()];
}

/**
 * How far a standby is behind. The age of the last commit that it replayed grows on any idle primary, so it is lag only while
 * log has arrived that is not replayed. Undefined where the standby does not hear from its primary: then nobody knows.
 */
function standbyLagSeconds(standby: Row | undefined): number | undefined {
  const waiting = numberIn(standby, 'unreplayed_bytes');
  if (waiting === undefined || textIn(standby, 'receiver') === undefined) return undefined;
  return waiting > 0 ? numberIn(standby, 'since_last_commit_seconds') : 0;
}
