import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { instancesOf } from '../../readings/parts.js';
import { kebab } from '../design/code-text.js';
import { runtimeOf } from '../design/language.js';
import { costLimit, figure, hardwareRuledOut, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

const blocked = (context: Context, about: Subject): Text | undefined =>
  hardwareRuledOut(context, 'More processor', about, /cpu|core|limit|quota/i);

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service } = scene;
  const throttled = context.facts.find({ name: 'cpu.throttled' });
  const used = context.facts.find({
    name: 'cpu.utilisation',
    subject: target.subject,
    phase: ['incident', 'peak', 'any', 'steady'],
  });
  const cores = context.facts.find({ name: 'cpu.cores', subject: service?.subject ?? target.subject });
  const instances = service ? instancesOf(context, service) : undefined;
  const total =
    cores && instances
      ? figure(
          scene,
          'cpu.total',
          [cores.value * instances.value, 'cores'],
          'processors of an instance × instances',
          [cores, instances],
        )
      : undefined;
  const change = context.changes.find((c) =>
    c.mechanisms.some((m) => m === 'infrastructure-change' || m === 'scaling-change'),
  );
  const runtime = runtimeOf(service);
  const cost = costLimit(context);
  return {
    title: say`Let ${serviceName} use a processor when it has work: raise or drop its quota`,
    description: say`The quota of ${serviceName} is counted in short periods; whoever has used it up stands still until the next one, however low the mean is. Either larger instances and fewer of them, with the same total, or a request without a limit; and the runtime is told how many processors it has.${change ? say` ${quote(change.summary)} is where to begin.` : ''}`,
    benefit: throttled
      ? say`${num(throttled)} of the periods stop ${serviceName}${used ? say` at ${num(used)} mean use` : ''}: each stop can cost a request the rest of a period, and it counts against ${aimWords(scene)}. They go to nothing with enough quota, without any change in code.`
      : say`Stops of ${serviceName} by its quota end; how many periods are stopped now was not said.`,
    riskText: say`Without a limit ${serviceName} can take from its neighbours on a node: its request has to be what it really uses, and nodes keep room. ${cost ? say`Fewer, larger instances keep the bill the same, which ${num(cost)} asks for.` : say`Fewer, larger instances of ${serviceName} keep the bill the same.`}`,
    effortText: say`Minutes to change, an hour to watch a peak of ${serviceName}.${shippingNote(context)}`,
    verification: say`Throttled periods of ${serviceName} below one in a hundred at peak, and its p99 with them; neighbours on its nodes keep theirs.`,
    design: [
      code(
        'yaml',
        say`# ${kebab(service?.subject.name ?? 'service', 'service')}${total ? say`: ${num(total)} in all today` : ''}
resources:
  requests: { cpu: "<what it uses at peak, p95>", memory: "<live + room>" }
  limits:   { memory: "<the same>" }      # no cpu limit; or twice the request${cores ? say` (today ${num(cores)})` : ''}
env:
${runtimeEnv(runtime)}`,
        say`Processors of ${serviceName}`,
      ),
      bullets([
        say`${runtime === 'go' ? say`The Go runtime of ${serviceName} starts as many threads as its node has processors, unless it reads the quota` : runtime === 'jvm' ? say`The JVM of ${serviceName} sizes its collector and pools by the processors it sees` : say`Thread pools of ${serviceName} are sized by the processors it sees`}: set that number to the quota, or bursts use a period up at once.`,
        say`Two instances with twice the quota have fewer stops than four with half: a burst of ${serviceName} is averaged over more.`,
        say`Alert on throttled periods of ${serviceName}, not on its mean use: the mean hides them.`,
      ]),
    ],
  };
}

const runtimeEnv = (runtime: string | undefined): Text =>
  runtime === 'go'
    ? say`  - { name: GOMAXPROCS, valueFrom: { resourceFieldRef: { resource: requests.cpu } } }   # or go.uber.org/automaxprocs`
    : runtime === 'jvm'
      ? say`  - { name: JAVA_TOOL_OPTIONS, value: "-XX:ActiveProcessorCount=<processors of the request>" }`
      : runtime === 'nodejs'
        ? say`  - { name: UV_THREADPOOL_SIZE, value: "<processors of the request, and a few>" }   # one process for each processor`
        : runtime === 'dotnet'
          ? say`  - { name: DOTNET_PROCESSOR_COUNT, value: "<processors of the request>" }`
          : say`  - { name: WORKERS, value: "<processors of the request>" }`;

export default {
  id: 'raise-cpu-quota',
  layer: 'infrastructure',
  title: 'A processor when there is work',
  effort: 'minutes',
  risk: 'low',
  section: 'capacity',
  retiming: { kind: 'scale', factor: [0.3, 0.9], growth: [0, 0.1] },
  blocked,
  advise,
} satisfies Remedy;
