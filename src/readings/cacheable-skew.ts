import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, rate, reading } from './compose.js';
import { loadPoints } from './load.js';
import { cacheFlow } from './parts.js';
import { ofWhat } from './skew.js';

/** A cache that held only the hottest few would answer their share: a lower hit ratio is a matter of keys or lifetimes. */
function read(context: Context): Reading[] {
  const flow = cacheFlow(context);
  const shares = context.facts.every({ name: 'skew.share' }).filter((f) => f.value > 0 && f.value < 1);
  const few = context.facts.every({ name: 'skew.members' }).filter((f) => f.value > 0 && f.value < 0.5);
  const [share, members] = [shares[0], few[0]];
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  if (!flow || !share || !members || !goal || share.value <= members.value) return [];
  const short = share.value > flow.hit.value;
  const gain = calc(
    'cache.hotGain',
    flow.cache,
    [share.value - flow.hit.value, 'ratio'],
    'share of the hottest − hit ratio',
    [share, flow.hit],
  );
  const lookups = flow.lookups(goal);
  const saved = calc(
    'cache.hotSaved',
    flow.cache,
    [lookups.value * gain.value, '1/s'],
    'look-ups a second × that difference',
    [lookups, gain],
    goal.phase,
  );
  const what = ofWhat(context, share);
  return short
    ? reading('cacheable-skew', {
        id: flow.cache.id,
        topic: 'contradiction',
        layer: 'cache',
        subject: flow.cache,
        headline: say`The hottest ${num(members)} make ${num(share)} of ${what}, so a cache that held nothing else would answer ${num(share)}; ${name(flow.cache.name)} answers ${num(flow.hit)}: its keys are too fine, its entries die too soon, or they are pushed out, and size is not the reason. That much alone is ${rate(saved)} off what stands behind it at ${num(goal.rate)}.`,
        arithmetic: [
          table(
            ['Quantity', '> Value'],
            [
              [say`Hottest few`, say`${num(members)}`],
              [say`Their share`, say`${num(share)}`],
              [say`Hit ratio`, say`${num(flow.hit)}`],
              [say`Missing to it`, say`${num(gain)}`],
            ],
          ),
        ],
        assumptions: [
          say`${name(flow.cache.name)} is asked for what that share was said of, and the same answer may serve all who ask.`,
        ],
        bearings: [
          bearing(
            context,
            'low-hit-ratio',
            flow.cache,
            1.2,
            say`${num(flow.hit)} hits where the hottest ${num(members)} alone make ${num(share)}`,
          ),
          bearing(
            context,
            'ttl-too-short',
            flow.cache,
            0.7,
            say`${num(flow.hit)} hits where the hottest ${num(members)} alone make ${num(share)}`,
          ),
        ],
        questions: [
          {
            id: `cache-keys/${flow.cache.id}`,
            question: say`What makes up a key of ${name(flow.cache.name)}, how long does an entry live, and how many are evicted?`,
            matters: say`a user or session in the key makes equal questions differ; a short life or evictions lose what was there`,
            ...(flow.cache.name.toLowerCase().includes('redis')
              ? { command: say`redis-cli INFO stats`, language: 'bash' }
              : {}),
            weight: 0.6,
          },
        ],
        weight: 0.83,
      })
    : [];
}

export default {
  id: 'cacheable-skew',
  about: 'Whether a cache answers less than the hottest few alone would give it.',
  read,
} satisfies ReadingEntry;
