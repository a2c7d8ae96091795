import { describe, expect, it } from 'vitest';
import { plain } from '../../../../src/domain/index.js';
import type { MysqlPart, MysqlSnapshot } from '../../../../src/evidence/connectors/mysql/snapshot.js';
import type { Row } from '../../../../src/evidence/connectors/postgres/database.js';
import { diagnoseMysql } from '../../../../src/facts/database/mysql-server/diagnose.js';

const snapshot = (parts: Partial<Record<MysqlPart, Row[]>>): MysqlSnapshot => ({
  product: 'mysql',
  version: '8.0.36',
  parts,
  missing: [],
});
const ids = (parts: Partial<Record<MysqlPart, Row[]>>): string[] =>
  diagnoseMysql(snapshot(parts)).map((f) => f.id);
const reasons = (parts: Partial<Record<MysqlPart, Row[]>>): string =>
  diagnoseMysql(snapshot(parts))
    .map((f) => plain(f.reason))
    .join('\n');

describe('a MySQL that said nothing', () => {
  it('is told nothing', () => expect(ids({})).toEqual([]));
});

describe('a replica of MySQL', () => {
  const level = {
    Replica_IO_Running: 'Yes',
    Replica_SQL_Running: 'Yes',
    Seconds_Behind_Source: 0,
    Source_Log_File: 'bin.7',
    Relay_Source_Log_File: 'bin.7',
    Read_Source_Log_Pos: 100,
    Exec_Source_Log_Pos: 100,
  };
  it('that applied all it read is level, whatever the time stamps say', () => {
    expect(ids({ replica: [level] })).toEqual([]);
    expect(ids({ replica: [{ ...level, Seconds_Behind_Source: 90 }] })).toEqual([]);
  });
  it('that read more than it applied is behind', () => {
    expect(ids({ replica: [{ ...level, Read_Source_Log_Pos: 900, Seconds_Behind_Source: 90 }] })).toEqual([
      'replica-lag',
    ]);
  });
  it('that stopped is told with its error, under the old names of the columns too', () => {
    const stopped = { Slave_IO_Running: 'Yes', Slave_SQL_Running: 'No', Last_SQL_Error: 'Duplicate entry' };
    expect(reasons({ replica: [stopped] })).toContain('Duplicate entry');
  });
});

describe('waits for row locks in a chain', () => {
  const wait = (waiting: number, blocking: number, row: string): Row => ({
    waiting_pid: waiting,
    blocking_pid: blocking,
    waited_seconds: 2,
    blocking_seconds: 30,
    waiting_query: 'UPDATE stock SET amount = ?',
    locked_table: '`shop`.`stock`',
    locked_row: row,
  });
  it('are told by the session at its end', () => {
    const parts = {
      lockWaits: [wait(2, 1, 'a'), wait(3, 2, 'a'), wait(3, 1, 'a'), wait(4, 2, 'a')],
      activity: [{ pid: 1, command: 'Sleep' }],
    };
    expect(ids(parts)).toEqual(['idle-in-transaction']);
    expect(reasons(parts)).toMatch(/^3 sessions have waited 6.s together for session 1/);
    expect(reasons(parts)).toContain('queue for one row');
  });
  it('for rows of their own are no queue for one', () => {
    const parts = { lockWaits: [wait(2, 1, 'a'), wait(3, 1, 'b'), wait(4, 1, 'c')], activity: [] };
    expect(ids(parts)).toEqual(['lock-pileup']);
    expect(reasons(parts)).not.toContain('queue for one row');
  });
});

describe('the buffer pool', () => {
  const named = (values: Record<string, string>): Row[] =>
    Object.entries(values).map(([Variable_name, Value]) => ({ Variable_name, Value }));
  const status = (reads: number, up = 90_000): Row[] =>
    named({
      Innodb_buffer_pool_reads: String(reads),
      Innodb_buffer_pool_read_requests: '100000000',
      Uptime: String(up),
    });
  const settings = named({ innodb_buffer_pool_size: String(4e9) });
  const tables = [{ name: 'shop.orders', data_bytes: 3e10, index_bytes: 1e10 }];
  it('that misses often is small, once it is warm and if there is more data than it holds', () => {
    expect(ids({ status: status(5e6), settings, tables })).toEqual(['buffer-pool-small']);
    expect(ids({ status: status(5e5), settings, tables })).toEqual([]);
    expect(ids({ status: status(5e6, 600), settings, tables })).toEqual([]);
    expect(ids({ status: status(5e6), settings, tables: [{ data_bytes: 1e9, index_bytes: 0 }] })).toEqual([]);
  });
  it('of the size it comes with is told where the data is many times that', () => {
    const small = named({ innodb_buffer_pool_size: String(128 * 2 ** 20) });
    expect(ids({ settings: small, tables })).toEqual(['setting-innodb_buffer_pool_size']);
  });
});

describe('indexes of MySQL', () => {
  const index = (name: string, keys: string, more: Row = {}): Row => ({
    relation: 'shop.visit',
    name,
    keys_in_order: keys,
    method: 'BTREE',
    not_unique: 1,
    ...more,
  });
  it('whose columns stand in front of another are needless; unique ones and prefixes are not', () => {
    const indexes = [
      index('a', 'shop'),
      index('b', 'shop,at'),
      index('c', 'sho'),
      index('u', 'shop', { not_unique: 0 }),
      index('p', 'shop(4)'),
    ];
    expect(diagnoseMysql(snapshot({ indexes })).map((f) => f.command)).toEqual([
      'DROP INDEX `a` ON `shop`.`visit`;',
    ]);
  });
});
