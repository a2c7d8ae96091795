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
import { bearing, calc, rate, reading, wordsNear } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';

const PERIODS: readonly (readonly [RegExp, Fact])[] = [
  [/quarter[- ]hour/i, constant('period.quarterHour', 900, 's', 'Seconds of a quarter of an hour')],
  [/half[- ]hour/i, constant('period.halfHour', 1800, 's', 'Seconds of half an hour')],
  [/\bhour|hourly/i, constant('period.hour', 3600, 's', 'Seconds of an hour')],
  [/\bminute/i, constant('period.minute', 60, 's', 'Seconds of a minute')],
  [/\bday|daily|night/i, constant('period.day', 86_400, 's', 'Seconds of a day')],
];

/** "61 % of them arrive in the first 20 s of each quarter hour": the rate inside the window, against the mean and against what takes it. */
function read(context: Context): Reading[] {
  const share = context.facts
    .every({ name: ['ratio.stated', 'mix.share', 'skew.share'] })
    .find(
      (f) =>
        f.value > 0 &&
        f.value <= 1 &&
        /\b(?:arriv|come|land|fall|sent|hit)\w*\b.{0,24}\b(?:in|within)\s+the\s+(?:first|last)\b/i.test(
          wordsNear(context, f, 0, 60),
        ),
    );
  const window =
    share &&
    context.facts
      .every({ name: 'duration.stated' })
      .find(
        (f) =>
          f.value > 0 &&
          /\b(?:first|last)\s*$/i.test(wordsNear(context, f, 8, 0).replace(/\S+(?:\s\S+)?$/, '')),
      );
  const words = window ? wordsNear(context, window, 0, 40) : '';
  const period = PERIODS.find(([p]) => p.test(words.replace(/^\S+\s?\S*/, '')))?.[1];
  const mean = topLoad(loadPoints(context));
  if (!share || !window || !period || !mean || window.value >= period.value) return [];
  const inside = calc(
    'window.rate',
    context.app,
    [(mean.rate.value * period.value * share.value) / window.value, '1/s'],
    'mean rate × period × share ÷ window',
    [mean.rate, period, share, window],
  );
  const factor = calc(
    'window.factor',
    context.app,
    [inside.value / mean.rate.value, 'factor'],
    'rate inside ÷ mean rate',
    [inside, mean.rate],
  );
  const ceiling = context.facts
    .every({ name: ['rate.stated', 'queue.serviceRate'], phase: [...NOW, 'any'] })
    .find((f) => f.value > 0 && f.comparator === '<=');
  const over = ceiling && ceiling.value < inside.value ? ceiling : undefined;
  const left =
    over &&
    calc(
      'window.backlog',
      context.app,
      [(inside.value - over.value) * window.value, 'count'],
      '(rate inside − ceiling) × window',
      [inside, over, window],
    );
  const drain =
    left && over && over.value > mean.rate.value
      ? calc('window.drain', context.app, [left.value / over.value, 's'], 'left over ÷ ceiling', [left, over])
      : undefined;
  return reading('burst-window', {
    id: share.id,
    topic: 'load',
    subject: context.app,
    headline: say`${num(share)} within ${num(window)} of each ${num(period)} are ${rate(inside)}, ${num(factor, { digits: 2 })} the mean of ${num(mean.rate)}${over && left ? say`, and ${name(over.subject.name)} takes ${num(over)}: ${num(left)} are left over at the end of each burst${drain ? say` and wait up to ${num(drain)}` : []}, so size for the window or spread it (a buffer in front, larger batches, a random delay at the sender), not for the mean` : ': size for the window, not for the mean'}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Mean rate`, say`${num(mean.rate)}`],
          [say`Period`, say`${num(period)}`],
          [say`Share in the window`, say`${num(share)}`],
          [say`Window`, say`${num(window)}`],
          [say`Rate inside it`, say`${rate(inside)}`],
          ...(over && left
            ? [
                [say`Ceiling`, say`${num(over)}`],
                [say`Left over`, say`${num(left)}`],
              ]
            : []),
        ],
      ),
    ],
    assumptions: [
      say`${num(mean.rate)} is the mean over whole periods, and arrivals are even inside the window.`,
    ],
    bearings: over
      ? [
          bearing(
            context,
            'write-saturation',
            over.subject,
            1.2,
            say`${rate(inside)} in a burst against ${num(over)}`,
          ),
        ]
      : [],
    weight: 0.97,
  });
}

export default {
  id: 'burst-window',
  about:
    'The rate inside a window in which most arrivals come, against the mean and against what must take it.',
  read,
} satisfies ReadingEntry;
