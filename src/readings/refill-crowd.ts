import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  plain,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { littlesLaw } from '../models/queueing.js';
import { bearing, calc, inSeconds, reading, whole } from './compose.js';
import { loadPoints } from './load.js';
import { cacheFlow, connectionLimit, statementLabel, statementTimes } from './parts.js';
import { ofWhat } from './skew.js';

const SHARES = [0.01, 0.05, 0.2].map((v) =>
  constant(
    `key.share.${v * 100}`,
    v,
    'ratio',
    'Share of the look-ups on one key, tried in turn because the case does not say it',
  ),
);

/** When a popular key expires, everyone who asks while it is refilled runs the statement: rate × refill time. */
function read(context: Context): Reading[] {
  const flow = cacheFlow(context);
  const statement = statementTimes(context).find((s) => s.kind === 'read');
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  if (!flow || !statement || !goal) return [];
  const lookups = flow.lookups(goal);
  const one = context.facts.every({ name: 'skew.members' }).length === 0;
  const skew = context.facts
    .every({ name: 'skew.share' })
    .filter(() => one)
    .find((f) => f.value > 0 && f.value < 1 && plain(ofWhat(context, f)) === 'the traffic');
  const crowd = (share: Fact): Fact =>
    calc(
      `refill.crowd.${share.name}`,
      flow.cache,
      [littlesLaw(lookups.value * share.value, inSeconds(statement.time)), 'count'],
      'look-ups a second × share of the key × refill time (Little’s law)',
      [lookups, share, statement.time],
      goal.phase,
    );
  const lead = skew ?? (SHARES[0] as Fact);
  if (crowd(lead).value < 2) return [];
  const ttl = context.facts.every({ name: 'ttl' }).find((f) => f.value > 0);
  const limit = statement.database ? connectionLimit(context, statement.database) : undefined;
  const fills = limit
    ? calc(
        'refill.shareToLimit',
        flow.cache,
        [limit.fact.value / littlesLaw(lookups.value, inSeconds(statement.time)), 'ratio'],
        'connection limit ÷ (look-ups a second × refill time)',
        [limit.fact, lookups, statement.time],
        goal.phase,
      )
    : undefined;
  const because = say`a key with ${num(lead)} of the look-ups sends ${whole(crowd(lead))} equal statements each time it expires`;
  return reading('refill-crowd', {
    id: flow.cache.id,
    topic: 'cache',
    layer: 'cache',
    subject: flow.cache,
    headline: say`Each time a key with ${num(lead)} of the look-ups of ${name(flow.cache.name)} expires, ${whole(crowd(lead))} equal runs of ${statementLabel(statement)} start before the first one has refilled it${ttl ? say`, every ${num(ttl)}` : []}${fills && limit && fills.value < 1 ? say`; a key with ${num(fills, { digits: 2 })} fills ${limit.isDefault ? 'the default limit' : 'the limit'} of ${num(limit.fact)} connections alone` : []}. One run for all of them would do.`,
    arithmetic: [
      table(
        ['> Share of the look-ups on the key', '> Runs at once when it expires'],
        [...(skew ? [skew] : []), ...SHARES].map((s) => [say`${num(s)}`, say`${whole(crowd(s))}`]),
        say`At ${num(goal.rate)}, with ${num(lookups)} of look-ups and ${num(statement.time)} to refill`,
      ),
    ],
    assumptions: [
      say`Nothing joins equal misses together, and a refill takes the ${num(statement.time)} of ${statementLabel(statement)}.`,
    ],
    bearings: [bearing(context, 'stampede', flow.cache, skew ? 0.9 : 0.3, because)],
    questions: ttl
      ? []
      : [
          {
            id: `ttl/${flow.cache.id}`,
            question: say`With what lifetime are keys written to ${name(flow.cache.name)}, and do equal misses wait for one refill?`,
            matters: say`a short common lifetime makes the misses come in crowds; then jitter and one refill at a time raise the hit ratio without a longer lifetime`,
            weight: 0.5,
          },
        ],
    weight: skew ? 0.66 : 0.48,
  });
}

export default {
  id: 'refill-crowd',
  about: 'How many equal statements start when a popular key expires (look-ups × share × refill time).',
  read,
} satisfies ReadingEntry;
