import type { QuantityKind } from './figures/quantity.js';
import { phraseTree } from './lexicon.js';

/** What a phrase measures, and the fact name for each kind of quantity; `*` stands for the statistic. */
export interface Family {
  id: string;
  names: Partial<Record<QuantityKind, string>>;
  /** A bare number is taken only when it stands right beside the phrase. */
  bareBeside?: boolean;
  /** Loses to any other family that fits as well: "requests", "time". */
  weak?: boolean;
}

const rows: [string, Family][] = [];
const family = (id: string, names: Family['names'], phrases: string, more: Partial<Family> = {}): void => {
  rows.push([phrases, { id, names, ...more }]);
};

family(
  'latency',
  { duration: 'latency.*' },
  'ttft|time to first token|tpot|itl|time per output token|inter token latency|latency|latencies|response time|response times|resp time|responsetime|rt|round trip|round trips|roundtrip|rtt|ttfb|lcp|fcp|inp|tti|largest contentful paint|first contentful paint|interaction to next paint|time to interactive|app start|app start time|time to first byte|page load|page load time|load time|render time|request time|request duration|processing time|query time|execution time|exec time|service time|call time|search time|lookup time|commit time|commit latency|inference time|turnaround|slo latency|successfulrequestlatency',
);
family(
  'latency',
  { duration: 'latency.*' },
  'wait|needs|takes|take|taking|took|brauchen|braucht|dauert|dauern|respond|responds|responding|answers|answers in|returns in|completes in|served in|duration|slow query|slow queries|slow log|slow query log|slow|slower|averages|averaging|spends|spend|costs us|adds|blocks for|waits|runs in|finish in|render|renders|load in|loads in',
  { weak: true },
);
family(
  'throughput',
  { rate: 'throughput', bare: 'throughput', factor: 'burst.factor' },
  'qps|rps|tps|throughput|req/s|requests/s|requests per second|queries per second|transactions per second|rpm|requests per minute|request rate|requests rate',
  { bareBeside: true },
);
family(
  'traffic',
  { rate: 'throughput', factor: 'burst.factor', percent: 'growth.ratio' },
  'rush|peaks|traffic|load|requests|request|calls|invocations|volume|request volume|queries|orders|bookings|payments|transactions|reservations|searches|spike|spikes|burst|bursts|surge|peak|on sale|demand|reads|writes',
  { weak: true },
);
family(
  'errors',
  { percent: 'errors.ratio' },
  'error rate|errors|error|error ratio|failure rate|failures|failure|failing|fail|fails|failed|5xx|5xxs|5xx rate|500s|502|502s|503|503s|504|504s|429s|error budget burn|http errors|exceptions|request errors|end in|crash rate|drop rate|dropped|rejected|rejection rate|abort rate|aborts',
);
family(
  'availability',
  { percent: 'availability.ratio' },
  'availability|success|available|uptime|success rate|success ratio|successful|succeed|reliability|sla|slo|crash free|crash free sessions',
);
family(
  'timeouts',
  { percent: 'timeouts.ratio' },
  'deadline misses|deadline miss rate|missed deadlines|deadlines missed|timeouts|time outs|timeout rate|timing out|timed out|time out|deadline exceeded|deadlineexceeded|requesttimeout|timeout errors|timeout|timeout errors',
);
family(
  'timeout',
  { duration: 'timeout' },
  'timeout|timeouts|time out|deadline|statement timeout|read timeout|connect timeout|connection timeout|request timeout|query timeout|idle timeout|socket timeout|client timeout|gateway timeout|times out after|times out|time limit|acquire timeout|connectiontimeout|visibility timeout|ms budget|time budget|call budget',
);
family(
  'cpu',
  { percent: 'cpu.utilisation', cores: 'cpu.cores' },
  'cpu|cpus|cpu usage|cpu utilisation|cpu utilization|cpu util|cpu load|processor|processors|cpu pegged|dtu|vcpu|dtu/cpu|engine cpu|single thread|main thread|enginecpuutilization',
);
family(
  'throttled',
  { percent: 'cpu.throttled', rate: 'rate.stated' },
  'throttled periods|cpu throttling|cpu throttled|cfs throttled|cfs throttling|container cpu cfs throttled|throttled cpu|nr throttled|container cpu cfs throttled periods total|cfs throttled periods',
);
family(
  'throttling',
  { rate: 'rate.stated', percent: 'throttled.ratio' },
  'throttled requests|throttled|throttling|throttles|throttle events|throttlings|provisionedthroughputexceeded|rate limited|429s rate',
);
family(
  'memory',
  { percent: 'memory.utilisation', bytes: 'memory.used', byteRate: 'memory.growth' },
  'memory|mem|ram|rss|working set|memory usage|memory utilisation|memory utilization|resident memory|memory use|container memory',
);
family(
  'memory limit',
  { bytes: 'memory.limit' },
  'memory limit|oomkilled|oomkilled at|oom killed|oom killed at|maxmemory|mem limit|limit|buffer pool|shared buffers|innodb buffer pool size|buffer pool size|memory each',
  { weak: true },
);
family(
  'heap',
  { percent: 'memory.utilisation', bytes: 'heap.used', byteRate: 'memory.growth' },
  'heap|jvm heap|heap usage|heap used|heap utilisation|heap utilization|old gen|oldgen|old generation|heap after gc|managed heap|gc heap',
);
family(
  'heap limit',
  { bytes: 'heap.limit' },
  'xmx|max heap|heap size|heap limit|heap max|max old space size|maxheap|xms|heap of',
);
family(
  'gc pause',
  { duration: 'gc.pause.*', percent: 'gc.pause.share' },
  'gc|gc pause|gc pauses|garbage collection|garbage collector|stop the world|stw|stw pauses|full gc|full gcs|gc time|gc pause time|pauses|pause|young gc|mixed gc|g1 pauses|gc stalls|gc overhead|gen2 pauses|gen 2|time in gc|old gc|zgc|major gc|minor gc',
);
family(
  'gc cpu',
  { percent: 'ratio.stated' },
  'gc cpu share|gc cpu|gc cpu time|cpu in gc|cpu spent in gc|gc share of cpu',
);
family(
  'event loop',
  { duration: 'eventloop.delay.*', percent: 'eventloop.utilisation' },
  'event loop lag|event loop delay|eventloop lag|eventloop delay|event loop utilisation|event loop utilization|event loop|elu|loop lag|event loop blocked|eventloop',
);
family(
  'disk',
  { percent: 'disk.utilisation', bytes: 'storage.size', byteRate: 'disk.throughput' },
  'disk|disk utilisation|disk utilization|disk util|disk busy|disk usage|io util|io wait|iowait|disk io|disk i/o|ssd|nvme|ebs|volume|disk queue|log io|data io',
);
family(
  'wal',
  { byteRate: 'disk.throughput' },
  'wal|wal rate|wal volume|redo|redo log|binlog|write ahead log|commitlog|commit log',
);
family(
  'iops',
  { bare: 'disk.iops', rate: 'disk.iops', percent: 'disk.utilisation' },
  'iops|disk iops|provisioned iops|piops|write iops|read iops',
  {
    bareBeside: true,
  },
);
family(
  'network',
  { byteRate: 'network.throughput', percent: 'network.utilisation' },
  'network|bandwidth|egress|ingress|nic|network throughput|network out|network in|data transfer',
);
family(
  'storage',
  { bytes: 'storage.size', byteRate: 'storage.growth' },
  'data|dataset|data set|database size|db size|table size|table|index size|storage|on disk|stored|data volume|size of the database|collection|index|log volume|logs|backup|retention|dump|holds|total data|corpus',
  { weak: true },
);
family(
  'connections',
  { bare: 'connections.used', percent: 'connections.utilisation' },
  'connections|connection|conns|db connections|database connections|active connections|open connections|client connections|connections in use|connection count|connected clients|sockets|websockets|concurrent connections|connection usage|connection utilisation|sessions in use|connection slots',
);
family(
  'connection limit',
  { bare: 'connections.limit' },
  'max connections|connection limit|connections limit|max connections at|connection cap|connections max|maximum connections|max client conn|maxclients|worker connections|max user connections|connection ceiling|limit of connections',
);
family(
  'pool',
  { bare: 'pool.limit', percent: 'pool.utilisation', duration: 'pool.wait.*' },
  'pool|pool size|poolsize|pool of|connection pool|connection pools|connection pool size|pool limit|max pool size|maximum pool size|maxpoolsize|maximumpoolsize|hikari|hikari pool|hikaricp|hikaricp pool|db pool|pgbouncer pool|default pool size|max pool|pool max|http pool|http client pool|client pool|max idle conns|max open conns|maxopenconns|setmaxopenconns|maximum pool|min pool size|jdbc pool|activerecord pool|pools',
);
family(
  'pool wait',
  { duration: 'pool.wait.*', bare: 'pool.pending', percent: 'ratio.stated' },
  'pending|checkout wait|checkout waits|pool checkout|pool wait|pool wait time|pool waits|connection wait|connection acquire|connection acquisition|acquire time|acquisition time|connection acquire time|waiting for a connection|waiting for connection|waiting for connections|wait for a connection|wait for connection|checkout time|time to acquire|pool acquisition|pool acquire|connection checkout|waiting threads|pending threads|pending connections|waiting for a db connection|connection wait time|cl waiting|waiting clients|clients waiting|pending acquires|waiting on the pool|waiting for the pool',
);
family(
  'lock wait',
  { duration: 'lock.wait.*', percent: 'ratio.stated', rate: 'rate.stated', bare: 'count.stated' },
  'lock wait|lock waits|lock wait time|row lock wait|row lock waits|row lock time|waiting for locks|waiting on locks|waiting for a lock|waiting on a lock|lock contention|blocked sessions|lock waiting|blocking|deadlocks|deadlock|mutex wait|latch waits|pagelatch|lck m',
);
family(
  'lock hold',
  { duration: 'lock.hold.mean' },
  'holds a row lock|holds a lock|holds the lock|holds the row lock|held for|lock held|lock is held|row lock held|holds locks|hold a lock|holding a lock|holding a row lock|holding the lock|lock hold time|lock hold|held|transaction open|transactions open|holds row locks|transaction stays open|lock duration',
);
family(
  'threads pending',
  { bare: 'threads.pending', duration: 'duration.stated' },
  'request queue time|request queueing|request queuing|request queue wait|time in request queue|router queue|web queue|thread pool queue|threadpool queue|search thread pool queue|write thread pool queue|accept queue|listen queue|request queue|executor queue|listen backlog',
);
family(
  'buffer hit',
  { percent: 'buffer.hitRatio' },
  'buffer pool hit ratio|buffer pool hit rate|buffer hit ratio|buffer cache hit ratio|buffer cache hit rate|shared buffers hit ratio|page cache hit ratio|page cache hit rate|buffer hit rate|shared buffer hit ratio|buffer cache',
);
family(
  'threads',
  { bare: 'threads.limit', percent: 'threads.utilisation' },
  'children|php fpm|fpm|fpm children|php children|threads|thread pool|thread pool size|threadpool|max threads|tomcat threads|worker threads|request threads|server tomcat threads max|threads max|thread pools|io threads|pool threads|thread count',
);
family(
  'workers',
  { bare: 'workers', percent: 'workers.utilisation' },
  'workers|worker|worker processes|consumers|consumer|concurrency|pm max children|max children|processes|gunicorn workers|puma workers|celery concurrency|sidekiq concurrency|worker utilisation|worker utilization|worker utilisation|uvicorn workers|php fpm children|busy workers|worker pool|worker count|consumer concurrency|listener concurrency|prefork',
);
family(
  'hit ratio',
  { percent: 'cache.hitRatio' },
  'hit rate|hit ratio|hitrate|hit|hits|cache hit|cache hits|cache hit rate|cache hit ratio|hit rates|offload|cache offload|cdn offload|served from cache|served from the cache|hit percentage|hr|cacheable hit rate|cache hitrate',
);
family(
  'miss ratio',
  { percent: 'cache.hitRatio' },
  'miss rate|miss ratio|cache miss|cache misses|misses|cache miss rate|cache miss ratio',
);
family(
  'evictions',
  { rate: 'cache.evictions' },
  'evictions|evicted|evicts|eviction|evicted keys|eviction rate|evicting',
);
family(
  'ttl',
  { duration: 'ttl' },
  'ttl|ttls|time to live|expiry|expire|expires|expire after|expiration|expires after|cached for|cached|cache for|max age|maxage|s maxage|cache ttl|stale while revalidate|caches for|invalidated every|refreshed every',
);
family(
  'replication lag',
  { duration: 'replication.lag', bytes: 'bytes.stated' },
  'replication lag|replica lag|replica delay|replication delay|seconds behind master|seconds behind source|lag of the replica|replica is behind|replicas lag|replica lags|replicas are behind|secondary lag|standby lag|read replica lag|slave lag|replicalag|auroreplicalag',
);
family(
  'lag',
  { bare: 'queue.depth', duration: 'queue.delay' },
  'lag|depth|mq depth|lags|lagging|consumer lag|consumer group lag|kafka lag|backlog|backlogs|queue depth|queue length|queue size|queue|queues|queued|backed up|backs up|piles up|piling up|piled up|backlogged|in the queue|enqueued jobs|pending jobs|pending messages|pending tasks|ready messages|unacked|unacknowledged|messages behind|behind|jobs waiting|messages waiting|tasks waiting|outstanding messages|approximatenumberofmessagesvisible|approximateageofoldestmessage|oldest message|age of oldest message|iterator age|iteratorage|iteratoragemilliseconds|watermark lag|watermark|event time lag|stale|staleness|freshness|late|delayed|delay|delays|out of date|queue wait|queue time|queue latency|queue delay|end to end lag|end to end delay|dispatch delay|arrive|scheduling delay|mail within|mails out|mails out within|delivered within|data age|age',
);
family(
  'drain',
  { duration: 'drain.duration' },
  'queue empty|queues empty|empty within|emptied|to drain|drain|drains|to clear|to catch up|catch up|catches up|catching up|drained|clear the backlog|drain time|recover|to recover|recovery takes|recovers',
);
family(
  'arrival',
  { rate: 'queue.arrivalRate' },
  'created|submitted|produce|produces|produced|producers write|producers|producer|producer rate|ingest|ingests|ingestion|ingested|ingest rate|published|publishes|publish|publish rate|incoming|arrive|arriving|arrivals|arrival rate|come in|comes in|coming in|enqueued|enqueue|enqueues|enqueue rate|events in|messages in|inflow|in rate|produce rate|arrive at|event rate|updates arrive|emit|emits|pushed',
);
family(
  'service rate',
  { rate: 'queue.serviceRate' },
  'consume|consumes|consumed|consuming|consumer throughput|consumers process|consumer rate|consume rate|consumption|process|processes|processed|processing rate|drain rate|drains at|finishes|finish|finished|done|completed|dequeue|dequeues|dequeued|works off|handles|handled|handle|completes|completed|sends|worker sends|events out|messages out|outflow|keeps up with|keep up with|pulls',
);
family(
  'batch',
  { duration: 'batch.duration' },
  'batch|batch run|batch runs|batch job|batch jobs|nightly batch|nightly job|nightly run|nightly jobs|nightly|job|job runs|job duration|etl|etl run|import|imports|reindex|reindexing|full reindex|rebuild|pipeline|pipeline run|dag|dag run|run takes|stage|report generation|report|reports|export|exports|cron|cron job|sync|stock sync|settlement run|reconciliation|backfill|compaction|vacuum|migration|materialisation|materialization|training|checkpoint|checkpoints|build|end of day|eod|month end run|batch window|micro batch|microbatch|finishes in|runs|job takes|spark job|spark jobs|shuffle',
);
family(
  'calls per request',
  { bare: 'calls.perRequest' },
  'queries per request|queries per page|queries per page view|sql per request|queries a request|statements per request|calls per request|sql queries per request|db queries per request|calls per page|requests per page|queries per call|queries per endpoint|queries per page load|lookups per request|db calls per request|rpcs per request|sql queries per page|selects per request|queries per graphql request|resolver calls|queries per checkout|queries per order',
);
family(
  'rows per call',
  { bare: 'rows.perCall' },
  'rows per call|rows per query|rows examined|examines|examined|scans|scanned|scanning|rows scanned|rows returned|docs examined|documents examined|reads rows|rows read|returns rows|rows per statement|items per query|sends back|per page of|keysexamined|docsexamined',
);
family(
  'rows',
  { bare: 'rows.count' },
  'rows|documents|docs|records|row count|skus|keys in|vectors|embeddings|catalogue|catalog|products|entries',
);
family(
  'retries',
  { bare: 'retry.count', percent: 'retry.ratio', factor: 'retry.factor' },
  'redelivery|redeliveries|redelivered|retries|retry|retried|attempts|retry count|max retries|max attempts|retry attempts|retry ratio|retry rate|maxretries|maxattempts|retrying',
);
family(
  'payload',
  { bytes: 'payload.mean', factor: 'growth.ratio' },
  'payload|payloads|payload size|body|bodies|response size|response sizes|responses|response|request size|message size|messages|message|item size|items|document size|page size|page weight|pages|page|object size|objects|image size|images|event size|events|record size|bundle|json|average page|result page|html|blob|blobs|file|files|files of|size|row size|value size|values|frame|frames|packet|avg size|doc size|api responses|api response|key size|record|attachments|upload|uploads|thumbnails|photo|photos|video|tiles|tile|of json|manifest|js bundle',
);
family(
  'fan-out',
  { bare: 'fanout.count' },
  'touches|stitches|fan out|fans out to|fan out of|fanout|fans out|parallel calls|downstream calls|fan outs|scatter gather|calls out to|fanning out to',
);
family(
  'bitrate',
  { byteRate: 'stream.bitrate' },
  'bitrate|average bitrate|video bitrate|stream bitrate|per stream',
);
family('shards', { bare: 'shards' }, 'shards|shard|primary shards|shard count|number of shards');
family('partitions', { bare: 'partitions' }, 'partitions|partition|partition count|num partitions');
family(
  'replicas',
  { bare: 'replicas' },
  'read replicas|read replica|replicas|replica|replication factor|rf|standby|secondaries|copies|number of replicas',
);
family(
  'instances',
  { bare: 'instances' },
  'pods|instances|nodes|hosts|servers|replicas count|min replicas|max replicas|minreplicas|maxreplicas|brokers|machines|pod count|instance count|fleet|fleet size|desired count|tasks running|number of pods|web dynos|node count',
);
family(
  'users',
  { bare: 'users' },
  'users|concurrent users|ccu|dau|mau|daily active users|monthly active users|active users|sessions|concurrent sessions|tenants|customers|subscribers|devices|clients|players|drivers|riders|viewers|visitors|concurrent viewers|merchants|connected devices|members',
);
family(
  'growth',
  { percent: 'growth.ratio', factor: 'growth.factor' },
  'growth|growing|grows|grew|grow|grown|increase|increased|increases|year over year|yoy|per month growth|month over month|mom|bigger|larger|more messages|more traffic|more data|more requests|more events|more rows|more orders|more users|more load|more calls|as many|as much|as large|as big|expansion',
  { weak: true },
);
family(
  'scale-out',
  { duration: 'scaleout.delay' },
  'scale out|scale up|scaleout|scaling|scaling out|autoscale|autoscales|autoscaler|autoscaling|auto scaling|autoscaling takes|hpa|karpenter|cluster autoscaler|new pods|new pod|new node|new nodes|new instance|new instances|adds an instance|adds instances|add an instance|adding an instance|adding instances|boot|boots|boot time|startup|start up|startup time|start up time|pod start|pod startup|warm up|warmup|warms up|cold start|cold starts|coldstart|cold starts of|provision|provisioning|spin up|spins up|spinning up|ready after|readiness|become ready|becomes ready|until ready|to scale|scale to|model load|model loading|init duration|jvm warm up|jit warm up|keda|asg',
);
family(
  'ramp',
  { duration: 'burst.ramp' },
  'ramp|ramps|ramps up|ramp up|ramping|ramps from|ramp from|rises within|triples within|doubles within|quadruples within|rise within|spikes within|surges within|jumps within|peaks within|full load in|reach full load|climbs within|goes up within|rises in|triples in|doubles in',
);
family(
  'burst duration',
  { duration: 'burst.duration', factor: 'burst.factor' },
  'lasting|lasts|bursts of|spikes of|burst lasts|peak lasts|peaks of|surges of|spike lasts|sale lasts|sale runs|stays at peak|sustained for|long sale|window of|for the duration|burst of|spike of',
  { weak: true },
);
family(
  'cost',
  { percent: 'cost.change', moneyRate: 'cost.monthly', money: 'cost.stated', factor: 'growth.factor' },
  'cost|costs|infra cost|infra costs|infrastructure cost|infrastructure costs|cost increase|spend|spending|budget|bill|infra budget|cloud bill|cloud spend|cloud cost|price|pricing|infra spend|aws bill|monthly bill|expense|opex|run cost|running cost|hosting|invoice|savings|save|saving|cheaper|infra|licence|license|cut cost by|reduce cost by|cost reduction',
);
family(
  'count',
  { rate: 'rate.stated' },
  'rejections|rejected requests|restarts|rebalances|deadlocks|page faults|context switches|oom kills|cache misses/s|flushes|segments|deletes|checkpoints per|rate limit|quota|rate limits|rate limited to|caps us at|capped at|cap|limit|limited|ratelimit|wcu|rcu|write capacity|read capacity|provisioned capacity|capacity units|capacity',
);

/** Phrases of all families; a phrase that serves several families is told apart by the kind of quantity. */
export const FAMILY_TREE = phraseTree<Family[]>(
  (() => {
    const byPhrase = new Map<string, Family[]>();
    for (const [phrases, f] of rows)
      for (const phrase of phrases.split('|')) byPhrase.set(phrase, [...(byPhrase.get(phrase) ?? []), f]);
    return byPhrase;
  })(),
);

/** Statistics: phrase → the ending of a fact's name. */
export const STATISTIC_TREE = phraseTree<string>([
  ['p50|p50s|tp50|median|medians|50 th percentile|50 th|50 th pct', 'p50'],
  ['p75|tp75|75 th percentile|75 th', 'p75'],
  ['p90|tp90|90 th percentile|90 th|90 th pct', 'p90'],
  ['p95|p95s|tp95|95 th percentile|95 th|95 th pct|95p|95 percentile', 'p95'],
  ['p98|98 th percentile|98 th', 'p98'],
  ['p99|p99s|tp99|99 th percentile|99 th|99 th pct|99p|99 percentile', 'p99'],
  ['p999|p99.9|p99 9|tp999|99.9 th percentile|99.9 th', 'p999'],
  ['p9999|p99.99|99.99 th percentile', 'p9999'],
  [
    'durchschnitt|durchschnittlich|im schnitt|avg|average|averages|averaging|averaged|mean|on average|in average|ave|in the mean',
    'mean',
  ],
  ['typical|typically', 'mean'],
  ['max|maximum|worst case|worst|slowest|longest|outliers|outliers up to|outlier', 'max'],
]);
