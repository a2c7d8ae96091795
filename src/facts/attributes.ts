/** Attribute keys by meaning, newest semantic conventions first, then older ones and those of other tracers. */
export const KEYS = {
  dbSystem: ['db.system.name', 'db.system', 'db.type', 'db.vendor'],
  statement: ['db.query.text', 'db.statement', 'sql.query', 'db.query', 'db.sql.query', 'query'],
  summary: ['db.query.summary'],
  dbOperation: ['db.operation.name', 'db.operation', 'db.redis.command'],
  table: ['db.collection.name', 'db.sql.table', 'db.mongodb.collection', 'db.cassandra.table'],
  dbName: ['db.namespace', 'db.name', 'db.instance', 'db.redis.database_index'],
  peerService: ['peer.service', 'service.peer.name', 'aws.remote.service'],
  address: ['server.address', 'net.peer.name', 'peer.hostname', 'peer.address', 'http.host', 'net.peer.ip'],
  port: ['server.port', 'net.peer.port', 'peer.port'],
  url: ['url.full', 'http.url'],
  urlTemplate: ['url.template', 'http.route', 'http.target', 'url.path', 'http.path'],
  method: ['http.request.method', 'http.method'],
  status: ['http.response.status_code', 'http.status_code'],
  rpcSystem: ['rpc.system.name', 'rpc.system'],
  rpcService: ['rpc.service'],
  rpcMethod: ['rpc.method'],
  messaging: ['messaging.system'],
  destination: ['messaging.destination.name', 'messaging.destination', 'message_bus.destination'],
  poolName: ['db.client.connection.pool.name', 'db.client.connections.pool.name', 'pool.name'],
  resend: ['http.request.resend_count', 'http.resend_count', 'retry.attempt', 'http.retry_count'],
  responseBytes: ['http.response.body.size', 'http.response_content_length', 'http.response.size'],
  requestBytes: ['http.request.body.size', 'http.request_content_length'],
  error: ['error.type', 'error'],
  hit: ['cache.hit', 'cache.is_hit', 'cache_hit'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Meaning = keyof typeof KEYS;
export const ALL_KEYS: readonly string[] = [...new Set(Object.values(KEYS).flat())];

/** Resource attributes that tell one machine from another, and what a service runs on. */
export const RESOURCE_KEYS = {
  host: [
    'host.id',
    'host.name',
    'k8s.pod.uid',
    'k8s.pod.name',
    'container.id',
    'service.instance.id',
    'hostname',
    'ip',
  ],
  runtime: ['process.runtime.name', 'telemetry.sdk.language'],
  runtimeVersion: ['process.runtime.version'],
  version: ['service.version'],
} as const;
export const ALL_RESOURCE_KEYS: readonly string[] = [...new Set(Object.values(RESOURCE_KEYS).flat())];

export type Attributes = Readonly<Record<string, string>>;

/** The value that is there under the first of the keys of a meaning. */
export function attributeOf(attributes: Attributes, meaning: Meaning): string | undefined {
  for (const key of KEYS[meaning]) {
    const value = attributes[key];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** SQL for the same on the map column `SpanAttributes`; the keys are constants of this file. */
export const attributeSql = (meaning: Meaning): string =>
  `coalesce(${KEYS[meaning].map((key) => `nullIf(SpanAttributes['${key}'], '')`).join(', ')}, '')`;
