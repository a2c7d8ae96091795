import {
  type Advice,
  type Block,
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
import { componentOf } from '../../readings/compose.js';
import { HEAP_LIVE } from '../design/chosen.js';
import { raw, whole } from '../design/code-text.js';
import { runtimeOf } from '../design/language.js';
import { constraintsOf, figure, partName, type Scene, sceneOf, toolName } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

const COLLECTED = ['jvm', 'nodejs', 'dotnet', 'go', 'python', 'ruby'];
const runtimeFor = (context: Context, about: Subject): string | undefined => {
  const own = componentOf(context, about);
  const traits = own?.product ? (context.knowledge.product(own.product)?.traits ?? []) : [];
  return traits.includes('jvm-based') ? 'jvm' : runtimeOf(own ?? sceneOf(context, bare(about)).service);
};
const bare = (subject: Subject): RemedyTarget => ({ finding: '', hypothesis: '', subject, supported: false });

function blocked(context: Context, about: Subject): Text | undefined {
  const runtime = runtimeFor(context, about);
  return runtime === undefined || COLLECTED.includes(runtime)
    ? undefined
    : say`${partName(componentOf(context, about), say`${quote(about.name)}`)} has no collector to tune.`;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const own = componentOf(context, target.subject) ?? scene.service;
  const who = partName(own, scene.serviceName);
  const pause =
    context.facts.find({
      name: ['gc.pause.p99', 'gc.pause.mean'],
      subject: own?.subject ?? target.subject,
    }) ?? context.facts.find({ name: ['gc.pause.p99', 'gc.pause.mean'] });
  const used =
    context.facts.find({
      name: ['heap.used', 'heap.utilisation'],
      subject: own?.subject ?? target.subject,
    }) ?? context.facts.find({ name: ['heap.used', 'heap.utilisation'] });
  const limit = context.facts.find({ name: 'heap.limit' });
  const live =
    used?.name === 'heap.used' && limit
      ? figure(scene, 'heap.occupancy', [used.value / limit.value, 'ratio'], 'heap in use ÷ its limit', [
          used,
          limit,
        ])
      : used?.unit === 'ratio'
        ? used
        : undefined;
  // Beyond 32 GB a JVM's references take twice the room: more machines then, not a larger heap.
  const tooLarge =
    live && limit ? (limit.value * live.value) / HEAP_LIVE.value > 32e9 && limit.value < 33e9 : false;
  const fits =
    live && limit && !tooLarge
      ? figure(
          scene,
          'design.heap',
          [(limit.value * live.value) / HEAP_LIVE.value, 'bytes'],
          'live data ÷ occupancy at which marking starts',
          [limit, live, HEAP_LIVE],
        )
      : undefined;
  const pinned = constraintsOf(context, 'version-pinned').find(
    (c) => c.subject?.id === own?.subject.id || /java|jdk|node|go |\.net|python/i.test(c.text),
  );
  return {
    title: fits
      ? say`Give the heap of ${who} room (${num(fits)}) and let it allocate less`
      : say`Give the heap of ${who} room and let it allocate less`,
    description: say`The collector of ${who} works little when live data fills a small part of the heap. First cut what a request of ${who} allocates, then size the heap for what lives, then choose the collector for short pauses; in this order, because a larger heap only postpones what allocation brings.`,
    benefit: pause
      ? say`A pause of ${num(pause)} stops every request of ${who} in flight, against ${aimWords(scene)}.${live ? say` ${num(live)} of the heap is in use${fits ? say`; at ${num(fits)} it would be ${num(HEAP_LIVE)}` : ''}, so collections come less often.` : say` How full the heap of ${who} is after a collection was not said; it decides what there is to gain.`}`
      : say`Collections of ${who} come less often and stop it for less; how often and how long they do now was not said.`,
    riskText: say`A larger heap needs memory on the host of ${who}${limit ? say` (${num(limit)} today)` : ''}, and a full collection over it takes longer when it does come. Change one thing at a time.${pinned ? say` ${quote(pinned.text)} stays: these are settings of that version.` : ''}`,
    effortText: say`Hours for settings of ${who} and a run under load; days where ${toolName(context, 'profiler', 'an allocation profile')} names what allocates.${shippingNote(context)}`,
    verification: say`Pauses of ${who} by length and number at the same load, live heap after a collection, and bytes allocated for each request: all three fall.`,
    design: [
      ...settings(scene, runtimeFor(context, target.subject), who, fits),
      bullets([
        say`Allocation first: whole entities, copies of answers and strings built for logs are the usual three in ${who}; the allocation profile says which.`,
        say`Memory of ${who} beside the heap (buffers, threads, code) needs room below the limit of its container too.`,
        say`Alert when live data of ${who} passes ${num(HEAP_LIVE)} of the heap: that is before the pauses.`,
      ]),
    ],
  };
}

function settings(
  scene: Scene,
  runtime: string | undefined,
  who: Text,
  fits: ReturnType<typeof figure> | undefined,
): Block[] {
  const bytes = fits ? whole(fits) : { name: '<bytes>' };
  const caption = say`Heap of ${who}`;
  const soft = scene.aim;
  switch (runtime) {
    case 'jvm':
      return [
        code(
          'bash',
          say`JAVA_TOOL_OPTIONS="-Xms${bytes} -Xmx${bytes} -XX:+AlwaysPreTouch \\
  -XX:+UseG1GC${soft ? say` -XX:MaxGCPauseMillis=${raw(pauseGoal(scene))}` : ''} -XX:InitiatingHeapOccupancyPercent=${raw(percentOf(scene))} \\
  -Xlog:gc*,safepoint:file=gc.log:time,uptime,level,tags"
# shorter pauses for some throughput, where the version has it: -XX:+UseZGC -XX:+ZGenerational`,
          caption,
        ),
      ];
    case 'nodejs':
      return [
        code(
          'bash',
          say`NODE_OPTIONS="--max-old-space-size=<MB: below the container’s limit> --max-semi-space-size=<MB: larger keeps short-lived objects out of old space>"
node --trace-gc server.js   # Scavenge often and short is fine; Mark-sweep often is not`,
          caption,
        ),
      ];
    case 'go':
      return [
        code(
          'bash',
          say`GOMEMLIMIT=<bytes: below the container’s limit>  GOGC=<higher: fewer cycles while there is room>
GODEBUG=gctrace=1 ./service   # share of time, live heap and goal of each cycle`,
          caption,
        ),
      ];
    case 'dotnet':
      return [
        code(
          'json',
          say`{ "configProperties": { "System.GC.Server": true, "System.GC.Concurrent": true, "System.GC.HeapHardLimit": ${bytes}, "System.GC.ConserveMemory": 0 } }`,
          say`runtimeconfig.json of ${who}`,
        ),
      ];
    case 'python':
      return [
        code(
          'python',
          say`gc.freeze()            # after imports, before workers fork: what is shared is not walked again
gc.set_threshold(<higher: fewer walks of young objects>)`,
          caption,
        ),
      ];
    default:
      return [];
  }
}

const pauseGoal = (scene: Scene) =>
  figure(
    scene,
    'design.pauseGoal',
    [(scene.aim?.value ?? 0) * 0.1, 'ms'],
    'a tenth of the latency target',
    scene.aim ? [scene.aim] : [],
  );
const percentOf = (scene: Scene) =>
  figure(scene, 'design.heapOccupancy.percent', [HEAP_LIVE.value * 100, 'count'], 'share in per cent', [
    HEAP_LIVE,
  ]);

export default {
  id: 'tune-collector',
  layer: 'api',
  title: 'Less garbage and room on the heap',
  effort: 'hours',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.3, 0.9] },
  blocked,
  advise,
} satisfies Remedy;
