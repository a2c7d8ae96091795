import { type Claimed, nounName } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { COUNT_NOUNS } from '../nouns.js';
import { wordsAround } from './around.js';

/** The count of connections that a share is of: "80% of the 100 connections". */
export function ofConnections(frame: Frame, q: Quantity): Quantity | undefined {
  if (frame.tokens[q.to]?.lower !== 'of') return undefined;
  return frame.quantities.find(
    (x) => x.from > q.to && x.from - q.to <= 3 && x.kind === 'bare' && nounName(x) === 'connections.used',
  );
}

/** A bare number with a counted noun: the noun decides, but for words that say what is done with the things. */
export function countedName(frame: Frame, q: Quantity, claimed: Claimed): string | undefined {
  if (q.kind !== 'bare') return undefined;
  const noun = nounName(q);
  const id = claimed.claim?.family.id;
  const close = (claimed.claim?.cost ?? 99) < 7;
  const per = q.per ?? '';
  const tail = wordsAround(frame, q.to, 6);
  const head = wordsAround(frame, q.from - 5, 5);
  if (
    noun === undefined &&
    frame.tokens[q.to]?.lower === 'times' &&
    /^per (?:\w+ ){0,2}(?:request|query|page|call|order|view|checkout)/.test(wordsAround(frame, q.to + 1, 4))
  )
    return 'calls.perRequest';
  if (noun === undefined && /\b(?:to return|returns|returning|to show|to yield)(?: only| just)?$/.test(head))
    return 'rows.returned';
  if (noun === undefined) return ofParenthesis(frame, q);
  // "PgBouncer queue 120 clients", "85 clients waiting"
  if (
    noun === 'users' &&
    /^(?:clients?|sessions?|requests?)$/.test(q.noun ?? '') &&
    /\b(?:queued?|waiting|pending)$/.test(`${head}`)
  )
    return /\b(?:pgbouncer|proxysql|pgcat|odyssey|hikari\w*|pool)\b/.test(head)
      ? 'pool.pending'
      : 'count.stated';
  // "3-node replica set": machines.
  if (noun === 'replicas' && /^nodes? replica\b/.test(nounText(frame, q))) return 'instances';
  // "Hazelcast (3 members)", "MongoDB replica set (3 members)": machines of a part.
  if (
    /^members?$/.test(q.noun ?? '') &&
    (frame.group[q.from] ?? 0) > 0 &&
    /^(?:architecture|dependencies)$/.test(frame.input)
  )
    return 'instances';
  if (
    /^(?:request|page|call|req|order|transaction|operation|view|checkout|search|booking)/.test(per) &&
    /^(?:quer|call|request|statement|sql|lookup|select|read|write|rpc|hop|round|span)/.test(q.noun ?? '')
  )
    return 'calls.perRequest';
  // "3 lookups per bid", "1 query per event": work that one piece of work makes.
  if (
    per !== '' &&
    !/^(?:each|node|shard|pod|host|instance|worker|consumer|partition|broker|server|tenant|user|process|thread|core|connection|client|device|batch|customer|region|cluster)$/.test(
      per,
    ) &&
    CALLS.test(q.noun ?? '')
  )
    return 'calls.perRequest';
  // "quiz submit runs 64 queries"
  if (
    /^(?:quer(?:y|ies)|statements?|selects?|lookups?|sql)$/.test(q.noun ?? '') &&
    q.per === undefined &&
    /^(?:runs|issues|fires|executes|makes|performs|triggers)$/.test(frame.tokens[q.from - 1]?.lower ?? '') &&
    frame.input !== 'architecture'
  )
    return 'calls.perRequest';
  if (CALLS.test(q.noun ?? '') && q.per === undefined && ONE_MAKES.test(wordsInClause(frame, q)))
    return 'calls.perRequest';
  if (/^(?:quer|call|request|statement|page|result)/.test(per) && noun === 'rows.count')
    return 'rows.perCall';
  if (
    /\b(?:return|returns|returning|yields?|keeps?|shows?)(?: only| just)?$/.test(head) &&
    (noun === 'rows.count' || noun === 'count.stated')
  )
    return 'rows.returned';
  if (noun === 'rows.count' && close && id === 'rows per call') return 'rows.perCall';
  if (noun === 'rows.count' && close && id === 'lag') return 'queue.depth';
  // "each query hits all 45 shards"
  if (
    /^(?:shards|partitions|instances)$/.test(noun) &&
    /\b(?:hits|touches|asks|queries|visits|scans|goes to|fans out to)(?: all| every)?(?: the)?$/.test(head)
  )
    return 'fanout.count';
  // "permits 40 parallel calls", "contract: 50 concurrent requests": how many may be open at once.
  if (
    /^(?:calls?|requests?|quer(?:y|ies))$/.test(q.noun ?? '') &&
    /\b(?:parallel|concurrent|simultaneous)\b/.test(nounText(frame, q)) &&
    /^(?:constraints|dependencies)$/.test(frame.input)
  )
    return 'connections.limit';
  // "9 tasks" of ECS are machines.
  if (
    /^tasks?$/.test(q.noun ?? '') &&
    frame.input === 'architecture' &&
    /\b(?:fargate|ecs)\b/i.test(frame.text)
  )
    return 'instances';
  if (
    /^(?:sessions?|transactions?|quer(?:y|ies)|statements?|connections?|backends?|spids?|process(?:es)?)$/.test(
      q.noun ?? '',
    ) &&
    /\b(?:blocked|lock.?waiting|waiting (?:on|for) (?:a )?(?:row )?locks?|wait(?:ing)? on locks?)\b/.test(
      `${nounText(frame, q)} ${tail}`,
    )
  )
    return 'lock.waiting';
  // "SQL blocking: 140 sessions waiting"
  if (
    /^(?:sessions?|transactions?|quer(?:y|ies)|statements?|backends?|spids?)$/.test(q.noun ?? '') &&
    /^(?:waiting|queued|stuck|blocked)\b/.test(tail) &&
    /\b(?:blocking|locks?|locking|blocked|lock (?:waits?|contention))\b[\w ]*$/.test(head)
  )
    return 'lock.waiting';
  // "PgBouncer (transaction, 80 server connections)": what a pooler may open.
  if (
    noun === 'connections.used' &&
    frame.input === 'architecture' &&
    (frame.group[q.from] ?? 0) > 0 &&
    /^(?:server|backend|pooled|db|database) /.test(nounText(frame, q))
  )
    return 'pool.limit';
  if (noun === 'connections.used') {
    if (frame.quantities.some((x) => x.kind === 'percent' && ofConnections(frame, x) === q))
      return 'connections.limit';
    const nounText = q.nounTokens
      ? wordsAround(frame, q.nounTokens[0], q.nounTokens[1] - q.nounTokens[0])
      : '';
    if (
      /\b(?:max|maximum)\b/.test(nounText) ||
      /\b(?:max|maximum|limit|limited to|up to|allows|allowed|cap|capped|plan|tier|fixed at|quota|ceiling)\b/.test(
        `${head} ${nounText}`,
      ) ||
      (frame.input === 'constraints' && !/\b(?:us\w+|open|active|busy)\b/.test(`${head} ${tail}`)) ||
      q.comparator === '<=' ||
      (frame.tokens[q.to]?.text !== '(' && /^\s*(?:max|limit|allowed|available)/.test(tail))
    )
      return id === 'pool' && close ? 'pool.limit' : 'connections.limit';
    if (close && (id === 'pool' || id === 'connection limit') && /pool/.test(head)) return 'pool.limit';
    if (
      /^(?:pod|instance|process|worker|each|service|host|node|app|server)/.test(per) ||
      /\bpool\b/.test(`${head} ${tail}`)
    )
      return 'pool.limit';
    return 'connections.used';
  }
  // "85 threads waiting" for a connection of the pool spoken of
  if (noun === 'threads.limit' && /^(?:waiting|queued|pending|parked|blocked)\b/.test(tail))
    return /\b(?:pool|hikari\w*|connections?)\b/i.test(wordsAround(frame, q.from - 14, 24))
      ? 'pool.pending'
      : 'threads.pending';
  if (noun === 'threads.limit')
    return /\b(?:busy|active|used|blocked|running|in use)\b/.test(`${head} ${tail}`)
      ? 'threads.used'
      : 'threads.limit';
  if (noun === 'count.stated') {
    if (close && id === 'lag' && !/^queues?$/.test(q.noun ?? '')) return 'queue.depth';
    if (close && id === 'retries') return undefined;
    if (close && id === 'fan-out') return 'fanout.count';
    if (close && id === 'calls per request') return 'calls.perRequest';
  }
  return noun;
}

const nounText = (frame: Frame, q: Quantity): string =>
  q.nounTokens ? wordsAround(frame, q.nounTokens[0], q.nounTokens[1] - q.nounTokens[0]) : '';

const CALLS =
  /^(?:reads?|writes?|inserts?|updates?|commands?|gets?|sets?|quer(?:y|ies)|calls?|statements?|lookups?|selects?|rpcs?|hops?|round ?trips?)$/;

/** "a timetable page issues 140 queries", "every search fires 12 calls", "each answer does 6 queries" */
const ONE_MAKES =
  /\b(?:each|every) [a-z-]{3,} (?:issues?|makes?|fires?|executes?|runs?|does|needs|triggers?|sends?|takes|performs?|costs)$|(?:^|\b)(?:an?|each|every|one|per|single|average|the average) (?:[\w/-]+ ){0,3}?(?:pages?|requests?|views?|calls?|quer(?:y|ies)|search(?:es)?|checkouts?|orders?|screens?|loads?|renders?|hits?|refresh(?:es)?|lookups?|transactions?|messages?|events?) (?:now |then |still |alone )?(?:issues?|makes?|fires?|executes?|runs?|does|needs|triggers?|sends?|takes|performs?|costs|results in|leads to|causes|generates|produces)\b/;

const wordsInClause = (frame: Frame, q: Quantity): string => {
  let from = q.from;
  while (from > 0 && q.from - from < 14 && frame.segment[from - 1] === frame.segment[q.from]) from--;
  return wordsAround(frame, from, q.from - from);
};

/** "per open browser (~6,000 open)": a figure alone in a parenthesis counts the users named right before it. */
function ofParenthesis(frame: Frame, q: Quantity): string | undefined {
  const open = frame.opens[frame.group[q.from] ?? 0] ?? -1;
  if (open < 1 || q.from - open > 2) return undefined;
  const name = COUNT_NOUNS.get(frame.tokens[open - 1]?.lower ?? '');
  return name === 'users' ? name : undefined;
}
