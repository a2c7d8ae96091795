import {
  type Block,
  type Context,
  constant,
  heading,
  name,
  num,
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
    table(['Gate', '> Limit', 'From'], gates(parts, model)),
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
      say`the target`,
    ]);
  for (const f of model.limits.slice(0, 1))
    rows.push([
      say`${labelOf(f.name)} against the last good build`,
      say`+${num(WORSE)}`,
      say`${num(RUNS)} runs a side`,
    ]);
  rows.push(
    [
      say`failed requests`,
      say`< ${num(model.errors)}`,
      say`${model.errorsAssumed ? 'a default: no target was stated' : 'the target'}`,
    ],
    [say`arrivals that were not sent`, say`< ${num(DROPPED)}`, say`else no result`],
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
      say`as before`,
      say`counted, not timed`,
    ]);
  rows.push([say`processor time for one request`, say`+${num(WORSE)}`, say`the same run`]);
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
          say`the breaker of ${name(c.subject.name)} opens, and closes by itself after`,
          stop,
        ],
      ];
    });
  if (p.cache)
    rows.push([
      say`${name(p.cache.subject.name)} empty`,
      say`restart of one node`,
      say`${p.database ? say`connections of ${name(p.database.subject.name)} below their limit` : say`the origin stays up`}; its hit ratio back within minutes`,
      stop,
    ]);
  if (p.database)
    rows.push([
      say`half of the connections to ${name(p.database.subject.name)}`,
      say`pool halved at the peak`,
      say`requests of ${name(p.app)} fail fast instead of queueing`,
      stop,
    ]);
  for (const q of p.queues.slice(0, 1))
    rows.push([
      say`consumers of ${name(q.subject.name)} stopped`,
      say`a quarter of an hour`,
      say`nothing in ${name(q.subject.name)} is lost, order is kept, and it drains inside its target`,
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
