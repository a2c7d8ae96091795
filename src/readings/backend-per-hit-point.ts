import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, rate, reading } from './compose.js';
import { loadPoints, topLoad } from './load.js';
import { edgeRate, type MissFlow, mainDatabase, mainService, missFlows, ofKind } from './parts.js';

const POINT = constant(
  'hitRatio.point',
  0.01,
  'ratio',
  'One point of hit ratio, the step in which it is read',
);
/** Ratios to look at above today's; each is an aim to be tested, not a promise. */
const AIMS = [0.8, 0.9, 0.95, 0.98, 0.99].map((v) =>
  constant(
    `hitRatio.assumed.${Math.round(v * 100)}`,
    v,
    'ratio',
    'Hit ratio looked at as an aim; what is within reach follows from the keys and their lifetimes',
  ),
);

/** What a point of hit ratio is worth to whatever stands behind the cache. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  return goal ? missFlows(context).flatMap((flow) => ofCache(context, flow, goal, points)) : [];
}

function ofCache(
  context: Context,
  flow: MissFlow,
  goal: ReturnType<typeof loadPoints>[number],
  points: ReturnType<typeof loadPoints>,
): Reading[] {
  if (flow.missShare.value <= 0) return [];
  // Without the rate at the edge nobody knows how many look-ups a CDN gets: the app sees only its misses.
  if (flow.cache.kind === 'cdn' && edgeRate(context, flow.cache)?.phase !== goal.phase) return [];
  const lookups = flow.lookups(goal);
  const misses = flow.misses(goal);
  const perPoint = calc(
    'misses.perPoint',
    flow.cache,
    [lookups.value * POINT.value, '1/s'],
    'look-ups a second × one point',
    [lookups, POINT],
    goal.phase,
  );
  const relative = calc(
    'misses.perPointShare',
    flow.cache,
    [POINT.value / flow.missShare.value, 'ratio'],
    'one point ÷ miss share',
    [POINT, flow.missShare],
  );
  const after = (aim: Fact): Fact =>
    calc(
      `cache.misses.${aim.name}`,
      flow.cache,
      [lookups.value * (1 - aim.value), '1/s'],
      'look-ups a second × (all − hit ratio)',
      [lookups, aim],
      goal.phase,
    );
  const times = (aim: Fact): Fact =>
    calc(
      `cache.misses.cut.${aim.name}`,
      flow.cache,
      [flow.missShare.value / (1 - aim.value), 'factor'],
      'miss share now ÷ then',
      [flow.missShare, aim],
    );
  const aims = AIMS.filter((a) => a.value >= flow.hit.value + 0.02).slice(0, 3);
  const origin =
    flow.cache.kind === 'cdn'
      ? mainService(context)
      : (mainDatabase(context) ?? ofKind(context, 'search')[0]);
  const behind = origin ? name(origin.subject.name) : 'whatever stands behind it';
  const best = aims[1] ?? aims[0];
  const low = flow.hit.value < 0.8;
  const top = topLoad(points);
  const without = top
    ? calc('origin.coldFactor', flow.cache, [1 / flow.missShare.value, 'factor'], 'all look-ups ÷ misses', [
        flow.missShare,
      ])
    : undefined;
  const because = say`hit ratio ${num(flow.hit)}: ${rate(misses)} misses at ${num(goal.rate)}`;
  return reading('backend-per-hit-point', {
    id: flow.cache.id,
    topic: 'cache',
    layer: 'cache',
    subject: flow.cache,
    headline: say`Each point of hit ratio of ${name(flow.cache.name)} takes ${rate(perPoint)} off ${behind} at ${num(flow.cache.kind === 'cdn' ? lookups : goal.rate)}, ${num(relative, { digits: 2 })} of its misses${best ? say`; ${num(flow.hit)} → ${num(best)} would cut ${rate(misses)} to ${rate(after(best))}` : []}${without ? say`; an empty cache would send it ${num(without, { digits: 2 })} today’s` : []}.`,
    arithmetic: [
      table(
        ['> Hit ratio', '> Misses a second', '> Fewer by'],
        [
          [say`${num(flow.hit)} (now)`, say`${rate(misses)}`, say`—`],
          ...aims.map((a) => [say`${num(a)}`, say`${rate(after(a))}`, say`${num(times(a), { digits: 2 })}`]),
        ],
        say`At ${num(goal.rate)} and ${num(lookups)} of look-ups`,
      ),
    ],
    assumptions: [
      flow.basis === 'requests'
        ? say`Every request makes one look-up in ${name(flow.cache.name)}.`
        : say`Every read makes one look-up in ${name(flow.cache.name)}, writes make none.`,
      say`The hit ratio is that of these minutes; ratios since the start of a process hide what a burst does.`,
    ],
    bearings: low
      ? [bearing(context, 'low-hit-ratio', flow.cache, 0.9, because)]
      : flow.hit.value >= 0.95
        ? [bearing(context, 'low-hit-ratio', flow.cache, -1, because)]
        : [],
    questions: [],
    weight: low ? 0.68 : 0.45,
  });
}

export default {
  id: 'backend-per-hit-point',
  about: 'What each point of hit ratio takes off the origin, and what an empty cache would send it.',
  read,
} satisfies ReadingEntry;
