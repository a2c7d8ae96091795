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
import { bearing, calc, rate, reading } from './compose.js';
import { classRate, loadBehind, loadPoints, NOW, shareOf } from './load.js';
import { cacheFlow, databases, ofKind } from './parts.js';

const MANY = 3;

/** Forced flow: calls at a part ÷ requests at the door are the visits of a request; too many are a loop. */
function read(context: Context): Reading[] {
  const points = loadPoints(context);
  const parts = [...databases(context), ...ofKind(context, 'cache', 'search', 'dependency')];
  const perRequest = context.facts.every({ name: 'calls.perRequest', phase: NOW }).filter((f) => f.value > 0);
  const measured = parts.flatMap((c) => {
    const flow = context.facts.find({ name: 'throughput', subject: c.subject, phase: NOW });
    const base = flow && loadBehind(points, flow);
    if (
      !flow ||
      !base ||
      perRequest.some((f) => f.subject.id === c.subject.id || (f.value >= 5 && c.subject.kind === 'database'))
    )
      return [];
    const visits = calc(
      'calls.visits',
      c.subject,
      [flow.value / base.rate.value, 'factor'],
      'calls a second ÷ requests a second (forced flow law)',
      [flow, base.rate],
    );
    return [{ subject: c.subject, flow, base, visits }];
  });
  return [
    ...measured.flatMap((m) => {
      const expected = c(context, m.subject, m.base);
      const over = expected
        ? calc(
            'calls.overExpected',
            m.subject,
            [m.flow.value / expected.value, 'factor'],
            'calls a second ÷ calls expected',
            [m.flow, expected],
          )
        : undefined;
      const loop = (over?.value ?? m.visits.value) >= MANY;
      if (!over && m.visits.value < MANY) return [];
      const because = say`${num(m.visits, { digits: 2 })} calls to ${name(m.subject.name)} for each request`;
      return reading('forced-flow', {
        id: m.subject.id,
        topic: 'load',
        layer:
          m.subject.kind === 'database' ? 'database' : m.subject.kind === 'cache' ? 'cache' : 'dependency',
        subject: m.subject,
        headline: say`${name(m.subject.name)} sees ${num(m.flow)} while ${num(m.base.rate)} come in: ${num(m.visits, { digits: 2 })} calls for each${over && expected ? say`, ${num(over, { digits: 2 })} the ${rate(expected)} that misses and writes explain` : []}${loop ? say`; a loop over rows or reads that go past the cache would do that` : []}.`,
        arithmetic: [
          table(
            ['Quantity', '> Value'],
            [
              [say`Calls`, say`${num(m.flow)}`],
              [say`Requests`, say`${num(m.base.rate)}`],
              [say`Calls for each request`, say`${num(m.visits, { digits: 3 })}`],
              ...(expected ? [[say`Explained by misses and writes`, say`${num(expected)}`]] : []),
            ],
          ),
        ],
        assumptions: [
          say`Both rates are of the same minutes, and nothing else calls ${name(m.subject.name)}.`,
        ],
        bearings: loop ? [bearing(context, 'n-plus-one', m.subject, 1.3, because)] : [],
        weight: loop ? 0.84 : 0.5,
      });
    }),
    ...perRequest.flatMap((f) => ofCount(context, f)),
  ];
}

function c(
  context: Context,
  subject: Fact['subject'],
  base: ReturnType<typeof loadPoints>[number],
): Fact | undefined {
  const flow = cacheFlow(context);
  const write = shareOf(context, 'write');
  if (subject.kind !== 'database' || !flow) return undefined;
  const misses = flow.misses(base);
  const writes = write ? classRate(context, base, write, 'write') : undefined;
  return calc(
    'calls.expected',
    subject,
    [misses.value + (writes?.value ?? 0), '1/s'],
    'misses + writes',
    [misses, ...(writes ? [writes] : [])],
    base.phase,
  );
}

const CALLED: readonly Fact['subject']['kind'][] = ['statement', 'database', 'dependency', 'cache', 'search'];

/** The number of calls for a request was said: what they cost one after the other. */
function ofCount(context: Context, count: Fact): Reading[] {
  const sees = databases(context).some((d) =>
    context.facts.find({ name: 'throughput', subject: d.subject, phase: NOW }),
  );
  // With the database's own rate, the share of the traffic that explains it says more.
  if (count.value < MANY || sees) return [];
  const callee = CALLED.includes(count.subject.kind) ? count.subject : databases(context)[0]?.subject;
  const each =
    callee && context.facts.find({ name: ['latency.mean', 'latency.p50'], subject: callee, phase: NOW });
  const total = each
    ? calc('calls.serialTime', count.subject, [each.value * count.value, 'ms'], 'calls × time of a call', [
        count,
        each,
      ])
    : undefined;
  const because = say`${num(count)} calls for one request`;
  return reading('forced-flow', {
    id: `${count.subject.id}/count`,
    topic: 'load',
    layer: 'api',
    subject: count.subject,
    headline: say`${num(count)} calls${callee ? say` to ${name(callee.name)}` : []} for one request${total && each ? say` are ${num(total)} one after the other at ${num(each)} each` : say` wait for ${num(count)} round trips one after the other`}; batched into one, they cost one.`,
    arithmetic: [],
    assumptions: [say`The calls are made one after the other; side by side they cost their slowest.`],
    bearings: [
      bearing(context, 'n-plus-one', count.subject, 1.2, because),
      bearing(context, 'serial-calls', count.subject, 0.6, because),
    ],
    weight: 0.8,
  });
}

export default {
  id: 'forced-flow',
  about: 'Calls for each request (forced flow law), against what misses and writes explain.',
  read,
} satisfies ReadingEntry;
