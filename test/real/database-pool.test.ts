import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startPostgres } from '../../bench/postgres.js';
import { plain } from '../../src/domain/index.js';
import { connect } from '../../src/evidence/connectors/postgres/connect.js';
import { takeSnapshot } from '../../src/evidence/connectors/postgres/snapshot.js';
import { judgePool } from '../../src/facts/database/pool.js';
import { diagnoseServer } from '../../src/facts/database/server/diagnose.js';

const HOLD_MS = 40;
const RATE = 60;
const REQUESTS = 240;
/** The server of this test lets in twelve besides those that are reserved. */
const MAX_CONNECTIONS = 15;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('an application with a pool of connections on a real PostgreSQL', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startPostgres([`max_connections=${MAX_CONNECTIONS}`]);
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
  });

  const poolOf = (max: number, connectionTimeoutMillis = 5000): pg.Pool => {
    const pool = new pg.Pool({ connectionString: server.url, max, connectionTimeoutMillis });
    pool.on('error', () => undefined);
    // A connection that is still closing when the server stops is told so.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  };

  /** Requests that come at random at a rate, each of which holds a connection for a while; how many had to wait long. */
  async function waited(size: number): Promise<{ long: number; seenByServer: number }> {
    const pool = poolOf(size);
    const warm = await Promise.all(Array.from({ length: size }, () => pool.connect()));
    for (const client of warm) client.release();
    let state = 42;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return state / 2 ** 31;
    };
    let long = 0;
    const work: Promise<void>[] = [];
    for (let i = 0; i < REQUESTS; i++) {
      work.push(
        (async () => {
          const asked = process.hrtime.bigint();
          const client = await pool.connect();
          if (Number(process.hrtime.bigint() - asked) / 1e6 > HOLD_MS / 2) long++;
          await client.query(`SELECT pg_sleep(${HOLD_MS / 1000})`);
          client.release();
        })(),
      );
      await pause((-Math.log(1 - random()) * 1000) / RATE);
    }
    await Promise.all(work);
    const seenByServer = pool.totalCount;
    await pool.end();
    return { long, seenByServer };
  }

  const judged = (size: number, more: Partial<Parameters<typeof judgePool>[0]> = {}) =>
    judgePool({ ratePerSecond: RATE, holdMs: HOLD_MS, holdVariation: 0, size, instances: 1, ...more });

  it('that is too small waits, as is said, and hardly waits with the size that is named', async () => {
    const small = judged(3);
    expect(small.id).toBe('bigger-helps');
    const named = small.facts.find((f) => f.name === 'pool.size')?.value ?? 0;
    expect(named).toBeLessThanOrEqual(MAX_CONNECTIONS - 3);
    expect(judged(named).id).toBe('size-is-enough');
    const [before, after] = [await waited(3), await waited(named)];
    expect(before.long).toBeGreaterThan(REQUESTS / 20);
    expect(after.long).toBeLessThan(before.long / 2);
  }, 60_000);

  it('that would grow beyond what the server allows is refused there, and is said not to be the way', async () => {
    const verdict = judged(8, { ratePerSecond: RATE * 10, maxConnections: MAX_CONNECTIONS - 3 });
    expect(verdict.id).toBe('overloaded');
    const total = verdict.facts.find((f) => f.name === 'pool.connections')?.value ?? 0;
    const pool = poolOf(total);
    const asked = await Promise.allSettled(Array.from({ length: total }, () => pool.connect()));
    const refused = asked.filter((a) => a.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(String(refused[0]?.status === 'rejected' ? refused[0].reason : '')).toMatch(
      /too many clients|remaining connection slots/,
    );
    for (const a of asked) if (a.status === 'fulfilled') a.value.release();
    await pool.end();
  }, 60_000);

  it('whose idle connections take the limit of the server is told there with what they do', async () => {
    const observer = await connect({ url: server.url, statementTimeoutMs: 5000, readOnly: true });
    const pool = poolOf(MAX_CONNECTIONS - 4);
    const all = await Promise.all(Array.from({ length: MAX_CONNECTIONS - 4 }, () => pool.connect()));
    for (const client of all) client.release();
    const found = diagnoseServer(await takeSnapshot(observer)).find((f) => f.id === 'connections-at-limit');
    expect(plain(found?.reason ?? [])).toMatch(/^12 of 12 connections are taken: 0 work/);
    expect(plain(found?.remedy ?? [])).toContain('lower the pools of the services');
    await pool.end();
    const few = poolOf(4);
    await few.query('SELECT 1');
    expect(diagnoseServer(await takeSnapshot(observer)).map((f) => f.id)).not.toContain(
      'connections-at-limit',
    );
    await few.end();
    await observer.close();
  }, 60_000);

  it('whose requests each take a second connection stops below the floor that is named, and not at it', async () => {
    const stops = async (size: number): Promise<boolean> => {
      const pool = poolOf(size, 1500);
      // Each request gets its first connection before any asks for its second.
      const arrived: (() => void)[] = [];
      const request = async (): Promise<void> => {
        const first = await pool.connect();
        try {
          await new Promise<void>((go) => {
            arrived.push(go);
            if (arrived.length === Math.min(4, size)) for (const next of arrived) next();
          });
          const second = await pool.connect();
          await second.query('SELECT 1');
          second.release();
        } finally {
          first.release();
        }
      };
      const done = await Promise.allSettled(Array.from({ length: 4 }, request));
      await pool.end();
      return done.some((d) => d.status === 'rejected');
    };
    const nested = { nested: 2, concurrency: 4, ratePerSecond: 5, holdMs: 10 };
    expect(judged(4, nested).id).toBe('may-deadlock');
    expect(await stops(4)).toBe(true);
    expect(judged(5, nested).id).not.toBe('may-deadlock');
    expect(await stops(5)).toBe(false);
  }, 60_000);
});
