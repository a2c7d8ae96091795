import { type Context, constant, type Segment, type Subject, say, type Text } from '../../domain/index.js';
import { productEntry } from '../../knowledge/index.js';
import { runtimeOf } from '../subjects.js';
import { RATE_SECONDS, TAIL } from '../thresholds.js';
import { type Command, digits, seconds, serviceIdent } from './words.js';

/** A signal that most metric systems carry, under their usual names. */
export type Signal =
  | 'cpu'
  | 'throttled'
  | 'memory'
  | 'latency'
  | 'throughput'
  | 'errors'
  | 'eventloop'
  | 'gc'
  | 'heap'
  | 'threads'
  | 'pool'
  | 'cache'
  | 'dependency'
  | 'queue'
  | 'network'
  | 'disk'
  | 'replicas'
  | 'retries';

interface Names {
  prometheus: (s: Segment) => Text;
  datadog: (s: Segment) => Text;
  newrelic: (s: Segment) => Text;
}
const PERCENT = constant('tail.percent', 99, 'none', 'Method: the percentile in which waits show');
const FAILED = constant('status.failed', 5, 'none', 'RFC 9110, section 15.6: status codes 5xx');
const rate = seconds(RATE_SECONDS);
const tail = digits(TAIL);

/** Metric names: kube-state-metrics and cAdvisor, OpenTelemetry semantic conventions, Datadog and New Relic defaults. */
const SIGNALS: Record<Signal, Names> = {
  cpu: {
    prometheus: (s) =>
      say`sum by (pod) (rate(container_cpu_usage_seconds_total{container="${s}"}[${rate}])) / sum by (pod) (kube_pod_container_resource_limits{resource="cpu", container="${s}"})`,
    datadog: (s) =>
      say`avg:container.cpu.usage{service:${s}} by {pod_name} / avg:container.cpu.limit{service:${s}} by {pod_name}`,
    newrelic: (s) =>
      say`SELECT average(cpuPercent) FROM SystemSample WHERE apmApplicationNames LIKE '%${s}%' FACET hostname TIMESERIES`,
  },
  throttled: {
    prometheus: (s) =>
      say`sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{container="${s}"}[${rate}])) / sum by (pod) (rate(container_cpu_cfs_periods_total{container="${s}"}[${rate}]))`,
    datadog: (s) => say`avg:container.cpu.throttled.periods{service:${s}} by {pod_name}`,
    newrelic: (s) =>
      say`SELECT average(containerCpuCfsThrottledPeriodsDelta / containerCpuCfsPeriodsDelta) FROM K8sContainerSample WHERE containerName = '${s}' FACET podName TIMESERIES`,
  },
  memory: {
    prometheus: (s) => say`container_memory_working_set_bytes{container="${s}"}`,
    datadog: (s) => say`avg:container.memory.usage{service:${s}} by {pod_name}`,
    newrelic: (s) =>
      say`SELECT average(memoryWorkingSetBytes) FROM K8sContainerSample WHERE containerName = '${s}' FACET podName TIMESERIES`,
  },
  latency: {
    prometheus: (s) =>
      say`histogram_quantile(${tail}, sum by (le, http_route) (rate(http_server_request_duration_seconds_bucket{job=~"(.*/)?${s}"}[${rate}])))`,
    datadog: (s) => say`p99:trace.http.request{service:${s}} by {resource_name}`,
    newrelic: (s) =>
      say`SELECT percentile(duration, ${digits(PERCENT)}) FROM Transaction WHERE appName = '${s}' FACET name TIMESERIES`,
  },
  throughput: {
    prometheus: (s) =>
      say`sum by (http_route) (rate(http_server_request_duration_seconds_count{job=~"(.*/)?${s}"}[${rate}]))`,
    datadog: (s) => say`sum:trace.http.request.hits{service:${s}} by {resource_name}.as_rate()`,
    newrelic: (s) =>
      say`SELECT rate(count(*), ${digits(RATE_SECONDS)} seconds) FROM Transaction WHERE appName = '${s}' TIMESERIES`,
  },
  errors: {
    prometheus: (s) =>
      say`sum(rate(http_server_request_duration_seconds_count{job=~"(.*/)?${s}", http_response_status_code=~"${digits(FAILED)}.."}[${rate}])) / sum(rate(http_server_request_duration_seconds_count{job=~"(.*/)?${s}"}[${rate}]))`,
    datadog: (s) =>
      say`sum:trace.http.request.errors{service:${s}}.as_rate() / sum:trace.http.request.hits{service:${s}}.as_rate()`,
    newrelic: (s) =>
      say`SELECT percentage(count(*), WHERE error IS true) FROM Transaction WHERE appName = '${s}' TIMESERIES`,
  },
  eventloop: {
    prometheus: (s) =>
      say`max by (instance) (nodejs_eventloop_delay_p99_seconds{job=~"(.*/)?${s}"} or nodejs_eventloop_lag_p99_seconds{job=~"(.*/)?${s}"})`,
    datadog: (s) =>
      say`max:runtime.node.event_loop.delay.max{service:${s}} by {host}; avg:runtime.node.event_loop.utilization{service:${s}} by {host}`,
    newrelic: (s) =>
      say`SELECT max(newrelic.timeslice.value) FROM Metric WHERE metricTimesliceName = 'EventLoop/CPU' AND appName = '${s}' TIMESERIES`,
  },
  gc: {
    prometheus: (s) => say`sum by (instance) (rate(jvm_gc_duration_seconds_sum{job=~"(.*/)?${s}"}[${rate}]))`,
    datadog: (s) => say`avg:jvm.gc.major_collection_time{service:${s}} by {host}`,
    newrelic: (s) =>
      say`SELECT average(apm.service.memory.gc.time) FROM Metric WHERE appName = '${s}' FACET host TIMESERIES`,
  },
  heap: {
    prometheus: (s) =>
      say`sum by (instance) (jvm_memory_used_after_last_gc_bytes{job=~"(.*/)?${s}"}) / sum by (instance) (jvm_memory_limit_bytes{job=~"(.*/)?${s}"})`,
    datadog: (s) =>
      say`avg:jvm.heap_memory{service:${s}} by {host} / avg:jvm.heap_memory_max{service:${s}} by {host}`,
    newrelic: (s) =>
      say`SELECT average(apm.service.memory.heap.used) / average(apm.service.memory.heap.max) FROM Metric WHERE appName = '${s}' FACET host TIMESERIES`,
  },
  threads: {
    prometheus: (s) =>
      say`max by (instance) (tomcat_threads_busy_threads{application="${s}"}) / max by (instance) (tomcat_threads_config_max_threads{application="${s}"})`,
    datadog: (s) =>
      say`max:tomcat.threads.busy{service:${s}} by {host} / max:tomcat.threads.max{service:${s}} by {host}`,
    newrelic: (s) =>
      say`SELECT max(newrelic.timeslice.value) FROM Metric WHERE metricTimesliceName LIKE 'Threads/%/Count' AND appName = '${s}' FACET host TIMESERIES`,
  },
  pool: {
    prometheus: (s) =>
      say`histogram_quantile(${tail}, sum by (le, db_client_connection_pool_name) (rate(db_client_connection_wait_time_seconds_bucket{job=~"(.*/)?${s}"}[${rate}])))`,
    datadog: (s) => say`p99:db.client.connection.wait_time{service:${s}} by {db.client.connection.pool.name}`,
    newrelic: (s) =>
      say`SELECT percentile(db.client.connection.wait_time, ${digits(PERCENT)}) FROM Metric WHERE service.name = '${s}' FACET db.client.connection.pool.name TIMESERIES`,
  },
  cache: {
    prometheus: () =>
      say`rate(redis_keyspace_hits_total[${rate}]) / (rate(redis_keyspace_hits_total[${rate}]) + rate(redis_keyspace_misses_total[${rate}])); rate(redis_evicted_keys_total[${rate}]); rate(redis_expired_keys_total[${rate}])`,
    datadog: () =>
      say`avg:redis.stats.keyspace_hits{*} / (avg:redis.stats.keyspace_hits{*} + avg:redis.stats.keyspace_misses{*}); avg:redis.keys.evicted{*}.as_rate(); avg:redis.keys.expired{*}.as_rate()`,
    newrelic: () =>
      say`SELECT average(net.keyspaceHitsPerSecond), average(net.keyspaceMissesPerSecond), average(db.evictedKeysPerSecond), average(db.expiredKeysPerSecond) FROM RedisSample TIMESERIES`,
  },
  dependency: {
    prometheus: (s) =>
      say`histogram_quantile(${tail}, sum by (le) (rate(http_client_request_duration_seconds_bucket{server_address=~"${s}.*"}[${rate}])))`,
    datadog: (s) => say`p99:trace.http.request{span.kind:client,peer.service:${s}} by {service}`,
    newrelic: (s) =>
      say`SELECT percentile(duration.ms, ${digits(PERCENT)}) FROM Span WHERE span.kind = 'client' AND server.address LIKE '${s}%' FACET entity.name TIMESERIES`,
  },
  queue: {
    prometheus: (s) =>
      say`sum by (consumergroup, partition) (kafka_consumergroup_lag{topic="${s}"}); sum by (queue) (rabbitmq_queue_messages_ready)`,
    datadog: (s) =>
      say`max:kafka.consumer_lag{topic:${s}} by {consumer_group,partition}; max:rabbitmq.queue.messages_ready{*} by {queue}`,
    newrelic: (s) =>
      say`SELECT max(consumer.lag) FROM KafkaOffsetSample WHERE topic = '${s}' FACET consumerGroup, partition TIMESERIES`,
  },
  network: {
    prometheus: (s) =>
      say`sum by (pod) (rate(container_network_transmit_bytes_total{pod=~"${s}.*"}[${rate}])); rate(node_netstat_Tcp_RetransSegs[${rate}])`,
    datadog: (s) =>
      say`avg:container.net.sent{service:${s}} by {pod_name}; avg:system.net.tcp.retrans_segs{*} by {host}`,
    newrelic: (s) =>
      say`SELECT average(transmitBytesPerSecond) FROM NetworkSample WHERE apmApplicationNames LIKE '%${s}%' FACET hostname TIMESERIES`,
  },
  disk: {
    prometheus: () =>
      say`max by (instance, device) (rate(node_disk_io_time_seconds_total[${rate}])); rate(node_disk_io_time_weighted_seconds_total[${rate}])`,
    datadog: () => say`max:system.io.util{*} by {host,device}; max:system.io.await{*} by {host,device}`,
    newrelic: () =>
      say`SELECT max(totalUtilizationPercent) FROM StorageSample FACET hostname, device TIMESERIES`,
  },
  replicas: {
    prometheus: (s) =>
      say`kube_deployment_status_replicas_available{deployment="${s}"}; kube_horizontalpodautoscaler_status_desired_replicas{horizontalpodautoscaler="${s}"}`,
    datadog: (s) =>
      say`avg:kubernetes_state.deployment.replicas_available{kube_deployment:${s}}; avg:kubernetes_state.hpa.desired_replicas{*} by {horizontalpodautoscaler}`,
    newrelic: (s) =>
      say`SELECT latest(podsAvailable), latest(podsDesired) FROM K8sDeploymentSample WHERE deploymentName = '${s}' TIMESERIES`,
  },
  retries: {
    prometheus: (s) =>
      say`sum(rate(http_client_request_duration_seconds_count{server_address=~"${s}.*", http_request_resend_count!=""}[${rate}])) / sum(rate(http_client_request_duration_seconds_count{server_address=~"${s}.*"}[${rate}]))`,
    datadog: (s) =>
      say`sum:trace.http.request.hits{span.kind:client,peer.service:${s}}.as_rate() / sum:trace.http.request.hits{span.kind:server}.as_rate()`,
    newrelic: (s) =>
      say`SELECT count(*) / uniqueCount(trace.id) FROM Span WHERE span.kind = 'client' AND server.address LIKE '${s}%' TIMESERIES`,
  },
};

const PROMETHEUS = [
  'prometheus',
  'mimir',
  'thanos',
  'victoriametrics',
  'grafana',
  'micrometer',
  'opentelemetry',
  'signoz',
  'netdata',
];

/** Which metric system the user has: Datadog, New Relic, Azure, CloudWatch, or one that speaks PromQL. */
export function metricSystem(
  context: Context,
): 'datadog' | 'newrelic' | 'azure' | 'cloudwatch' | 'prometheus' | 'none' {
  const owned = new Set(context.tools.map((t) => t.product));
  // Metrics that were handed over are no Datadog export: they are asked for where they are kept.
  if (context.recorded && PROMETHEUS.some((p) => owned.has(p))) return 'prometheus';
  if (owned.has('datadog')) return 'datadog';
  if (owned.has('new-relic')) return 'newrelic';
  if (PROMETHEUS.some((p) => owned.has(p))) return 'prometheus';
  if (owned.has('application-insights') || owned.has('azure-monitor')) return 'azure';
  if (owned.has('cloudwatch')) return 'cloudwatch';
  return 'none';
}

/** The query for a signal of a component, in the user's own metric system; nothing when it has no such query. */
export function metricQuery(context: Context, signal: Signal, subject: Subject): Command | undefined {
  const of = serviceIdent(subject);
  const system = metricSystem(context);
  const asked = signal === 'threads' && isNode(context, subject) ? 'eventloop' : signal;
  // The series of threads are those of a server on the JVM: nothing else has them.
  if (asked === 'threads' && system !== 'azure' && runtimeOf(context, subject) !== 'jvm') return undefined;
  const names = SIGNALS[asked];
  switch (system) {
    case 'datadog':
      return { tool: 'Datadog', language: 'text', command: names.datadog(of), effortMinutes: 5 };
    case 'newrelic':
      return { tool: 'New Relic', language: 'sql', command: names.newrelic(of), effortMinutes: 5 };
    case 'prometheus':
      return {
        tool: promqlTool(context),
        language: 'promql',
        command: names.prometheus(of),
        effortMinutes: 5,
      };
    case 'azure':
      return azure(signal, of);
    case 'cloudwatch':
    case 'none':
      return undefined;
  }
}

/** Node.js has one thread for requests: what waits for it waits for the event loop. */
const isNode = (context: Context, subject: Subject): boolean => {
  const own = context.components.find((c) => c.subject.id === subject.id);
  const runtimes = new Set(
    (own ? [own] : context.components).flatMap(
      (c) => c.runtime ?? (c.product === undefined ? [] : (productEntry(c.product)?.runtime ?? [])),
    ),
  );
  return runtimes.size === 1 && runtimes.has('nodejs');
};

const promqlTool = (context: Context): string => {
  const owned = context.tools.find((t) => PROMETHEUS.includes(t.product));
  return owned?.product === 'mimir' ? 'Mimir' : 'Prometheus';
};

/** Application Insights keeps requests, dependencies and performance counters; other signals need the platform’s own. */
function azure(signal: Signal, of: Segment): Command | undefined {
  const kusto = (command: Text): Command => ({
    tool: 'Application Insights',
    language: 'kusto',
    command,
    effortMinutes: 5,
  });
  const bin = seconds(RATE_SECONDS);
  if (signal === 'latency' || signal === 'throughput' || signal === 'errors')
    return kusto(
      say`requests | where cloud_RoleName == "${of}" | summarize percentile(duration, ${digits(PERCENT)}), count(), countif(success == false) by name, bin(timestamp, ${bin})`,
    );
  if (signal === 'dependency' || signal === 'pool' || signal === 'retries')
    return kusto(
      say`dependencies | summarize percentile(duration, ${digits(PERCENT)}), count(), dcount(operation_Id) by target, type, bin(timestamp, ${bin})`,
    );
  if (signal === 'cpu' || signal === 'memory')
    return kusto(
      say`performanceCounters | where cloud_RoleName == "${of}" | where name in ("% Processor Time", "Private Bytes") | summarize avg(value), max(value) by name, cloud_RoleInstance, bin(timestamp, ${bin})`,
    );
  return undefined;
}
