import {
  type Advice,
  bullets,
  type Context,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
  steps,
} from '../../domain/index.js';
import { componentOf } from '../../readings/compose.js';
import { snippet } from '../design/code-text.js';
import { languageOf } from '../design/language.js';
import { figure, partName, productNotCode, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const own = componentOf(context, target.subject) ?? scene.service;
  const who = partName(own, scene.serviceName);
  const names = ['heap.used', 'memory.used', 'memory.utilisation'];
  const now = context.facts.find({ name: names, phase: ['incident', 'peak', 'any', 'steady'] });
  const was = now
    ? context.facts.find({ name: now.name, subject: now.subject, phase: 'baseline' })
    : undefined;
  const grown =
    now && was && was.value > 0
      ? figure(scene, 'memory.growth', [now.value / was.value, 'factor'], 'now ÷ before', [now, was])
      : undefined;
  const change = context.changes.find((c) =>
    c.mechanisms.some((m) => ['code-change', 'library-upgrade', 'cache-change', 'call-added'].includes(m)),
  );
  return {
    title: say`Find what ${who} keeps and never lets go, and bound it`,
    description: say`Two dumps of ${who}, one soon after start and one when it is large, under the same load: the class whose number grew between them, and what holds it, is the leak; usual holders are maps without a bound, listeners, timers and requests that never end.${change ? say` Begin with what came with ${quote(change.summary)}.` : ''}`,
    benefit:
      grown && now && was
        ? say`Memory of ${who} went ${num(was)} → ${num(now)} (${num(grown)}); level memory ends the restarts and the ever longer collections that come with it.`
        : now
          ? say`${num(now)} of memory is in use by ${who}; level memory ends restarts and ever longer collections.`
          : say`Memory of ${who} becomes level, and with it the length of its collections; how fast it grows now was not said.`,
    riskText: say`A dump stops ${who} for seconds and holds personal data: take it from one instance out of rotation, keep it where secrets may lie, delete it after.`,
    effortText: say`A day or two for ${who}: two dumps, the comparison, the bound. A planned restart buys that time.${shippingNote(context)}`,
    verification: say`Live memory of ${who} after a collection is level over a whole day at its usual load, and instances need no restart.`,
    design: [
      steps([
        say`Until it is mended: restart instances of ${who} one by one, before they reach their limit and not at it.`,
        say`Two dumps of one instance of ${who}, hours apart, compared by class: count and bytes that remain.`,
        say`Bound what grows: a limit on entries, a time to live, an unsubscribe where ${who} subscribes.`,
        say`Keep it so: a test that runs ${who} under load and fails when live memory does not come back.`,
      ]),
      ...snippet(
        languageOf(context, own),
        {
          javascript: () => say`import v8 from 'node:v8';
process.on('SIGUSR2', () => v8.writeHeapSnapshot());      // compare two in the memory view of the developer tools
const seen = new LRUCache({ max: BOUND, ttl: TTL_MS });   // instead of a Map that only grows`,
          java: () => say`jcmd <pid> GC.class_histogram > t1.txt        # and again later: diff t1.txt t2.txt
jcmd <pid> GC.heap_dump later.hprof            # Eclipse MAT: dominators, path to roots
-XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/dumps`,
          python: () => say`import tracemalloc
tracemalloc.start(FRAMES); first = tracemalloc.take_snapshot()
# … hours of the usual load …
for stat in tracemalloc.take_snapshot().compare_to(first, "traceback")[:TOP]: print(stat)`,
          go: () => say`// curl -s host/debug/pprof/heap > t1; later t2
// go tool pprof -sample_index=inuse_space -diff_base t1 t2
// and goroutines that never end: curl -s host/debug/pprof/goroutine?debug=2 | sort | uniq -c`,
          csharp:
            () => say`dotnet-gcdump collect --process-id <pid> --output t1.gcdump   // and later t2: compare by type
var cache = new MemoryCache(new MemoryCacheOptions { SizeLimit = bound });   // instead of a static dictionary`,
        },
        say`Where the memory of ${who} goes`,
      ),
      bullets([
        say`A larger limit for ${who} is no cure: it makes the same end later, and collections longer until then.`,
      ]),
    ],
  };
}

export default {
  id: 'fix-leak',
  layer: 'api',
  title: 'Find and bound what is never let go',
  effort: 'days',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.3, 1], growth: [0, 0.6] },
  blocked: (_, about) => productNotCode(about),
  advise,
} satisfies Remedy;
