import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startPostgres } from '../../bench/postgres.js';
import { plain } from '../../src/domain/index.js';
import { type Connection, connect } from '../../src/evidence/connectors/postgres/connect.js';
import { takeSnapshot } from '../../src/evidence/connectors/postgres/snapshot.js';
import { diagnoseServer } from '../../src/facts/database/server/diagnose.js';
import type { ServerFinding } from '../../src/facts/database/server/finding.js';
import { readSplit } from '../../src/facts/database/server/read-split.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a real PostgreSQL', () => {
  let server: Server;
  let observer: Connection;
  const sessions: Connection[] = [];

  const open = async (): Promise<Connection> => {
    const session = await connect({ url: server.url, statementTimeoutMs: 60_000, readOnly: false });
    await session.rows('SET lock_timeout = 0');
    sessions.push(session);
    return session;
  };
  const closeAll = async (): Promise<void> => {
    for (const session of sessions.splice(0)) await session.close();
  };
  const findings = async (): Promise<ServerFinding[]> => diagnoseServer(await takeSnapshot(observer));
  const ids = (found: ServerFinding[]): string[] => found.map((f) => f.id);

  beforeAll(async () => {
    server = await startPostgres([
      'fsync=on',
      'max_connections=20',
      'shared_preload_libraries=pg_stat_statements',
      'autovacuum_naptime=600',
    ]);
    const setUp = await open();
    await setUp.rows('CREATE EXTENSION pg_stat_statements');
    await setUp.rows('CREATE TABLE stock (id int PRIMARY KEY, amount int NOT NULL)');
    await setUp.rows('INSERT INTO stock SELECT i, 100 FROM generate_series(1, 1000) i');
    await setUp.rows('VACUUM ANALYZE stock');
    await closeAll();
    observer = await connect({ url: server.url, statementTimeoutMs: 5000, readOnly: true });
  }, 120_000);

  afterAll(async () => {
    await closeAll();
    await observer?.close();
    await server?.stop();
  });

  it('is left in peace when nothing is wrong, and every part of it can be read', async () => {
    const snapshot = await takeSnapshot(observer);
    expect(snapshot.missing).toEqual([]);
    expect(ids(diagnoseServer(snapshot))).toEqual([]);
  });

  it('refuses every write in a session that only looks', async () => {
    await expect(observer.rows('UPDATE stock SET amount = 0')).rejects.toThrow(/read-only/);
  });

  it('a pile-up of locks is told by the idle transaction at its root; a short wait is not', async () => {
    const holder = await open();
    await holder.rows('BEGIN');
    await holder.rows('UPDATE stock SET amount = amount - 1 WHERE id = 1');
    const waiters = [await open(), await open(), await open()].map((s) =>
      s.rows('UPDATE stock SET amount = amount - 1 WHERE id = 1'),
    );
    await pause(100);
    expect(ids(await findings())).not.toContain('idle-in-transaction');
    await pause(1500);
    const found = await findings();
    const pileUp = found.find((f) => f.id === 'idle-in-transaction');
    expect(plain(pileUp?.reason ?? [])).toMatch(/^3 sessions have waited/);
    expect(plain(pileUp?.reason ?? [])).toContain('UPDATE stock SET amount = amount - ? WHERE id = ?');
    expect(ids(found)).toContain('hot-row');
    await holder.rows('COMMIT');
    await Promise.all(waiters);
    await closeAll();
    expect((await findings()).filter((f) => f.urgency === 'now')).toEqual([]);
  }, 30_000);

  it('a change of a table that queues behind a long read is named', async () => {
    const reader = await open();
    await reader.rows('BEGIN');
    await reader.rows('SELECT count(*) FROM stock');
    const change = (await open()).rows('ALTER TABLE stock ADD COLUMN note text');
    await pause(100);
    const blocked = (await open()).rows('SELECT count(*) FROM stock');
    await pause(1500);
    const [first] = await findings();
    expect(plain(first?.reason ?? [])).toContain('a change of a table');
    await reader.rows('COMMIT');
    await Promise.all([change, blocked]);
    await closeAll();
  }, 30_000);

  it('sessions that queue for one row are told; the same work on several rows is not', async () => {
    const buy = async (row: (i: number) => number): Promise<string[]> => {
      const clients = await Promise.all(Array.from({ length: 6 }, open));
      const until = { stop: false };
      const work = clients.map(async (client, i) => {
        while (!until.stop) {
          await client.rows('BEGIN');
          await client.rows('UPDATE stock SET amount = amount - 1 WHERE id = $1', [row(i)]);
          await pause(50);
          await client.rows('COMMIT');
        }
      });
      await pause(500);
      const found = ids(await findings());
      until.stop = true;
      await Promise.all(work);
      await closeAll();
      return found;
    };
    expect(await buy(() => 7)).toContain('hot-row');
    expect(await buy((i) => 10 + i)).not.toContain('hot-row');
  }, 60_000);

  it('connections at the limit are told with what they do; a few are not', async () => {
    for (let i = 0; i < 5; i++) await open();
    expect(ids(await findings())).not.toContain('connections-at-limit');
    for (let i = 0; i < 11; i++) await open();
    const found = (await findings()).find((f) => f.id === 'connections-at-limit');
    expect(plain(found?.reason ?? [])).toMatch(/^17 of 17 connections are taken/);
    expect(plain(found?.remedy ?? [])).toContain('PgBouncer');
    await closeAll();
  }, 60_000);

  it('a table that is mostly empty is told, and its dead rows before; a full one is not', async () => {
    const session = await open();
    for (const table of ['emptied', 'full_one']) {
      await session.rows(`CREATE TABLE ${table} (id int, note text) WITH (autovacuum_enabled = off)`);
      await session.rows(`INSERT INTO ${table} SELECT i, repeat('x', 120) FROM generate_series(1, 150000) i`);
    }
    await session.rows('VACUUM ANALYZE full_one');
    await session.rows('ANALYZE emptied');
    await session.rows('DELETE FROM emptied WHERE id % 10 <> 0');
    await session.rows('SELECT pg_stat_force_next_flush()');
    await session.rows('SELECT 1');
    const before = (await findings()).map((f) => `${f.id} ${plain(f.reason)}`).join('\n');
    expect(before).toMatch(/vacuum-debt emptied has 135.000 dead rows/);
    await session.rows('VACUUM ANALYZE emptied');
    const after = (await findings()).map((f) => `${f.id} ${plain(f.reason)}`).join('\n');
    expect(after).toMatch(/bloat About (8|9)\d(\.\d)?.% of emptied/);
    expect(after).not.toContain('full_one');
    await session.rows('DROP TABLE emptied, full_one');
    await closeAll();
  }, 120_000);

  it('checkpoints that the log calls are told with the room it needs; those that come in time are not', async () => {
    const session = await open();
    await session.rows("SELECT pg_stat_reset_shared('checkpointer')");
    await session.rows("SELECT pg_stat_reset_shared('wal')");
    expect(ids(await findings())).not.toContain('checkpoint-pressure');
    await session.rows("ALTER SYSTEM SET max_wal_size = '32MB'");
    await session.rows('SELECT pg_reload_conf()');
    await session.rows('CREATE TABLE bulk (note text)');
    for (let i = 0; i < 16; i++) {
      await session.rows('INSERT INTO bulk SELECT repeat(md5(i::text), 30) FROM generate_series(1, 16000) i');
      await pause(100);
    }
    const found = (await findings()).find((f) => f.id === 'checkpoint-pressure');
    expect(found?.command).toMatch(/^ALTER SYSTEM SET max_wal_size = '\d+GB'/);
    await session.rows('DROP TABLE bulk');
    await session.rows('ALTER SYSTEM RESET max_wal_size');
    await session.rows('SELECT pg_reload_conf()');
    await closeAll();
  }, 120_000);

  it('a partition that takes most of the writes is told with its ceiling; even ones are not', async () => {
    const session = await open();
    for (const table of ['even', 'hot']) {
      await session.rows(`CREATE TABLE ${table} (shop int) PARTITION BY HASH (shop)`);
      for (let i = 0; i < 4; i++)
        await session.rows(
          `CREATE TABLE ${table}_${i} PARTITION OF ${table} FOR VALUES WITH (MODULUS 4, REMAINDER ${i})`,
        );
    }
    await session.rows('INSERT INTO even SELECT i % 400 FROM generate_series(1, 20000) i');
    await session.rows(
      'INSERT INTO hot SELECT CASE WHEN i % 10 = 0 THEN i % 400 ELSE 7 END FROM generate_series(1, 20000) i',
    );
    await session.rows('SELECT pg_stat_force_next_flush()');
    await session.rows('SELECT 1');
    const found = (await findings()).filter((f) => f.id === 'partition-skew');
    expect(found.map((f) => plain(f.reason))).toEqual([expect.stringMatching(/^hot_\d takes 9\d/)]);
    await session.rows('DROP TABLE even, hot');
    await closeAll();
  }, 60_000);

  it('an index that another makes needless is told with how to undo', async () => {
    const session = await open();
    await session.rows('CREATE TABLE visit (id int PRIMARY KEY, shop int, at int)');
    await session.rows('CREATE INDEX visit_shop ON visit (shop)');
    await session.rows('CREATE INDEX visit_shop_at ON visit (shop, at)');
    await session.rows('CREATE INDEX visit_at_shop ON visit (at, shop)');
    const found = (await findings()).filter((f) => f.id === 'redundant-index');
    expect(found.map((f) => f.command)).toEqual(['DROP INDEX CONCURRENTLY visit_shop;']);
    await session.rows('DROP TABLE visit');
    await closeAll();
  }, 30_000);

  it('its counted statements are sorted into those that may go to a replica and those that stay', async () => {
    const session = await open();
    await session.rows('CREATE TABLE fixed (id int PRIMARY KEY)');
    await session.rows('SELECT count(*) FROM fixed WHERE id > 0');
    await session.rows('SELECT id FROM stock WHERE id = 3 FOR UPDATE');
    await session.rows("CREATE ROLE hidden PASSWORD 'swordfish'");
    const snapshot = await takeSnapshot(observer);
    expect(JSON.stringify(snapshot.parts.statements)).not.toContain('swordfish');
    const { statements } = await readSplit(snapshot);
    const may = (start: string) => statements.find((s) => s.statement.startsWith(start))?.may;
    expect(may('SELECT count(*) FROM fixed')).toBe('replica');
    expect(may('SELECT id FROM stock WHERE id = $1 FOR UPDATE')).toBe('primary');
    expect(may('UPDATE stock')).toBe('primary');
    await session.rows('DROP TABLE fixed');
    await session.rows('DROP ROLE hidden');
    await closeAll();
  }, 30_000);
});
