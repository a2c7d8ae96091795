import { type Subject, slug, subject } from '../domain/index.js';
import { type Attributes, attributeOf } from './attributes.js';

/** What a span is about, told by semantic conventions old and new, and by its name where they say nothing. */
export type SpanRole =
  | 'served'
  | 'consumed'
  | 'produced'
  | 'database'
  | 'cache'
  | 'pool'
  | 'lock'
  | 'connect'
  | 'gc'
  | 'call'
  | 'inside';

const CACHES = new Set([
  'redis',
  'valkey',
  'keydb',
  'dragonfly',
  'memcached',
  'memcache',
  'hazelcast',
  'ehcache',
  'caffeine',
  'aerospike',
  'ignite',
  'infinispan',
  'garnet',
]);
const SEARCH = new Set(['elasticsearch', 'opensearch', 'solr']);
/** Values of the older `db.type` that name a language and not a product. */
const VAGUE = new Set(['sql', 'other_sql', 'other', 'nosql', 'cache', 'db', 'custom']);

const POOL =
  /\bpool[\s._:-]{0,2}(?:connect|acquire|get|checkout|wait|borrow|lease)|\b(?:get|acquire|checkout|borrow|lease|wait[\s._-]for)[\s._-]{0,2}(?:a[\s._-]|db[\s._-]|database[\s._-]|pooled[\s._-])?(?:connection|conn)\b|connection[\s._:-]{0,2}(?:acquire|acquisition|wait|checkout|borrow)/i;
const CONNECT =
  /(?:^|[\s._:-])(?:tcp|tls|ssl|socket|net)[\s._:-]{0,2}(?:connect|handshake|open)|(?:^|[\s._:-])dns[\s._:-]{0,2}(?:lookup|resolve|query)|^(?:pg|mysql2?|mongodb|mongoose|ioredis|redis|tedious|oracledb)[.:-]connect\b|^connect$|\btls handshake\b/i;
const LOCK =
  /\b(?:acquire|wait|await|obtain)[\s._:-]{0,2}(?:for[\s._:-])?(?:\w{1,40}[\s._:-])?(?:lock|mutex|semaphore|latch)\b|\b(?:lock|mutex|semaphore)[\s._:-]{0,2}(?:wait|acquire|obtain)|^(?:try)?lock$/i;
const LOCK_STATEMENT = /^\s*(?:lock\s+tables?\b|select\s+(?:pg_(?:try_)?advisory_\w*lock\w*|get_lock)\s*\()/i;
const GC = /\bgarbage[\s._-]?collect|(?:^|[\s._:-])gc(?:$|[\s._:-])/i;

export interface RoleInput {
  name: string;
  /** As the store has it: Server, Client, Internal, Producer, Consumer or Unspecified. */
  kind: string;
  attributes: Attributes;
  statement: string;
}

export function roleOf({ name, kind, attributes, statement }: RoleInput): SpanRole {
  const system = attributeOf(attributes, 'dbSystem');
  if (kind === 'Server') return 'served';
  if (kind === 'Consumer') return 'consumed';
  if (kind === 'Producer') return 'produced';
  if (statement === '' && POOL.test(name)) return 'pool';
  if (statement === '' && CONNECT.test(name)) return 'connect';
  if (LOCK_STATEMENT.test(statement) || (system === undefined && LOCK.test(name))) return 'lock';
  if (system !== undefined && CACHES.has(system.toLowerCase())) return 'cache';
  if (system !== undefined || (kind === 'Client' && statement !== '')) return 'database';
  if (kind === 'Client') return 'call';
  if (GC.test(name)) return 'gc';
  return 'inside';
}

/** The product behind a database or cache span: `postgresql`, or the name of the service that stands for it. */
export function storeOf(role: SpanRole, attributes: Attributes, statement: string): Subject {
  const system = attributeOf(attributes, 'dbSystem')?.toLowerCase();
  const product =
    system !== undefined && !VAGUE.has(system)
      ? system.replace(/^microsoft\.|^aws\.|^gcp\.|^azure\.|^ibm\.|^oracle\.(?=db)/, '')
      : (attributeOf(attributes, 'peerService') ??
        attributeOf(attributes, 'address') ??
        (statement ? 'SQL database' : 'store'));
  if (role === 'cache') return subject('cache', displayed(product));
  return subject(SEARCH.has(product) ? 'search' : 'database', displayed(product));
}

/** Products as people write them; others as they were recorded. */
const NAMES: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  mssql: 'SQL Server',
  sql_server: 'SQL Server',
  'oracle.db': 'Oracle',
  oracle: 'Oracle',
  redis: 'Redis',
  valkey: 'Valkey',
  memcached: 'Memcached',
  mongodb: 'MongoDB',
  dynamodb: 'DynamoDB',
  cassandra: 'Cassandra',
  elasticsearch: 'Elasticsearch',
  opensearch: 'OpenSearch',
  cockroachdb: 'CockroachDB',
  clickhouse: 'ClickHouse',
};
const displayed = (product: string): string => NAMES[product] ?? product;

/** The pool a connection is taken from: its name, else the address and database that it connects to. */
export function poolName(attributes: Attributes): string {
  const named = attributeOf(attributes, 'poolName');
  if (named !== undefined) return named;
  const address = attributeOf(attributes, 'address');
  const port = attributeOf(attributes, 'port');
  const database = attributeOf(attributes, 'dbName');
  const host = [address, port].filter((x) => x !== undefined).join(':');
  return [host, database].filter((x) => x !== undefined && x !== '').join('/') || 'connection pool';
}

/** `host:port` that a call goes to, when it says so. */
export function addressOf(attributes: Attributes): string | undefined {
  const address = attributeOf(attributes, 'address');
  const port = attributeOf(attributes, 'port');
  if (address !== undefined)
    return port !== undefined && !address.includes(':')
      ? `${address}:${port}`
      : /<ip:\d+>$/.test(address) && port
        ? `${address}:${port}`
        : address;
  const url = attributeOf(attributes, 'url');
  return url === undefined ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(url)?.[1];
}

/** A call without the numbers and ids in its path: `POST /v2/quotes`. */
export function callName(name: string, attributes: Attributes): string {
  const service = attributeOf(attributes, 'rpcService');
  const rpc = attributeOf(attributes, 'rpcMethod');
  if (rpc !== undefined) return service === undefined ? rpc : `${service}/${rpc}`;
  const method = attributeOf(attributes, 'method');
  const template = attributeOf(attributes, 'urlTemplate') ?? pathOf(attributeOf(attributes, 'url'));
  if (template !== undefined) return [method, plainPath(template)].filter((x) => x !== undefined).join(' ');
  const destination = attributeOf(attributes, 'destination');
  return destination === undefined ? name : `${name} ${destination}`;
}

const pathOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]+([^?#]*)/i.exec(url)?.[1] ?? undefined);

/** A path without query, and with what looks like an id left out. */
export const plainPath = (path: string): string =>
  path
    .replace(/[?#].*$/, '')
    .split('/')
    .map((part) => (/\d/.test(part) && !/^v\d+$/i.test(part) ? '*' : part))
    .join('/') || '/';

/** What a statement does and to which table, in a few words: `SELECT order_lines`. */
export function statementName(statement: string, attributes: Attributes, spanName: string): string {
  const summary = attributeOf(attributes, 'summary');
  if (summary !== undefined) return summary.slice(0, 80);
  const verb = verbOf(statement) || attributeOf(attributes, 'dbOperation') || '';
  const table = attributeOf(attributes, 'table') ?? writtenTable(statement, verb) ?? tablesOf(statement)[0];
  if (verb !== '') return table === undefined ? verb : `${verb} ${table}`;
  return spanName;
}

/** The table that a statement changes, which need not be the first it names. */
function writtenTable(statement: string, verb: string): string | undefined {
  const after = { UPDATE: 'update', INSERT: 'into', DELETE: 'from' }[verb];
  if (after === undefined || !/^\s*with\b/i.test(statement)) return undefined;
  const table = '(?:only\\s+)?["`[]?([a-z_][\\w$.]*)';
  const pattern = `(?<!for\\s)\\b${verb}\\b(?:\\s+${after})?\\s+${table}`;
  return new RegExp(pattern, 'i').exec(statement)?.[1]?.toLowerCase();
}

export const verbOf = (statement: string): string => {
  const word = /^\s*\(?\s*([a-z]{2,20})/i.exec(statement)?.[1]?.toUpperCase() ?? '';
  if (word !== 'WITH') return word;
  return /\b(update|insert|delete)\b/i.exec(statement)?.[1]?.toUpperCase() ?? 'SELECT';
};

/** The tables a statement names, in the order it names them. */
export function tablesOf(statement: string): readonly string[] {
  const before = tablesOfStatement.get(statement);
  if (before) return before;
  const tables = namedTables(statement);
  if (tablesOfStatement.size < MAX_STATEMENTS) tablesOfStatement.set(statement, tables);
  return tables;
}
/** Few statements are run again and again. */
const tablesOfStatement = new Map<string, readonly string[]>();
const MAX_STATEMENTS = 5000;

function namedTables(statement: string): string[] {
  const names = [
    ...statement.matchAll(/\b(?:from|join|into|update)\s+(?:only\s+)?["`[]?([a-z_][\w$.]*)/gi),
  ].map((m) => (m[1] ?? '').toLowerCase());
  return [
    ...new Set(names.filter((n) => n !== '' && !['select', 'unnest', 'lateral', 'set', 'of'].includes(n))),
  ];
}

/** True for a statement or command that only reads. */
export const isRead = (statement: string, operation: string): boolean =>
  /^\s*\(?\s*(?:select|get|mget|hget|hmget|hgetall|getex|getrange|exists|find|aggregate|query|scan|getitem|batchgetitem|gets|show|count|distinct|search|msearch)\b/i.test(
    statement || operation,
  ) && !/\bfor\s+(?:update|share|no key update)\b/i.test(statement);

export const isCacheWrite = (statement: string, operation: string): boolean =>
  /\b(?:set|setex|psetex|setnx|mset|hset|hmset|add|replace|cas|put)\b/i.test(
    statement.slice(0, 40) || operation,
  );

/** Statements that open and close a transaction, or set the session. */
export const isTransactionControl = (statement: string): boolean =>
  /^\s*(?:begin|start\s+transaction|commit|rollback|savepoint|release|set\s+(?:session|local|transaction)|end\b)/i.test(
    statement,
  );

/** Statement subjects go by their first words; the id is of the whole text. */
export function statementSubject(statement: string, service: string): Subject {
  const whole = subject('statement', statement, service);
  const flat = statement.replace(/\s+/g, ' ').trim();
  return { ...whole, name: flat.length > 90 ? `${flat.slice(0, 89)}…` : flat };
}

export const cellSlug = (...parts: string[]): string => parts.map(slug).join('/');
