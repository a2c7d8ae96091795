import type { Kind } from './scene.js';

/** Kinds of subject that a fact may be about; others beside the figure are passed over. */
export const ALLOWED: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^buffer\./, ['database']],
  [/^cache\./, ['cache', 'cdn', 'gateway', 'search']],
  [/^ttl$/, ['cache', 'cdn', 'gateway', 'dependency', 'database']],
  [/^replication\.lag$/, ['database', 'cache', 'search']],
  [/^queue\.|^drain\./, ['queue', 'service', 'operation', 'dependency', 'database']],
  [/^partitions$/, ['queue', 'database', 'search', 'storage']],
  [/^shards$/, ['cache', 'search', 'database', 'queue']],
  [/^replicas$/, ['database', 'search', 'cache', 'queue', 'service', 'dependency']],
  [/^connections\./, ['database', 'cache', 'gateway', 'service', 'queue', 'pool', 'search', 'dependency']],
  [/^pool\./, ['service', 'queue', 'database', 'pool', 'cache', 'gateway', 'dependency', 'search']],
  [/^lock\.|^rows\./, ['database', 'search', 'operation', 'statement', 'cache']],
  [/^disk\.|^storage\./, ['database', 'search', 'queue', 'storage', 'service', 'cache', 'host']],
  [/^threads\.pending$/, ['service', 'search', 'database', 'gateway', 'host', 'dependency']],
  [
    /^(?:gc|heap|eventloop|threads)\./,
    ['service', 'cache', 'search', 'queue', 'database', 'gateway', 'host', 'dependency'],
  ],
  [
    /^cpu\.|^memory\./,
    ['service', 'database', 'cache', 'queue', 'search', 'gateway', 'host', 'storage', 'dependency', 'client'],
  ],
  [/^workers/, ['service', 'queue', 'gateway', 'dependency', 'host', 'search']],
  [/^cost\./, ['system', 'service', 'database', 'cache', 'search', 'queue', 'storage', 'cdn', 'dependency']],
  [/^stream\./, ['service', 'system', 'client', 'cdn']],
  [
    /^burst\.|^growth\.|^scaleout\.|^users$/,
    ['service', 'system', 'client', 'queue', 'operation', 'class', 'database'],
  ],
];

export const DEFAULTS: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/^cache\./, ['cache']],
  [/^ttl$/, ['cache']],
  [/^replication\.lag$/, ['database']],
  [/^buffer\./, ['database']],
  [/^queue\.|^drain\./, ['queue']],
  [/^partitions$/, ['queue']],
  [/^connections\./, ['database']],
  [/^lock\.|^rows\./, ['database']],
  [/^shards$/, ['search']],
  [/^replicas$/, ['database', 'search']],
  [/^disk\.|^storage\./, ['database']],
];

export const ALONE =
  /^(?:latency|throughput|errors|timeouts|availability|payload|calls|rows\.perCall|growth)/;

export const STREAMED =
  /^(?:msgs?|messages?|events?|tasks?|jobs?|records?|rows?|docs?|documents?|e?mails?|updates?|clicks?|impressions?|readings?|points?|samples?|frames?|pushes|notifications?|writes?|reads?|items?|entries|logs?|lines?|spans?|metrics|keys|commands|statements?|ticks?|packets?|images?|files?|pages?|rejections?|errors?|restarts?|evictions?|misses)$/;
