import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  steps,
} from '../../domain/index.js';
import { cacheFlow } from '../../readings/parts.js';
import { DAILY_REUSE, JITTER, LEAD, RETRY_BUDGET } from '../design/chosen.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote, whenItHappens } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, database, goal } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const db = partName(database, say`the origin`);
  const flow = cacheFlow(context);
  const warm = flow && goal ? flow.misses(goal) : undefined;
  const cold = flow && goal ? flow.lookups(goal) : undefined;
  const pace = warm
    ? figure(
        scene,
        'design.warmRate',
        [warm.value * RETRY_BUDGET.value, '1/s'],
        'misses a second of a warm cache × a tenth',
        [warm, RETRY_BUDGET],
        cache?.subject,
      )
    : undefined;
  const members = context.facts.find({ name: 'skew.members' });
  const share = context.facts.find({ name: 'skew.share' });
  return {
    title: say`Fill ${where} before the crowd comes, and never start it empty`,
    description: say`Before a deploy, a flush or an event of ${scene.app}, a job reads the keys that were asked for most in the last comparable period and puts them into ${where}, at a pace that ${db} does not feel. New versions read the old key layout until theirs is warm.`,
    benefit:
      cold && warm
        ? say`An empty ${where} sends ${num(cold)} to ${db} ${atLoad(scene)}; a warm one ${num(warm)}.${share && members ? say` ${num(members)} of the keys make ${num(share)} of the traffic, so a short list warms most of it.` : ''}`
        : say`${db} never sees the whole look-up rate of ${where} at once. Look-ups a second and hit ratio, which give both figures, were not said.`,
    riskText: say`A job that warms too fast is the load it should prevent: bound its rate on ${db}, and stop it by itself when the latency of ${db} rises.`,
    effortText: say`A day: a list of keys from access logs or the statistics of ${where}, a paced job, a step in the release of ${scene.serviceName}.${shippingNote(context)}`,
    verification: say`Hit ratio of ${where} in the first minute after a deploy or at the start of an event${whenItHappens(context)}: as high as in the last minute before.`,
    design: [
      steps([
        say`Take the keys of the last comparable peak of ${scene.app}, most wanted first, until ${num(DAILY_REUSE)} of its look-ups are covered.`,
        say`Load them ${num(LEAD)} before, at ${pace ? say`no more than ${num(pace)}, a tenth of the misses ${db} bears anyway` : say`a rate that is a small part of the misses ${db} bears today`}, each with its time to live spread by ±${num(JITTER)}.`,
        say`Release ${scene.serviceName} instance by instance, and route to a new one only when its own caches and connections are warm.`,
      ]),
      bullets([
        say`A version in the key of ${where} means an empty cache after each release: raise it only for entries whose form changed.`,
        say`Losing a node of ${where} is the same event without notice. ${db} must survive it: single flight, a limit on loads a second, and stale answers where they are allowed.`,
      ]),
    ],
  };
}

export default {
  id: 'prewarm-cache',
  layer: 'cache',
  title: 'A warm cache before the crowd',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.3, 0.9], growth: [0, 0.3] },
  advise,
} satisfies Remedy;
