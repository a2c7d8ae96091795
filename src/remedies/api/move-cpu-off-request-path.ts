import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
} from '../../domain/index.js';
import { cpuDemand, PLANNING } from '../design/arithmetic.js';
import { camel, pascal, snippet } from '../design/code-text.js';
import { languageOf, runtimeOf } from '../design/language.js';
import { sceneOf, toolName } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

const WHY: Record<string, string> = {
  nodejs: 'one thread runs the JavaScript of all requests of a process',
  python: 'one thread of a process runs Python code at a time',
  ruby: 'one thread of a process runs Ruby code at a time',
  jvm: 'request threads compete for the cores with what they compute',
  dotnet: 'pool threads that compute are missing to continue other requests',
  go: 'goroutines that compute delay the network and the collector of the process',
};

/** Runtimes whose threads take turns: a thread more brings nothing. */
const ONE_AT_A_TIME: ReadonlySet<string> = new Set(['python', 'ruby']);

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service } = scene;
  const why = WHY[runtimeOf(service) ?? ''] ?? 'what computes long makes what is quick wait behind it';
  const cpu = cpuDemand(scene, ['eventloop.utilisation', 'cpu.utilisation']);
  const payload = context.facts.find({ name: ['payload.max', 'payload.mean'] });
  const fn = camel('render document', 'render');
  const type = pascal('render document', 'Render');
  const profiler: Text = toolName(context, 'profiler', 'a processor profiler');
  return {
    title: say`Move long computation of ${serviceName} off the threads that answer requests`,
    description: say`In ${serviceName} ${why}; work that takes longer than a few milliseconds in one piece (large JSON, images, PDF, hashing, templates, big sorts) goes to ${ONE_AT_A_TIME.has(runtimeOf(service) ?? '') ? 'worker processes' : 'worker threads, a pool of its own'} or a queue, in pieces that let others in between.`,
    benefit: cpu
      ? say`At ${num(cpu.used)} use a request waits for others longer than for its own work; requests that do not compute no longer wait behind those that do. The total of work stays: ${num(cpu.then)} at the load asked for still has to fit, at a planned ${num(PLANNING)}.`
      : say`Short requests of ${serviceName} no longer wait behind long ones. How much that is shows in event-loop or run-queue delay, which was not said.`,
    riskText: say`Handing data of ${serviceName} to a worker copies it${payload ? say` (${num(payload)} a payload here)` : ''}; below a few milliseconds of work the copy costs more. The pool needs a bound, or the queue moves into memory of ${serviceName}.`,
    effortText: say`One to three days after ${profiler} has named the function of ${serviceName}; do not guess it.${shippingNote(context)}`,
    verification: say`Longest pause of the loop or scheduler of ${serviceName} at peak, and p99 of its lightest route: both fall; processor use stays.`,
    design: [
      ...snippet(
        languageOf(context, service),
        {
          javascript: () => say`import Piscina from 'piscina';

const ${fn}Pool = new Piscina({ filename: ${fn}WorkerUrl, maxThreads: CORES_LESS_THE_LOOP, maxQueue: SHORT_QUEUE });
export const ${fn} = (input, signal) => ${fn}Pool.run(input, { signal });   // a full queue is refused, not kept`,
          java: () => say`ExecutorService ${fn}Pool = new ThreadPoolExecutor(CORES, CORES, KEEP_ALIVE, SECONDS,
    new ArrayBlockingQueue<>(SHORT_QUEUE), new ThreadPoolExecutor.AbortPolicy());  // refuse, do not pile up`,
          python:
            () => say`${{ name: 'render_pool' }} = ProcessPoolExecutor(max_workers=CORES)      # processes: threads would share the lock
result = await loop.run_in_executor(render_pool, render, payload)
# nobody waits for it: render.delay(payload.id) on a queue of its own instead`,
          go: () => say`var ${fn}Slots = make(chan struct{}, runtime.GOMAXPROCS(current)) // as many as can run at once

func bounded${type}(ctx context.Context, in Input) (Output, error) {
	select {
	case ${fn}Slots <- struct{}{}:
		defer func() { <-${fn}Slots }()
		return render(in), nil
	case <-ctx.Done():
		return Output{}, ctx.Err()
	}
}`,
          csharp:
            () => say`var ${fn}Channel = Channel.CreateBounded<${type}>(new BoundedChannelOptions(shortQueue) { FullMode = BoundedChannelFullMode.Wait });
// consumers: as many as cores; requests hand over and await, or get a link to fetch the result`,
        },
        say`Computation of ${serviceName} beside its request threads`,
      ),
      bullets([
        say`Size the pool by the cores of an instance of ${serviceName}, less what requests need; more threads than cores only interleave.`,
        say`Split long loops of ${serviceName} into slices and yield between them, where moving is not worth it.`,
        say`What ${serviceName} can compute once per change instead of once per request belongs into the write path or a cache.`,
      ]),
    ],
  };
}

export default {
  id: 'move-cpu-off-request-path',
  layer: 'api',
  title: 'Computation off the request threads',
  effort: 'days',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.2, 0.7], growth: [0, 0.5] },
  advise,
} satisfies Remedy;
