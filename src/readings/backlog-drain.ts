import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { drainSeconds } from '../models/queueing.js';
import { bearing, calc, inSeconds, reading, whole, wordsNear } from './compose.js';
import { aimedLoad, loadPoints, topLoad } from './load.js';
import { type Stream, streams } from './stream.js';

/** Two sayings about one backlog that differ by more than this cannot both be of the same moment. */
const APART = 2.5;
/** Further apart than this, two figures are not of the same backlog at all. */
const UNRELATED = 30;

/** Backlog, arrivals and service: does it grow or drain, how long it takes, and do the figures agree. */
function read(context: Context): Reading[] {
  return streams(context).flatMap((s) => [
    ...ofStream(context, s),
    ...drainClash(context, s),
    ...drainToTarget(context, s),
    ...lagClash(s),
  ]);
}

/** A drain time that was said against the one that the rates give. */
function drainClash(context: Context, s: Stream): Reading[] {
  const { subject, depth, service } = s;
  const calm = s.calmArrival ?? s.arrival;
  const said = context.facts
    .every({ name: ['drain.duration', 'duration.stated'] })
    .find((f) => f.name === 'drain.duration' || DRAINS.test(wordsNear(context, f, 30, 40)));
  if (!depth || !service || !calm || !said || calm.value >= service.value) return [];
  const drain = calc(
    'queue.drainReckoned',
    subject,
    [drainSeconds(depth.value, calm.value, service.value), 's'],
    'waiting ÷ (finished − arriving when calm)',
    [depth, calm, service],
  );
  const off = calc('queue.drainOff', subject, [inSeconds(said) / drain.value, 'factor'], 'said ÷ reckoned', [
    said,
    drain,
  ]);
  if ((off.value < 1.6 && off.value > 1 / 1.6) || off.value > UNRELATED || off.value < 1 / UNRELATED)
    return [];
  const net = calc(
    'queue.netDrain',
    subject,
    [depth.value / inSeconds(said), '1/s'],
    'waiting ÷ drain time said',
    [depth, said],
  );
  return reading('backlog-drain', {
    id: `${subject.id}/drain`,
    topic: 'contradiction',
    layer: 'dependency',
    subject,
    headline: say`${whole(depth)} waiting in ${name(subject.name)}, ${num(service)} finished and ${num(calm)} arriving should be gone in ${num(drain, { digits: 2 })}, and ${num(said)} was said: only ${num(net)} net is drained, so ${off.value > 1 ? 'the consumers are slower while they catch up than the rate says (rebalances, pauses, a slow sink), or arrivals do not fall that far' : 'the consumers are faster than said, or fewer messages wait'}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Waiting`, say`${whole(depth)}`],
          [say`Finished`, say`${num(service)}`],
          [say`Arriving when calm`, say`${num(calm)}`],
          [say`Drains in, by these rates`, say`${num(drain, { digits: 2 })}`],
          [say`Drains in, as said`, say`${num(said)}`],
        ],
      ),
    ],
    assumptions: [say`Messages still arrive at ${num(calm)} while it drains.`],
    bearings:
      off.value > 1
        ? [
            bearing(
              context,
              'rebalance-storm',
              subject,
              0.6,
              say`it drains at ${num(net)} net where the rates give more`,
            ),
            bearing(
              context,
              'consumer-lag',
              subject,
              0.6,
              say`it drains ${num(off, { digits: 2 })} slower than the rates say`,
            ),
          ]
        : [],
    weight: 0.87,
  });
}

/** A backlog that took so long to clear, and a target for how long it may take: the rate that is missing. */
function drainToTarget(context: Context, s: Stream): Reading[] {
  const { subject, service, depth } = s;
  const said = context.facts.every({ name: 'drain.duration' })[0];
  const aim = context.facts.find({ name: ['queue.delay', 'drain.duration'], phase: ['target', 'planned'] });
  if (!said || !aim || depth || said.phase === 'target' || inSeconds(said) <= inSeconds(aim)) return [];
  const off = calc(
    'queue.drainFactor',
    subject,
    [inSeconds(said) / inSeconds(aim), 'factor'],
    'time it took ÷ time asked for',
    [said, aim],
  );
  const need = service
    ? calc(
        'queue.rateNeeded',
        subject,
        [service.value * off.value, '1/s'],
        'finished a second × that factor',
        [service, off],
        'target',
      )
    : undefined;
  const fits = service
    ? calc(
        'queue.fitsWindow',
        subject,
        [service.value * inSeconds(aim), 'count'],
        'finished a second × time asked for',
        [service, aim],
        'target',
      )
    : undefined;
  const points = loadPoints(context);
  const [top, goal] = [topLoad(points), aimedLoad(points)];
  const more =
    top && goal && goal.rate.value > top.rate.value
      ? calc(
          'load.factor',
          context.app,
          [goal.rate.value / top.rate.value, 'factor'],
          'rate asked for ÷ highest rate seen',
          [goal.rate, top.rate],
          goal.phase,
        )
      : undefined;
  const both = more
    ? calc(
        'queue.drainFactorAtTarget',
        subject,
        [off.value * more.value, 'factor'],
        'that factor × growth of the load',
        [off, more],
        'target',
      )
    : undefined;
  return reading('backlog-drain', {
    id: `${subject.id}/target`,
    topic: 'queue',
    layer: 'dependency',
    subject,
    headline: say`The backlog of ${name(subject.name)} that took ${num(said)} to clear has to clear in ${num(aim)}: ${num(off, { digits: 2 })} the pace${need && service ? say` (${num(need)} instead of ${num(service)})` : []} for the same amount${both && more ? say`, and ${num(both, { digits: 2 })} if it grows with the load (${num(more, { digits: 2 })})` : []}${fits && service ? say`; at ${num(service)}, ${num(aim)} finishes ${whole(fits)}` : []}.`,
    arithmetic: [],
    assumptions: [say`The backlog arises at once and the same messages are to be handled.`],
    bearings: [
      bearing(context, 'consumer-lag', subject, 0.8, say`what took ${num(said)} has to take ${num(aim)}`),
    ],
    weight: 0.74,
  });
}

const DRAINS = /\b(drain|clear|catch up|caught up|empt|work(ed)? off)/i;
/** Waiting ÷ rate is the lag in time of an even queue; a much longer lag sits in a few partitions or behind the queue. */
function lagClash(s: Stream): Reading[] {
  const { subject, depth, delay, service } = s;
  if (!depth || !delay || !service) return [];
  const even = calc(
    'queue.lagReckoned',
    subject,
    [depth.value / service.value, 's'],
    'waiting ÷ finished a second',
    [depth, service],
  );
  const off = calc(
    'queue.lagOff',
    subject,
    [inSeconds(delay) / even.value, 'factor'],
    'lag said ÷ reckoned',
    [delay, even],
  );
  if (off.value < APART || off.value > UNRELATED) return [];
  return reading('backlog-drain', {
    id: `${subject.id}/lag`,
    topic: 'contradiction',
    layer: 'dependency',
    subject,
    headline: say`${whole(depth)} waiting at ${num(service)} is a lag of ${num(even, { digits: 2 })}, and ${num(delay)} was said, ${num(off, { digits: 2 })} that: the lag is uneven over the ${s.partitions ? 'partitions' : 'queues and consumers'} of ${name(subject.name)}, or the rest of the delay arises after the queue.`,
    arithmetic: [],
    assumptions: [
      say`Both are of the same moment; lag for each partition, in messages and in time, tells the two apart.`,
    ],
    weight: 0.76,
  });
}

function ofStream(context: Context, s: Stream): Reading[] {
  const { subject, depth, delay, arrival, service } = s;
  const what = name(subject.name);
  const rows: Text[][] = [];
  if (arrival) rows.push([say`Messages arriving`, say`${num(arrival)}`]);
  if (service)
    rows.push([
      service.origin === 'derived' ? say`Messages the workers can finish` : say`Messages finished`,
      say`${num(service)}`,
    ]);
  if (depth) rows.push([say`Waiting`, say`${whole(depth)}`]);
  if (delay) rows.push([say`Lag in time`, say`${num(delay)}`]);
  const implied =
    depth && delay
      ? calc(
          'queue.impliedRate',
          subject,
          [depth.value / inSeconds(delay), '1/s'],
          'waiting ÷ lag in time (Little’s law)',
          [depth, delay],
        )
      : undefined;
  if (implied) rows.push([say`Rate at which they leave, from waiting ÷ lag`, say`${num(implied)}`]);
  const aim = context.facts.find({ name: 'queue.delay', phase: ['target', 'planned'] });
  if (arrival && service) {
    const behind = calc(
      'queue.growth',
      subject,
      [arrival.value - service.value, '1/s'],
      'arriving − finished',
      [arrival, service],
    );
    rows.push([say`Grows by`, say`${num(behind)}`]);
    if (behind.value > 0) return growing(context, s, behind, rows, aim, implied);
    if (depth) {
      const drain = calc(
        'queue.drain',
        subject,
        [drainSeconds(depth.value, arrival.value, service.value), 's'],
        'waiting ÷ (finished − arriving)',
        [depth, arrival, service],
      );
      rows.push([say`Empty after`, say`${num(drain, { digits: 2 })}`]);
      const spare = calc(
        'queue.spare',
        subject,
        [service.value - arrival.value, '1/s'],
        'finished − arriving',
        [service, arrival],
      );
      if (!Number.isFinite(drain.value)) return [];
      return reading('backlog-drain', {
        id: subject.id,
        topic: 'queue',
        layer: 'dependency',
        subject,
        headline: say`${what} finishes ${num(spare)} more than arrives, so ${whole(depth)} waiting messages are gone in ${num(drain, { digits: 2 })}: a backlog that stays longer than that was not explained by these rates.`,
        arithmetic: [table(['Quantity', '> Value'], rows)],
        assumptions: [
          say`Both rates hold now, while the backlog is there; a mean over a day hides the hours in which it grew.`,
        ],
        bearings: [
          bearing(
            context,
            'consumer-lag',
            subject,
            0.3,
            say`${whole(depth)} waiting, ${num(spare)} to spare`,
          ),
        ],
        weight: 0.7,
      });
    }
    return [];
  }
  if (implied && arrival) {
    const off = implied.value / arrival.value;
    const clash = off > APART || off < 1 / APART;
    return reading('backlog-drain', {
      id: subject.id,
      topic: clash ? 'contradiction' : 'queue',
      layer: 'dependency',
      subject,
      headline: clash
        ? say`${whole(depth as Fact)} waiting and a lag of ${num(delay as Fact)} mean messages leave ${what} at ${num(implied)}, against ${num(arrival)} arriving: one of the three is of another moment or counts something else.`
        : say`${whole(depth as Fact)} waiting with a lag of ${num(delay as Fact)} means ${what} is served at ${num(implied)}, against ${num(arrival)} arriving${off < 1 ? ': it falls further behind' : ': it keeps up, and the lag is left from before'}.`,
      arithmetic: [table(['Quantity', '> Value'], rows)],
      assumptions: [say`First in, first out; the lag is the age of the oldest message.`],
      bearings:
        off < 1
          ? [
              bearing(
                context,
                'consumer-lag',
                subject,
                1.2,
                say`served at ${num(implied)}, arriving at ${num(arrival)}`,
              ),
            ]
          : [],
      weight: 0.8,
    });
  }
  if (depth && (arrival ?? service)) {
    const flow = (service ?? arrival) as Fact;
    const wait = calc(
      'queue.wait',
      subject,
      [depth.value / flow.value, 's'],
      'waiting ÷ rate (Little’s law)',
      [depth, flow],
    );
    rows.push([say`Wait of a new message, if served at that rate`, say`${num(wait, { digits: 2 })}`]);
    return reading('backlog-drain', {
      id: subject.id,
      topic: 'queue',
      layer: 'dependency',
      subject,
      headline: say`${whole(depth)} waiting in ${what} is ${num(wait, { digits: 2 })} of work at ${num(flow)}${aim ? say`, against the ${num(aim)} asked for` : []}: even if nothing more arrived, that is how long it takes${service ? [] : ' at a service rate no higher than arrivals'}.`,
      arithmetic: [table(['Quantity', '> Value'], rows)],
      assumptions: [
        service
          ? say`Nothing more arrives.`
          : say`Nobody said how fast messages are finished; it is taken to be the ${num(flow)} of arrivals.`,
      ],
      bearings: [
        bearing(
          context,
          'consumer-lag',
          subject,
          0.9,
          say`${whole(depth)} messages wait, ${num(wait, { digits: 2 })} of work`,
        ),
      ],
      questions: service ? [] : serviceQuestion(subject, what),
      weight: 0.78,
    });
  }
  if (implied) {
    return reading('backlog-drain', {
      id: subject.id,
      topic: 'queue',
      layer: 'dependency',
      subject,
      headline: say`${whole(depth as Fact)} waiting with a lag of ${num(delay as Fact)} means messages leave ${what} at ${num(implied)}: arrivals above that make it grow.`,
      arithmetic: [table(['Quantity', '> Value'], rows)],
      assumptions: [say`First in, first out; the lag is the age of the oldest message.`],
      questions: serviceQuestion(subject, what),
      weight: 0.6,
    });
  }
  return [];
}

const serviceQuestion = (subject: Stream['subject'], what: { name: string }): Reading['questions'] => [
  {
    id: `service-rate/${subject.id}`,
    question: say`How many messages a second are taken from ${what} and finished, and how many arrive, over the same minutes?`,
    matters: say`the difference alone says whether it grows or drains, and how many consumers are missing`,
    weight: 0.8,
  },
];

function growing(
  context: Context,
  s: Stream,
  behind: Fact,
  rows: Text[][],
  aim: Fact | undefined,
  implied: Fact | undefined,
): Reading[] {
  const { subject, depth, arrival, service, workers } = s;
  if (!arrival || !service) return [];
  const hour = calc(
    'queue.growthHour',
    subject,
    [behind.value * 3600, 'count'],
    'growth × seconds of an hour',
    [behind],
  );
  const short = calc(
    'queue.shortfall',
    subject,
    [arrival.value / service.value, 'factor'],
    'arriving ÷ finished',
    [arrival, service],
  );
  const since = depth
    ? calc('queue.growingSince', subject, [depth.value / behind.value, 's'], 'waiting ÷ growth', [
        depth,
        behind,
      ])
    : undefined;
  const need = workers
    ? calc(
        'queue.workersNeeded',
        subject,
        [(workers.value * arrival.value) / service.value, 'count'],
        'workers × arriving ÷ finished',
        [workers, arrival, service],
      )
    : undefined;
  rows.push([say`Grows in an hour by`, say`${whole(hour)}`]);
  if (since) rows.push([say`Time it takes to grow to what waits now`, say`${num(since, { digits: 2 })}`]);
  if (need && workers)
    rows.push([say`Workers only to keep up, at today’s speed (now ${num(workers)})`, say`${whole(need)}`]);
  const calm = s.calmArrival;
  const drain =
    depth && calm && calm.value < service.value
      ? calc(
          'queue.drainCalm',
          subject,
          [drainSeconds(depth.value, calm.value, service.value), 's'],
          'waiting ÷ (finished − arriving when calm)',
          [depth, calm, service],
        )
      : undefined;
  if (drain && calm)
    rows.push([say`Empty, once arrivals fall to ${num(calm)}, after`, say`${num(drain, { digits: 2 })}`]);
  const clash =
    implied && (implied.value > service.value * APART || implied.value < service.value / APART)
      ? implied
      : undefined;
  return reading('backlog-drain', {
    id: subject.id,
    topic: 'queue',
    layer: 'dependency',
    subject,
    headline: say`${name(subject.name)} takes in ${num(arrival)} and finishes ${num(service)}: it falls behind by ${num(behind)}, ${whole(hour)} an hour${drain && calm ? say`, and drains in ${num(drain, { digits: 2 })} once arrivals fall to ${num(calm)}` : ', and never drains'}${since && depth ? say`; ${whole(depth)} waiting are ${num(since, { digits: 2 })} of that` : []}${need && workers ? say`; keeping up alone takes ${whole(need)} workers instead of ${num(workers)}` : say`; keeping up alone takes ${num(short, { digits: 3 })} the service rate`}.`,
    arithmetic: [table(['Quantity', '> Value'], rows)],
    assumptions: [
      service.origin === 'derived'
        ? say`Each worker takes one message at a time, ${s.perMessage ? num(s.perMessage) : 'its whole time'} each.`
        : say`Both rates are of the same minutes.`,
      ...(clash
        ? [say`Waiting ÷ lag gives ${num(clash)} instead: one of these figures is of another moment.`]
        : []),
      ...(aim ? [say`The target of ${num(aim)} cannot be held while it grows.`] : []),
    ],
    bearings: [bearing(context, 'consumer-lag', subject, 1.8, say`${num(arrival)} in, ${num(service)} out`)],
    weight: 0.95,
  });
}

export default {
  id: 'backlog-drain',
  about:
    'Backlog against drain time: whether it grows, for how long it has, and what keeps it from draining.',
  read,
} satisfies ReadingEntry;
