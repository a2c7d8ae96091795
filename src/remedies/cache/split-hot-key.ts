import {
  type Advice,
  bullets,
  type Context,
  code,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { cacheFlow } from '../../readings/parts.js';
import { NEAR_TTL } from '../design/chosen.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, goal } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const shards = cache ? context.facts.find({ name: 'shards', subject: cache.subject }) : undefined;
  const skew = context.facts.find({ name: 'skew.share' });
  const flow = cacheFlow(context);
  const lookups = flow && goal ? flow.lookups(goal) : goal?.rate;
  const hot =
    lookups && skew
      ? figure(
          scene,
          'cache.hotLookups',
          [lookups.value * skew.value, '1/s'],
          'look-ups a second × share on the hottest few',
          [lookups, skew],
          cache?.subject,
        )
      : undefined;
  const fair =
    shards && lookups
      ? figure(
          scene,
          'cache.fairShare',
          [lookups.value / shards.value, '1/s'],
          'look-ups a second ÷ shards',
          [lookups, shards],
          cache?.subject,
        )
      : undefined;
  return {
    title: say`Store the hottest keys of ${where} once per shard`,
    description: say`A key lives on one shard of ${where}${shards ? say` of ${num(shards)}` : ''}. Copies under as many names as ${where} has shards spread its reads; a writer updates them all, a reader picks one at random.`,
    benefit:
      hot && fair
        ? say`An even share of look-ups is ${num(fair)} a shard ${atLoad(scene)}; the hottest few add up to ${num(hot)} on the shards that own them. Copies bring each shard near its even share.`
        : say`Reads of the hottest key are divided by the shards of ${where}${shards ? say` (${num(shards)})` : ', whose number was not said'}; its share of the look-ups decides how much that is.`,
    riskText: say`Copies of ${where} differ for a moment after a write, and a lost update of one copy stays until its time to live. For counters and locks in ${where} it is wrong; split the counter into parts instead and sum them.`,
    effortText: say`A day in ${scene.serviceName}, when the hot keys are known beforehand. A near cache (${num(NEAR_TTL)} in process) takes less and is tried first.${shippingNote(context)}`,
    verification: say`Operations a second and processor time by shard of ${where}: the busiest close to the median at peak.`,
    design: [
      code(
        'text',
        say`write   for each copy in copies:  SET <key>{copy} value
read    GET <key>{random copy}                      copies = shards, so that each can own one
delete  for each copy in copies:  UNLINK <key>{copy}`,
        say`Copies in ${where}; the braces place each copy on a slot of its own`,
      ),
      bullets([
        say`List of hot keys: found by sampling in ${scene.serviceName} or by the hot-key report of ${where}, renewed each minute; all other keys stay single.`,
        say`Replicas of a shard of ${where} can serve its reads too, when a value may be a moment old; that needs no copies.`,
      ]),
    ],
  };
}

export default {
  id: 'split-hot-key',
  layer: 'cache',
  title: 'Copies of a hot key',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.2, 0.7] },
  advise,
} satisfies Remedy;
