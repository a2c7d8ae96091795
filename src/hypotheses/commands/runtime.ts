import { type Context, constant, type Subject, say } from '../../domain/index.js';
import { runtimeOf } from '../subjects.js';
import { PROFILE_SECONDS, SAMPLE_EVERY } from '../thresholds.js';
import { metricQuery, type Signal } from './metrics.js';
import { type Command, digits, ident, serviceIdent } from './words.js';

const owns = (context: Context, ...products: string[]): boolean =>
  context.tools.some((t) => products.includes(t.product));

const bash = (tool: string, command: Command['command'], effortMinutes = 15): Command => ({
  tool,
  language: 'bash',
  command,
  effortMinutes,
});
const P99 = constant('tail.percent', 99, 'none', 'Method: the percentile in which waits show');
const SAMPLE_MS = constant('sample.ms', 1000, 'ms', 'Method: one point a second');
const length = digits(PROFILE_SECONDS);

/** A CPU profile of a service: with the continuous profiler it has, else the usual one of its runtime. */
export function cpuProfile(context: Context, subject: Subject): Command {
  const service = serviceIdent(subject);
  if (owns(context, 'pyroscope')) {
    return bash(
      'Pyroscope',
      say`profilecli query go-pprof --query 'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="${service}"}' --from "$FROM" --to "$TO" --output=pprof=slow.pprof
profilecli query go-pprof --query 'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="${service}"}' --from "$QUIET_FROM" --to "$QUIET_TO" --output=pprof=quiet.pprof
go tool pprof -top -diff_base=quiet.pprof slow.pprof`,
      10,
    );
  }
  switch (runtimeOf(context, subject)) {
    case 'nodejs':
      return bash(
        'Node.js --cpu-prof',
        say`NODE_OPTIONS="--cpu-prof --cpu-prof-dir=profiles" npm start & sleep ${length}; kill -INT $!`,
      );
    case 'python':
      return bash(
        'py-spy',
        say`py-spy record --pid "$PID" --duration ${length} --subprocesses --gil --format raw --output gil.txt
py-spy record --pid "$PID" --duration ${length} --subprocesses --idle --format raw --output wall.txt`,
      );
    case 'jvm':
      return owns(context, 'async-profiler')
        ? bash(
            'async-profiler',
            say`asprof -e cpu -d ${length} -f slow.jfr "$PID"; asprof -e wall -t -d ${length} -f wall.jfr "$PID"`,
          )
        : bash(
            'JDK Flight Recorder',
            say`jcmd "$PID" JFR.start duration=${length}s settings=profile filename=slow.jfr; sleep ${length}; jfr view hot-methods slow.jfr`,
          );
    case 'go':
      return bash(
        'pprof',
        say`curl -s "$HOST/debug/pprof/profile?seconds=${length}" -o slow.pprof; go tool pprof -top -diff_base=quiet.pprof slow.pprof`,
      );
    case 'dotnet':
      return bash(
        'dotnet-trace',
        say`dotnet-trace collect --process-id "$PID" --profile cpu-sampling --duration ${ident(clock(), 'duration')}; dotnet-trace report trace.nettrace topN`,
      );
    case 'ruby':
      return bash(
        'rbspy',
        say`rbspy record --pid "$PID" --duration ${length} --format collapsed --file slow.txt`,
      );
    case 'php':
      return bash(
        'phpspy',
        say`phpspy --pid="$PID" --time-limit-ms="$LENGTH_MS" | stackcollapse-phpspy.pl | flamegraph.pl > slow.svg`,
      );
    default:
      return bash(
        'perf',
        say`perf record -F "$HZ" -g -p "$PID" -- sleep ${length}; perf report --no-children --sort symbol | head`,
      );
  }
}

const clock = (): string => {
  const s = PROFILE_SECONDS.value;
  return `00:${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
};

/** Waits inside a process: thread states, locks, goroutines, the event loop. */
export function waitProfile(context: Context, subject: Subject): Command {
  switch (runtimeOf(context, subject)) {
    case 'jvm':
      return owns(context, 'async-profiler')
        ? bash(
            'async-profiler',
            say`asprof -e lock -d ${length} -f locks.html "$PID"; jcmd "$PID" Thread.print -l > threads.txt`,
          )
        : bash(
            'jcmd',
            say`jcmd "$PID" Thread.print -l > threads.txt; jcmd "$PID" JFR.start duration=${length}s settings=profile filename=waits.jfr; jfr view contention-by-site waits.jfr`,
          );
    case 'go':
      return bash(
        'pprof',
        say`curl -s "$HOST/debug/pprof/mutex?seconds=${length}" -o mutex.pprof; curl -s "$HOST/debug/pprof/goroutine?debug=1" | head; go tool pprof -top mutex.pprof`,
      );
    case 'dotnet':
      return bash(
        'dotnet-counters',
        say`dotnet-counters monitor --process-id "$PID" --counters System.Runtime[threadpool-queue-length,threadpool-thread-count,monitor-lock-contention-count] --refresh-interval ${digits(SAMPLE_EVERY)}`,
        10,
      );
    case 'python':
      return bash(
        'py-spy',
        say`py-spy dump --pid "$PID"; py-spy record --pid "$PID" --duration ${length} --gil --format raw --output gil.txt`,
        10,
      );
    case 'nodejs':
      return eventLoop(context, subject);
    default:
      return bash('perf', say`perf trace -s -p "$PID" -- sleep ${length}`);
  }
}

/** Delay and utilisation of the event loop, from the process itself. */
export function eventLoop(context: Context, subject: Subject): Command {
  const query = metricQuery(context, 'eventloop', subject);
  if (query && owns(context, 'prometheus', 'datadog')) return query;
  return {
    tool: 'perf_hooks',
    language: 'javascript',
    command: say`import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
const delay = monitorEventLoopDelay(); delay.enable();
let last = performance.eventLoopUtilization();
setInterval(() => {
  const busy = performance.eventLoopUtilization(last); last = performance.eventLoopUtilization();
  console.log({ p99Ns: delay.percentile(${digits(P99)}), utilization: busy.utilization }); delay.reset();
}, ${digits(SAMPLE_MS)});`,
    effortMinutes: 20,
  };
}

/** Collections: how often, how long, what is left after them. */
export function collections(context: Context, subject: Subject): Command {
  switch (runtimeOf(context, subject)) {
    case 'jvm':
      return bash(
        'jcmd and GC log',
        say`jcmd "$PID" VM.log what=gc*,safepoint output=gc.log; jcmd "$PID" GC.heap_info; jstat -gcutil "$PID" ${digits(SAMPLE_MS)}`,
        10,
      );
    case 'go':
      return bash(
        'GODEBUG',
        say`GODEBUG=gctrace=1 ./service &> gc.log; curl -s "$HOST/debug/pprof/allocs?seconds=${length}" -o allocs.pprof`,
        15,
      );
    case 'dotnet':
      return bash(
        'dotnet-counters',
        say`dotnet-counters monitor --process-id "$PID" --counters System.Runtime[time-in-gc,gc-heap-size,gen-2-gc-count,alloc-rate]`,
        10,
      );
    case 'nodejs':
      return bash(
        'Node.js --trace-gc',
        say`node --trace-gc --trace-gc-nvp server.js | tee gc.log; node --heap-prof server.js`,
        15,
      );
    case 'python':
      return bash(
        'gc callbacks',
        say`python -X importtime -c 'import gc; gc.set_debug(gc.DEBUG_STATS)'; memray attach "$PID"`,
        20,
      );
    default:
      return signalOr(context, 'memory', subject, bash('ps', say`ps -o pid,rss,vsz,etimes -p "$PID"`, 5));
  }
}

/** What lives on the heap and by whom it is held. */
export function heapDump(context: Context, subject: Subject): Command {
  switch (runtimeOf(context, subject)) {
    case 'jvm':
      return bash(
        'jcmd',
        say`jcmd "$PID" GC.class_histogram | head; jcmd "$PID" GC.heap_dump heap.hprof`,
        20,
      );
    case 'go':
      return bash(
        'pprof',
        say`curl -s "$HOST/debug/pprof/heap" -o later.pprof; go tool pprof -top -inuse_space -diff_base=earlier.pprof later.pprof`,
        15,
      );
    case 'nodejs':
      return bash(
        'heap snapshot',
        say`node --heapsnapshot-signal=SIGUSR2 server.js & kill -USR2 $!; # compare two snapshots in DevTools: objects that only grow`,
        20,
      );
    case 'python':
      return bash('memray', say`memray attach --aggregate "$PID"; memray flamegraph memray.bin`, 20);
    case 'dotnet':
      return bash(
        'dotnet-gcdump',
        say`dotnet-gcdump collect --process-id "$PID"; dotnet-gcdump report heap.gcdump`,
        15,
      );
    default:
      return signalOr(context, 'memory', subject, bash('pmap', say`pmap -x "$PID" | sort -k3 -n | tail`, 10));
  }
}

/** The metric query of the user's system, or the fallback. */
export const signalOr = (context: Context, signal: Signal, subject: Subject, fallback: Command): Command =>
  metricQuery(context, signal, subject) ?? fallback;
