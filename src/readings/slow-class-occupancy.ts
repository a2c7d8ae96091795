import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, inSeconds, rate, reading, whole } from './compose.js';
import { classShares, isWhole, loadPoints, NOW, topLoad } from './load.js';
import { instancesOf, mainService } from './parts.js';
import { labelOf } from './percentiles.js';

/** One slow route in a pool of threads that all routes share: how many of its requests a second fill it. */
function read(context: Context): Reading[] {
  const service = mainService(context);
  const each =
    service && context.facts.find({ name: ['threads.limit', 'workers'], subject: service.subject });
  const top = topLoad(loadPoints(context));
  if (!service || !each || !top) return [];
  const count = instancesOf(context, service);
  const slots = count
    ? calc(
        'threads.total',
        service.subject,
        [each.value * count.value, 'count'],
        'each instance × instances',
        [each, count],
      )
    : each;
  return classShares(context).flatMap((c) => {
    const time = timeOf(context, c.subject.name);
    if (!time) return [];
    const own = calc(
      'class.rate',
      c.subject,
      [top.rate.value * c.share.value, '1/s'],
      'requests a second × share',
      [top.rate, c.share],
      top.phase,
    );
    const fills = calc(
      'class.fills',
      c.subject,
      [slots.value / inSeconds(time), '1/s'],
      'threads ÷ time of one request (Little’s law)',
      [slots, time],
    );
    const budget = calc(
      'class.timeBudget',
      c.subject,
      [(slots.value * 1000) / own.value, 'ms'],
      'threads ÷ rate of the class',
      [slots, own],
    );
    if (fills.value >= own.value) return [];
    const because = say`${rate(own)} of ${name(c.subject.name)}, ${rate(fills)} at ${num(time)} fill all ${whole(slots)} threads`;
    return reading('slow-class-occupancy', {
      id: c.subject.id,
      topic: 'saturation',
      layer: 'api',
      subject: time.subject,
      headline: say`${rate(fills)} of ${name(time.subject.name)} at ${num(time)} fill all ${whole(slots)} threads of ${name(service.subject.name)}, and ${rate(own)} come (${num(c.share)} of ${num(top.rate)}): when they are slow together, every other route waits for a thread behind them; above a mean of ${num(budget, { digits: 2 })} this one route takes all there are.`,
      arithmetic: [
        table(
          ['Quantity', '> Value'],
          [
            [say`Threads`, say`${whole(slots)}`],
            [say`Requests of the class a second`, say`${rate(own)}`],
            [say`Its ${labelOf(time.name)}`, say`${num(time)}`],
            [say`Slow ones a second that fill all threads`, say`${rate(fills)}`],
            [say`Mean at which it takes all by itself`, say`${num(budget, { digits: 2 })}`],
          ],
        ),
      ],
      assumptions: [
        say`One thread a request; ${num(time)} is its ${labelOf(time.name)}, so this is what a bad spell does, not an average minute.`,
      ],
      bearings: [
        bearing(context, 'thread-pool-exhausted', service.subject, 1.4, because),
        bearing(context, 'head-of-line-queue', service.subject, 0.8, because),
      ],
      weight: 0.92,
    });
  });
}

/** The tail of the route that a class is named for: "timeline" for `/jobs/:id/timeline`. */
function timeOf(context: Context, word: string): Fact | undefined {
  const key = word
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return context.facts
    .every({ name: ['latency.mean', 'latency.p50', 'latency.p95', 'latency.p99'], phase: NOW })
    .find(
      (f) =>
        !isWhole(context, f.subject) &&
        f.subject.kind === 'operation' &&
        f.subject.name
          .toLowerCase()
          .replace(/[^\p{L}\p{N}]+/gu, ' ')
          .includes(key),
    );
}

export default {
  id: 'slow-class-occupancy',
  about: 'How many slow requests of one class fill the threads that all classes share.',
  read,
} satisfies ReadingEntry;
