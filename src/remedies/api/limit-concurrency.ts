import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { snippet } from '../design/code-text.js';
import { languageOf } from '../design/language.js';
import { partName, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, callee, database } = scene;
  const whom = partName(callee, partName(database, say`what it calls`));
  const fan = context.facts.find({ name: 'fanout.count' });
  const routines = context.facts.find({ name: ['threads.used', 'count.stated'], subject: target.subject });
  return {
    title: say`Bound how much ${serviceName} starts at the same time`,
    description: say`A list that is worked off in parallel, a message loop or a retry in ${serviceName} starts as much as it finds${fan ? say` (${num(fan)} calls for one request)` : ''}. A limit for each kind keeps a few in flight and lets the rest wait where waiting costs ${serviceName} nothing: before the call, without a connection, and only as long as somebody wants the answer.`,
    benefit: say`${whom} sees a steady few calls instead of a crowd, memory of ${serviceName} no longer grows with the longest list, and one large request cannot take what the small ones need.${fan ? say` ${num(fan)} at once for each request becomes a number that is set.` : ''}`,
    riskText: say`Set too low, requests of ${serviceName} with long lists take longer than today; begin at what ${whom} answers without queueing and look at both.`,
    effortText: say`Hours for each place in ${serviceName} that starts work without waiting for it; finding them takes longer than mending them.${shippingNote(context)}`,
    verification: say`Work in flight in ${serviceName}${routines ? say` (${num(routines)} now)` : ''} has a ceiling under any load, and calls in ${whom} at once stay at the limit; p99 inside ${aimWords(scene)}.`,
    design: [
      ...snippet(
        languageOf(context, service),
        {
          javascript: () => say`import pLimit from 'p-limit';

const limit = pLimit(IN_FLIGHT);                       // one for the process and kind of call, not one a request
const rows = await Promise.all(ids.map((id) => limit(() => load(id, { signal: request.signal }))));`,
          java: () => say`Semaphore inFlight = new Semaphore(IN_FLIGHT);      // for the process, not for a request
var calls = ids.stream().map((id) -> CompletableFuture.supplyAsync(() -> {
  inFlight.acquireUninterruptibly();
  try { return load(id); } finally { inFlight.release(); }
}, boundedPool)).toList();
CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).get(request.remainingMillis(), TimeUnit.MILLISECONDS);`,
          python: () => say`in_flight = asyncio.Semaphore(IN_FLIGHT)
async def bounded(item):
    async with in_flight:
        return await load(item)
rows = await asyncio.gather(*(bounded(i) for i in items))`,
          go: () => say`g, ctx := errgroup.WithContext(ctx)
g.SetLimit(inFlight)                                   // Go waits here, without a goroutine
for _, id := range ids {
	g.Go(func() error { return load(ctx, id) })      // every goroutine ends with ctx
}
return g.Wait()`,
          csharp:
            () => say`await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = inFlight, CancellationToken = aborted },
    async (id, ct) => await LoadAsync(id, ct));`,
        },
        say`Work in flight of ${serviceName}`,
      ),
      bullets([
        say`One limit for each kind of call from ${serviceName} to ${whom}; limits inside limits deadlock when they share slots.`,
        say`All that ${serviceName} starts for a request ends with it: hand its cancellation on, and check for what outlives it.`,
        say`Where ${whom} can take a list, one call with the list is better than any limit.`,
      ]),
    ],
  };
}

export default {
  id: 'limit-concurrency',
  layer: 'api',
  title: 'A limit on work in flight',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.5, 0.9], growth: [0.1, 0.6] },
  advise,
} satisfies Remedy;
