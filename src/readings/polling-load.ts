import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, inSeconds, rate, reading, wordsNear } from './compose.js';
import { loadPoints } from './load.js';

const POLL = /\b(poll\w*|refresh\w*|check\w*|ping\w*|heartbeat\w*|reload\w*)\b/i;

const EVERY = /\b(every|each|interval|at)\b/i;

/** Users who ask again every so often bring users ÷ interval, whatever else was planned for. */
function read(context: Context): Reading[] {
  const users = context.facts.every({ name: 'users' }).sort((a, b) => b.value - a.value)[0];
  const interval = context.facts
    .every({
      name: ['duration.stated', 'ttl'],
      phase: ['any', 'steady', 'peak', 'planned', 'target', 'incident', 'baseline'],
    })
    .find(
      (f) =>
        f.value > 0 &&
        f.value < 3600 &&
        POLL.test(wordsNear(context, f, 50, 0)) &&
        EVERY.test(wordsNear(context, f, 20, 0)),
    );
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const most = context.facts
    .every({ name: 'throughput', phase: ['target', 'planned'] })
    .reduce((a, f) => (a && a.value >= f.value ? a : f), goal?.rate);
  if (!users || !interval || !most || users.value < 10) return [];
  const brought = calc(
    'polling.rate',
    context.app,
    [users.value / inSeconds(interval), '1/s'],
    'users ÷ interval',
    [users, interval],
  );
  const off = calc(
    'polling.over',
    context.app,
    [brought.value / most.value, 'factor'],
    'users ÷ interval ÷ highest rate asked for',
    [brought, most],
  );
  if (off.value < 0.2) return [];
  const fits = calc(
    'polling.users',
    context.app,
    [most.value * inSeconds(interval), 'count'],
    'highest rate asked for × interval',
    [most, interval],
  );
  const over = off.value > 1;
  const part = calc('polling.part', context.app, [off.value, 'ratio'], 'users ÷ interval ÷ rate', [
    brought,
    most,
  ]);
  return reading('polling-load', {
    id: users.subject.id,
    topic: over ? 'contradiction' : 'load',
    layer: 'client',
    subject: context.app,
    headline: over
      ? say`${num(users)} users who ask again every ${num(interval)} bring ${rate(brought)} by that alone, ${num(off, { digits: 2 })} the ${num(most)} planned for: that rate holds ${num(fits)} of them at once, so either fewer are there together, or the interval must grow, or the plan is too small.`
      : say`${num(users)} users who ask again every ${num(interval)} bring ${rate(brought)} that nobody clicked for, ${num(part, { digits: 2 })} of the ${num(most)} ${most.phase === 'target' || most.phase === 'planned' ? 'planned for' : 'that come'}: a longer interval, an answer cached for that long, or a push when something changed takes it away.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Users`, say`${num(users)}`],
          [say`Ask again every`, say`${num(interval)}`],
          [say`Requests from that`, say`${rate(brought)}`],
          [say`Planned for`, say`${num(most)}`],
          [say`Users at once that fit`, say`${num(fits)}`],
        ],
      ),
    ],
    assumptions: [
      say`All of them are there at the same time and ask ${name(context.app.name)}; with arrivals spread over minutes, fewer are.`,
    ],
    bearings: over
      ? [bearing(context, 'traffic-surge', context.app, 0.8, say`${rate(brought)} from users who ask again`)]
      : [],
    weight: over ? 0.92 : off.value > 0.4 ? 0.94 : 0.5,
  });
}

export default {
  id: 'polling-load',
  about: 'What users who ask again every so often bring, against the rate planned for.',
  read,
} satisfies ReadingEntry;
