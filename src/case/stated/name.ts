import { type Claimed, kindFor } from '../claims.js';
import type { Named } from '../doubts.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import type { Mention } from '../subjects.js';
import { STOP } from '../words.js';
import { adjusted, perRequest } from './adjusted.js';
import { wordsAround } from './around.js';
import { byKind, isLabelled } from './by-kind.js';
import { countedName, ofConnections } from './counted.js';
import { settingOf } from './label.js';
import { named } from './measure.js';
import { STREAM } from './of-subject.js';
import { endsRamp, keepsUp, workName } from './work.js';

/** The fact name, value and unit of a quantity, before its subject is known. */
export function nameOf(
  frame: Frame,
  q: Quantity,
  claimed: Claimed,
  mentions: readonly Mention[],
): Named | undefined {
  const setting = settingOf(frame, q);
  if (setting && !(claimed.claim && claimed.claim.from <= setting.token && claimed.claim.to > setting.token))
    return byKind(frame, q, {}, mentions);
  // "RabbitMQ 220k ready"
  if (
    q.kind === 'bare' &&
    q.noun === undefined &&
    /^(?:ready|unacked|outstanding|backlogged|enqueued|unconsumed)$/.test(frame.tokens[q.to]?.lower ?? '') &&
    mentions.some(
      (m) => m.subject.kind === 'queue' && m.to <= q.from && frame.segment[m.from] === frame.segment[q.from],
    )
  )
    return named('queue.depth', q);
  // "thread pool starvation (queue 1,200)"
  if (
    q.kind === 'bare' &&
    claimed.claim?.family.id === 'lag' &&
    /^queued?$/.test(frame.tokens[claimed.claim.from]?.lower ?? '') &&
    /\bthread ?pools?(?: \w+){0,2}$/.test(wordsAround(frame, claimed.claim.from - 5, 5))
  )
    return named('threads.pending', q);
  if (q.kind === 'bare' && isSerial(frame, q)) return named('calls.serial', q);
  const work = workName(frame, q);
  if (work) return named(work, q);
  const counted = countedName(frame, q, claimed);
  if (counted) return named(counted, q);
  if (q.kind === 'duration' && /^(?:every|each)$/.test(frame.tokens[q.from - 1]?.lower ?? ''))
    return named(claimed.claim?.family.id === 'gc pause' ? 'gc.interval' : 'duration.stated', q);
  if (q.kind === 'duration' && /^(?:first|last|next)$/.test(frame.tokens[q.from - 1]?.lower ?? ''))
    return named('duration.stated', q);
  if (q.kind === 'duration' && endsRamp(frame, q)) return named('burst.ramp', q);
  if (q.kind === 'duration' && keepsUp(frame, q)) return named('burst.duration', q);

  // "the load job writes 220k rows/s"
  if (q.kind === 'rate' && /^rows?$/.test(q.noun ?? ''))
    return named(
      /\b(?:writ\w+|inserts?|inserting|loads?|loading|ingests?|upserts?)\b/.test(
        wordsAround(frame, q.from - 6, 6),
      )
        ? 'writes.rate'
        : 'rate.stated',
      q,
    );
  if (growsBy(frame, q) && q.kind === 'rate') return named('rate.stated', q);
  if (growsBy(frame, q) && q.kind === 'duration') return named('duration.stated', q);
  const behind = frame.tokens[q.to]?.lower === 'http' ? q.to + 1 : q.to;
  if (q.kind === 'percent' && frame.passed.some((p) => p.why === 'status' && p.from === behind))
    return named('errors.ratio', q);
  // "Mongo CPU 70%, cache 97% used": how full something else is.
  if (
    q.kind === 'percent' &&
    /^(?:used|full|filled|occupied)$/.test(frame.tokens[q.to]?.lower ?? '') &&
    claimed.claim !== undefined &&
    frame.segment[claimed.claim.from] !== frame.segment[q.from]
  )
    return named('ratio.stated', q);
  if (
    q.kind === 'factor' &&
    /^times$/.test(frame.tokens[q.to - 1]?.lower ?? '') &&
    PER_REQUEST.test(q.per ?? '')
  )
    return perRequest(q);
  // "0.7% of calls hit the 1 s timeout"
  if (
    q.kind === 'percent' &&
    /^of (?:\w+ ){1,2}(?:hit|hits|reach|reaches|exceed|exceeds|run into|runs into)\b.*\b(?:timeout|deadline)\b/.test(
      wordsAround(frame, q.to, 10),
    )
  )
    return named('timeouts.ratio', q);
  // "80% of the 100 connections used"
  if (q.kind === 'percent' && ofConnections(frame, q)) return named('connections.utilisation', q);
  if (q.kind === 'percent' && isPartOfWork(frame, q)) return named('ratio.stated', q);
  if (q.kind === 'duration' && isLabelled(frame, q) && claimed.claim?.family.id !== 'lag')
    return named('duration.stated', q);
  if (
    q.kind === 'duration' &&
    STREAM.test(q.per ?? '') &&
    q.value < 600 &&
    !claimed.claim?.family.names.duration?.startsWith('latency')
  )
    return named('latency.mean', q);
  // "job latency < 30 s": how long a job waits for its turn.
  if (
    q.kind === 'duration' &&
    claimed.claim?.family.id === 'latency' &&
    claimed.statistic === undefined &&
    /^(?:latency|latencies|delay)$/.test(frame.tokens[claimed.claim.from]?.lower ?? '') &&
    /^(?:jobs?|queues?|tasks?)$/.test(frame.tokens[claimed.claim.from - 1]?.lower ?? '') &&
    q.value >= 1
  )
    return named('queue.delay', q);
  // "2.2k jobs/min done, 2.9k jobs/min in"
  if (q.kind === 'rate' && /^(?:jobs?|tasks?)$/.test(q.noun ?? '') && endsClause(frame, q.to + 1)) {
    const way = frame.tokens[q.to]?.lower ?? '';
    if (/^(?:in|inbound|incoming|arriving)$/.test(way)) return named('queue.arrivalRate', q);
    if (/^(?:out|outbound)$/.test(way)) return named('queue.serviceRate', q);
  }
  // "jobs start within 60s"
  if (
    q.kind === 'duration' &&
    /\b(?:jobs?|tasks?|messages?|items?) (?:start|starts|begin|begins|run|are picked up|picked up)(?: within| in| after| under)?$/.test(
      wordsAround(frame, q.from - 5, 5),
    )
  )
    return named('queue.delay', q);
  const wait = waitOf(frame, q, claimed);
  if (wait) return named(wait, q);
  const tail = tailOf(frame, q, claimed);
  if (tail) return named(`latency.${tail}`, q);
  // "no restarts, 30 req/s": requests are not the restarts of the clause before.
  const strayed =
    claimed.claim?.family.id === 'count' &&
    q.kind === 'rate' &&
    /^(?:req|reqs|requests?|quer(?:y|ies)|calls?|transactions?)$/.test(q.noun ?? '') &&
    frame.segment[claimed.claim.from] !== frame.segment[q.from];
  const claim = strayed ? undefined : (pausesOf(frame, q, claimed) ?? meantFor(frame, q, claimed));
  // "Postgres cache hit 93%": the database's own buffers.
  if (
    claim?.family.id === 'hit ratio' &&
    q.kind === 'percent' &&
    (mentions.some((m) => m.to === claim.from && m.subject.kind === 'database') ||
      isOfDatabase(frame, claim.from, mentions))
  )
    return named('buffer.hitRatio', q);
  const kind = claim ? kindFor(q, claim.family) : q.kind;
  const template = claim?.family.names[kind];
  if (template !== undefined && claim) {
    const name = template.endsWith('*') ? withStatistic(template, claimed.statistic?.name, q) : template;
    return adjusted(name, claim.family.id, q, claimed, frame);
  }
  return byKind(frame, q, claimed, mentions);
}

/** "Postgres CPU 74%, dead tuples 38%, cache hit 91%": a cache named by nothing else, among figures of a database. */
function isOfDatabase(frame: Frame, at: number, mentions: readonly Mention[]): boolean {
  if (frame.tokens[at]?.lower !== 'cache') return false;
  let last: Mention | undefined;
  for (const m of mentions)
    if (
      m.to <= at &&
      frame.sentence[m.from] === frame.sentence[at] &&
      (frame.segment[at] ?? 0) - (frame.segment[m.from] ?? 0) <= 3
    )
      last = m;
  return last?.subject.kind === 'database' && last.how === 'named';
}

/** "5 sequential API calls", "4 serial hops", "3 calls one after the other". */
const isSerial = (frame: Frame, q: Quantity): boolean =>
  /^(?:sequential|serial|chained|consecutive|dependent|blocking)\b/.test(
    wordsAround(frame, q.nounTokens?.[0] ?? q.to, 3),
  ) ||
  (q.noun !== undefined &&
    /^(?:in series|one after|sequentially|back to back)/.test(wordsAround(frame, q.to, 2)));

const PER_REQUEST = /^(?:requests?|req|quer(?:y|ies)|pages?|calls?|views?|orders?|checkouts?|transactions?)$/;

/** "top query 41% of DTU": one statement's part of the work, not how busy the processors are. */
const isPartOfWork = (frame: Frame, q: Quantity): boolean =>
  frame.tokens[q.to]?.lower === 'of' &&
  /^(?:the |all |total )?(?:e?dtus?|cpu|db|database|processor|execution|total)\b/.test(
    wordsAround(frame, q.to + 1, 3),
  );

/** "growing by 900 messages/s": how fast something rises, not the load. */
const growsBy = (frame: Frame, q: Quantity): boolean =>
  /\b(?:grow|grows|growing|grew|rise|rises|rose|rising|climb|climbs|climbed|climbing|increase|increases|increased|increasing|up|worse|slower)(?: \w+)? by$/.test(
    wordsAround(frame, q.from - 4, 4),
  );

const endsClause = (frame: Frame, at: number): boolean => {
  const t = frame.tokens[at];
  return t === undefined || t.kind === 'break' || /^[,;.)]$/.test(t.text);
};

/** "wait p95 12 s in the export queue": how long work waits for its turn, not how long it takes. */
function waitOf(frame: Frame, q: Quantity, claimed: Claimed): string | undefined {
  const at = claimed.statistic && claimed.statistic.to <= q.from ? claimed.statistic.from : q.from;
  const before = wordsAround(frame, at - 5, 5);
  if (q.kind !== 'duration' || q.from - at > 3) return undefined;
  // "HikariCP pending 45, acquire p95 1.4 s"
  if (
    /\b(?:acquire|acquisition|borrow)$/.test(before) &&
    /\b(?:hikari\w*|pools?|jdbc|connections?)\b/.test(wordsAround(frame, at - 10, 10))
  )
    return `pool.wait.${claimed.statistic?.name ?? 'mean'}`;
  if (/^(?:pool wait|lock wait|lag)$/.test(claimed.claim?.family.id ?? '')) return undefined;
  if (
    !/\b(?:waits?|waiting|wait time)$/.test(before) ||
    /\b(?:pools?|hikari\w*|pgbouncer|jdbc|dbcp|connections?|checkout|locks?|io|cpu|disk|latch)\b/.test(before)
  )
    return undefined;
  return /\b(?:queues?|jobs?|tasks?|messages?)\b/.test(`${before} ${wordsAround(frame, q.to, 5)}`)
    ? 'queue.delay'
    : 'duration.stated';
}

/** A percentile right beside a duration says what it is, whatever else the clause speaks of: "p99 is 780 ms and requests queue". */
function tailOf(frame: Frame, q: Quantity, claimed: Claimed): string | undefined {
  const s = claimed.statistic;
  if (q.kind !== 'duration' || !s || !/^p\d/.test(s.name) || s.to > q.from || q.from - s.to > 2)
    return undefined;
  const claim = claimed.claim;
  if (!claim) return undefined;
  const template = claim.family.names.duration ?? '';
  if (template.endsWith('*'))
    return claim.family.id === 'latency' ||
      (claim.to <= q.from && frame.segment[claim.from] === frame.segment[q.from])
      ? undefined
      : s.name;
  const own = claim.to <= q.from && frame.segment[claim.from] === frame.segment[q.from];
  return own && !/^(?:scaleout\.delay|timeout|burst\.\w+|ttl|batch\.duration)$/.test(template)
    ? undefined
    : s.name;
}

/** "full GC every 90 s lasting 1.8 s": how long the pause is, not how long a burst is. */
function pausesOf(frame: Frame, q: Quantity, claimed: Claimed): Claimed['claim'] {
  const family = claimed.claim?.family;
  const weak = family?.id === 'burst duration' || (family?.id === 'latency' && family.weak);
  if (q.kind !== 'duration' || !weak || claimed.statistic) return undefined;
  const pause = frame.families.find(
    (m) =>
      m.to <= q.from &&
      frame.sentence[m.from] === frame.sentence[q.from] &&
      q.from - m.to < 8 &&
      m.value.some((f) => f.id === 'gc pause'),
  );
  const pauses = pause?.value.find((f) => f.id === 'gc pause');
  return pause && pauses ? { family: pauses, from: pause.from, to: pause.to, cost: 0 } : undefined;
}

/** "no reuse between 3 hostnames": a figure right before a word of its own counts that, not what was named further left. */
function meantFor(frame: Frame, q: Quantity, claimed: Claimed): Claimed['claim'] {
  const claim = claimed.claim;
  if (!claim || q.kind !== 'bare' || q.noun !== undefined || claim.from >= q.from || claim.to >= q.from)
    return claim;
  const next = frame.tokens[q.to];
  if (next?.kind !== 'word' || frame.segment[q.to] !== frame.segment[q.from] || q.sizeSuffix) return claim;
  const own =
    STOP.has(next.lower) ||
    /^(?:qps|rps|tps|rpm|max|min|avg|busy|used|active|total|peak|steady|free|idle|pending|waiting|open|limit|concurrent|each|ok|usable|allowed|available|behind|high|deep|long|now|today)$/.test(
      next.lower,
    ) ||
    /(?:ed|ing|ly)$/.test(next.lower) ||
    frame.families.some((m) => m.from === q.to) ||
    frame.statistics.some((m) => m.from === q.to);
  return own ? claim : undefined;
}

function withStatistic(template: string, statistic: string | undefined, q: Quantity): string {
  const stem = template.slice(0, -1);
  void q;
  if (stem === 'gc.pause.')
    return statistic === 'mean' || statistic === 'p50'
      ? 'gc.pause.mean'
      : statistic && statistic !== 'max'
        ? `gc.pause.${statistic}`
        : 'gc.pause.p99';
  if (stem === 'eventloop.delay.')
    return `eventloop.delay.${statistic && statistic !== 'max' ? statistic : 'p99'}`;
  return `${stem}${statistic ?? 'mean'}`;
}
