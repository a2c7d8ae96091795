import {
  type Context,
  constant,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { bearing, calc, componentOf, inSeconds, rate, reading, wordsNear } from './compose.js';
import { aimedLoad, loadPoints, NOW, topLoad } from './load.js';
import { instancesOf, mainService } from './parts.js';

const HOUR = constant('hour.seconds', 3600, 's', 'Seconds of an hour');
const ENDS = /\b(?:restart|oom|kill|crash|evict|recycle|reboot)\w*/i;

/** Memory that grows until a process ends: how much an hour, how much a request, and how long until the end. */
function read(context: Context): Reading[] {
  const life = context.facts
    .every({ name: ['duration.stated', 'drain.duration'] })
    .find((f) => f.value >= 300 && ENDS.test(wordsNear(context, f, 60, 30)));
  const found = ofRate(context, life) ?? ofRise(context, life);
  return found ? said(context, found) : [];
}

interface Growth {
  subject: Fact['subject'];
  perHour: Fact;
  /** What piles up between two ends. */
  piled?: Fact;
  life?: Fact;
  from?: Fact;
  to?: Fact;
}

/** "2 GB a day". */
function ofRate(context: Context, life: Fact | undefined): Growth | undefined {
  const growth = context.facts.every({ name: 'memory.growth' }).find((f) => f.value > 0);
  if (!growth) return undefined;
  const perHour = calc(
    'memory.perHour',
    growth.subject,
    [growth.value * HOUR.value, 'bytes'],
    'growth × an hour',
    [growth, HOUR],
  );
  const piled =
    life &&
    calc(
      'memory.piled',
      growth.subject,
      [growth.value * life.value, 'bytes'],
      'growth × time between two ends',
      [growth, life],
    );
  return { subject: growth.subject, perHour, ...(piled && life ? { piled, life } : {}) };
}

/** "from 900 MiB to 4 GiB", with the time between two restarts. */
function ofRise(context: Context, life: Fact | undefined): Growth | undefined {
  if (!life) return undefined;
  for (const to of context.facts.every({ name: ['memory.used', 'heap.used'], phase: NOW })) {
    const from = context.facts.find({ name: to.name, subject: to.subject, phase: ['baseline', 'steady'] });
    if (!from || from.value >= to.value) continue;
    const piled = calc(
      'memory.piled',
      to.subject,
      [to.value - from.value, 'bytes'],
      'memory at the end − at the start',
      [to, from],
    );
    const perHour = calc(
      'memory.perHour',
      to.subject,
      [(piled.value * HOUR.value) / life.value, 'bytes'],
      'what piled up ÷ time between two ends × an hour',
      [piled, life, HOUR],
    );
    return { subject: to.subject, perHour, piled, life, from, to };
  }
  return undefined;
}

function said(context: Context, g: Growth): Reading[] {
  const points = loadPoints(context);
  const top = topLoad(points);
  const aim = aimedLoad(points);
  const service = mainService(context);
  const count = service ? instancesOf(context, service) : undefined;
  const flow =
    top && count
      ? calc(
          'memory.flow',
          g.subject,
          [top.rate.value / count.value, '1/s'],
          'requests a second ÷ instances',
          [top.rate, count],
          top.phase,
        )
      : top?.rate;
  const each =
    flow &&
    calc(
      'memory.perRequest',
      g.subject,
      [g.perHour.value / (flow.value * HOUR.value), 'bytes'],
      'growth ÷ requests',
      [g.perHour, flow, HOUR],
    );
  const factor =
    top && aim && aim.rate.value > top.rate.value
      ? calc(
          'memory.loadFactor',
          g.subject,
          [aim.rate.value / top.rate.value, 'factor'],
          'rate asked for ÷ rate now',
          [aim.rate, top.rate],
          aim.phase,
        )
      : undefined;
  const shorter =
    factor && g.life
      ? calc(
          'memory.lifeAtTarget',
          g.subject,
          [inSeconds(g.life) / factor.value, 's'],
          'time between two ends ÷ growth of the load',
          [g.life, factor],
          factor.phase,
        )
      : undefined;
  const who = componentOf(context, g.subject)?.subject ?? context.app;
  const rows: Text[][] = [
    ...(g.from && g.to ? [[say`From, to`, say`${num(g.from)}, ${num(g.to)}`]] : []),
    ...(g.life ? [[say`Time between two ends`, say`${num(g.life)}`]] : []),
    ...(g.piled ? [[say`Piles up meanwhile`, say`${num(g.piled)}`]] : []),
    [say`An hour`, say`${num(g.perHour)}`],
    ...(each && flow
      ? [[say`For each request, at ${rate(flow)}${count ? ' an instance' : ''}`, say`${num(each)}`]]
      : []),
    ...(shorter && aim ? [[say`Time between two ends at ${num(aim.rate)}`, say`${num(shorter)}`]] : []),
  ];
  const because = say`memory grows by ${num(g.perHour)} an hour`;
  return reading('memory-growth', {
    id: g.subject.id,
    topic: 'saturation',
    layer: 'api',
    subject: who,
    headline: say`${name(who.name)} keeps ${num(g.perHour)} more every hour${each ? say`, ${num(each)} for each request it serves` : []}${g.piled && g.life ? say`; ${num(g.piled)} pile up in the ${num(g.life)} between two ends` : []}${shorter && aim ? say`, and at ${num(aim.rate)} it would be ${num(shorter)}` : []}: a restart by the clock before that spares users the end, and a heap profile early and late in one life names what is kept.`,
    arithmetic: [table(['Quantity', '> Value'], rows)],
    assumptions: [
      say`Growth is even over a life${each ? ' and in proportion to requests; if it goes on when there are none, it is time, a timer or a connection that grows it' : ''}.`,
    ],
    bearings: [
      bearing(context, 'memory-leak', who, 1.4, because),
      bearing(context, 'memory-limit', who, 0.8, because),
    ],
    questions: [
      {
        id: 'growth-with-load',
        question: say`Does the memory of ${name(who.name)} grow with requests or with time: how fast does it rise on a quiet night?`,
        matters: say`with requests, something is kept for each (a cache without a bound, a listener, a session); with time alone, a timer, a connection or a fragmenting allocator`,
        weight: 0.8,
      },
    ],
    weight: 0.96,
  });
}

export default {
  id: 'memory-growth',
  about:
    'Memory kept an hour and a request, what piles up between restarts, and how the target load shortens the time.',
  read,
} satisfies ReadingEntry;
