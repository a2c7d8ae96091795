import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { cacheFlow } from '../../readings/parts.js';
import { dataKind, evictionAdvice, hardOf, statedTtl, ttlTable } from '../design/cache-plan.js';
import { singleFlightCode } from '../design/cache-snippets.js';
import { JITTER, NEGATIVE_TTL } from '../design/chosen.js';
import { languageOf } from '../design/language.js';
import { dataRules, figure, partName, sceneOf, slowStatements } from '../design/scene.js';
import { atLoad, copyingRules, shippingNote, writeClasses } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { cache, goal, database } = scene;
  const where = partName(cache, say`the cache of ${scene.app}`);
  const db = partName(database, say`the origin behind it`);
  const flow = cacheFlow(context);
  const misses = flow && goal ? flow.misses(goal) : undefined;
  const ttl = statedTtl(scene);
  const halved =
    misses && flow
      ? figure(
          scene,
          'cache.missesHalved',
          [misses.value / 2, '1/s'],
          'half of the misses',
          [misses],
          cache?.subject,
        )
      : undefined;
  const read = slowStatements(context).find((x) => x.kind === 'read');
  const kind = dataKind(read?.subject.name ?? '');
  const strict = dataRules(context).find((c) => c.kind === 'consistency');
  return {
    ...(strict ? { risk: 'high' as const } : {}),
    title: say`Let entries of ${where} live longer, spread their ends, and renew them before they end`,
    description: say`Each entry of ${where} gets two times: a soft one, after which one request renews it while all others are still served, and a hard one, after which it is gone. Both are spread by ±${num(JITTER)}, so that keys filled together do not end together.${ttl ? say` Today the time to live is ${num(ttl)}.` : ''}`,
    benefit:
      misses && flow && halved
        ? say`${num(flow.hit)} of the look-ups are hits, so ${num(misses)} reach ${db} ${atLoad(scene)}; every halving of the misses takes ${num(halved)} off it.`
        : say`Fewer look-ups of ${where} reach ${db}, and none of them in crowds. The hit ratio and look-ups a second, which give the number, are in the statistics of ${where}.`,
    riskText: say`${strict ? say`${quote(strict.text)}: what this covers keeps the life it has, or leaves the cache; only the rest may live longer. ` : ''}Readers of ${scene.app} may see data as old as the hard time. What a write (${writeClasses(context)}) decides upon is never read from ${where}.`,
    effortText: say`One to two days: the wrapper around ${where}, times per kind of answer, deletion after commit.${shippingNote(context)}`,
    verification: say`Misses a second of ${where} at the same rate, before and after, and their largest second: with jitter it stays close to the mean.`,
    design: [
      ttlTable(scene),
      ...singleFlightCode(
        languageOf(context, scene.service),
        read?.subject.name ?? 'value',
        kind.soft,
        hardOf(kind.soft),
        say`${read ? say`${name(read.subject.name)}` : say`A value`} through ${where}: one renewal at a time, the old value meanwhile`,
      ),
      bullets([
        ttl
          ? say`The ${num(ttl)} of today becomes the soft time where readers count on it; the hard time is ${num(hardOf(ttl))}, so a short failure of ${db} is not seen.`
          : say`Read the times to live of today from the code of ${scene.serviceName} before choosing; none was said.`,
        say`Keys that do not exist are remembered for ${num(NEGATIVE_TTL)} in ${where}; else each request for them goes to ${db}.`,
        say`Never answered from ${where}: what a write decides upon (what is left, what has been redeemed, which request was seen before). These are rows of ${db}, guarded by a condition or a unique index.`,
        evictionAdvice(context, scene),
        ...copyingRules(context, where),
      ]),
    ],
  };
}

export default {
  id: 'raise-ttl-with-jitter',
  layer: 'cache',
  title: 'Longer, spread times to live',
  effort: 'hours',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.3, 0.8], growth: [0, 0.2] },
  advise,
} satisfies Remedy;
