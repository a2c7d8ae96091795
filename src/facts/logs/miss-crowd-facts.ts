import { type Fact, subject } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import { missCrowds } from '../../models/miss-crowds.js';
import type { Phases } from '../phases.js';
import { fromQuery } from '../query-fact.js';

/** Misses in one second from which they are a crowd; and for each process that may have a cache of its own. */
const CROWD = 4;
/** Misses with keys from which “no crowd” can be said of a service. */
const ENOUGH = 30;
const MOST_KEYS = 2000;
/** Times kept of one key. */
const MOST_TIMES = 20_000;

const attribute = (keys: readonly string[]): string =>
  `coalesce(${keys.map((k) => `nullIf(LogAttributes['${k}'], '')`).join(', ')}, '')`;
const HIT = attribute(['cache.hit', 'cache_hit', 'cache.is_hit']);
const OUTCOME = attribute(['cache.result', 'cache.status', 'cache.outcome', 'cache_status']);
const KEY = attribute(['cache.key', 'cache_key', 'cacheKey', 'redis.key', 'key']);
/** `cache miss key=…`, `missed product:8 in cache`, `cache.hit=false`, and the same inside JSON. */
const SAYS_MISS = String.raw`(?i)\bcache[\s_.:-]{0,3}miss(?:ed)?\b|\bmiss(?:ed)?\b[^\n]{0,60}\bcache\b|\bcache[._]?hit["\x27]?\s{0,2}[=:]\s{0,2}["\x27]?(?:false|0)\b`;
const NAMED_KEY = String.raw`(?i)\b(?:cache[._]?)?key["\x27]?\s{0,2}[=:]\s{0,2}["\x27]?([^\s"\x27,;}\]]+)`;
const KEY_AFTER = String.raw`(?i)\bmiss(?:ed)?:?\s(?:(?:for|on|of)\s)?(?:key\s)?["\x27]?([\w.-]+[:/][^\s"\x27,;}\]]+)`;
const inSql = (pattern: string): string => `'${pattern.replaceAll('\\', '\\\\')}'`;

interface Row {
  service: string;
  phase: 'baseline' | 'incident';
  key: string;
  times: number[];
  processes: number;
}

/**
 * Simultaneous misses on one key as lines of logs tell them, by service and phase: `log.missCrowd` is the largest
 * number within a second, of the key that had it; 1 where misses with keys were logged and none came in a crowd.
 */
export async function missCrowdFacts(
  store: Store,
  phases: Phases,
  sources: readonly string[],
): Promise<Fact[]> {
  // One request that says its miss twice is one miss.
  const rows = await store.query<Row>(
    `SELECT service, phase, key, arraySort(groupArray(${MOST_TIMES})(atMs)) AS times, uniqExact(process) AS processes FROM (
       SELECT ServiceName AS service, ${phases.sql('Timestamp')} AS phase,
         multiIf(${KEY} != '', ${KEY}, extract(Body, ${inSql(NAMED_KEY)}) != '', extract(Body, ${inSql(NAMED_KEY)}), extract(Body, ${inSql(KEY_AFTER)})) AS key,
         toUnixTimestamp64Milli(min(Timestamp)) AS atMs,
         any(coalesce(nullIf(ResourceAttributes['service.instance.id'], ''), nullIf(ResourceAttributes['k8s.pod.name'], ''), nullIf(ResourceAttributes['host.name'], ''), '')) AS process
       FROM otel_logs
       WHERE lower(${HIT}) IN ('false', '0') OR lower(${OUTCOME}) = 'miss' OR match(Body, ${inSql(SAYS_MISS)})
       GROUP BY service, phase, key, if(TraceId = '', concat(KpSource, ' ', toString(KpLine)), TraceId))
     WHERE key != '' GROUP BY service, phase, key
     ORDER BY count() DESC, service, phase, key LIMIT ${MOST_KEYS}`,
    phases.params,
  );
  const groups = new Map<string, Row[]>();
  for (const r of rows) {
    const id = JSON.stringify([r.service, r.phase]);
    groups.set(id, [...(groups.get(id) ?? []), r]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, own]) => ofService(own, sources));
}

function ofService(rows: readonly Row[], sources: readonly string[]): Fact[] {
  const lines = rows.reduce((sum, r) => sum + r.times.length, 0);
  const largest = rows
    .map((r) => ({
      row: r,
      misses: Math.max(
        1,
        ...missCrowds(r.times.map(Number), Math.max(CROWD, 2 * Number(r.processes))).map((c) => c.misses),
      ),
    }))
    .sort((a, b) => b.misses - a.misses || (a.row.key < b.row.key ? -1 : 1))[0];
  if (!largest || (largest.misses < CROWD && lines < ENOUGH)) return [];
  const { row, misses } = largest;
  return [
    fromQuery(
      {
        name: 'log.missCrowd',
        subject: subject('keyspace', row.key, row.service),
        value: misses,
        unit: 'count',
        phase: row.phase,
      },
      { query: 'otel_logs: misses of a cache by key, within a second', rows: lines, sources },
    ),
  ];
}
