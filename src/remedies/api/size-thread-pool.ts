import {
  type Advice,
  type Block,
  bullets,
  type Context,
  code,
  num,
  paragraph,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { instancesOf } from '../../readings/parts.js';
import { PLANNING } from '../design/arithmetic.js';
import { whole } from '../design/code-text.js';
import { runtimeOf } from '../design/language.js';
import { figure, partName, type Scene, sceneOf } from '../design/scene.js';
import { aimWords, atLoad, shippingNote } from '../design/wording.js';

/** Threads that are busy at the load to design for: rate × time of a request, with head room. */
function need(scene: Scene) {
  const { context, goal } = scene;
  const time =
    context.facts.find({ name: 'latency.mean', subject: context.app }) ??
    context.facts.find({ name: 'latency.p50', subject: context.app });
  if (!goal || !time) return undefined;
  const busy = figure(
    scene,
    'threads.busy',
    [littlesLaw(goal.rate.value, inSeconds(time)), 'count'],
    'requests a second × time of a request (Little’s law)',
    [goal.rate, time],
  );
  const size = figure(
    scene,
    'design.threads',
    [Math.ceil(busy.value / PLANNING.value), 'count'],
    'busy threads ÷ planning utilisation',
    [busy, PLANNING],
  );
  return { time, busy, size };
}

/** Beyond these, more threads are memory and switching without an end to the queue. */
const SANE_GROWTH = 4;
const SANE_THREADS = 500;

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, goal, callee, database } = scene;
  const n = need(scene);
  const instances = service ? instancesOf(context, service) : undefined;
  const today = context.facts.find({ name: ['threads.limit', 'workers'] });
  const each =
    n && instances
      ? figure(
          scene,
          'design.threadsPerInstance',
          [Math.ceil(n.size.value / instances.value), 'count'],
          'threads ÷ instances, rounded up',
          [n.size, instances],
        )
      : undefined;
  // A size far beyond today's is no size to set: there the wait or the load has to become less first.
  const sane = each && each.value <= (today ? SANE_GROWTH * today.value : SANE_THREADS) ? each : undefined;
  const slow = partName(callee, partName(database, say`the slowest thing it calls`));
  return {
    title: sane
      ? say`Give each instance of ${serviceName} ${num(sane)} threads or workers, and a short queue`
      : say`Size the threads or workers of ${serviceName} from its load, with a short queue`,
    description: say`A thread of ${serviceName} is taken for as long as a request lasts, so the number that is busy is requests a second × time of a request. First shorten what they wait for (${slow}), then size for what is left; threads that only wait cost memory, threads that compute cost processors.`,
    benefit:
      n && goal
        ? say`${num(n.busy)} are busy ${atLoad(scene)} (${num(goal.rate)} × ${num(n.time)})${today ? say`, and there are ${num(today)}${instances ? ' an instance' : ''}` : ''}; with ${num(n.size)} in total none waits for a thread as long as requests stay that quick.`
        : say`Requests of ${serviceName} start at once instead of queueing before any code runs. Rate and time of a request, which give the size for ${serviceName}, were not both said.`,
    riskText: say`More threads send more at once to ${slow}: its connections and quota have to be there first, or the queue only moves. Too many that compute slow each other down.`,
    effortText: say`Hours: numbers in the server of ${serviceName} and a step load that shows where more of them bring nothing.${shippingNote(context)}`,
    verification: say`Busy threads of ${serviceName} below their number and nothing queued ${atLoad(scene)}; p99 inside ${aimWords(scene)}; time between arrival and first work near nothing.`,
    design: [
      table(
        ['Quantity', 'How', '> Value'],
        [
          [
            say`busy in ${serviceName}`,
            n && goal ? say`${num(goal.rate)} × ${num(n.time)}` : say`requests a second × time of a request`,
            n ? say`${num(n.busy)}` : say`rate or time not said`,
          ],
          [say`in total`, say`÷ ${num(PLANNING)}`, n ? say`${num(n.size)}` : say`—`],
          ...(each && instances
            ? [[say`in each instance`, say`÷ ${num(instances)}`, say`${num(each)}`]]
            : []),
        ],
        say`Threads or workers of ${serviceName}`,
      ),
      ...settings(runtimeOf(service), service?.product, sane ?? (today ? undefined : n?.size), serviceName),
      bullets([
        say`Queue in front of the threads of ${serviceName}: a part of a second’s requests and no more; what does not fit is refused while the caller still listens.`,
        say`Pools towards ${slow} are as large as the threads that use them at once, not as all threads.`,
        say`Where most threads of ${serviceName} only wait, asynchronous calls or virtual threads remove the limit instead of raising it.`,
      ]),
    ],
  };
}

function settings(
  runtime: string | undefined,
  product: string | undefined,
  size: ReturnType<typeof figure> | undefined,
  who: Text,
): Block[] {
  const n = size ? whole(size) : { name: '<threads>' };
  switch (runtime) {
    case 'jvm':
      return [
        code(
          'properties',
          say`server.tomcat.threads.max=${n}
server.tomcat.accept-count=<a part of a second of requests>
# Java with virtual threads: spring.threads.virtual.enabled=true, and a semaphore of this size around what is scarce`,
          say`${who}`,
        ),
      ];
    case 'python':
      return [
        code(
          'python',
          say`# gunicorn.conf.py: workers × threads over all hosts = ${n} where each host has memory for it
worker_class = "gthread"     # waiting requests then cost a thread, not a whole process
threads = THREADS_PER_WORKER
backlog = SHORT_BACKLOG
timeout = REQUEST_TIMEOUT`,
          say`${who}`,
        ),
      ];
    case 'dotnet':
      return [
        code(
          'json',
          say`{ "configProperties": { "System.Threading.ThreadPool.MinThreads": ${n} } }`,
          say`${who}: the pool grows slowly above its minimum; mend blocking calls (.Result, .Wait()) first`,
        ),
      ];
    case 'ruby':
      return [
        code(
          'ruby',
          say`# config/puma.rb: workers × threads over all hosts = ${n}
threads THREADS, THREADS
workers CORES`,
          say`${who}`,
        ),
      ];
    case 'nodejs':
      return [
        code(
          'bash',
          say`UV_THREADPOOL_SIZE=<for name look-ups, files, compression and hashing only; JavaScript stays on one thread>`,
          say`${who}`,
        ),
      ];
    default:
      return product === 'elasticsearch' || product === 'opensearch'
        ? [
            paragraph(
              say`${who}: its thread pools follow the processors of a node; raising them only lengthens every search. Fewer shards a query, cheaper queries and more nodes are what frees threads.`,
            ),
          ]
        : [];
  }
}

export default {
  id: 'size-thread-pool',
  layer: 'api',
  title: 'Threads or workers to match the load',
  effort: 'hours',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.1, 0.7] },
  advise,
} satisfies Remedy;
