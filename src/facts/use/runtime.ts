import { factOf, grouped, matching, type ResourceFacts, serviceOf } from './gather.js';
import { histogramQuantile, merged, toMs, toRatio } from './series.js';

const GC =
  /^(?:v8js|jvm|nodejs|process_runtime_jvm|process_runtime_nodejs|dotnet|process_runtime_cpython|process_runtime_go|python|go)_gc_(?:duration|pause|pause_time|pause_total|pause_ns)(?:_(?:seconds|milliseconds|ms|s))?$/;
const GC_TIME =
  /^(?:dotnet_gc_pause_time|process_runtime_dotnet_gc_duration|jvm_gc_collection_seconds_sum|jvm_gc_collection_elapsed|runtime_jvm_gc_time)$/;

/** Event loop, garbage collection and worker threads of a service. */
export const runtime: ResourceFacts = (g) => [
  ...[...grouped(matching(g, /eventloop_(?:delay|lag)_p99/, 'level'), (s) => s.service).values()].flatMap(
    (all) =>
      all[0]
        ? factOf(
            g,
            'eventloop.delay.p99',
            serviceOf(all[0]),
            Math.max(...all.map((s) => s.p95 * toMs(s))),
            'ms',
            all,
          )
        : [],
  ),
  ...[
    ...grouped(
      matching(g, /eventloop_utili[sz]ation|event_loop_utili[sz]ation/, 'level'),
      (s) => s.service,
    ).values(),
  ].flatMap((all) =>
    all[0]
      ? factOf(
          g,
          'eventloop.utilisation',
          serviceOf(all[0]),
          Math.max(...all.map((s) => s.p95 * toRatio(s))),
          'ratio',
          all,
        )
      : [],
  ),
  ...[...grouped(matching(g, GC, 'histogram'), (s) => s.service).values()].flatMap((all) => {
    const whole = merged(all);
    if (!whole || whole.count === 0) return [];
    const about = serviceOf(whole);
    const scale = toMs(whole);
    const p99 = histogramQuantile(whole, 0.99);
    return [
      ...(whole.seconds > 0
        ? factOf(
            g,
            'gc.pause.share',
            about,
            (whole.sum * scale) / 1000 / whole.seconds / whole.instances,
            'ratio',
            all,
          )
        : []),
      ...factOf(g, 'gc.pause.mean', about, (whole.sum * scale) / whole.count, 'ms', all),
      ...(p99 === undefined ? [] : factOf(g, 'gc.pause.p99', about, p99 * scale, 'ms', all)),
    ];
  }),
  ...[...grouped(matching(g, GC_TIME, 'counter'), (s) => s.service).values()].flatMap((all) => {
    const [first] = all;
    if (!first || first.seconds <= 0) return [];
    const share = all.reduce((a, s) => a + (s.increase * toMs(s)) / 1000 / s.seconds / s.instances, 0);
    return factOf(g, 'gc.pause.share', serviceOf(first), share, 'ratio', all);
  }),
  ...THREADS.flatMap(({ name, pattern }) =>
    [...grouped(matching(g, pattern, 'level'), (s) => s.service).values()].flatMap((all) =>
      all[0]
        ? factOf(
            g,
            name,
            serviceOf(all[0]),
            all.reduce((a, s) => a + s.p95, 0),
            'count',
            all,
          )
        : [],
    ),
  ),
];

const THREADS = [
  {
    name: 'threads.used',
    pattern:
      /^(?:tomcat_threads_busy(?:_threads)?|jetty_threads_busy|jetty_threads_current|executor_active_threads|undertow_worker_thread_busy|hystrix_threadpool_active|gunicorn_workers_busy|puma_busy_threads|php_fpm_active_processes|dotnet_thread_pool_thread_count)$/,
  },
  {
    name: 'threads.limit',
    pattern:
      /^(?:tomcat_threads_config_max(?:_threads)?|jetty_threads_config_max|executor_pool_max_threads|undertow_worker_thread_max|gunicorn_workers|puma_max_threads|php_fpm_total_processes)$/,
  },
  {
    name: 'threads.pending',
    pattern:
      /^(?:executor_queued_tasks|jetty_threads_jobs|dotnet_thread_pool_queue_length|puma_backlog|php_fpm_listen_queue)$/,
  },
] as const;
