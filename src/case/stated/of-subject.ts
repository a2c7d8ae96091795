import type { Subject } from '../../domain/index.js';
import { productEntry } from '../../knowledge/index.js';
import type { Claimed } from '../claims.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Parts } from '../parts.js';
import { wordsAround } from './around.js';
import { claimedLimit, isMost } from './comparator.js';

/** What the subject adds: rates of a queue are arrivals, lag of a database is replication lag. */
export function settleName(
  frame: Frame,
  n: Named,
  subject: Subject,
  q: Quantity,
  claimed: Claimed,
  parts: Parts,
): Named {
  const family = claimed.claim?.family.id;
  const verb = frame.tokens[claimed.claim?.from ?? -1]?.lower ?? '';
  const phraseHead = frame.tokens[(claimed.claim?.to ?? 0) - 1]?.lower ?? '';
  switch (n.name) {
    case 'cache.hitRatio':
      return subject.kind === 'database' ? { ...n, name: 'buffer.hitRatio' } : n;
    // "JetStream pending 3.2M": messages that wait, not calls for a connection.
    case 'pool.pending':
      return subject.kind === 'queue' ? { ...n, name: 'queue.depth' } : n;
    case 'queue.delay':
      return subject.kind === 'database' ? { ...n, name: 'replication.lag' } : n;
    case 'throughput':
      // "provisioned 20k WCU": what is paid for, not what comes.
      if (
        /^(?:[rw]cus?|rus?|acus?|dtus?|credits?|units?)$/.test(q.noun ?? frame.tokens[q.to - 1]?.lower ?? '')
      )
        return { ...n, name: 'rate.stated' };
      if (subject.kind === 'queue') return { ...n, name: 'queue.arrivalRate' };
      // "Resend (10 emails/s)", "5 calls/s allowed": beside a dependency stands what it takes.
      if (subject.kind === 'dependency' && frame.input === 'dependencies')
        return { ...n, name: 'rate.stated' };
      // "partner B allows 60 TPS": what is given leave to, not what comes.
      if (
        frame.input === 'constraints' &&
        (isMost(frame, q) ||
          claimedLimit(frame, q) ||
          /\b(?:allows?|permits?|grants?|accepts?)\b/.test(wordsAround(frame, q.from - 4, 4)))
      )
        return { ...n, name: 'rate.stated' };
      // "max 50 TPS" of somebody else's service is what it allows, not what it gets.
      if (
        /^(?:dependency|database|search|cache)$/.test(subject.kind) &&
        (q.comparator === '<=' || isMost(frame, q))
      )
        return { ...n, name: 'rate.stated' };
      return FAILURES.test(q.noun ?? '') ? { ...n, name: 'rate.stated' } : n;
    case 'users':
      // "average active sessions 61" of a database work in it, they do not use the system.
      if (/^sessions?$/.test(q.noun ?? phraseHead) && subject.kind === 'database' && q.comparator !== '<=')
        return { ...n, name: 'count.stated' };
      // "Hazelcast (3 members)" are machines.
      if (/^members?$/.test(q.noun ?? '') && subject.kind !== 'service' && subject.kind !== 'operation')
        return { ...n, name: 'instances' };
      return q.comparator === '<=' && (subject.kind === 'database' || subject.kind === 'dependency')
        ? { ...n, name: 'connections.limit' }
        : n;
    case 'latency.mean':
      // "partners up to 8 s": the most it takes.
      if (q.comparator === '<=' && frame.input !== 'target_metrics')
        return settleName(frame, { ...n, name: 'latency.max' }, subject, q, claimed, parts);
      // Minutes of "latency" of a worker or a queue are the wait of its oldest job.
      return (n.value > 60_000 && (subject.kind === 'queue' || isConsumer(parts, subject))) ||
        (/^latenc(?:y|ies)$/.test(phraseHead) && n.value >= 1000 && isJobQueue(parts, subject))
        ? { ...n, name: 'queue.delay', value: n.value / 1000, unit: 's' }
        : n.value > 3_600_000 || LONG_UNIT.test(frame.tokens[q.to - 1]?.lower ?? '')
          ? { ...n, name: 'duration.stated', value: n.value / 1000, unit: 's' }
          : n;
    case 'queue.arrivalRate':
    case 'queue.serviceRate': {
      // "the API handles 900 req/s" is throughput; a consumer, a queue or a job makes it a stream.
      const streaming =
        subject.kind === 'queue' ||
        STREAM.test(q.noun ?? '') ||
        /consum|worker|drain|produc|ingest|enqueu|dequeu/.test(verb) ||
        isConsumer(parts, subject);
      return streaming &&
        !(
          family === 'service rate' &&
          /^(?:req|request|requests|query|queries|call|calls)$/.test(q.noun ?? '')
        )
        ? n
        : { ...n, name: 'throughput' };
    }
    case 'replicas':
      // Copies of a service are its instances.
      return subject.kind === 'service' || subject.kind === 'dependency' ? { ...n, name: 'instances' } : n;
    case 'bytes.stated':
      return { ...n, name: bytesName(frame, subject, q) };
    default:
      return n;
  }
}

const FAILURES =
  /^(?:preemption|handshake|compaction|reconnect|disconnect|eviction|error|failure|exception|restart|timeout|rebalance|deadlock|crash|incident|rejection|file|segment|snapshot|commit)s?$/;

const LONG_UNIT = /^(?:d|days?|w|weeks?|months?|years?)$/;

export const STREAM =
  /^(?:msg|message|event|job|task|record|mail|email|item|file|image|frame|push|notification|document|doc|row|update|click|impression|reading|point|sample|tick|trade|quote|packet|span|line)s?$|^msgs$/;

const isConsumer = (parts: Parts, subject: Subject): boolean =>
  parts.components.some(
    (c) =>
      c.subject.id === subject.id &&
      (c.roles.some((r) => r === 'consumer' || r === 'worker') ||
        (c.product !== undefined && (productEntry(c.product)?.traits.includes('job-queue') ?? false))),
  );

/** "Sidekiq latency": how long its oldest job has waited. */
const isJobQueue = (parts: Parts, subject: Subject): boolean =>
  parts.components.some(
    (c) =>
      c.subject.id === subject.id &&
      c.product !== undefined &&
      (productEntry(c.product)?.traits.includes('job-queue') ?? false),
  );

function bytesName(frame: Frame, subject: Subject, q: Quantity): string {
  const store = subject.kind === 'database' || subject.kind === 'search' || subject.kind === 'storage';
  if (subject.kind === 'cache' && q.value >= 1e6) return 'memory.limit';
  // "64 GB, 31 GB heap": beside a heap it is the memory of the machine.
  if (
    frame.families.some(
      (m) =>
        m.value.some((f) => f.id === 'heap') &&
        m.from > q.to &&
        m.from - q.to < 6 &&
        frame.group[m.from] === frame.group[q.from],
    )
  )
    return 'memory.limit';
  // "210 shards, 48 GB each"
  if (
    q.per === 'each' &&
    frame.quantities.some(
      (x) =>
        x.to <= q.from &&
        q.from - x.to <= 3 &&
        /^(?:shard|partition|table|index|indexe|file|segment|tenant|key|topic|bucket|database)s?$|^indices$/.test(
          x.noun ?? '',
        ),
    )
  )
    return 'bytes.stated';
  if (isBesideCores(frame, q) || (q.per === 'each' && q.value >= 1e8)) return 'memory.limit';
  return store && q.value >= 2e10 && q.per === undefined ? 'storage.size' : 'bytes.stated';
}

/** "4 vCPU / 8 GB": memory beside processors. */
function isBesideCores(frame: Frame, q: Quantity): boolean {
  for (let i = q.from - 1; i >= 0 && i >= q.from - 2; i--)
    if (/^(?:v?cpus?|v?cores?)$/.test(frame.tokens[i]?.lower ?? '')) return true;
  return false;
}
