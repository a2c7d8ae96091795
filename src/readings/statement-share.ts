import { type Context, name, num, type Reading, type ReadingEntry, say } from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, reading, whole } from './compose.js';
import { isWhole, loadBehind, loadPoints, NOW } from './load.js';
import { mainDatabase } from './parts.js';

/** A route known to make many calls against the rate its callee sees: what share of requests would explain it all. */
function read(context: Context): Reading[] {
  const db = mainDatabase(context);
  const flow = db && context.facts.find({ name: 'throughput', subject: db.subject, phase: NOW });
  const points = loadPoints(context);
  const base = flow && loadBehind(points, flow);
  if (!db || !flow || !base) return [];
  return context.facts
    .every({ name: 'calls.perRequest', phase: NOW })
    .filter((f) => f.value >= 5)
    .slice(0, 1)
    .flatMap((count): Reading[] => {
      const routes = calc(
        'route.rateToExplain',
        count.subject,
        [flow.value / count.value, '1/s'],
        'calls a second ÷ calls for one request',
        [flow, count],
        flow.phase,
      );
      const share = calc(
        'route.shareToExplain',
        count.subject,
        [routes.value / base.rate.value, 'ratio'],
        'requests that would explain it ÷ requests a second',
        [routes, base.rate],
        flow.phase,
      );
      if (share.value > 1) return [];
      const mean = calc(
        'calls.visits',
        db.subject,
        [flow.value / base.rate.value, 'factor'],
        'calls a second ÷ requests a second (forced flow law)',
        [flow, base.rate],
      );
      const time = isWhole(context, count.subject)
        ? undefined
        : context.facts.find({ name: 'latency.p50', subject: count.subject, phase: NOW });
      const each = time
        ? calc(
            'calls.timeEach',
            count.subject,
            [(inSeconds(time) * 1000) / count.value, 'ms'],
            'time of the request ÷ calls',
            [time, count],
          )
        : undefined;
      const component = componentOf(context, count.subject);
      const because = say`${num(count)} calls for one request of ${name(count.subject.name)}`;
      return reading('statement-share', {
        id: count.subject.id,
        topic: 'database',
        layer: 'database',
        subject: count.subject,
        headline: say`${isWhole(context, count.subject) ? say`A route` : say`${name(count.subject.name)}`} at ${num(count)} calls a request needs only ${num(share, { digits: 2 })} of the traffic (${whole(routes)} a second) to make all ${num(flow)} that ${name(db.subject.name)} sees, which is ${num(mean, { digits: 2 })} calls for each request at ${num(base.rate)}: this one route may be most of the load${component && component.subject.id !== count.subject.id && component.subject.id !== context.app.id ? say` of ${name(component.subject.name)}` : []}.`,
        arithmetic: [],
        assumptions: [
          say`All calls counted go to ${name(db.subject.name)}.`,
          ...(each
            ? [say`If they run one after the other, each takes at most ${num(each, { digits: 2 })}.`]
            : []),
        ],
        bearings: [bearing(context, 'n-plus-one', count.subject, 1.5, because)],
        weight: 0.9,
      });
    });
}

export default {
  id: 'statement-share',
  about: 'What share of requests a chatty route needs to explain the whole rate its database sees.',
  read,
} satisfies ReadingEntry;
