import type { Subject, Unit } from '../domain/index.js';
import type { About } from './about/scene.js';
import type { Claimed } from './claims.js';
import type { Quantity } from './figures/quantity.js';
import type { Frame } from './frame.js';
import { COUNT_NOUNS } from './nouns.js';
import { productOf } from './products.js';

/** A measure with its figure, before it becomes a fact. */
export interface Named {
  name: string;
  value: number;
  unit: Unit;
  interval?: [number, number];
}

/** What is looked at to doubt a reading. */
export interface Doubtful {
  frame: Frame;
  q: Quantity;
  named: Named;
  claimed: Claimed;
  about: About & { explicit: boolean };
  app: Subject;
}

/**
 * The reading where it holds, `said` where the figure is shown as said and used for nothing, or undefined where it is
 * better not understood. A wrong measure costs more than a missing one.
 */
export function doubt(d: Doubtful): Named | undefined {
  for (const rule of RULES) {
    if (!rule.of.test(d.named.name)) continue;
    const verdict = rule.holds(d);
    if (verdict === 'said') return asSaid(d.named, d.q);
    if (verdict === 'no') return undefined;
  }
  return d.named;
}

const SOME =
  /\b(?:one|a single|two|three|some) (?:\w+ ){0,2}(?:nodes?|shards?|hosts?|instances?|servers?|pods?|cores?|brokers?|workers?|partitions?|machines?)\b/i;

type Verdict = 'fine' | 'said' | 'no';
interface Rule {
  of: RegExp;
  holds: (d: Doubtful) => Verdict;
}
const said = (when: boolean): Verdict => (when ? 'said' : 'fine');

const RULES: readonly Rule[] = [
  // "20–80 pods": how far it scales, not how many there are.
  {
    of: /^(?:instances|workers)$/,
    holds: (d) => said(d.named.interval !== undefined && d.named.interval[1] >= 1.5 * d.named.interval[0]),
  },
  // "HPA at 65% CPU": when it scales, not how busy it is.
  {
    of: /^(?:cpu|memory)\.utilisation$/,
    holds: (d) =>
      said(
        /\b(?:hpa|autoscal\w*|scal(?:es?|ing|ed)(?: out| up| in)?|scale-?out|target tracking|keda|asg|vpa|trigger\w*|threshold|alert\w*)\b/i.test(
          clause(d),
        ) && !/\b(?:while|but|before|when)\b/i.test(clause(d)),
      ),
  },
  // "thread pool rejections 1.8%": what was turned away, not how full it is.
  {
    of: /^(?:threads|workers|pool|connections)\.utilisation$/,
    holds: (d) =>
      said(
        /\b(?:reject\w*|timeouts?|errors?|fail\w*|drop\w*|refus\w*|exhaust\w*|aborts?)\b/i.test(clause(d)),
      ),
  },
  // "to points workers (10)" beside a queue: whose they are was not understood.
  { of: /^workers$/, holds: (d) => said(d.about.subject.kind === 'queue') },
  // "+3 queries per item": what was added to the calls.
  {
    of: /^calls\.perRequest$/,
    holds: (d) => said(d.q.signed !== undefined || /^(?:item|row|line|product)$/.test(d.q.per ?? '')),
  },
  // "38M documents, 60 KB each": of what is stored.
  {
    of: /^payload\./,
    holds: (d) =>
      said(
        d.q.per === 'each' &&
          d.frame.quantities.some(
            (x) =>
              x.to <= d.q.from &&
              d.q.from - x.to <= 3 &&
              /^(?:doc|document|row|record|object|file|item|listing|product|vector)s?$/.test(x.noun ?? ''),
          ),
      ),
  },
  // "value size limit raised to 4 MB": what is allowed, not what is sent.
  { of: /^payload\./, holds: (d) => said(/\b(?:limit|cap|threshold)\b/i.test(clause(d))) },
  // "Argon2 memory raised to 64 MB": a setting of something, not what the process holds.
  {
    of: /^memory\.used$/,
    holds: (d) =>
      said(
        d.frame.input === 'recent_changes' &&
          !/\b(?:usage|use|rss|grew|grown|grows|leak\w*|resident)\b/i.test(clause(d)),
      ),
  },
  // "replicas reduced from 2 to 1" of one of several stores
  {
    of: /^instances$/,
    holds: (d) =>
      said(d.frame.input === 'recent_changes' && !d.about.explicit && /\breplicas?\b/i.test(clause(d))),
  },
  // "pods from 4 CPU to 2 CPU, replicas 10 -> 18": of a deployment, not of a store.
  {
    of: /^replicas$/,
    holds: (d) =>
      said(
        d.frame.input === 'recent_changes' &&
          !d.about.explicit &&
          /\b(?:pods?|hpa|deployments?|cpu|ecs|tasks|dynos?|gomaxprocs)\b/i.test(sentence(d)),
      ),
  },
  // "table of 1.6 TB of messages": no message weighs a gigabyte.
  { of: /^payload\./, holds: (d) => said(d.named.value >= 1e9) },
  // "sink batch interval reduced from 10 s to 200 ms": how often, not how long.
  {
    of: /^batch\.duration$/,
    holds: (d) => said(/\b(?:interval|window|linger|size|delay|timeout)\b/i.test(clause(d))),
  },
  // "log file sync 14 ms": no job is over in a second.
  { of: /^batch\.duration$/, holds: (d) => said(d.named.value < 1 && !/\bbatch/i.test(clause(d))) },
  // "1,800 req/min per host" is a part of the load.
  {
    of: /^throughput$/,
    holds: (d) =>
      said(
        // "400k clients in 90 seconds" come back; they are no requests.
        (COUNT_NOUNS.get(d.q.noun ?? '') === 'users' && / (?:in|within|over) /.test(inside(d))) ||
          // "H12 timeouts: about 90 per minute" counts what went wrong.
          (d.q.noun === undefined &&
            /\b(?:slow (?:queries|query|statements?|requests?)|fetches|faults|churn|new connections|connections (?:opened|created)|handshakes|compactions?|flushes|syscalls|commits|splits|timeouts?|errors?|failures?|exceptions?|restarts?|crashes|5xx|oom\w*|deadlocks?|retries|disconnects?|reconnects?|rebalances?|evictions?|rejections?|warnings?|kills?|pauses?|alerts?)\b[^,;]{0,12}$/i.test(
              left(d, 5),
            )) ||
          (d.q.noun === undefined &&
            /^(?:drops|retransmits|resets|evictions|preemptions|handshakes|faults|misses|interrupts|switches|flushes|splits|aborts|deadlocks|reconnects|disconnects)$/i.test(
              d.frame.tokens[d.q.from - 1]?.text ?? '',
            )) ||
          /^(?:each|apiece|pod|node|host|instance|server|worker|task|gpu|shard|partition|broker|machine|container|replica|user|client|device|connection|core)$/.test(
            d.q.per ?? '',
          ),
      ),
  },
  // "consumer throughput 900 msg/s per pod": what one of them takes.
  {
    of: /^queue\.(?:serviceRate|arrivalRate)$/,
    holds: (d) =>
      said(
        /^(?:each|apiece|pod|node|host|instance|server|worker|task|consumer|thread|replica|partition|shard|process|core|container|machine)$/.test(
          d.q.per ?? '',
        ),
      ),
  },
  // "88% availability polling" of a workload is a class of requests.
  { of: /^availability\./, holds: (d) => said(d.frame.input === 'workload') },
  // "report spans 90 days": how much it covers.
  {
    of: /^batch\.duration$/,
    holds: (d) =>
      said(
        /\b(?:spans?|spanning|covers?|covering|range|history|horizon)\b/i.test(clause(d)) ||
          d.named.value > 14 * 86_400,
      ),
  },
  // "9 Node, 5 Java": services in a language.
  {
    of: /^instances$/,
    holds: (d) => {
      const noun = d.frame.tokens[(d.q.nounTokens?.[1] ?? 0) - 1]?.text;
      if (noun === 'Node' && d.q.value !== 1) return 'no';
      const live = /^(?:performance_issues|current_metrics)$/.test(d.frame.input);
      // "one node at a time", "at most 2 more nodes", "two nodes are lost": some of them.
      return said(
        d.q.signed !== undefined ||
          d.q.value === 0 ||
          /\bmore\b/.test(inside(d)) ||
          /^(?:more|extra|additional)$/i.test(d.frame.tokens[d.q.to]?.text ?? '') ||
          (live && d.q.inWords === true && d.q.value <= 3) ||
          (live && d.q.value <= 5 && /^(?:on|of)$/i.test(d.frame.tokens[d.q.from - 1]?.text ?? '')),
      );
    },
  },
  // "rooms above 10k users", "groups of up to 5,000 members", "three hospitals joined": not who uses the system.
  {
    of: /^users$/,
    holds: (d) =>
      said(
        d.q.per !== undefined ||
          (d.frame.input !== 'target_metrics' && (d.q.comparator === '<' || d.q.comparator === '>')) ||
          (d.frame.input === 'recent_changes' && d.q.noun !== undefined) ||
          d.frame.input === 'constraints' ||
          // "Oracle CPU 72%, active sessions 96": work inside the database.
          (/\bactive sessions?\b/i.test(clause(d)) && d.q.value < 5000 && tellsOfDatabase(d)) ||
          (d.q.inWords === true && d.q.value <= 12) ||
          (d.q.value <= 12 && d.frame.input !== 'architecture') ||
          /\b(?:waves|groups|batches|cohorts|lists|segments|chunks) of$/i.test(left(d, 2)) ||
          // "two thirds of the calls are from 5 customers": the few that carry a share.
          (d.q.value <= 100 && /^(?:from|by)$/i.test(d.frame.tokens[d.q.from - 1]?.text ?? '')),
      ),
  },
  // "4,000 listings a page", "38,000 entries in the synonyms file": rows only where a table is meant.
  {
    of: /^rows\.count$/,
    holds: (d) =>
      said(
        d.q.value < 1000 ||
          (d.q.per !== undefined && d.q.per !== 'each') ||
          // "export of 40k rows on average"
          /\b(?:exports?|imports?|files?|reports?|batch(?:es)?|pages?|results?|uploads?|csvs?|chunks?) (?:of|with)$/i.test(
            left(d, 3).replace(/ [~<>]+$/, ''),
          ) ||
          /^(?:on average|average|avg|each)\b/i.test(words(d.frame, d.q.to, d.q.to + 2)) ||
          // "60 SKUs out of 40k"
          /^(?:out )?of$/i.test(words(d.frame, d.q.to, d.q.to + 2).replace(/ [\d.k]+$/i, '')) ||
          (!d.about.explicit &&
            /^(?:listing|entry|entries|article|key|product|edge|listings|articles|keys|products)$/.test(
              d.q.noun ?? '',
            )),
      ),
  },
  // "pending compactions 640", "16 of 16 merges in the pool": only a pool of connections or threads is a pool.
  {
    of: /^pool\.(?:pending|used|limit)$/,
    holds: (d) =>
      said(
        !/\b(?:connections?|conns?|hikari\w*|jdbc|pgbouncer|db|database|postgres\w*|mysql|sql|datasource|activerecord|sequelize|prisma|knex|http|pool size|pool of|max ?pool\w*|pg|oracle|maximum ?pool\w*|pool limit|poolsize|threads?|requests|acquires?|clients?)\b/i.test(
          around(d, 8),
        ) && !/^(?:pool|pools)$/i.test(d.frame.tokens[d.q.from - 1]?.text ?? ''),
      ),
  },
  // "messages with a TTL of 24 h": a cache's only where a cache is spoken of.
  {
    of: /^ttl$/,
    holds: (d) =>
      said(
        !d.about.explicit &&
          !/\b(?:cache\w*|redis|memcached|varnish|cdn|keys?|hit|stale|fastly|cloudfront|sessions?)\b/i.test(
            sentence(d),
          ),
      ),
  },
  // "identity service (cached 10 min, 98% hits)": of a cache that stands with that dependency.
  {
    of: /^cache\.hitRatio$/,
    holds: (d) => said(d.frame.input === 'dependencies' && !d.about.explicit && outerOwner(d) !== undefined),
  },
  // "LOH allocations 1.2 GB/min": nothing that goes over the network.
  {
    of: /^network\.throughput$/,
    holds: (d) =>
      /\b(?:alloc\w*|gc|garbage|heap|logs?|wal|redo|binlog|scan\w*)\b/i.test(clause(d)) ? 'no' : 'fine',
  },
  // "query cache hit 11%", "field data evictions": of a cache inside a part.
  {
    of: /^cache\./,
    holds: (d) => said(!d.about.explicit && foreign(d)),
  },
  // "Mirth queue 55,000": of a queue nobody named as a part.
  {
    of: /^queue\.(?:depth|delay|limit)$/,
    holds: (d) =>
      said(
        (!d.about.explicit &&
          (properNameBefore(d) ||
            (d.about.subject.kind === 'queue' && /^queue (?:wait|time)/i.test(phrase(d))))) ||
          (/^late$/i.test(phrase(d)) &&
            /^(?:events?|data|arrivals?|records?|messages?)$/i.test(
              d.frame.tokens[d.claimed.claim?.to ?? 0]?.text ?? '',
            )),
      ),
  },
  // "batching delay raised to 20 ms", "linger delay": a setting, not how long things wait.
  {
    of: /^queue\.delay$/,
    holds: (d) =>
      said(
        /^(?:recent_changes|constraints|architecture|dependencies)$/.test(d.frame.input) &&
          !/\blag\b/i.test(phrase(d)),
      ),
  },
  // "queue time 22 min" of a database is waiting to start, not replication.
  {
    of: /^replication\.lag$/,
    holds: (d) =>
      said(/^(?:queue|queued|queues|backlog|late|delayed|delay|age|arrive|freshness)\b/i.test(phrase(d))),
  },
  // "disk latency 9 ms", "Django adds 60 ms", "7 ms each": of a piece of the work, not of requests.
  {
    of: /^latency\.(?:mean|max)$/,
    holds: (d) =>
      said(
        // "the burst needs 11 minutes to be stored": nobody waits that long for an answer.
        (d.named.value >= 120_000 && d.claimed.claim?.family.weak === true) ||
          /^(?:adds?|adding|added|costs?)$/i.test(d.frame.tokens[d.q.from - 1]?.text ?? '') ||
          /\b(?:hung|hangs|down|unavailable|outage|offline|broken|stuck|dead)\b/i.test(left(d, 5)) ||
          (d.q.per === 'each' && d.about.subject.id === d.app.id) ||
          (!d.about.explicit &&
            (/\b(?:disk|fsync|wal|heartbeat|handshakes?|dns|tls|compil\w+|commit|checkpoint|boot|startup|log file sync|sync)\b/i.test(
              left(d, 4),
            ) ||
              outerOwner(d) !== undefined)),
      ),
  },
  // "images average 180 KB", "25 MB exports": not what a request is answered with.
  {
    of: /^payload\./,
    holds: (d) =>
      said(
        /\b(?:images?|photos?|thumbnails?|videos?|attachments?|uploads?|exports?|pdfs?|bundles?|markup|checkpoints?|backups?|files?|package|sessions?|partitions?|shards?|chunks?|segments?|state)\b/i.test(
          `${d.about.from === undefined ? '' : words(d.frame, d.about.from, d.about.to ?? 0)} ${clause(d)} ${claimClause(d)}`,
        ) && !/\b(?:including|response|answer|api|json|html|page weight)\b/i.test(clause(d)),
      ),
  },
  // "tokio worker threads 64": what waits does not hold one of these.
  {
    of: /^threads\./,
    holds: (d) =>
      said(/\b(?:tokio|netty|event.?loop|vert\.?x|libuv|io_uring|reactor|goroutines?)\b/i.test(clause(d))),
  },
  // "account concurrency limit 1,000": a limit of the platform, not workers that run.
  // "uvicorn, 4 workers": event loops, each of which holds many requests at once.
  {
    of: /^workers$/,
    holds: (d) =>
      said(
        d.frame.input === 'constraints' ||
          /\b(?:uvicorn|hypercorn|asyncio|gevent|eventlet|aiohttp|daphne)\b/i.test(around(d, 6)),
      ),
  },
  // "CloudWatch logs $28k (9 TB/day)": of a database only where one is spoken of.
  { of: /^storage\.growth$/, holds: (d) => said(!d.about.explicit) },
  // "budget +€1,200/month", "$2,500 extra a month": what may be added, not the bill.
  {
    of: /^cost\.monthly$/,
    holds: (d) =>
      said(
        d.q.signed !== undefined ||
          /^(?:extra|more|additional|on|less)$/i.test(d.frame.tokens[d.q.to]?.text ?? ''),
      ),
  },
  // "risk check CPU 71%": of something named beside it that is no part we know.
  { of: /^(?:cpu|memory)\.utilisation$/, holds: (d) => said(!d.about.explicit && ownedElsewhere(d)) },
  // "others 12%", "38% elsewhere", "99% on one core": of a part or the rest of a group.
  {
    of: /^(?:cpu|memory|disk)\.utilisation$/,
    holds: (d) =>
      said(
        !/^(?:host|keyspace)$/.test(d.about.subject.kind) &&
          ((/\b(?:others?|elsewhere|rest|remaining|readers?|replicas?|secondar\w+|standbys?)\b/i.test(
            clause(d),
          ) &&
            !/\b(?:primary|writer|master)\b/i.test(clause(d)) &&
            !ownSubject(d)) ||
            SOME.test(left(d, 20)) ||
            /^on (?:one|a single|two|three|some|\d+) (?:of )?\w+/i.test(words(d.frame, d.q.to, d.q.to + 4))),
      ),
  },
];

/** `.stated` keeps the figure with the words beside it, outside every measure. */
function asSaid(named: Named, q: Quantity): Named {
  const kinds: Partial<Record<Quantity['kind'], [string, Unit]>> = {
    duration: ['duration.stated', 's'],
    percent: ['ratio.stated', 'ratio'],
    bytes: ['bytes.stated', 'bytes'],
    rate: ['rate.stated', '1/s'],
    bare: ['count.stated', 'count'],
    factor: ['factor.stated', 'factor'],
    money: ['cost.stated', 'currency'],
    moneyRate: ['cost.stated', 'currency'],
  };
  const [name, unit] = kinds[q.kind] ?? [named.name, named.unit];
  return { name, unit, value: q.value, ...(q.interval ? { interval: q.interval } : {}) };
}

export { asSaid };

const words = (frame: Frame, from: number, to: number): string =>
  frame.tokens
    .slice(Math.max(0, from), Math.max(0, to))
    .map((t) => t.text)
    .join(' ');

const inside = (d: Doubtful): string => words(d.frame, d.q.from, d.q.to);
const phrase = (d: Doubtful): string =>
  d.claimed.claim ? words(d.frame, d.claimed.claim.from, d.claimed.claim.to) : '';
const left = (d: Doubtful, n: number): string => words(d.frame, Math.max(d.q.from - n, start(d)), d.q.from);
const around = (d: Doubtful, n: number): string => words(d.frame, d.q.from - n, d.q.to + n);

function start(d: Doubtful): number {
  let i = d.q.from;
  while (i > 0 && d.frame.segment[i - 1] === d.frame.segment[d.q.from]) i--;
  return i;
}
function end(d: Doubtful): number {
  let i = d.q.to;
  while (i < d.frame.tokens.length && d.frame.segment[i] === d.frame.segment[d.q.from]) i++;
  return i;
}
/** The words of the clause in which the measure was found, where that is another one: "attachments 6 MB average, 25 MB max". */
const claimClause = (d: Doubtful): string => {
  const c = d.claimed.claim;
  if (!c || d.frame.segment[c.from] === d.frame.segment[d.q.from]) return '';
  let from = c.from;
  while (from > 0 && d.frame.segment[from - 1] === d.frame.segment[c.from]) from--;
  return words(d.frame, from, c.to);
};
const clause = (d: Doubtful): string => words(d.frame, start(d), end(d));

function sentence(d: Doubtful): string {
  const home = d.frame.sentence[d.q.from];
  return d.frame.tokens
    .filter((_, i) => Math.abs(i - d.q.from) < 60 && d.frame.sentence[i] === home)
    .map((t) => t.text)
    .join(' ');
}

const COMMON =
  /^(?:container|fleet|cluster|total|machine|vm|dyno|task|process|system|user|kernel|core|cores|web|front|jvm|os|app|application|api|service|server|backend|node|nodes|pod|pods|host|hosts|instance|instances|worker|workers|peak|average|avg|max|mean|the|all|our|with|at|and|sustained|overall|current|high|usage|gunicorn|puma|tomcat|uwsgi|php|fpm|node\.js|is|on|pegged|average|by|goes|to|sits|ecs|eks|gke|ec2|lambda|fargate|beam|main|single|thread|threads|client|level|ready)$/i;

/** Two plain words right before the measure that say whose it is. */
const ownedElsewhere = (d: Doubtful): boolean => {
  const from = d.claimed.claim?.from;
  if (from === undefined || from >= d.q.from) return false;
  const own = d.app.name.toLowerCase();
  const near = [from - 1, from - 2].map((i) =>
    d.frame.segment[i] === d.frame.segment[from] ? d.frame.tokens[i] : undefined,
  );
  return near.every(
    (t) => t?.kind === 'word' && /^[a-z]{3,}$/.test(t.text) && !COMMON.test(t.text) && !own.includes(t.lower),
  );
};

/** A database is named in the figure's sentence. */
const tellsOfDatabase = (d: Doubtful): boolean =>
  d.frame.products.some(
    (p) =>
      productOf(p.product)?.kind === 'database' && d.frame.sentence[p.from] === d.frame.sentence[d.q.from],
  );

/** The subject is named in the figure's own clause. */
const ownSubject = (d: Doubtful): boolean =>
  d.about.from !== undefined && d.frame.segment[d.about.from] === d.frame.segment[d.q.from];

/** A word before the measure says that another cache or queue is meant. */
const foreign = (d: Doubtful): boolean => {
  const from = d.claimed.claim?.from;
  const before = from === undefined ? undefined : d.frame.tokens[from - 1];
  return (
    before?.kind === 'word' &&
    from !== undefined &&
    d.frame.segment[from - 1] === d.frame.segment[from] &&
    /^(?:opcache|apcu|opcode|bytecode|query|plan|statement|kv|wiredtiger|buffer|page|os|opcode|prepared|dns|field|fielddata|data|filter|request|shard|row|block|disk|prefix|key)$/i.test(
      before.text,
    )
  );
};

/** "Mirth queue", "IIS request queue": a name with a capital right before the measure. */
const properNameBefore = (d: Doubtful): boolean => {
  const from = d.claimed.claim?.from;
  if (from === undefined) return false;
  return [from - 1, from - 2].some((i) => {
    const t = d.frame.tokens[i];
    return (
      t?.kind === 'word' &&
      d.frame.segment[i] === d.frame.segment[from] &&
      /^\p{Lu}[\p{L}]{2,}/u.test(t.text) &&
      i > 0 &&
      !/^(?:The|Consumer|Queue|Job|Message|Lag|Kafka|Indexer|Event|Events)$/.test(t.text)
    );
  });
};

/** The words that own the figure's parenthesis, where it has one. */
function outerOwner(d: Doubtful): string | undefined {
  const group = d.frame.group[d.q.from] ?? 0;
  const open = d.frame.opens[group] ?? -1;
  if (group === 0 || open < 1) return undefined;
  const before = d.frame.tokens[open - 1];
  return before?.kind === 'word' && d.frame.input === 'dependencies' ? before.text : undefined;
}
