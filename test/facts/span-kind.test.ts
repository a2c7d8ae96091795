import { expect, test } from 'vitest';
import {
  callName,
  isRead,
  plainPath,
  poolName,
  type RoleInput,
  roleOf,
  statementName,
  storeOf,
  tablesOf,
} from '../../src/facts/span-kind.js';

const role = (some: Partial<RoleInput>) =>
  roleOf({ name: '', kind: 'Client', attributes: {}, statement: '', ...some });

test.each([
  [
    'PostgreSQL, new conventions',
    { attributes: { 'db.system.name': 'postgresql' }, statement: 'SELECT ?' },
    'database',
  ],
  ['MySQL, old conventions', { attributes: { 'db.system': 'mysql' }, statement: 'SELECT ?' }, 'database'],
  ['SQL of OpenTracing', { attributes: { 'db.type': 'sql' }, statement: 'SELECT ?' }, 'database'],
  ['Redis', { attributes: { 'db.system': 'redis' } }, 'cache'],
  ['pool of pg', { name: 'pg-pool.connect', attributes: { 'db.system.name': 'postgresql' } }, 'pool'],
  ['pool of Java', { name: 'HikariDataSource.getConnection', kind: 'Internal' }, 'pool'],
  ['connection of pg', { name: 'pg.connect', attributes: { 'db.system.name': 'postgresql' } }, 'connect'],
  ['TLS', { name: 'tls.connect', kind: 'Internal' }, 'connect'],
  [
    'lock by statement',
    { attributes: { 'db.system': 'postgresql' }, statement: 'SELECT pg_advisory_xact_lock(?)' },
    'lock',
  ],
  ['lock by name', { name: 'acquire lock', kind: 'Internal' }, 'lock'],
  ['block is no lock', { name: 'render block', kind: 'Internal' }, 'inside'],
  ['call', { attributes: { 'http.method': 'GET' } }, 'call'],
  ['served', { kind: 'Server' }, 'served'],
  ['published', { kind: 'Producer', attributes: { 'messaging.system': 'kafka' } }, 'produced'],
] as const)('%s', (_, input, expected) => {
  expect(role(input)).toBe(expected);
});

test('stores go by the names people know, and by who serves them where the product is not told', () => {
  expect(storeOf('database', { 'db.system.name': 'microsoft.sql_server' }, '').name).toBe('SQL Server');
  expect(storeOf('database', { 'db.type': 'sql', 'peer.service': 'orders-db' }, 'SELECT ?').name).toBe(
    'orders-db',
  );
  expect(storeOf('database', { 'db.system': 'elasticsearch' }, '').kind).toBe('search');
});

test('paths lose what differs from request to request', () => {
  expect(plainPath('/v2/orders/1234/lines?x=1')).toBe('/v2/orders/*/lines');
  expect(callName('GET', { 'http.method': 'GET', 'http.url': 'http://a/users/9f8e7d6c' })).toBe(
    'GET /users/*',
  );
  expect(callName('x', { 'rpc.service': 'shop.Tax', 'rpc.method': 'Quote' })).toBe('shop.Tax/Quote');
});

test('statements are named by verb and table', () => {
  expect(statementName('WITH a AS (SELECT ? FROM b FOR UPDATE OF b) UPDATE c SET d = ?', {}, 'q')).toBe(
    'UPDATE c',
  );
  expect(statementName('select x from "Orders" o join lines l on true', {}, 'q')).toBe('SELECT orders');
  expect(statementName('', { 'db.operation': 'find', 'db.mongodb.collection': 'carts' }, 'q')).toBe(
    'find carts',
  );
  expect(tablesOf('INSERT INTO a SELECT * FROM b JOIN c USING (id)')).toEqual(['a', 'b', 'c']);
});

test('what takes locks is no mere read', () => {
  expect(isRead('SELECT * FROM a', '')).toBe(true);
  expect(isRead('SELECT * FROM a FOR UPDATE', '')).toBe(false);
  expect(isRead('', 'mget')).toBe(true);
  expect(isRead('', 'set')).toBe(false);
});

test('a pool goes by its name, else by where it connects to', () => {
  expect(poolName({ 'db.client.connection.pool.name': 'orders' })).toBe('orders');
  expect(poolName({ 'server.address': 'db', 'server.port': '5432', 'db.namespace': 'shop' })).toBe(
    'db:5432/shop',
  );
});
