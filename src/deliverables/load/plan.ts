import {
  type Block,
  type Context,
  constant,
  heading,
  name,
  num,
  paragraph,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { labelOf } from '../../readings/percentiles.js';
import { type OpenResult, type Parts, partsOf } from '../parts.js';
import { deadlineOf, suspectsFirst } from '../signals/remote.js';
import { DROPPED } from './k6.js';
import { type LoadModel, loadModel } from './model.js';

const WORSE = constant(
  'gate.worse',
  0.1,
  'ratio',
  'Kneepoint: a tenth is above the drift between two runs of one build, and small enough to be found before users do',
);
const RUNS = constant(
  'gate.runs',
  5,
  'count',
  'Mann-Whitney test: with five runs a side, all of one above all of the other has a probability below one in a hundred',
);
const DELAY = constant(
  'chaos.delay',
  3,
  'factor',
  'Kneepoint: well beyond the deadline, so that it must cut in',
);
const SPIKE = constant(
  'load.spike',
  1.25,
  'factor',
  'Kneepoint: a quarter above what is asked for: what comes after the promise',
);

/** The regression thresholds and the chaos cells of section 8. */
export function harnessBlocks(result: OpenResult, context: Context): Block[] {
  const model = loadModel(context);
  if (!model) return [];
  const parts = partsOf(result, context);
  return [
    heading(say`When a run passes`),
    table(['Gate', '> Limit', 'Why, and what a failure means'], gates(parts, model)),
    paragraph(
      say`A build is compared with the last good one over ${num(RUNS)} runs a side, taken in turn, on run-level figures; single requests of one run are no independent samples and flag builds that are equal.`,
    ),
    heading(say`What to break under load`),
    table(['Cell', 'Broken how', 'Must still hold', 'Stop when'], cells(parts, model)),
  ];
}

function gates(p: Parts, model: LoadModel): Text[][] {
  const rows: Text[][] = model.limits
    .slice(0, 4)
    .map((f) => [
      say`${labelOf(f.name)} of ${name(f.subject.name)}, and of each class`,
      say`< ${num(f)}`,
      say`the target; a class can fail it while the whole passes`,
    ]);
  for (const f of model.limits.slice(0, 1))
    rows.push([
      say`${labelOf(f.name)} against the last good build`,
      say`+${num(WORSE)}`,
      say`a build can be inside the target and still have spent what the next one needs`,
    ]);
  rows.push(
    [
      say`failed requests`,
      say`< ${num(model.errors)}`,
      say`${model.errorsAssumed ? 'a default: no target was stated' : 'the target'}; the run ends early beyond it`,
    ],
    [
      say`arrivals that were not sent`,
      say`< ${num(DROPPED)}`,
      say`beyond it the generator set the rate: the run does not count, whatever its percentiles say`,
    ],
    [
      say`offered rate of ${name(p.app)}`,
      say`${num(model.target)}`,
      model.users
        ? say`up to ${num(model.users)} requests are in flight when each takes the limit: the generator must be able to hold them`
        : say`what is asked for, as arrivals, not as users`,
    ],
  );
  if (p.database)
    rows.push([
      say`statements on ${name(p.database.subject.name)} for one request, by class`,
      say`as in the last good build`,
      say`counted, not timed: it finds a loop over rows on a laptop`,
    ]);
  rows.push([
    say`processor time for one request`,
    say`+${num(WORSE)}`,
    say`cost is latency at the next peak; one figure from the same run`,
  ]);
  return rows;
}

function cells(p: Parts, model: LoadModel): Text[][] {
  const limit = model.limits[0];
  const holds: Text = limit ? say`${labelOf(limit.name)} < ${num(limit)}` : say`latency as before`;
  const stop = say`failures pass ${num(model.errors)} for a minute`;
  const rows: Text[][] = suspectsFirst(p)
    .slice(0, 2)
    .flatMap((c): Text[][] => {
      const deadline = deadlineOf(p, c);
      const slow = deadline
        ? calc('chaos.delayed', c.subject, [deadline.value * DELAY.value, 'ms'], 'deadline × factor', [
            deadline,
            DELAY,
          ])
        : undefined;
      return [
        [
          say`${name(c.subject.name)} slow`,
          slow ? say`each answer ${num(slow)} late` : say`each answer late by several times its usual time`,
          say`${holds} for requests that do not need it; the others take the fallback${deadline ? say` within ${num(deadline)}` : ''}`,
          stop,
        ],
        [
          say`${name(c.subject.name)} gone`,
          say`connections refused`,
          say`the breaker opens, no retry storm, and it closes by itself after`,
          stop,
        ],
      ];
    });
  if (p.cache)
    rows.push([
      say`${name(p.cache.subject.name)} empty`,
      say`one node restarted at the peak`,
      say`${p.database ? say`connections of ${name(p.database.subject.name)} below their limit` : say`the origin stays up`}; hit ratio back within minutes without a second dip`,
      stop,
    ]);
  if (p.database)
    rows.push([
      say`half of the connections to ${name(p.database.subject.name)}`,
      say`pool halved at the peak`,
      say`requests fail fast instead of queueing; all is as before when it is given back`,
      stop,
    ]);
  for (const q of p.queues.slice(0, 1))
    rows.push([
      say`consumers of ${name(q.subject.name)} stopped`,
      say`for a quarter of an hour`,
      say`nothing is lost, order is kept, and the backlog drains inside its target`,
      stop,
    ]);
  rows.push([
    say`one instance of ${name(p.app)} gone`,
    say`killed, not drained, at ${num(model.target)}`,
    say`${holds} within a minute; no request is answered twice`,
    stop,
  ]);
  rows.push([
    say`more than is asked for`,
    say`${num(calc('load.spikeRate', p.context.app, [model.target.value * SPIKE.value, '1/s'], 'rate asked for × a quarter more', [model.target, SPIKE]))} for five minutes`,
    say`what is admitted keeps ${holds}; the rest is refused at once`,
    say`admitted requests fail too`,
  ]);
  return rows;
}
