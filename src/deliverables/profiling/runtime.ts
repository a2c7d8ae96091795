import {
  type Context,
  constant,
  type DeliverableEntry,
  type Fact,
  name,
  num,
  say,
  type Text,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { NOW } from '../../readings/load.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { whole } from '../text.js';

const SHARE = constant(
  'profile.share',
  0.05,
  'ratio',
  'Kneepoint: a function of a twentieth of the time is worth changing',
);
const ERROR = constant(
  'profile.error',
  0.01,
  'ratio',
  'Kneepoint: wanted precision of that share, either way',
);
const Z95 = constant('profile.z', 1.96, 'none', 'Normal quantile of a two-sided interval of 95 %');
const HZ = constant(
  'profile.hz',
  99,
  '1/s',
  'B. Gregg, Systems Performance, 2nd edition, 2020: 99 Hz keeps out of step with timers',
);
const FULL = constant(
  'profile.busy',
  1,
  'ratio',
  'Kneepoint: taken as one busy processor where none was said',
);
const LEAST = constant(
  'profile.least',
  30,
  's',
  'Kneepoint: spans several collections and a few bursts of the load',
);

/** Profiling commands of the runtime, as long as the wanted precision needs. */
export default {
  id: 'profiling/runtime',
  about: 'profiling commands for the runtime of the case, with a duration from the wanted precision',
  make(result, context) {
    const parts = partsOf(result, context);
    if (!parts.runtime) return [];
    const text = script(parts);
    if (!text) return [];
    return [
      {
        id: 'profiling/runtime',
        path: 'profiling/profile.sh',
        kind: 'profiling',
        stack: RUNTIMES[parts.runtime] ?? parts.runtime,
        language: 'bash',
        title: say`Profiles of ${name(result.case.appName || context.app.name)}: processor and waiting, quiet and in the trouble`,
        use: say`PID=$(pgrep -of "$PROCESS") LABEL=trouble sh profiling/profile.sh    # and LABEL=quiet in an ordinary hour`,
        text,
      },
    ];
  },
} satisfies DeliverableEntry;

const RUNTIMES: Record<string, string> = {
  nodejs: 'Node.js',
  jvm: 'JVM',
  python: 'Python',
  go: 'Go',
  dotnet: '.NET',
  ruby: 'Ruby',
};

/** Samples for a share to within the error, from the binomial interval; seconds from the rate and how busy it is. */
export function profileLength(context: Context): { samples: Fact; seconds: Fact; busy: Fact } {
  const busy =
    context.facts
      .every({ name: ['cpu.utilisation', 'eventloop.utilisation'], phase: NOW })
      .find((f) => f.value > 0.05 && f.value <= 1 && ['service', 'system'].includes(f.subject.kind)) ?? FULL;
  const samples = calc(
    'profile.samples',
    context.app,
    [Math.ceil((Z95.value ** 2 * SHARE.value * (1 - SHARE.value)) / ERROR.value ** 2), 'count'],
    'z² × share × (1 − share) ÷ error² (binomial interval)',
    [Z95, SHARE, ERROR],
  );
  const seconds = calc(
    'profile.seconds',
    context.app,
    [Math.max(LEAST.value, Math.ceil(samples.value / (HZ.value * busy.value))), 's'],
    'samples ÷ (samples a second × busy share), at least half a minute',
    [samples, HZ, busy, LEAST],
  );
  return { samples, seconds, busy };
}

function script(p: Parts): Text | undefined {
  const { samples, seconds, busy } = profileLength(p.context);
  const s = whole(seconds);
  const body = commands(p, say`${s}`, say`${whole(HZ)}`);
  if (!body) return undefined;
  return say`#!/bin/sh
# Profiles of one process of ${p.app}, as long as it takes to know a share of ${num(SHARE)} to ±${num(ERROR)}:
# ${whole(samples)} samples at ${whole(HZ)} Hz and ${num(busy)} busy are ${s} s. Run it quiet and in the trouble, on the same instance; read the difference.
set -eu
LABEL="\${LABEL:-now}"
PID="\${PID:?PID of the process, for example PID=\$(pgrep -of node)}"
mkdir -p profiles

${body}
${usesTool(p.context, 'pyroscope') ? pyroscope(p) : ''}
echo "profiles/ holds them; look at what grew from quiet to trouble, not at what is large in one of them"
`;
}

const pyroscope = (p: Parts): Text => say`
# The continuous profiler has the same for the past: the two spans beside each other, as a difference.
: "\${PYROSCOPE_URL:=}" "\${FROM:=now-30m}" "\${TO:=now}" "\${QUIET_FROM:=now-25h}" "\${QUIET_TO:=now-24h}"
if [ -n "$PYROSCOPE_URL" ] && command -v profilecli > /dev/null; then
  query='process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="${p.job}"}'
  profilecli query merge --url "$PYROSCOPE_URL" --query "$query" --from "$FROM" --to "$TO" --output pprof=profiles/slow.pprof
  profilecli query merge --url "$PYROSCOPE_URL" --query "$query" --from "$QUIET_FROM" --to "$QUIET_TO" --output pprof=profiles/quiet.pprof
fi
`;

function commands(p: Parts, s: Text, hz: Text): Text | undefined {
  switch (p.runtime) {
    case 'nodejs':
      return say`# Processor: the inspector of the running process, no restart. It listens on loopback only and is closed again.
kill -USR1 "$PID"
node --input-type=module - "$LABEL" ${s} <<'JS'
import { writeFileSync } from 'node:fs';
const [label, seconds] = process.argv.slice(2);
const [target] = await (await fetch('http://127.0.0.1:9229/json')).json();
const socket = new WebSocket(target.webSocketDebuggerUrl);
await new Promise((open) => socket.addEventListener('open', open, { once: true }));
let id = 0;
const call = (method, params = {}) => new Promise((done) => {
  const own = ++id;
  socket.addEventListener('message', ({ data }) => { const m = JSON.parse(data); if (m.id === own) done(m.result); });
  socket.send(JSON.stringify({ id: own, method, params }));
});
await call('Profiler.enable');
await call('Profiler.start');
await new Promise((later) => setTimeout(later, Number(seconds) * 1000));
const { profile } = await call('Profiler.stop');
writeFileSync('profiles/' + label + '.cpuprofile', JSON.stringify(profile));
await call('Runtime.evaluate', { expression: "process.mainModule?.require('node:inspector').close()" });
socket.close();
JS
# Collections and event loop belong to the metrics: nodejs_eventloop_utilization_ratio, v8js_gc_duration_seconds.`;
    case 'python':
      return say`# Processor (threads that hold the interpreter), then wall clock (where requests wait).
py-spy record --pid "$PID" --rate ${hz} --duration ${s} --subprocesses --gil --format raw --output "profiles/$LABEL.cpu.txt"
py-spy record --pid "$PID" --rate ${hz} --duration ${s} --subprocesses --idle --format raw --output "profiles/$LABEL.wall.txt"
py-spy dump --pid "$PID" > "profiles/$LABEL.threads.txt"`;
    case 'jvm':
      return usesTool(p.context, 'async-profiler')
        ? say`# Processor, wall clock by thread, locks and allocation in one recording each.
asprof -e cpu -i 10ms -d ${s} -f "profiles/$LABEL.cpu.jfr" "$PID"
asprof -e wall -t -d ${s} -f "profiles/$LABEL.wall.jfr" "$PID"
asprof -e lock -d ${s} -f "profiles/$LABEL.lock.jfr" "$PID"
asprof -e alloc -d ${s} -f "profiles/$LABEL.alloc.jfr" "$PID"`
        : say`# Flight Recorder: processor, locks, allocation, collections in one recording.
jcmd "$PID" JFR.start name=kneepoint settings=profile duration=${s}s filename="$PWD/profiles/$LABEL.jfr"
sleep ${s}
jcmd "$PID" Thread.print -l > "profiles/$LABEL.threads.txt"
jcmd "$PID" GC.class_histogram > "profiles/$LABEL.heap.txt"`;
    case 'go':
      return say`# Needs net/http/pprof on a port that only operators reach.
PPROF="\${PPROF:-http://127.0.0.1:6060}"
curl -fsS "$PPROF/debug/pprof/profile?seconds=${s}" -o "profiles/$LABEL.cpu.pprof"
curl -fsS "$PPROF/debug/pprof/mutex?seconds=${s}" -o "profiles/$LABEL.mutex.pprof"    # empty until runtime.SetMutexProfileFraction is set
curl -fsS "$PPROF/debug/pprof/block?seconds=${s}" -o "profiles/$LABEL.block.pprof"
curl -fsS "$PPROF/debug/pprof/goroutine" -o "profiles/$LABEL.goroutine.pprof"
test ! -f profiles/quiet.cpu.pprof || go tool pprof -top -diff_base=profiles/quiet.cpu.pprof "profiles/$LABEL.cpu.pprof"`;
    case 'dotnet':
      return say`# Processor samples, then queue, locks and collections as counters.
dotnet-trace collect --process-id "$PID" --profile cpu-sampling --duration "$(printf '00:%02d:%02d' $((${s} / 60)) $((${s} % 60)))" --format Speedscope --output "profiles/$LABEL.nettrace"
dotnet-counters collect --process-id "$PID" --counters System.Runtime,Microsoft.AspNetCore.Hosting --refresh-interval 1 --duration "$(printf '00:%02d:%02d' $((${s} / 60)) $((${s} % 60)))" --format csv --output "profiles/$LABEL.counters.csv"
dotnet-stack report --process-id "$PID" > "profiles/$LABEL.threads.txt"`;
    case 'ruby':
      return say`rbspy record --pid "$PID" --rate ${hz} --duration ${s} --subprocesses --format collapsed --file "profiles/$LABEL.cpu.txt"`;
    default:
      return undefined;
  }
}
