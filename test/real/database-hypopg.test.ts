import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Server } from '../../bench/postgres.js';
import { startSystemPostgres } from '../../bench/system-postgres.js';
import { type Connection, connect } from '../../src/evidence/connectors/postgres/connect.js';
import { candidateId } from '../../src/facts/database/index-design/candidate.js';
import { proposeIndexes } from '../../src/facts/database/index-design/what-if.js';

const SCHEMA = [
  'CREATE TABLE job (id int PRIMARY KEY, owner int NOT NULL, due timestamp NOT NULL, note text NOT NULL)',
  "INSERT INTO job SELECT i, i % 900, timestamp '2025-01-01' + i * interval '1 minute', repeat('n', 90) FROM generate_series(1, 60000) i",
  'CREATE TABLE reading (sensor int NOT NULL, at date NOT NULL, value int NOT NULL) PARTITION BY RANGE (at)',
  "CREATE TABLE reading_old PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
  "CREATE TABLE reading_new PARTITION OF reading FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
  "INSERT INTO reading SELECT i % 300, date '2024-01-01' + i % 700, i FROM generate_series(1, 60000) i",
  'CREATE EXTENSION hypopg',
];
const WORKLOAD = [
  { id: 'mine', sql: 'SELECT * FROM job WHERE owner = 77 ORDER BY due DESC LIMIT 5' },
  { id: 'value', sql: 'SELECT sensor FROM reading WHERE value = 4711' },
  { id: 'all', sql: 'SELECT count(note) FROM job' },
];

describe('HypoPG on the system’s own PostgreSQL', () => {
  let server: Server | undefined;
  let source: Connection;
  beforeAll(async () => {
    // Every statement is explained into the log as well: what-if must live with it.
    server = await startSystemPostgres('hypopg', [
      'shared_preload_libraries=auto_explain',
      'auto_explain.log_min_duration=0',
      'auto_explain.log_analyze=on',
    ]);
    if (!server) return;
    source = await connect({ url: server.url, statementTimeoutMs: 60_000, readOnly: false });
    for (const sql of [...SCHEMA, 'VACUUM ANALYZE']) await source.rows(sql);
  }, 120_000);
  afterAll(async () => {
    await source?.close();
    await server?.stop();
  });

  it('is asked for each candidate, on each partition, beside auto_explain, and leaves nothing behind', async ({
    skip,
  }) => {
    if (!server) return skip('no PostgreSQL with HypoPG: apt-get install postgresql-15-hypopg');
    const before = await source.rows('SELECT count(*)::int AS n FROM pg_indexes');
    const design = await proposeIndexes(source, WORKLOAD, 50e6);
    expect(design.rung).toBe('what-if');
    const proposed = design.proposed.map((p) => candidateId(p.candidate));
    expect(proposed.some((p) => p.startsWith('job btree (owner'))).toBe(true);
    expect(proposed.some((p) => p.startsWith('reading btree (value)'))).toBe(true);
    expect(design.proposed.every((p) => !p.serves.includes('all'))).toBe(true);
    expect(await source.rows('SELECT count(*)::int AS n FROM pg_indexes')).toEqual(before);
    expect(await source.rows('SELECT count(*)::int AS n FROM hypopg()')).toEqual([{ n: 0 }]);
  }, 60_000);

  it('is not asked where auto_explain logs all and the role may not stop it: the rule alone is left, and why', async ({
    skip,
  }) => {
    if (!server) return skip('no PostgreSQL with HypoPG: apt-get install postgresql-15-hypopg');
    await source.rows('CREATE ROLE looker LOGIN');
    await source.rows('GRANT pg_read_all_data TO looker');
    const looker = await connect({
      url: server.url.replace('//kneepoint@', '//looker@'),
      statementTimeoutMs: 60_000,
      readOnly: true,
    });
    try {
      const design = await proposeIndexes(looker, WORKLOAD, 50e6);
      expect(design.rung).toBe('rule');
      expect(design.noWhatIf).toContain('auto_explain');
    } finally {
      await looker.close();
    }
  }, 60_000);
});
