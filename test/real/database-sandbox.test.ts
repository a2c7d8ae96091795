import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Server, startPostgres } from '../../bench/postgres.js';
import { type Connection, connect } from '../../src/evidence/connectors/postgres/connect.js';
import { openSandbox } from '../../src/evidence/connectors/postgres/sandbox/index.js';
import { costOf, planNow } from '../../src/facts/database/index-design/clone.js';
import { proposeIndexes } from '../../src/facts/database/index-design/what-if.js';

const SCHEMA = [
  "CREATE TYPE mood AS ENUM ('calm', 'cross')",
  'CREATE DOMAIN cents AS int CHECK (VALUE >= 0)',
  'CREATE FUNCTION doubled(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2 $$',
  'CREATE SCHEMA "Back Office"',
  'CREATE TABLE "Back Office"."Visit" (id int PRIMARY KEY, "Who" int NOT NULL, feels mood NOT NULL, paid cents NOT NULL)',
  'INSERT INTO "Back Office"."Visit" SELECT i, i % 900, \'calm\', i % 50 FROM generate_series(1, 20000) i',
  'CREATE INDEX visit_doubled ON "Back Office"."Visit" (doubled("Who"))',
  'CREATE TABLE reading (sensor int NOT NULL, at date NOT NULL, value int NOT NULL, note text NOT NULL, PRIMARY KEY (sensor, at, value)) PARTITION BY RANGE (at)',
  "CREATE TABLE reading_old PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
  "CREATE TABLE reading_new PARTITION OF reading FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
  "INSERT INTO reading SELECT i % 300, date '2024-01-01' + i % 700, i, repeat('x', 60) FROM generate_series(1, 80000) i",
  'CREATE VIEW calm AS SELECT * FROM "Back Office"."Visit" WHERE feels = \'calm\'',
  'VACUUM ANALYZE',
];
const WORKLOAD = [
  { id: 'value', sql: 'SELECT sensor FROM reading WHERE value = 4711' },
  { id: 'who', sql: 'SELECT id FROM "Back Office"."Visit" WHERE "Who" = 7' },
  { id: 'view', sql: 'SELECT count(*) FROM calm WHERE paid > 48' },
  {
    id: 'join',
    sql: 'SELECT v.id FROM "Back Office"."Visit" v JOIN reading r ON r.sensor = v.id WHERE v."Who" = 3',
  },
];

describe('an empty copy of a database', () => {
  let server: Server;
  let source: Connection;
  beforeAll(async () => {
    server = await startPostgres(['autovacuum=off']);
    source = await connect({ url: server.url, statementTimeoutMs: 60_000, readOnly: false });
    for (const sql of SCHEMA) await source.rows(sql);
  }, 120_000);
  afterAll(async () => {
    await source?.close();
    await server?.stop();
  });

  it('holds no row and plans every statement at the cost of the full one', async () => {
    const sandbox = await openSandbox(source);
    try {
      expect(sandbox.lacking).toEqual([]);
      expect(await sandbox.database.rows('SELECT count(*)::int AS n FROM reading')).toEqual([{ n: 0 }]);
      for (const { sql } of WORKLOAD)
        expect(costOf(await planNow(sandbox.database, sql))).toBeCloseTo(
          costOf(await planNow(source, sql)),
          0,
        );
    } finally {
      await sandbox.close();
    }
  }, 120_000);

  it('proposes indexes without one built on the server, on partitions too', async () => {
    const before = await source.rows('SELECT count(*)::int AS n FROM pg_indexes');
    const design = await proposeIndexes(source, WORKLOAD, 50e6, { sandbox: true });
    expect(design.rung).toBe('sandbox');
    expect(design.sandbox?.costOff.every((c) => Math.abs(c.share) < 0.01)).toBe(true);
    const served = design.proposed.flatMap((p) => p.serves);
    expect(served).toEqual(expect.arrayContaining(['value', 'who']));
    expect(await source.rows('SELECT count(*)::int AS n FROM pg_indexes')).toEqual(before);
  }, 120_000);
});
