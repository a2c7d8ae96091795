import { type Context, constant, type Subject, say } from '../../domain/index.js';
import { componentOf } from '../subjects.js';
import { PROFILE_SECONDS, SAMPLE_EVERY, TOP_ROWS } from '../thresholds.js';
import { metricQuery } from './metrics.js';
import { type Command, digits, ident, seconds, serviceIdent } from './words.js';

const bash = (tool: string, command: Command['command'], effortMinutes = 5): Command => ({
  tool,
  language: 'bash',
  command,
  effortMinutes,
});

const TICKS = constant('sample.ticks', 60, 'count', 'Method: one point a second for a minute');
const SECOND = constant('sample.second', 1, 'count', 'Method: one point a second shows a burst');

/** Cache statistics by product: hits, misses, evictions, expiries, memory. */
export function cacheStatistics(context: Context, cache: Subject): Command {
  const product = componentOf(context, cache)?.product;
  if (product === 'memcached')
    return bash(
      'memcached stats',
      say`printf 'stats\\r\\nstats slabs\\r\\nquit\\r\\n' | nc "$CACHE_HOST" "$CACHE_PORT" | grep -E 'get_hits|get_misses|evictions|expired_unfetched|limit_maxbytes'`,
    );
  if (product === 'varnish')
    return bash(
      'varnishstat',
      say`varnishstat -j | grep -E 'MAIN.cache_(hit|miss)|MAIN.n_lru_nuked|MAIN.n_expired'`,
    );
  return bash(
    'redis-cli INFO',
    say`redis-cli -h "$CACHE_HOST" INFO stats | grep -E 'keyspace_(hits|misses)|evicted_keys|expired_keys|instantaneous_ops'
redis-cli -h "$CACHE_HOST" INFO memory | grep -E 'used_memory:|maxmemory:|maxmemory_policy'`,
  );
}

/** Which keys are asked for again soon after they expired, and how long entries live. */
export const keyLifetimes = (): Command =>
  bash(
    'redis-cli',
    say`redis-cli -h "$CACHE_HOST" --scan | head -n ${digits(KEYS)} | while read -r key; do printf '%s %s\\n' "$(redis-cli -h "$CACHE_HOST" PTTL "$key")" "$key"; done | sort -n
timeout ${seconds(SAMPLE_EVERY)} redis-cli -h "$CACHE_HOST" MONITOR > commands.log  # costs throughput: on a replica, or for this long only`,
    20,
  );
const KEYS = constant('sample.keys', 1000, 'count', 'Binomial interval: a share to within three points');

/** Keys and commands that take most of the cache’s time. */
export const hotKeys = (context: Context, cache: Subject): Command =>
  componentOf(context, cache)?.product === 'memcached'
    ? bash('mctop', say`mctop -i "$INTERFACE" -p "$CACHE_PORT"`, 15)
    : bash(
        'redis-cli',
        say`redis-cli -h "$CACHE_HOST" --hotkeys  # needs an LFU policy
redis-cli -h "$CACHE_HOST" --bigkeys
for node in $CACHE_NODES; do redis-cli -h "$node" INFO cpu | grep used_cpu_user_main_thread; done`,
        15,
      );

export const slowCacheCommands = (): Command =>
  bash(
    'SLOWLOG',
    say`redis-cli -h "$CACHE_HOST" SLOWLOG GET ${digits(TOP_ROWS)}
redis-cli -h "$CACHE_HOST" INFO commandstats
redis-cli -h "$CACHE_HOST" --latency-history -i ${digits(SAMPLE_EVERY)}`,
  );

/** Backlog, partitions and members of a consumer group, by broker. */
export function consumerGroup(context: Context, queue: Subject): Command {
  const product = componentOf(context, queue)?.product ?? '';
  if (product === 'rabbitmq')
    return bash(
      'rabbitmqctl',
      say`rabbitmqctl list_queues name messages_ready messages_unacknowledged consumers message_stats.publish_details.rate message_stats.ack_details.rate`,
    );
  if (product === 'sqs')
    return bash(
      'CloudWatch',
      say`aws cloudwatch get-metric-statistics --namespace AWS/SQS --metric-name ApproximateAgeOfOldestMessage --dimensions Name=QueueName,Value="$QUEUE" --start-time "$FROM" --end-time "$TO" --period ${digits(TICKS)} --statistics Maximum`,
    );
  if (product === 'service-bus')
    return bash(
      'az',
      say`az servicebus queue show --resource-group "$GROUP" --namespace-name "$NAMESPACE" --name "$QUEUE" --query countDetails
az monitor metrics list --resource "$NAMESPACE_ID" --metric IncomingMessages CompleteMessage ActiveMessages --aggregation Total Maximum`,
    );
  if (product === 'nats')
    return bash('nats', say`nats consumer report "$STREAM"; nats stream info "$STREAM"`);
  if (product === 'kafka' || product === '')
    return bash(
      'kafka-consumer-groups',
      say`kafka-consumer-groups.sh --bootstrap-server "$BROKERS" --describe --group "$GROUP"
kafka-consumer-groups.sh --bootstrap-server "$BROKERS" --describe --group "$GROUP" --members --verbose`,
    );
  return (
    metricQuery(context, 'queue', queue) ??
    bash(
      'broker console',
      say`Messages ready, in flight, published and acknowledged a second for ${ident(queue.name, 'queue')}, from the broker’s own console.`,
    )
  );
}

/** Why groups rebalance: the consumer’s log and the time between polls. */
export const rebalances = (): Command =>
  bash(
    'consumer log',
    say`grep -E 'Revok|rebalanc|max.poll.interval|leaving the group|heartbeat' consumer.log | tail -n ${digits(TOP_ROWS)}
kafka-consumer-groups.sh --bootstrap-server "$BROKERS" --describe --group "$GROUP" --state`,
  );

/** Pressure of a Linux host: run queue, steal, disk, sockets. */
export const hostPressure = (): Command =>
  bash(
    'sysstat',
    say`vmstat ${digits(SECOND)} ${digits(TICKS)}; mpstat -P ALL ${digits(SECOND)} ${digits(TICKS)}; iostat -xz ${digits(SECOND)} ${digits(TICKS)}; cat /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory`,
  );

export const cpuQuota = (context: Context, subject: Subject): Command =>
  metricQuery(context, 'throttled', subject) ??
  bash(
    'cgroup',
    say`kubectl exec "$POD" -- cat /sys/fs/cgroup/cpu.stat  # nr_throttled against nr_periods, twice`,
  );

/** Placement: load by pod, node and zone. */
export const placement = (context: Context, subject: Subject): Command =>
  metricQuery(context, 'cpu', subject) ??
  bash(
    'kubectl',
    say`kubectl top pods -l app=${serviceIdent(subject)} --containers; kubectl get pods -l app=${serviceIdent(subject)} -o wide`,
  );

/** When capacity was asked for and when it served. */
export const scalingEvents = (context: Context, subject: Subject): Command =>
  metricQuery(context, 'replicas', subject) ??
  bash(
    'kubectl',
    say`kubectl describe hpa; kubectl get events --sort-by=.lastTimestamp --field-selector reason=SuccessfulRescale; kubectl get pods -w -o custom-columns=NAME:.metadata.name,START:.status.startTime,READY:.status.conditions`,
  );

/** Sockets by state and peer, handshakes, retransmissions. */
export const sockets = (): Command =>
  bash(
    'ss and nstat',
    say`ss -tan state time-wait | awk '{print $NF}' | sort | uniq -c | sort -rn | head; nstat -az | grep -E 'ActiveOpens|RetransSegs|ListenDrops'`,
  );

/** Time of a call by step: name look-up, connect, TLS, first byte. */
export const callSteps = (): Command =>
  bash(
    'curl',
    say`curl -s -o /dev/null -w 'dns %{time_namelookup} connect %{time_connect} tls %{time_appconnect} first-byte %{time_starttransfer} total %{time_total}\\n' "$DEPENDENCY_URL"; mtr --report --report-cycles ${digits(TICKS)} "$DEPENDENCY_HOST"`,
  );

/** Size of answers and whether they are compressed. */
export const responseSize = (): Command =>
  bash(
    'curl',
    say`curl -s -o /dev/null -D - -H 'Accept-Encoding: br, gzip' -w 'bytes %{size_download} first-byte %{time_starttransfer} total %{time_total}\\n' "$ROUTE_URL" | grep -iE 'bytes|content-(encoding|length)'`,
  );

/** An open-model load that steps up: where throughput stops growing. */
export const stepLoad = (context: Context): Command => {
  const tool = context.tools.find((t) => t.roles.includes('load'))?.product;
  return tool === undefined || tool === 'k6'
    ? bash(
        'k6',
        say`k6 run --tag test=knee steps.js  # ramping-arrival-rate, five steps from steady to target, ${digits(PROFILE_SECONDS)} s each`,
        60,
      )
    : bash(
        context.tools.find((t) => t.product === tool)?.product ?? 'load tool',
        say`# Five steps of arrival rate from steady to target, ${digits(PROFILE_SECONDS)} s each, open model`,
        60,
      );
};

/** Processes ended for lack of memory, and how close the others are. */
export const memoryEvents = (subject: Subject): Command => {
  const app = serviceIdent(subject);
  return bash(
    'kubectl and cgroup',
    say`kubectl get pods -l app=${app} -o custom-columns=NAME:.metadata.name,RESTARTS:.status.containerStatuses[*].restartCount,REASON:.status.containerStatuses[*].lastState.terminated.reason
kubectl exec "$POD" -- sh -c 'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory.events'  # oom_kill counts up`,
  );
};

/** Whether a name look-up waits: server, search list, packets lost. */
export const nameLookups = (): Command =>
  bash(
    'dig and resolv.conf',
    say`for try in a b c d e; do dig +tries=1 +stats "$DEPENDENCY_HOST" | grep 'Query time'; done
cat /etc/resolv.conf  # search list and ndots: each suffix is a look-up of its own
kubectl top pods -n kube-system -l k8s-app=kube-dns`,
  );

/** What the edge keeps: age, hit or miss, and the origin’s own words on caching. */
export const edgeHeaders = (): Command =>
  bash(
    'curl',
    say`for try in a b c; do curl -s -o /dev/null -D - "$ROUTE_URL" | grep -iE '^(age|cache-control|vary|set-cookie|x-cache|cf-cache-status|x-served-by)'; done`,
  );

/** How long a new process takes from start to its first answer, by step. */
export const startSteps = (context: Context, subject: Subject): Command => {
  const app = serviceIdent(subject);
  const product = componentOf(context, subject)?.product;
  return product === 'lambda' || product === 'aws-lambda'
    ? bash(
        'CloudWatch Logs Insights',
        say`filter @type = "REPORT" | stats count(*), count(@initDuration), max(@initDuration), avg(@duration) by bin(${digits(SECOND)}m)`,
        10,
      )
    : bash(
        'kubectl',
        say`kubectl get pods -l app=${app} -o jsonpath='{range .items[*]}{.metadata.name}{" "}{.status.startTime}{" "}{.status.conditions[?(@.type=="Ready")].lastTransitionTime}{"\n"}{end}'
kubectl get events --field-selector reason=Pulled --sort-by=.lastTimestamp`,
        10,
      );
};
