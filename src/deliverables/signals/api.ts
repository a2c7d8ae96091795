import { constant, name, say } from '../../domain/index.js';
import { CPU_KNEE, GC_SHARE, HEAP_FULL, LOOP_BUSY, THROTTLED } from '../../hypotheses/thresholds.js';
import type { Parts } from '../parts.js';
import { type Choice, choose } from './choice.js';
import type { Signal, Watch } from './signal.js';

const NONE_WAITING = constant(
  'alert.queuedWork',
  10,
  'count',
  'Kneepoint: work that waits for a thread is already late; ten at once are no single burst of the scheduler',
);

type Draft = Omit<Watch, 'subject' | 'layer' | 'above'> & { layer?: Watch['layer']; above?: boolean };
const ofService = (parts: Parts, draft: Draft): Watch[] => [
  { layer: 'api', above: true, ...draft, subject: parts.service?.subject ?? parts.context.app },
];
const subjectOf = (parts: Parts) => say`${name(parts.app)}`;

const KUBERNETES = 'cAdvisor (the kubelet) and kube-state-metrics';
const RUNTIME_METRICS = 'the OpenTelemetry runtime instrumentation of the service';

/** Cores that a process uses where one thread does the work; shares of the limit or the machine elsewhere. */
function processorChoices(p: Parts): [Choice, ...Choice[]] {
  const job = `{job="${p.promJob}"}`;
  const cores = (series: string, from: string): Choice => ({
    uses: [[series]],
    own: true,
    query: say`max by (instance) (sum by (instance) (rate(${series}${job}[5m])))`,
    from,
  });
  const container: Choice = {
    uses: [['container_cpu_usage_seconds_total'], ['kube_pod_container_resource_limits']],
    query: say`max by (pod) (sum by (pod) (rate(container_cpu_usage_seconds_total{container="${p.job}"}[5m])) / sum by (pod) (kube_pod_container_resource_limits{resource="cpu",container="${p.job}"}))`,
    from: KUBERNETES,
  };
  const machine: Choice = {
    uses: [['node_cpu_seconds_total', 'mode']],
    query: say`max by (instance) (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])))`,
    from: 'node_exporter',
  };
  const recent: Choice = {
    uses: [['jvm_cpu_recent_utilization_ratio']],
    own: true,
    query: say`max by (instance) (jvm_cpu_recent_utilization_ratio${job})`,
    from: RUNTIME_METRICS,
  };
  const own = [
    cores('process_cpu_time_seconds_total', RUNTIME_METRICS),
    cores('process_cpu_seconds_total', 'the Prometheus client library of the service'),
  ] as const;
  if (p.kubernetes) return [container, recent, ...own];
  return p.runtime === 'nodejs' || p.runtime === 'python' ? [own[1], own[0], machine] : [machine, recent];
}

const processors: Signal = (p) => {
  return ofService(p, {
    id: 'ProcessorsBusy',
    of: 'cpu.utilisation',
    hypotheses: ['cpu-saturation', 'inefficient-code', 'autoscaling-lag'],
    title: say`Processors of ${subjectOf(p)}, busiest instance`,
    unit: 'percentunit',
    threshold: CPU_KNEE,
    scale: 1,
    means: say`requests wait for a processor before they work; a little more load makes that wait much longer`,
    ...choose(p, processorChoices(p)),
    datadog: p.kubernetes
      ? {
          query: say`max:container.cpu.usage{service:${p.job}} by {pod_name} / max:container.cpu.limit{service:${p.job}} by {pod_name}`,
          scale: 1,
        }
      : { query: say`100 - min:system.cpu.idle{service:${p.job}} by {host}`, scale: 100 },
    newrelic: {
      query: say`SELECT max(cpuPercent) FROM SystemSample WHERE apmApplicationNames LIKE '%${p.job}%'`,
      scale: 100,
    },
    dynatrace: {
      selector: say`builtin:host.cpu.usage:max`,
      dql: say`timeseries busiest = max(dt.host.cpu.usage), by: {dt.entity.host}`,
      scale: 100,
    },
    azure: { metric: 'CpuPercentage', scale: 100, aggregation: 'Maximum' },
    cloudwatch: {
      namespace: 'AWS/EC2',
      metric: 'CPUUtilization',
      dimension: 'AutoScalingGroupName',
      statistic: 'Maximum',
      scale: 100,
    },
  });
};

const throttled: Signal = (p) =>
  p.kubernetes
    ? ofService(p, {
        id: 'ProcessorsThrottled',
        layer: 'infrastructure',
        hypotheses: ['cpu-quota', 'cpu-throttled', 'noisy-neighbour'],
        title: say`Share of periods in which ${subjectOf(p)} is stopped by its quota`,
        unit: 'percentunit',
        threshold: THROTTLED,
        scale: 1,
        means: say`a stopped container holds every request in it for up to a whole period, at any mean utilisation`,
        ...choose(p, [
          {
            uses: [['container_cpu_cfs_throttled_periods_total'], ['container_cpu_cfs_periods_total']],
            query: say`max by (pod) (rate(container_cpu_cfs_throttled_periods_total{container="${p.job}"}[5m]) / rate(container_cpu_cfs_periods_total{container="${p.job}"}[5m]))`,
            from: KUBERNETES,
          },
        ]),
        datadog: {
          query: say`max:container.cpu.throttled.periods{service:${p.job}} by {pod_name} / max:container.cpu.periods{service:${p.job}} by {pod_name}`,
          scale: 1,
        },
        newrelic: {
          query: say`SELECT max(containerCpuCfsThrottledPeriodsDelta / containerCpuCfsPeriodsDelta) FROM K8sContainerSample WHERE containerName = '${p.job}'`,
          scale: 1,
        },
      })
    : [];

const eventLoop: Signal = (p) =>
  p.runtime === 'nodejs'
    ? ofService(p, {
        id: 'EventLoopBusy',
        of: 'eventloop.utilisation',
        hypotheses: ['event-loop-blocked', 'cpu-saturation', 'inefficient-code'],
        title: say`Event loop of ${subjectOf(p)}, busiest process`,
        unit: 'percentunit',
        threshold: LOOP_BUSY,
        scale: 1,
        means: say`one thread runs all requests of a process; what does not yield delays every request in flight`,
        ...choose(p, [
          {
            uses: [['nodejs_eventloop_utilization_ratio']],
            own: true,
            query: say`max by (instance) (nodejs_eventloop_utilization_ratio{job="${p.promJob}"})`,
            from: RUNTIME_METRICS,
          },
        ]),
        datadog: {
          query: say`max:runtime.node.event_loop.utilization{service:${p.job}} by {host}`,
          scale: 1,
        },
        newrelic: {
          query: say`SELECT max(newrelic.timeslice.value) FROM Metric WHERE metricTimesliceName = 'EventLoop/CPU' AND appName = '${p.job}'`,
          scale: 1,
        },
        dynatrace: {
          selector: say`builtin:tech.nodejs.uvLoop.utilization:max`,
          dql: say`timeseries busiest = max(dt.runtime.nodejs.eventloop.utilization), by: {dt.entity.process_group_instance}`,
          scale: 100,
        },
      })
    : [];

/** Share of time in pauses, by runtime; the first is what the runtime usually exports. */
const PAUSES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  jvm: ['jvm_gc_duration_seconds_sum', 'jvm_gc_pause_seconds_sum', 'jvm_gc_collection_seconds_sum'],
  dotnet: ['dotnet_gc_pause_time_seconds_total'],
  go: ['go_gc_duration_seconds_sum'],
};

const collector: Signal = (p) => {
  const [usual, ...others] = PAUSES[p.runtime ?? ''] ?? [];
  const pauses = (series: string): Choice => ({
    uses: [[series]],
    own: true,
    query: say`max by (instance) (sum by (instance) (rate(${series}{job="${p.promJob}"}[5m])))`,
    from: 'the runtime metrics of the service',
  });
  const query = usual ? choose(p, [pauses(usual), ...others.map(pauses)]) : undefined;
  return query
    ? ofService(p, {
        id: 'CollectorPauses',
        hypotheses: ['gc-pressure', 'memory-leak'],
        title: say`Share of time ${subjectOf(p)} stands still for the collector`,
        unit: 'percentunit',
        threshold: GC_SHARE,
        scale: 1,
        means: say`every request in flight waits for the whole pause; the tail is that pause`,
        ...query,
        ...(p.runtime === 'jvm'
          ? {
              datadog: {
                query: say`per_second(max:jvm.gc.major_collection_time{service:${p.job}} by {host})`,
                scale: 1000,
              },
            }
          : {}),
        ...(p.runtime === 'jvm'
          ? {
              dynatrace: {
                selector: say`builtin:tech.jvm.memory.gc.suspensionTime:max`,
                dql: say`timeseries stopped = max(dt.runtime.jvm.gc.suspension_time), by: {dt.entity.process_group_instance}`,
                scale: 100,
              },
            }
          : {}),
      })
    : [];
};

const heap: Signal = (p) =>
  p.runtime === 'jvm'
    ? ofService(p, {
        id: 'HeapFullAfterCollection',
        of: 'heap.utilisation',
        hypotheses: ['gc-pressure', 'memory-leak'],
        title: say`Heap of ${subjectOf(p)} in use after a collection`,
        unit: 'percentunit',
        threshold: HEAP_FULL,
        scale: 1,
        means: say`with little room left after collection, collections follow one another`,
        ...choose(p, [
          {
            uses: [['jvm_memory_used_after_last_gc_bytes'], ['jvm_memory_limit_bytes']],
            own: true,
            query: say`max by (instance) (sum by (instance) (jvm_memory_used_after_last_gc_bytes{job="${p.promJob}",jvm_memory_type="heap"}) / sum by (instance) (jvm_memory_limit_bytes{job="${p.promJob}",jvm_memory_type="heap"}))`,
            from: RUNTIME_METRICS,
          },
          {
            uses: [['jvm_gc_live_data_size_bytes'], ['jvm_gc_max_data_size_bytes']],
            own: true,
            query: say`max by (instance) (jvm_gc_live_data_size_bytes{job="${p.promJob}"} / jvm_gc_max_data_size_bytes{job="${p.promJob}"})`,
            from: 'Micrometer',
          },
        ]),
        datadog: {
          query: say`max:jvm.heap_memory{service:${p.job}} by {host} / max:jvm.heap_memory_max{service:${p.job}} by {host}`,
          scale: 1,
        },
      })
    : [];

/** Work that waits for a thread, by runtime. */
const QUEUED: Readonly<Record<string, readonly [series: string, by: 'max' | 'sum', from: string]>> = {
  dotnet: ['dotnet_thread_pool_queue_length', 'max', RUNTIME_METRICS],
  python: ['gunicorn_backlog', 'sum', 'gunicorn’s statsd metrics'],
  jvm: ['executor_queued_tasks', 'max', 'Micrometer'],
};

const threads: Signal = (p) => {
  const queued = QUEUED[p.runtime ?? ''];
  const [series, by, from] = queued ?? ['', 'max', ''];
  const job = `{job="${p.promJob}"}`;
  const query = queued
    ? choose(p, [
        {
          uses: [[series]],
          own: true,
          query: by === 'sum' ? say`sum(${series}${job})` : say`max by (instance) (${series}${job})`,
          from,
        },
      ])
    : undefined;
  return query
    ? ofService(p, {
        id: 'WorkWaitsForThread',
        hypotheses: ['thread-pool-exhausted', 'head-of-line-queue', 'unbounded-concurrency'],
        title: say`Work of ${subjectOf(p)} that waits for a thread or worker`,
        unit: 'short',
        threshold: NONE_WAITING,
        scale: 1,
        means: say`all threads or workers are taken; requests queue before anybody looks at them`,
        ...query,
        ...(p.runtime === 'dotnet'
          ? {
              datadog: {
                query: say`max:runtime.dotnet.threads.workers_queue_length{service:${p.job}} by {host}`,
                scale: 1,
              },
            }
          : {}),
        ...(p.runtime === 'dotnet'
          ? { azure: { metric: 'HttpQueueLength', scale: 1, aggregation: 'Maximum' as const } }
          : {}),
      })
    : [];
};

export const API_SIGNALS: readonly Signal[] = [processors, throttled, eventLoop, collector, heap, threads];
