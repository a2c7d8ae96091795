import type { Fact, Subject, Symptom, SymptomKind } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import { matchPhrases, phraseTree } from './lexicon.js';
import type { Mention } from './subjects.js';

/** A fact of a frame, with its final id and its tokens. */
export interface IdRead {
  fact: Fact;
  id: string;
  from: number;
  to: number;
}

const TREE = phraseTree<SymptomKind>([
  [
    'connections maxed|connections maxed out|maxed connections|too many connections|connection exhaustion|connections exhausted|pool exhausted|pool exhaustion|connection pool exhausted|out of connections|exhausted connections|pool timeouts|connection refused|remaining connection slots|pool is exhausted|connections are exhausted|connection limit|connections saturated|connections at limit|running out of connections|max connections reached|waiting for connections|waiting for a connection|waiting for db connections|pool starvation|connection starvation|connections are maxed|connections full|connections run out|connection storm|connection storms',
    'connections-exhausted',
  ],
  [
    'thread pool exhausted|threads exhausted|thread pool exhaustion|thread starvation|threadpool starvation|thread pool starvation|workers exhausted|all workers busy|workers are busy|worker exhaustion|workers saturated|worker starvation|queueing for workers|thread pool queue|listen queue|backlog of requests|no free workers|all threads busy|threads blocked|worker utilisation|worker utilization',
    'threads-exhausted',
  ],
  [
    'cpu pegged|cpu saturation|cpu saturated|cpu maxed|cpu bound|cpu at|cpu spikes|cpu spike|high cpu|cpu pinned|pegged at|cpu is pegged|cpu is at|burning cpu|cpu hits|cpu climbs|cpu goes to|maxing cpu|maxes out cpu|cpu exhaustion',
    'cpu-saturation',
  ],
  [
    'memory leak|memory grows|memory growth|memory climbs|memory creeping|oom|ooms|oomkilled|oom killed|oomkills|out of memory|memory pressure|heap grows|memory usage grows|rss grows|leaks memory|leaking memory|swapping|memory keeps growing|memory climbing|memory balloons',
    'memory-growth',
  ],
  [
    'gc pauses|gc pause|full gc|full gcs|gc thrashing|garbage collection pauses|stop the world|long gc|gc pressure|gc storms|gc overhead|gc time|gc stalls|long pauses|gen 2 collections',
    'gc-pauses',
  ],
  [
    'timeouts|timing out|time out|times out|timed out|deadline exceeded|gateway timeout|gateway timeouts|timeout|504|504s|timeoutexception',
    'timeouts',
  ],
  [
    'errors|error rate|5xx|5xxs|failing|failures|failed requests|500s|502|503|502s|503s|exceptions|crashes|crash|crash loop|dropped|fail|fails|rejections|rejected|outage|nearly falls over|falls over|goes down',
    'errors',
  ],
  [
    'throughput dropped|throughput drops|throughput drop|throughput collapsed|throughput plateaus|throughput fell|throughput halved|throughput is down|throughput flat|throughput flatlines|does not scale|does not scale beyond|cannot get past|plateau|plateaus|throughput degraded|cannot keep up|can not keep up|not keeping up',
    'throughput-drop',
  ],
  [
    'consumer lag|lag|lagging|lags|backlog|backlogs|queue depth|backs up|backed up|backing up|piling up|piles up|queue grows|queue growing|falls behind|falling behind|fell behind|stale|staleness|behind|delayed|late|hours late|queue of|out of date|backlogged|queue builds up|jobs delayed|iterator age',
    'queue-backlog',
  ],
  [
    'lock contention|lock wait|lock waits|lock timeouts|deadlock|deadlocks|blocked sessions|blocking|row locks|row lock|locks|blocked queries|contention|mutex contention|gil contention|latch contention|holds a row lock|hot row|lock wait timeout',
    'lock-contention',
  ],
  [
    'throttling|throttled|throttles|rate limited|rate limiting|provisionedthroughputexceeded|429|429s|quota exceeded|too many requests|cpu throttling|cfs throttling|rate limit|capacity exceeded|limit exceeded|requests being limited|throttle',
    'throttling',
  ],
  [
    'low hit rate|low hit ratio|hit rate dropped|hit rate fell|hit ratio dropped|hit ratio fell|cache misses|cache miss|cache misses spike|poor hit rate|cold cache|cache stampede|stampede|cache is cold|hit rate is low|thundering herd|evictions|hit rate|hit ratio',
    'low-hit-ratio',
  ],
  [
    'cold start|cold starts|slow start|warm up|slow startup|startup time|init duration|scale up is slow|slow to scale|new pods take|cold boot',
    'cold-start',
  ],
  [
    'slow queries|slow query|slow statements|slow statement|query time|full table scan|full table scans|table scan|table scans|seq scan|sequential scan|n+1|slow sql|slow reads|slow writes|query timeouts|long running queries|queries take',
    'slow-statement',
  ],
  [
    'hot partition|hot partitions|hot key|hot keys|hot shard|hot shards|hotspot|hot spot|hotspots|hot tenant|noisy tenant|noisy neighbour|noisy neighbor|skewed|hot node|uneven|unbalanced|imbalance|imbalanced|one shard|single shard|two nodes|one node|one partition|single partition',
    'hot-key',
  ],
  [
    'disk io|disk i/o|io wait|iowait|iops|disk saturation|disk busy|disk queue|ebs|disk latency|io bound|disk full|disk utilisation|disk utilization|burst balance',
    'disk-io',
  ],
  [
    'packet loss|network latency|bandwidth|network saturation|retransmits|retransmissions|dns|cross region|network throughput|network errors|connection resets|socket hang up|egress',
    'network',
  ],
  ['cost|costs|bill|spend|spending|too expensive|expensive|overspend|over budget|cloud bill|budget', 'cost'],
  [
    'nothing is broken|nothing broken|nothing is wrong|no problem today|no issues today|no incidents|preparing for|prepare for|getting ready|upcoming sale|upcoming launch|upcoming event|on sale|black friday|cyber monday|launch|expects|expected traffic|campaign next|will run|peak season|not broken|no current issue|no symptoms|marketing event|go live|planned event',
    'planned-load',
  ],
  [
    'slow|slower|slowness|sluggish|crawling|crawl|crawls|latency|response time|response times|degraded|degrades|degradation|takes|drags|hangs|laggy|unresponsive|spiked|latencies|stuck|freeze|freezes|janky|page load',
    'latency',
  ],
]);

const TAIL = /^latency\.(?:p9\d*|p95|p98|p999|p9999|max)$/;

/** Symptoms named in performance_issues, with the facts of their clause. */
export function symptomsOf(
  frame: Frame,
  reads: readonly IdRead[],
  mentions: readonly Mention[],
  app: Subject,
): Symptom[] {
  if (frame.input !== 'performance_issues') return [];
  const out: Symptom[] = [];
  const spans = clauses(frame);
  for (const span of spans) {
    const inside = reads.filter((r) => r.from >= span.from && r.to <= span.to);
    const kinds = new Map<SymptomKind, { from: number; to: number }>();
    for (const m of matchPhrases(
      frame.words.filter((w) => w.token >= span.from && w.token < span.to),
      TREE,
    )) {
      if (negated(frame, m.from)) continue;
      if (!kinds.has(m.value)) kinds.set(m.value, m);
    }
    for (const r of inside)
      for (const k of kindsOfFact(r.fact)) if (!kinds.has(k)) kinds.set(k, { from: r.from, to: r.to });
    if (kinds.has('latency') && (kinds.has('tail-latency') || isTail(inside))) {
      const at = kinds.get('tail-latency') ?? (kinds.get('latency') as { from: number; to: number });
      kinds.delete('latency');
      kinds.set('tail-latency', at);
    }
    // "times out" is not also "slow"; what the event will bring is not what is broken.
    if (kinds.size > 1 && kinds.has('latency') && !inside.some((r) => r.fact.name.startsWith('latency'))) {
      const at = kinds.get('latency') as { from: number; to: number };
      if (
        !/^(?:slow|slower|sluggish|crawling|crawl|latency|degraded)/.test(frame.tokens[at.from]?.lower ?? '')
      )
        kinds.delete('latency');
    }
    for (const kind of kinds.keys()) {
      const facts = inside.filter((r) => bears(kind, r.fact));
      const named = mentions.filter((m) => m.from >= span.from && m.to <= span.to);
      const subject =
        facts.find((f) => f.fact.subject.id !== app.id)?.fact.subject ??
        named.find((m) => suits(kind, m.subject))?.subject ??
        facts[0]?.fact.subject;
      const condition =
        inside.find((r) => r.fact.condition !== undefined)?.fact.condition ?? phraseCondition(frame, span);
      out.push({
        kind,
        ...(subject ? { subject } : {}),
        facts: facts.map((f) => f.id),
        ...(condition ? { condition } : {}),
        place: placeOf(frame, span.from, span.to),
      });
    }
  }
  return merged(out);
}

/** One symptom of a kind and subject: the first place, all facts. */
function merged(symptoms: readonly Symptom[]): Symptom[] {
  const byKey = new Map<string, Symptom>();
  for (const s of symptoms) {
    const key = `${s.kind} ${s.subject?.id ?? ''}`;
    const before = byKey.get(key);
    if (!before) byKey.set(key, s);
    else
      byKey.set(key, {
        ...before,
        facts: [...new Set([...before.facts, ...s.facts])],
        ...(before.condition === undefined && s.condition !== undefined ? { condition: s.condition } : {}),
      });
  }
  return [...byKey.values()];
}

const isTail = (reads: readonly IdRead[]): boolean => reads.some((r) => TAIL.test(r.fact.name));

function kindsOfFact(f: Fact): SymptomKind[] {
  if (f.phase === 'baseline' || f.phase === 'planned' || f.phase === 'steady') return [];
  if (TAIL.test(f.name)) return ['tail-latency'];
  if (f.name.startsWith('latency.'))
    return f.subject.kind === 'statement' ? ['slow-statement'] : f.name === 'latency.p50' ? [] : ['latency'];
  if (f.name === 'cpu.utilisation' && f.value >= 0.8) return ['cpu-saturation'];
  if (f.name === 'cpu.throttled') return ['throttling'];
  if (f.name.startsWith('gc.pause')) return ['gc-pauses'];
  if (f.name === 'errors.ratio') return ['errors'];
  if (f.name === 'timeouts.ratio') return ['timeouts'];
  if (f.name === 'queue.depth' || f.name === 'queue.delay') return ['queue-backlog'];
  if (f.name === 'connections.utilisation' && f.value >= 0.9) return ['connections-exhausted'];
  if (f.name === 'memory.utilisation' && f.value >= 0.85) return ['memory-growth'];
  if (f.name.startsWith('lock.')) return ['lock-contention'];
  return [];
}

const BEARS: Partial<Record<SymptomKind, RegExp>> = {
  'tail-latency': /^latency/,
  latency: /^latency|^duration/,
  'cpu-saturation': /^cpu/,
  'gc-pauses': /^gc|^heap/,
  'connections-exhausted': /^connections|^pool/,
  'queue-backlog': /^queue|^replication|^drain|^duration/,
  errors: /^errors|^availability|^ratio|^rate/,
  timeouts: /^timeouts|^timeout|^errors/,
  'lock-contention': /^lock|^count/,
  throttling: /^cpu\.throttled|^errors|^rate|^ratio/,
  'low-hit-ratio': /^cache/,
  'memory-growth': /^memory|^heap/,
  'slow-statement': /^latency|^rows/,
  'planned-load': /^users|^throughput|^burst|^count/,
  cost: /^cost/,
};
const bears = (kind: SymptomKind, f: Fact): boolean => BEARS[kind]?.test(f.name) ?? false;

const SUITS: Partial<Record<SymptomKind, readonly Subject['kind'][]>> = {
  'connections-exhausted': ['database', 'cache', 'pool'],
  'low-hit-ratio': ['cache', 'cdn'],
  'queue-backlog': ['queue', 'service', 'database'],
  'slow-statement': ['database', 'search'],
  'lock-contention': ['database'],
  'planned-load': [],
};
const suits = (kind: SymptomKind, s: Subject): boolean => SUITS[kind]?.includes(s.kind) ?? true;

/** Clauses of a sentence: commas and "and" part them where a new statement begins. */
function clauses(frame: Frame): { from: number; to: number }[] {
  const out: { from: number; to: number }[] = [];
  let from = 0;
  for (let i = 0; i <= frame.tokens.length; i++) {
    const end =
      i === frame.tokens.length ||
      frame.sentence[i] !== frame.sentence[from] ||
      (frame.tokens[i]?.text === ',' && (frame.group[i] ?? 0) === 0) ||
      frame.tokens[i]?.kind === 'break' ||
      frame.tokens[i]?.text === ';';
    if (!end) continue;
    if (i > from) out.push({ from, to: i });
    from =
      frame.tokens[i]?.text === ',' || frame.tokens[i]?.kind === 'break' || frame.tokens[i]?.text === ';'
        ? i + 1
        : i;
  }
  return out;
}

function negated(frame: Frame, at: number): boolean {
  for (let i = at - 1; i >= 0 && i >= at - 3 && frame.sentence[i] === frame.sentence[at]; i--)
    if (/^(?:no|not|without|never|zero|isn't|aren't|don't|doesn't)$/.test(frame.tokens[i]?.lower ?? ''))
      return true;
  return false;
}

function phraseCondition(frame: Frame, span: { from: number; to: number }): string | undefined {
  for (let i = span.from; i < span.to; i++) {
    const t = frame.tokens[i]?.lower ?? '';
    if (/^(?:during|when|whenever|while|after|every)$/.test(t) && i + 1 < span.to)
      return placeOf(frame, i, span.to).text.replace(/\s+/g, ' ').slice(0, 120);
  }
  return undefined;
}
