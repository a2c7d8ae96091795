import { type Deviation, deviations, median } from './deviation.js';
import type { IncidentEvidence } from './evidence.js';
import type { DiffMechanism } from './mechanism.js';

/** What kind of fault the telemetry shows. */
export const FAULT_KINDS = [
  'repeated-calls', // work per request multiplied
  'pool-exhausted',
  'crash', // panics, null dereferences, unhandled exceptions
  'traffic-surge',
  'slow-code', // latency or CPU up without more load
  'memory',
  'errors', // failures without a crash signature
  'throttled', // rate limits, quotas
  'certificate',
  'disk',
  'name-resolution',
  'dependency-down', // an upstream outside the system
  'noisy-neighbour', // the host gives its processor, disk or network to others
  'lock',
  'timeouts', // calls given up
  'cache-misses',
  'retries', // attempts multiplied
  'backlog', // work arrives faster than it is done
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Signature {
  deviations: Deviation[];
  templates: Template[];
  onsetMs: number | undefined;
  /** Weight of each kind of fault; the heaviest is what it looks like. */
  faults: { kind: FaultKind; weight: number; because: string }[];
}
export interface Template {
  service: string;
  text: string;
  severity: string;
  before: number;
  after: number;
  firstMs: number;
}

/** Causes that are not a commit: capacity, certificates, disks, names, providers. */
export const OPERATIONAL: readonly FaultKind[] = [
  'traffic-surge',
  'certificate',
  'disk',
  'name-resolution',
  'dependency-down',
  'throttled',
  'noisy-neighbour',
];

/** Which diffs can produce which fault; the number is how well they fit (log likelihood ratio). */
export const FITS: Readonly<Record<FaultKind, Partial<Record<DiffMechanism, number>>>> = {
  'repeated-calls': {
    'call-in-loop': 4,
    'eager-load-removed': 4,
    'batch-shrunk': 2.5,
    'call-added': 2,
    'cache-removed': 2,
    'bound-removed': 1.5,
    'retry-added': 1.5,
    'flag-changed': 1,
  },
  'pool-exhausted': {
    'limit-lowered': 4,
    'leak-added': 3,
    'reuse-removed': 2.5,
    'call-in-loop': 1.5,
    'eager-load-removed': 1.5,
    'await-removed': 1.5,
    'lock-added': 1.5,
    'timeout-changed': 1,
    'call-added': 1,
    'default-changed': 0.5,
  },
  crash: {
    'check-removed': 4,
    'await-removed': 1.5,
    'limit-lowered': 1,
    'flag-changed': 1,
    'default-changed': 0.7,
    'call-added': 0.3,
  },
  'traffic-surge': { 'retry-added': 1, 'cache-removed': 1, 'limit-lowered': 0.5 },
  'slow-code': {
    'blocking-added': 3,
    'work-added': 3,
    'index-removed': 3,
    'parallelism-removed': 3,
    'call-in-loop': 2.5,
    'eager-load-removed': 2.5,
    'lock-added': 2.5,
    'bound-removed': 2.5,
    'filter-removed': 2.5,
    'cache-removed': 2.5,
    'call-added': 2,
    'logging-added': 2,
    'reuse-removed': 2,
    'compression-removed': 2,
    'batch-shrunk': 1.5,
    'isolation-changed': 1.5,
    'timeout-changed': 1,
    'flag-changed': 1,
    'default-changed': 0.5,
  },
  memory: {
    'leak-added': 3.5,
    'limit-lowered': 3,
    'bound-removed': 2.5,
    'filter-removed': 2,
    'await-removed': 1.5,
    'cache-removed': 0.5,
    'default-changed': 0.7,
  },
  errors: {
    'check-removed': 2.5,
    'timeout-changed': 2,
    'await-removed': 2,
    'limit-lowered': 1.5,
    'isolation-changed': 1.5,
    'default-changed': 1.5,
    'retry-added': 1,
    'flag-changed': 1,
    'reuse-removed': 1,
    'index-removed': 0.5,
  },
  throttled: {
    'retry-added': 2.5,
    'limit-lowered': 2,
    'call-in-loop': 2,
    'batch-shrunk': 2,
    'cache-removed': 1.5,
  },
  certificate: { 'default-changed': 1 },
  disk: { 'logging-added': 3, 'leak-added': 1, 'default-changed': 0.5 },
  'name-resolution': { 'reuse-removed': 1.5, 'default-changed': 0.7 },
  'dependency-down': { 'timeout-changed': 1 },
  'noisy-neighbour': {},
  timeouts: {
    'timeout-changed': 3,
    'blocking-added': 2,
    'lock-added': 2,
    'index-removed': 2,
    'call-in-loop': 2,
    'call-added': 1.5,
    'parallelism-removed': 1.5,
    'limit-lowered': 1.5,
    'retry-added': 1,
    'default-changed': 0.7,
  },
  'cache-misses': {
    'cache-removed': 4,
    'limit-lowered': 2,
    'flag-changed': 1,
    'default-changed': 1,
  },
  retries: { 'retry-added': 4, 'timeout-changed': 2, 'check-removed': 1, 'default-changed': 0.7 },
  backlog: {
    'parallelism-removed': 3,
    'batch-shrunk': 3,
    'limit-lowered': 2.5,
    'blocking-added': 2.5,
    'work-added': 2.5,
    'call-in-loop': 2,
    'lock-added': 2,
    'call-added': 1.5,
  },
  lock: {
    'isolation-changed': 4,
    'lock-added': 3.5,
    'index-removed': 2,
    'call-in-loop': 1,
    'limit-lowered': 1,
  },
};

/** What messages say when a fault of a kind is there. */
export const WORDS: readonly { kind: FaultKind; pattern: RegExp; weight: number }[] = [
  {
    kind: 'crash',
    pattern:
      /panic|nil pointer|null ?pointer|NoneType|undefined is not|cannot read propert|segfault|SIGSEGV|unhandled exception|index out of range|stack ?overflow|KeyError|TypeError/i,
    weight: 3,
  },
  {
    kind: 'pool-exhausted',
    pattern:
      /pool (?:is )?exhausted|acquir\w+ connection|too many connections|connection pool|no available connection|remaining connection slots/i,
    weight: 3,
  },
  {
    kind: 'traffic-surge',
    pattern:
      /overload|shed\w* load|load shedding|request queued|worker pool saturated|pods pending|elevated request volume|scale[- ]?out|autoscaler/i,
    weight: 2,
  },
  {
    kind: 'certificate',
    pattern:
      /x509|certificate (?:has )?expired|certificate verif|tls handshake (?:fail|error)|ssl_error|not yet valid/i,
    weight: 4,
  },
  { kind: 'disk', pattern: /no space left|disk (?:is )?full|ENOSPC|disk quota/i, weight: 4 },
  {
    kind: 'name-resolution',
    pattern: /no such host|ENOTFOUND|NXDOMAIN|SERVFAIL|name resolution|getaddrinfo|EAI_AGAIN/i,
    weight: 4,
  },
  {
    kind: 'throttled',
    pattern: /\b429\b|too many requests|rate ?limit|throttl|quota exceeded|ProvisionedThroughputExceeded/i,
    weight: 3,
  },
  {
    kind: 'memory',
    pattern: /out of memory|OOM ?kill|OutOfMemoryError|heap space|allocation failure|memory limit/i,
    weight: 3.5,
  },
  { kind: 'lock', pattern: /deadlock|lock wait timeout|could not obtain lock|lock contention/i, weight: 3.5 },
  {
    kind: 'dependency-down',
    pattern:
      /(?:third[- ]party|provider|external|vendor)\b.*(?:down|unavailable|outage|503|timeout)|circuit (?:breaker )?open/i,
    weight: 2,
  },
  {
    kind: 'noisy-neighbour',
    pattern:
      /noisy neighbou?r|\bsteal\b|(?:cpu|disk|memory|pid) ?pressure|node (?:condition|not ready)|evict(?:ed|ing) pod|spot (?:instance )?(?:interruption|reclaim)|host maintenance|live migration/i,
    weight: 3,
  },
  {
    kind: 'timeouts',
    pattern: /deadline exceeded|timed? ?out|ETIMEDOUT|SocketTimeout|ReadTimeout|TimeoutException/i,
    weight: 1.5,
  },
  {
    kind: 'cache-misses',
    pattern: /cache miss|cold cache|cache stampede|hit ratio (?:low|drop)/i,
    weight: 2.5,
  },
  {
    kind: 'retries',
    pattern: /retry storm|retries exhausted|giving up after|attempt \d+ (?:of|\/)/i,
    weight: 2,
  },
  {
    kind: 'repeated-calls',
    pattern: /^\s*SELECT\b.*\bWHERE\b|n\+1|queries per request|repeated quer/i,
    weight: 1.5,
  },
];

/** Reads the fault's signature from metrics, logs and traces. */
export function readSignature(evidence: IncidentEvidence): Signature {
  const found = deviations(evidence.series);
  const bad = found.filter(
    (d) => d.direction > 0 && ['latency', 'errors', 'wait', 'work', 'saturation'].includes(d.kind),
  );
  const alertAt = evidence.alert?.atMs;
  const near = bad.filter((d) => alertAt === undefined || d.onsetMs <= alertAt + 60_000);
  const onsetMs = near.length > 0 ? Math.min(...near.map((d) => d.onsetMs)) : alertAt;
  const templates = mine(evidence, onsetMs);
  const weights = new Map<FaultKind, { weight: number; because: string }>();
  const vote = (kind: FaultKind, weight: number, because: string): void => {
    const before = weights.get(kind);
    weights.set(kind, {
      weight: (before?.weight ?? 0) + weight,
      because: before && before.weight >= weight ? before.because : because,
    });
  };
  for (const { kind, pattern, weight } of WORDS) {
    const hits = templates.filter((t) => pattern.test(t.text) && excess(t));
    if (hits.length > 0) vote(kind, weight, `log: ${hits[0]?.text ?? ''}`);
    const spans = evidence.spans.filter((s) => s.error && pattern.test(s.error));
    if (spans.length > 0) vote(kind, weight / 2, `span error: ${spans[0]?.error ?? ''}`);
  }
  for (const d of found) {
    if (d.kind === 'work' && d.factor > 1.5)
      vote('repeated-calls', 3, `${d.metric} of ${d.service} × ${d.factor.toFixed(1)}`);
    if (/pool|conn/.test(d.metric) && d.kind === 'wait' && d.direction > 0)
      vote('pool-exhausted', 3, `${d.metric} of ${d.service}`);
    if (/pool|conn/.test(d.metric) && d.kind === 'limit' && d.direction < 0)
      vote('pool-exhausted', 2, `${d.metric} of ${d.service} fell`);
    if (/panic|restart|crash/.test(d.metric) && d.direction > 0)
      vote('crash', 2, `${d.metric} of ${d.service}`);
    if (/mem|heap|rss/.test(d.metric) && d.direction > 0) vote('memory', 2, `${d.metric} of ${d.service}`);
    if (/disk/.test(d.metric) && d.direction > 0) vote('disk', 2, `${d.metric} of ${d.service}`);
    if (/throttl|429|rate_limit/.test(d.metric) && d.direction > 0)
      vote('throttled', 2.5, `${d.metric} of ${d.service}`);
    if (/lock|deadlock/.test(d.metric) && d.direction > 0) vote('lock', 2.5, `${d.metric} of ${d.service}`);
    if (/steal|pressure|_psi_|node_load/.test(d.metric) && d.direction > 0)
      vote('noisy-neighbour', 2.5, `${d.metric} of ${d.service}`);
    if (/cert|tls/.test(d.metric)) vote('certificate', 2.5, `${d.metric} of ${d.service}`);
    if (/hit_?(?:ratio|rate)/.test(d.metric) && d.direction < 0)
      vote('cache-misses', 3, `${d.metric} of ${d.service} fell`);
    if (/cache_?miss|miss_?(?:ratio|rate)/.test(d.metric) && d.direction > 0)
      vote('cache-misses', 3, `${d.metric} of ${d.service}`);
    if (/retr(?:y|ies)|attempts/.test(d.metric) && d.direction > 0)
      vote('retries', 2.5, `${d.metric} of ${d.service}`);
    if (/lag|backlog|queue_(?:depth|length|size)/.test(d.metric) && d.direction > 0)
      vote('backlog', 1.5, `${d.metric} of ${d.service}`);
    if (/goroutine|open_f(?:d|ile)|file_?desc|handles|gc_/.test(d.metric) && d.direction > 0)
      vote('memory', 2, `${d.metric} of ${d.service}`);
    if (d.kind === 'errors' && d.direction > 0) vote('errors', 1, `${d.metric} of ${d.service}`);
    if (d.kind === 'latency' && d.direction > 0) vote('slow-code', 0.8, `${d.metric} of ${d.service}`);
  }
  const repeated = repeatedSpans(evidence);
  if (repeated) vote('repeated-calls', 2, repeated);
  const surge = surgeOf(found, evidence);
  if (surge) vote('traffic-surge', 4, surge);
  const faults = [...weights]
    .map(([kind, v]) => ({ kind, ...v }))
    .sort((a, b) => b.weight - a.weight || (a.kind < b.kind ? -1 : 1));
  return { deviations: found, templates, onsetMs, faults };
}

/** At least five equal spans under one parent. */
function repeatedSpans(evidence: IncidentEvidence): string | undefined {
  const counts = new Map<string, number>();
  for (const s of evidence.spans) {
    if (s.parentId === undefined) continue;
    const key = `${s.parentId}\n${s.service} ${s.name}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const [key, n] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  return n >= 5 ? `${n} × ${key.split('\n')[1]} under one span` : undefined;
}

/** Load rose by a like factor at most services that report it, the entry among them: demand, not code. */
function surgeOf(found: readonly Deviation[], evidence: IncidentEvidence): string | undefined {
  const loads = evidence.series.filter((s) => new Set(['load']).has(kindOf(s.metric)));
  const services = new Set(loads.map((s) => s.service));
  const up = found.filter((d) => d.kind === 'load' && d.factor >= 1.8);
  if (services.size < 2 || up.length < Math.max(2, 0.7 * services.size)) return undefined;
  const factors = up.map((d) => d.factor);
  const mid = median(factors);
  return factors.every((f) => f > mid / 2 && f < mid * 2)
    ? `load × ${mid.toFixed(1)} at ${up.length} services`
    : undefined;
}
const kindOf = (metric: string): string =>
  /requests|_rps|qps|throughput|per_sec/.test(metric.toLowerCase()) && !/5xx|error/.test(metric.toLowerCase())
    ? 'load'
    : 'other';

/** Log templates with their counts before and after the onset. */
function mine(evidence: IncidentEvidence, onsetMs: number | undefined): Template[] {
  const byKey = new Map<string, Template>();
  for (const line of evidence.logs) {
    const text = template(line.message);
    const key = `${line.service}\n${text}`;
    const t = byKey.get(key) ?? {
      service: line.service,
      text,
      severity: line.severity,
      before: 0,
      after: 0,
      firstMs: line.atMs,
    };
    if (onsetMs !== undefined && line.atMs < onsetMs) t.before++;
    else t.after++;
    t.firstMs = Math.min(t.firstMs, line.atMs);
    byKey.set(key, t);
  }
  return [...byKey.values()];
}

/** The constant part of a message: numbers, ids and quoted values become `#`. */
export const template = (message: string): string =>
  message
    .slice(0, 300)
    .replace(/\b[0-9a-f]{8,}(?:-[0-9a-f]+)*\b/gi, '#')
    .replace(/\d+(?:\.\d+)?/g, '#')
    .replace(/'[^']*'|"[^"]*"/g, '#');

/** More after the onset than before, by count. */
export const excess = (t: Template): boolean => t.after > 2 * t.before && t.after >= 1;
