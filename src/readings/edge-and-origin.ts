import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, rate, reading } from './compose.js';
import { AIM, NOW } from './load.js';
import { mainService, missFlows } from './parts.js';

const APART = 1.2;

/** What an edge cache lets through against what the origin is said to serve: they bind each other. */
function read(context: Context): Reading[] {
  const flow = missFlows(context).find((f) => f.cache.kind === 'cdn');
  const service = mainService(context);
  if (!flow || !service) return [];
  return ([AIM, NOW] as const).flatMap((phases, i) => {
    const whole = context.facts
      .every({ name: 'throughput', phase: phases })
      .filter((f) => f.subject.id === context.app.id || f.subject.id === service.subject.id);
    const edge =
      context.facts.find({ name: 'throughput', subject: flow.cache, phase: phases }) ??
      (whole.length > 1 ? whole.reduce((a, f) => (f.value > a.value ? f : a)) : undefined);
    const origin = whole
      .filter((f) => f !== edge && f.phase === edge?.phase)
      .sort((a, b) => b.value - a.value)[0];
    if (!edge || !origin || edge.value <= origin.value) return [];
    const through = calc(
      'edge.through',
      flow.cache,
      [edge.value * flow.missShare.value, '1/s'],
      'edge rate × miss share',
      [edge, flow.missShare],
      edge.phase,
    );
    const needed = calc(
      'edge.hitNeeded',
      flow.cache,
      [1 - origin.value / edge.value, 'ratio'],
      'all − origin rate ÷ edge rate',
      [origin, edge],
      edge.phase,
    );
    const off = calc(
      'edge.off',
      flow.cache,
      [through.value / origin.value, 'factor'],
      'let through ÷ origin rate',
      [through, origin],
    );
    const agree = off.value < APART && off.value > 1 / APART;
    const point = calc(
      'edge.perPoint',
      flow.cache,
      [edge.value / 100, '1/s'],
      'edge rate × one point',
      [edge],
      edge.phase,
    );
    return reading('edge-and-origin', {
      id: `${flow.cache.id}/${i === 0 ? 'target' : 'now'}`,
      topic: agree ? 'cache' : 'contradiction',
      layer: 'client',
      subject: flow.cache,
      headline: agree
        ? say`${num(edge)} at ${name(flow.cache.name)} with ${num(flow.hit)} answered there lets ${rate(through)} through, which agrees with the ${num(origin)} of ${name(service.subject.name)}; each point lost at the edge adds ${rate(point)} behind it.`
        : say`${num(edge)} at ${name(flow.cache.name)} with ${num(flow.hit)} answered there lets ${rate(through)} through, ${num(off, { digits: 2 })} the ${num(origin)} that ${name(service.subject.name)} is to serve: that takes ${num(needed)} at the edge.`,
      arithmetic: [
        table(
          ['Quantity', '> Value'],
          [
            [say`At the edge`, say`${num(edge)}`],
            [say`Answered there`, say`${num(flow.hit)}`],
            [say`Let through`, say`${num(through)}`],
            [say`Origin, as said`, say`${num(origin)}`],
            [say`Needed at the edge for that`, say`${num(needed)}`],
          ],
        ),
      ],
      assumptions: [
        say`Today’s ratio holds for the mix of that day; pages of one hot item are cached better, personal ones not at all.`,
      ],
      bearings:
        off.value > APART
          ? [bearing(context, 'low-hit-ratio', flow.cache, 0.8, say`the edge lets ${rate(through)} through`)]
          : [],
      weight: agree ? 0.6 : 0.82,
    });
  });
}

export default {
  id: 'edge-and-origin',
  about: 'What an edge cache lets through against what the origin is to serve.',
  read,
} satisfies ReadingEntry;
