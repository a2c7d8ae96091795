import {
  type Context,
  constant,
  type Fact,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { calc, reading } from './compose.js';
import { aimedLoad, isWhole, loadBehind, loadPoints, NOW, topLoad } from './load.js';
import { PLANNING } from './utilisation-at-target.js';

const WEEK = constant('week.hours', 168, 'count', 'Hours of a week');
const SHARES = [1, 0.5, 0.3].map((v) =>
  constant(
    `bill.share.${v * 100}`,
    v,
    'ratio',
    'Share of the bill that grows with the fleet, tried in turn because the case does not say it',
  ),
);

/** A cost limit against the capacity that the target needs: always on, and rented by the hour. */
function read(context: Context): Reading[] {
  const limit = context.facts
    .every({ name: 'cost.change' })
    .filter((f) => f.value >= 0 && f.value < 2)
    .sort((a, b) => a.value - b.value)[0];
  const need = growthNeeded(context);
  if (!limit || !need || need.growth.value <= 1.02) return [];
  const extra = calc(
    'capacity.extra',
    need.growth.subject,
    [need.growth.value - 1, 'ratio'],
    'capacity needed − what there is',
    [need.growth],
  );
  const always = calc(
    'bill.shareAlways',
    context.app,
    [Math.min(1, limit.value / extra.value), 'ratio'],
    'cost limit ÷ extra capacity',
    [limit, extra],
  );
  const hours = (share: Fact): Fact =>
    calc(
      `rent.hours.${share.name}`,
      context.app,
      [Math.min(WEEK.value, (limit.value * WEEK.value) / (extra.value * share.value)), 'count'],
      'cost limit × hours of a week ÷ (extra capacity × share of the bill)',
      [limit, WEEK, extra, share],
    );
  const cost = (share: Fact): Fact =>
    calc(
      `bill.rise.${share.name}`,
      context.app,
      [extra.value * share.value, 'ratio'],
      'extra capacity × share of the bill',
      [extra, share],
    );
  const all = SHARES[0] as Fact;
  const fits = extra.value <= limit.value;
  const monthly = context.facts.find({
    name: 'cost.monthly',
    phase: ['any', 'incident', 'steady', 'baseline'],
  });
  const room = monthly
    ? calc('cost.room', context.app, [monthly.value * limit.value, 'currency/month'], 'bill × cost limit', [
        monthly,
        limit,
      ])
    : undefined;
  const bursty = context.case.traits.some((t) => ['bursty', 'event', 'seasonal', 'batch'].includes(t.trait));
  return reading('cost-of-scaling', {
    id: context.app.id,
    topic: 'cost',
    subject: context.app,
    headline: fits
      ? say`The target needs ${num(need.growth)} capacity, and ${num(extra, { digits: 2 })} more of everything is within the +${num(limit)} that the bill may rise: scaling alone is affordable, if the load scales out.`
      : say`The ${need.what} needs ${num(need.growth)} capacity: always on, that fits +${num(limit)} only if what must grow is at most ${num(always, { digits: 2 })} of the bill; rented by the hour, even the whole bill’s worth of it can run ${num(hours(all), { digits: 2 })} hours a week${bursty ? ', so capacity for the bursts is affordable and capacity at all times is not' : ''}.`,
    arithmetic: [
      table(
        ['> Share of the bill that must grow', '> Bill, always on', '> Hours a week within the limit'],
        SHARES.map((s): Text[] => [
          say`${num(s)}`,
          say`+${num(cost(s), { digits: 2 })}`,
          say`${num(hours(s), { digits: 2 })}`,
        ]),
        say`${num(extra, { digits: 2 })} more capacity, limit +${num(limit)}`,
      ),
    ],
    assumptions: [
      say`Cost grows in proportion to capacity and rented hours cost what hours of today cost; a database often grows in whole sizes and cannot be rented by the hour.`,
      need.says,
      ...(room && monthly ? [say`Of ${num(monthly)}, the limit leaves ${num(room)}.`] : []),
    ],
    questions: fits
      ? []
      : [
          {
            id: 'bill-split',
            question: say`How does the bill split between what scales out (instances) and what does not (database, cache, third parties)?`,
            matters: say`at ${num(always, { digits: 2 })} or less for what must grow, it may run all the time within +${num(limit)}; above it only by the hour`,
            weight: 0.45,
          },
        ],
    weight: fits ? 0.35 : 0.7,
  });
}

/** Capacity the target needs over today’s: by utilisation when one was said, else by the ratio of the loads. */
function growthNeeded(context: Context): { growth: Fact; what: string; says: Text } | undefined {
  const points = loadPoints(context);
  const aim = aimedLoad(points) ?? topLoad(points);
  const used = context.facts
    .every({ name: ['cpu.utilisation', 'eventloop.utilisation'], phase: NOW })
    .find(
      (f) => f.value > 0.3 && f.value <= 1 && (isWhole(context, f.subject) || f.subject.kind === 'service'),
    );
  const base = used && loadBehind(points, used);
  if (used && base && aim) {
    const growth = calc(
      'capacity.growth',
      used.subject,
      [(used.value * aim.rate.value) / base.rate.value / PLANNING.value, 'factor'],
      'utilisation × rate asked for ÷ rate it was read at ÷ planning utilisation',
      [used, aim.rate, base.rate, PLANNING],
      aim.phase,
    );
    return {
      growth,
      what: 'target',
      says: say`${num(used)} at ${num(base.rate)}, ${num(aim.rate)} asked for, run at ${num(PLANNING)}; work saved a request lowers it in proportion.`,
    };
  }
  const top = topLoad(points);
  if (!aim || !top || aim === top) return undefined;
  const growth = calc(
    'capacity.growth',
    context.app,
    [aim.rate.value / top.rate.value, 'factor'],
    'rate asked for ÷ highest rate seen',
    [aim.rate, top.rate],
    aim.phase,
  );
  return {
    growth,
    what: 'target',
    says: say`Capacity in proportion to the rate, and today’s is just enough for ${num(top.rate)}; nobody said how busy it is.`,
  };
}

export default {
  id: 'cost-of-scaling',
  about:
    'What a cost limit allows: capacity always on, capacity by the hour, and the share of the bill at which each fits.',
  read,
} satisfies ReadingEntry;
