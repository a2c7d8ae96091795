import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serverAddress } from '../../../src/evidence/store/address.js';
import { openStore, StoreError, TABLE_NAMES } from '../../../src/evidence/store/index.js';
import {
  addColumns,
  emptyStatements,
  schemaStatements,
  userStatements,
} from '../../../src/evidence/store/server-schema.js';
import { investigate } from '../../../src/investigate/investigate.js';
import { renderJson } from '../../../src/report/json.js';
import { clickhouseFront, type Front } from './clickhouse-front.js';

const at = (path: string): string =>
  fileURLToPath(new URL(`../../../examples/novapay/${path}`, import.meta.url));

const found = async (store?: { url: string }): Promise<string> => {
  const { result } = await investigate({
    caseText: readFileSync(at('case.yaml'), 'utf8'),
    evidence: [
      { path: at('incident'), role: 'incident' },
      { path: at('healthy'), role: 'baseline' },
      { path: at('changes.ndjson'), role: 'unspecified' },
    ],
    redact: true,
    ...(store ? { store } : {}),
  });
  return renderJson(result);
};

describe('a ClickHouse server', () => {
  let embedded: string;
  let front: Front;
  beforeAll(async () => {
    // One after the other: a process has one engine.
    embedded = await found();
    front = await clickhouseFront();
  }, 120_000);
  afterAll(() => front.close());

  test('gives the same result as the engine in this process, byte for byte, also when it is asked again', {
    timeout: 240_000,
  }, async () => {
    const url = `${front.url}/novapay`;
    expect(await found({ url })).toBe(embedded);
    expect(await found({ url })).toBe(embedded);
  });

  test('gets its tables once, and no statement that makes anything when they are there', async () => {
    const url = `${front.url}/fresh`;
    await (await openStore({ url })).close();
    front.refuse('CREATE', 'ALTER');
    await (await openStore({ url })).close();
    front.refuse();
  });

  test('gets the columns that a later version has', async () => {
    const url = `${front.url}/older`;
    await (await openStore({ url })).close();
    const admin = await openStore({ url });
    await admin.command('ALTER TABLE alerts DROP COLUMN Severity');
    await admin.close();
    const store = await openStore({ url });
    await store.insert('alerts', [{ Name: 'slow', Severity: 'page' }]);
    expect(await store.query('SELECT Name, Severity FROM alerts')).toEqual([
      { Name: 'slow', Severity: 'page' },
    ]);
    await store.close();
  });

  test('is refused when a later version made its tables, or when they are somebody else’s', async () => {
    const url = `${front.url}/later`;
    const store = await openStore({ url });
    await store.command('INSERT INTO kneepoint_migrations (Version) VALUES (99)');
    await store.close();
    await expect(openStore({ url })).rejects.toThrow(/later kneepoint \(version 99/);
    const other = await openStore({ url: `${front.url}/mine` });
    await other.command('CREATE DATABASE IF NOT EXISTS collector');
    await other.command(
      'CREATE TABLE collector.otel_traces (Timestamp DateTime64(9), TraceId String) ENGINE = MergeTree ORDER BY Timestamp',
    );
    await other.command("INSERT INTO collector.otel_traces VALUES (now64(9), 'a')");
    await expect(openStore({ url: `${front.url}/collector`, empty: true })).rejects.toThrow(
      /not of kneepoint/,
    );
    expect(await other.query('SELECT count() AS n FROM collector.otel_traces')).toEqual([{ n: 1 }]);
    await other.close();
  });

  test('that lets its user make nothing tells what an administrator has to do', async () => {
    front.refuse('CREATE');
    await expect(openStore({ url: `${front.url}/closed` })).rejects.toThrow(/kneepoint store schema/);
    front.refuse();
  });

  test('drops rows over their time', async () => {
    const store = await openStore({ url: `${front.url}/short?ttl_days=7` });
    const [row] = await store.query<{ sql: string }>(
      "SELECT create_table_query AS sql FROM system.tables WHERE database = 'short' AND name = 'otel_traces'",
    );
    expect(row?.sql).toContain('TTL toDateTime(Timestamp) + toIntervalDay(7)');
    await store.close();
  });
});

test('a server that is not there is told as such, without the password', async () => {
  const opening = openStore({ url: 'http://user:hunter2@127.0.0.1:1/db' });
  await expect(opening).rejects.toThrow(StoreError);
  await expect(opening).rejects.toThrow(/does not answer\. \(127\.0\.0\.1:1\)/);
  await opening.catch((error: Error) => expect(error.message).not.toContain('hunter2'));
});

test.each([
  ['http://host:8123/a;DROP', /other signs/],
  ['http://host:8123/a?cluster=x%20y', /other signs/],
  ['http://host:8123/a?ttl_days=-1', /no whole number/],
  ['ftp://host/a', /http or https/],
  ['host:8123', /http or https|no address/],
])('the address %s is refused', (text, why) => {
  expect(() => serverAddress(text)).toThrow(why);
});

test('an address without a database means one of its own', () => {
  expect(serverAddress('https://u:p@host:8443/?cluster=main&ttl_days=30')).toEqual({
    url: 'https://u:p@host:8443/',
    database: 'kneepoint',
    placement: { cluster: 'main', ttlDays: 30 },
  });
});

test('on a cluster every table is replicated, and read and written through one over all servers', () => {
  const statements = schemaStatements('kp', { cluster: 'main' });
  for (const table of TABLE_NAMES) {
    expect(
      statements.some(
        (s) =>
          s.startsWith(`CREATE TABLE IF NOT EXISTS kp.${table}_local ON CLUSTER main `) &&
          s.includes(`ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/${table}'`),
      ),
      table,
    ).toBe(true);
    expect(
      statements.some((s) =>
        s.startsWith(
          `CREATE TABLE IF NOT EXISTS kp.${table} ON CLUSTER main AS kp.${table}_local ENGINE = Distributed(main, kp, ${table}_local, cityHash64(`,
        ),
      ),
      table,
    ).toBe(true);
  }
  expect(emptyStatements('kp', { cluster: 'main' })[0]).toBe(
    'TRUNCATE TABLE IF EXISTS kp.otel_traces_local ON CLUSTER main',
  );
  const there = new Map([['alerts', new Set(['Timestamp'])]]);
  expect(addColumns('kp', { cluster: 'main' }, there).filter((s) => s.includes('`Severity`'))).toEqual([
    'ALTER TABLE kp.alerts_local ON CLUSTER main ADD COLUMN IF NOT EXISTS `Severity` String',
    'ALTER TABLE kp.alerts ON CLUSTER main ADD COLUMN IF NOT EXISTS `Severity` String',
  ]);
});

test('the user that kneepoint works with may make, drop and grant nothing', () => {
  const rights = userStatements('kp', {}).filter(
    (s) => s.startsWith('GRANT') && s.includes('kneepoint_writer') && s.includes('kp.*'),
  );
  expect(rights).toEqual(['GRANT SELECT, INSERT, TRUNCATE ON kp.* TO kneepoint_writer']);
});
