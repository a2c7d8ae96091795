/** What a metric measures, and so which direction is bad and what can cause what. */
export const QUANTITIES = [
  'latency',
  'failures',
  'availability',
  'requests',
  'memory',
  'disk',
  'connections',
  'waiting',
  'network',
  'cpu',
  'limit',
  'other',
] as const;
export type Quantity = (typeof QUANTITIES)[number];

export interface QuantityTraits {
  /** +1: more is worse; −1: less is worse; 0: either may be. */
  worse: 1 | -1 | 0;
  /** A consumed resource: use of it is compared with what the other nodes use. */
  resource: boolean;
  /**
   * When several quantities of one node deviate, the one that can bring about the others comes first: a full disk or
   * memory costs processor time (swapping, collecting garbage), processor time costs latency, not the reverse.
   */
  causeOrder: number;
}

export const TRAITS: Readonly<Record<Quantity, QuantityTraits>> = {
  limit: { worse: 0, resource: false, causeOrder: 0 },
  disk: { worse: 1, resource: true, causeOrder: 1 },
  memory: { worse: 1, resource: true, causeOrder: 2 },
  connections: { worse: 1, resource: true, causeOrder: 3 },
  network: { worse: 1, resource: true, causeOrder: 4 },
  cpu: { worse: 1, resource: true, causeOrder: 5 },
  waiting: { worse: 1, resource: false, causeOrder: 6 },
  failures: { worse: 1, resource: false, causeOrder: 7 },
  availability: { worse: -1, resource: false, causeOrder: 7 },
  latency: { worse: 1, resource: false, causeOrder: 8 },
  other: { worse: 0, resource: false, causeOrder: 9 },
  requests: { worse: 0, resource: false, causeOrder: 10 },
};

/** First match decides, so the narrower words stand first. */
const WORDS: readonly (readonly [Quantity, RegExp])[] = [
  ['limit', /max_conn|_limit\b|\.limit\b|_max$|capacity|desired|\breplicas\b|quota/],
  ['availability', /availab|success|uptime|apdex|\bup\b/],
  ['waiting', /wait|pending|queue|backlog|\blag\b|throttl|blocked|iowait/],
  ['failures', /5xx|4xx|err|fail|panic|exception|timeout|reject|abort|restart|oom|fault|drop|retrans|loss/],
  [
    'latency',
    /p\d{2,3}\b|latenc|lat_|\blat\b|duration|response_?time|elapsed|\brtt\b|_ms\b|_seconds\b(?!_total)|quantile/,
  ],
  ['memory', /mem|heap|rss|working_?set|swap/],
  ['disk', /disk|filesystem|\bfs_|inode|volume|storage|iops|\bio_|diskio/],
  ['network', /net|bandwidth|rx_|tx_|bytes_(?:in|out|sent|recv|received)|packets/],
  ['cpu', /cpu|processor|load_?avg|load1\b|load5\b/],
  ['connections', /conn|pool|session|thread|goroutine|in_use|worker|\bfd\b|handle|socket/],
  [
    'requests',
    /request|\breq\b|_rps|\brps\b|qps|tps|throughput|per_sec|calls|\blod\b|\bload\b|rate|count|hits/,
  ],
];

/** What a metric's name says it measures; `other` when it says nothing. */
export function quantityOf(metric: string): Quantity {
  const words = metric.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return WORDS.find(([, pattern]) => pattern.test(words))?.[0] ?? 'other';
}
