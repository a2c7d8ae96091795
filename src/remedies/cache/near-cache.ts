import {
  type Advice,
  bullets,
  type Context,
  constant,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { cacheFlow, instancesOf } from '../../readings/parts.js';
import { nearCacheCode } from '../design/cache-snippets.js';
import { NEAR_TTL } from '../design/chosen.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { atLoad, copyingRules, shippingNote, writeClasses } from '../design/wording.js';

const ENTRIES = constant(
  'design.nearEntries',
  1000,
  'count',
  'Breslau et al., Web Caching and Zipf-like Distributions, 1999: under a skewed load a few hundred keys carry a large part; a thousand small values fit any process',
);

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, goal, service } = scene;
  const where = partName(cache, say`the shared cache of ${scene.app}`);
  const flow = cacheFlow(context);
  const skew = context.facts.find({ name: 'skew.share' });
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
  const processes =
    (service ? context.facts.find({ name: 'workers', subject: service.subject }) : undefined) ??
    (service ? instancesOf(context, service) : undefined);
  const after = processes
    ? figure(
        scene,
        'cache.hotAfter',
        [processes.value / NEAR_TTL.value, '1/s'],
        'processes ÷ time to live of the near cache',
        [processes, NEAR_TTL],
        cache?.subject,
      )
    : undefined;
  const label =
    context.classes.find((c) => c.kind === 'read' && c.subject.name !== 'read')?.subject.name ?? 'hot value';
  return {
    title: say`Keep the hottest keys of ${where} for ${num(NEAR_TTL)} inside each process of ${scene.serviceName}`,
    description: say`A small cache in process in front of ${where} takes the repeats of the hottest keys. A key then costs ${where} one look-up per process and ${num(NEAR_TTL)}, however many requests want it.`,
    benefit:
      hot && after
        ? say`The hottest few make ${num(hot)} look-ups ${atLoad(scene)}; each of their keys falls to ${num(after)} (${processes ? num(processes) : ''} processes). The shard that owns them is relieved, which no further shard of ${where} can do.`
        : say`A key’s look-ups on its one shard of ${where} fall to processes of ${scene.serviceName} ÷ ${num(NEAR_TTL)}. ${skew ? '' : say`The share of the hottest keys was not said; the hot-key report of ${where} shows it.`}`,
    riskText: say`Processes of ${scene.serviceName} disagree for up to ${num(NEAR_TTL)}; a user who changes instance may see an older value. Nothing that a write to ${where} (${writeClasses(context)}) decides upon goes in.`,
    effortText: say`Half a day, and a bound on its memory in ${scene.serviceName}.${shippingNote(context)}`,
    verification: say`Busiest shard of ${where} against the median shard: the gap closes; hit ratio of the near cache, and resident memory of ${scene.serviceName}, on one panel.`,
    design: [
      ...nearCacheCode(
        languageOf(context, service),
        label,
        NEAR_TTL,
        ENTRIES,
        say`In process, in front of ${where}`,
      ),
      bullets([
        say`${num(ENTRIES)} entries at most, evicted by use; ${where} keeps all the others.`,
        say`Values are shared by requests of ${scene.serviceName}: freeze or copy them, or one request changes what the next one reads.`,
        ...copyingRules(context, say`the memory of ${scene.serviceName}`),
      ]),
    ],
  };
}

export default {
  id: 'near-cache',
  layer: 'cache',
  title: 'A near cache for hot keys',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.1, 0.5] },
  advise,
} satisfies Remedy;
