import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { cacheFlow } from '../../readings/parts.js';
import { evictionAdvice } from '../design/cache-plan.js';
import { costLimit, figure, partName, sceneOf } from '../design/scene.js';
import { atLoad } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, goal } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const memory = cache
    ? context.facts.find({ name: ['memory.limit', 'memory.used'], subject: cache.subject })
    : undefined;
  const evictions = context.facts.find({ name: 'cache.evictions' });
  const flow = cacheFlow(context);
  const misses = flow && goal ? flow.misses(goal) : undefined;
  const size = context.facts.find({ name: 'payload.mean' });
  const fits =
    memory && size
      ? figure(
          scene,
          'cache.entriesThatFit',
          [memory.value / size.value, 'count'],
          'memory ÷ typical payload',
          [memory, size],
          cache?.subject,
        )
      : undefined;
  const cost = costLimit(context);
  return {
    title: say`Give ${where} the memory its working set needs, and nothing else to hold`,
    description: say`Evictions ${evictions ? say`of ${num(evictions)} ` : ''}mean that ${where} drops entries that would be asked for again. Before more memory: keep long values out, shorten what nobody reads twice, separate what must not be evicted; then size by how often entries come back, not by how many there are.`,
    benefit:
      evictions && misses
        ? say`Each eviction is a miss to come if its key returns: up to ${num(evictions)} of the ${num(misses)} misses ${atLoad(scene)} could be hits.`
        : say`Misses of ${where} that are caused by lack of room end; those of new or ended keys stay. ${evictions ? '' : 'Evictions a second, which tell them apart, were not said.'}`,
    riskText: say`More memory than the working set buys nothing; the miss-ratio curve of ${where} flattens. ${cost ? say`The limit of ${num(cost)} on cost is better spent elsewhere then.` : ''}`,
    effortText: say`Hours to measure, an hour to resize ${where} in a quiet time; moving sessions out takes a day.`,
    verification: say`Evictions of ${where} near none at peak and misses a second lower at the same rate; if misses stay, the keys are new and memory was not the reason.`,
    design: [
      table(
        ['Figure', '> Value'],
        [
          [say`memory of ${where}`, memory ? say`${num(memory)}` : say`not said`],
          ...(fits && size
            ? [[say`entries of ${num(size)} that fit, without overhead`, say`${num(fits)}`]]
            : []),
          [say`evictions a second`, evictions ? say`${num(evictions)}` : say`read them from its statistics`],
          [say`hit ratio`, flow ? say`${num(flow.hit)}` : say`not said`],
        ] as Text[][],
        say`Room in ${where}`,
      ),
      ...(cache?.product === 'memcached'
        ? [
            code(
              'bash',
              say`printf 'stats items\\r\\nstats slabs\\r\\nquit\\r\\n' | nc "$CACHE_HOST" "$CACHE_PORT" | grep -E 'evicted|evicted_time|age|chunk_size'
# evicted_time near none: entries are dropped while still wanted; a high one: dropped long after their last use`,
              say`Which size classes of ${where} evict, and how old what they evict is`,
            ),
          ]
        : [
            code(
              'bash',
              say`redis-cli INFO stats  | grep -E 'keyspace_hits|keyspace_misses|evicted_keys|expired_keys'
redis-cli INFO memory | grep -E 'used_memory_human|maxmemory_human|mem_fragmentation_ratio|maxmemory_policy'`,
              say`Whether ${where} is short of room, or its keys end by time`,
            ),
          ]),
      bullets([
        evictionAdvice(context, scene),
        say`Compress values of ${scene.serviceName} above a few kilobytes and drop fields that no reader uses; that is memory without a bill.`,
      ]),
    ],
  };
}

export default {
  id: 'size-cache',
  layer: 'cache',
  title: 'Room for the working set',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.4, 0.9] },
  advise,
} satisfies Remedy;
