import { metrics } from '@opentelemetry/api';
import pg from 'pg';
import { required } from './service.js';

const meter = metrics.getMeter('novapay.pool');
const SECONDS = { explicitBucketBoundaries: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5] };
const waitTime = meter.createHistogram('db.client.connection.wait_time', { unit: 's', advice: SECONDS });
const useTime = meter.createHistogram('db.client.connection.use_time', { unit: 's', advice: SECONDS });
const CONNECTIONS = { unit: '{connection}' };
const count = meter.createObservableUpDownCounter('db.client.connection.count', CONNECTIONS);
const limit = meter.createObservableUpDownCounter('db.client.connection.max', CONNECTIONS);
const pending = meter.createObservableUpDownCounter('db.client.connection.pending_requests', {
  unit: '{request}',
});

export type Sql = pg.ClientBase;
/** A pool of connections whose size can change while it runs. */
export type Pool = {
  session: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  /** The same over a connection set up for it and closed afterwards. */
  apart: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>;
  resize: (max: number) => void;
};

/**
 * A pool to the database at an environment variable's URL. Its connections are counted, and how long
 * they are waited for and held is measured, under the pool name the instrumentation gives.
 */
export function openPool(urlVariable: string, max: number): Pool {
  const { hostname: host, port, username: user, password, pathname } = new URL(required(urlVariable));
  const database = pathname.slice(1);
  const attributes = { 'db.client.connection.pool.name': `${host}:${port}/${database}` };
  const where = { host, port: Number(port), user, password, database };
  const open = (size: number) => {
    const pool = new pg.Pool({ ...where, max: size, idleTimeoutMillis: 0 });
    pool.on('error', () => undefined);
    return pool;
  };
  let pool = open(max);
  meter.addBatchObservableCallback(
    (result) => {
      const used = pool.totalCount - pool.idleCount;
      result.observe(count, used, { ...attributes, 'db.client.connection.state': 'used' });
      result.observe(count, pool.idleCount, { ...attributes, 'db.client.connection.state': 'idle' });
      result.observe(pending, pool.waitingCount, attributes);
      result.observe(limit, pool.options.max, attributes);
    },
    [count, pending, limit],
  );
  return {
    async session(work) {
      const askedMs = performance.now();
      const sql = await pool.connect();
      const gotMs = performance.now();
      waitTime.record((gotMs - askedMs) / 1000, attributes);
      try {
        return await work(sql);
      } finally {
        sql.release();
        useTime.record((performance.now() - gotMs) / 1000, attributes);
      }
    },
    async apart(work) {
      const sql = new pg.Client(where);
      sql.on('error', () => undefined);
      await sql.connect();
      try {
        return await work(sql);
      } finally {
        await sql.end();
      }
    },
    resize(size) {
      if (size === pool.options.max) return;
      const old = pool;
      pool = open(size);
      void old.end();
    },
  };
}
