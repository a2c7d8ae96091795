import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
} from '../domain/index.js';
import { bearing, calc, componentOf, reading } from './compose.js';
import { isWhole, loadPoints, loadTable, topLoad } from './load.js';
import { instancesOf, mainService } from './parts.js';

const WINDOW = constant(
  'tcp.initialWindow',
  14_600,
  'bytes',
  'Ten segments of 1 460 bytes go out before the first acknowledgement (RFC 6928, 2013)',
  '2013-04-01',
);
const LINK = constant(
  'link.gigabit',
  125_000_000,
  'bytes/s',
  'One gigabit a second, the smallest link of current servers',
);
const MONTH = constant(
  'month.seconds',
  2_629_746,
  's',
  'A mean month of the Gregorian calendar (30.44 days)',
);

/** A payload that at this rate would need so many links is the size of something else. */
const ABSURD_LINKS = 400;

/** The payload of a request: of the whole before that of a part, typical before largest, and not beyond reason. */
function sizeOf(context: Context, goal: Fact): Fact | undefined {
  return context.facts
    .every({ name: ['payload.mean', 'payload.max'] })
    .filter((f) => f.value > 0 && f.phase !== 'baseline' && f.value * goal.value < ABSURD_LINKS * LINK.value)
    .sort((a, b) => Number(isWhole(context, b.subject)) - Number(isWhole(context, a.subject)))[0];
}

/** Payload × rate: bandwidth, round trips of a payload, volume a month. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const goal = points[points.length - 1];
  const size = goal ? sizeOf(context, goal.rate) : undefined;
  if (!goal || !size || size.value <= 0) return [];
  const flow = (p: typeof goal): Fact =>
    calc(
      'network.payloadRate',
      context.app,
      [p.rate.value * size.value, 'bytes/s'],
      'requests a second × payload',
      [p.rate, size],
      p.phase,
    );
  const then = flow(goal);
  const service = mainService(context);
  const count = service ? instancesOf(context, service) : undefined;
  const part = calc(
    'network.linkShare',
    context.app,
    [then.value / (LINK.value * (count?.value ?? 1)), 'ratio'],
    count ? 'bytes a second ÷ (link × instances)' : 'bytes a second ÷ one link',
    [then, LINK, ...(count ? [count] : [])],
    goal.phase,
  );
  const trips = calc(
    'payload.roundTrips',
    context.app,
    [Math.max(1, Math.ceil(Math.log2(size.value / WINDOW.value + 1))), 'count'],
    'smallest n with window × (2^n − 1) ≥ payload (slow start doubles)',
    [size, WINDOW],
  );
  const calm = points.find((p) => p.phase === 'steady' || p.phase === 'any') ?? topLoad(points);
  const month = calm
    ? calc(
        'network.volumeMonth',
        context.app,
        [flow(calm).value * MONTH.value, 'bytes'],
        'bytes a second × seconds of a month',
        [flow(calm), MONTH],
        calm.phase,
      )
    : undefined;
  const load = calc(
    'network.links',
    context.app,
    [part.value, 'factor'],
    'share of the links, as a multiple',
    [part],
    goal.phase,
  );
  const small = size.value <= WINDOW.value && part.value < 0.5;
  const owner = componentOf(context, size.subject);
  const because = say`${num(size)} × ${num(goal.rate)} = ${num(then)}, ${num(part, { digits: 2 })} of ${count ? 'the links of the instances' : 'a single gigabit link'}`;
  return reading('payload-rate', {
    id: size.subject.id,
    topic: 'load',
    layer: 'client',
    subject: size.subject,
    headline: small
      ? say`The network is not the limit: ${num(size)}${owner && !isWhole(context, owner.subject) ? say` of ${name(owner.subject.name)}` : []} × ${num(goal.rate)} = ${num(then)}, ${num(part, { digits: 2 })} of ${count ? 'the instances’ gigabit links' : 'one gigabit link'}, and a payload of that size fits the first ${num(WINDOW)} that TCP sends.`
      : say`Payloads of ${num(size)} at ${num(goal.rate)} are ${num(then)}, ${num(load, { digits: 2 })} ${count ? 'the instances’ gigabit links' : 'one gigabit link'}, and each takes ${num(trips)} round ${trips.value === 1 ? 'trip' : 'trips'} of slow start on a fresh connection.`,
    arithmetic: [
      loadTable(points, [
        { what: say`bytes a second`, how: say`× ${num(size)}`, at: (p) => say`${num(flow(p))}` },
      ]),
    ],
    assumptions: [
      say`${num(size)} is one direction and without headers; the larger direction counts.`,
      ...(month && calm
        ? [say`At ${num(calm.rate)} all month it is ${num(month)}, which is what egress is billed on.`]
        : []),
    ],
    bearings: [
      small
        ? bearing(context, 'oversized-payload', context.app, -1.5, because)
        : bearing(
            context,
            'oversized-payload',
            context.app,
            size.value > 10 * WINDOW.value ? 1 : 0.3,
            because,
          ),
      ...(part.value > 0.5 && !count
        ? []
        : part.value > 0.5
          ? [bearing(context, 'network-latency', context.app, 0.6, because)]
          : [bearing(context, 'network-latency', context.app, -0.5, because)]),
    ],
    questions: [],
    weight: small ? 0.42 : 0.6,
  });
}

export default {
  id: 'payload-rate',
  about: 'Payload × rate: bandwidth against a link, round trips of a payload, volume a month.',
  read,
} satisfies ReadingEntry;
