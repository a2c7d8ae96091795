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
import { calc, componentOf, reading } from './compose.js';
import { aimedLoad, isWhole, loadPoints, NOW, topLoad } from './load.js';
import { labelOf } from './percentiles.js';

interface Gap {
  aim: Fact;
  today?: Fact;
  before?: Fact;
  /** Today ÷ target where smaller is better, target ÷ today where larger is. Above one: not met. */
  factor?: Fact;
  what: Text;
}

const LARGER_IS_BETTER = new Set(['cache.hitRatio', 'availability.ratio', 'queue.serviceRate']);
const WORDS: Record<string, string> = {
  'errors.ratio': 'errors',
  'availability.ratio': 'availability',
  'timeouts.ratio': 'time-outs',
  'queue.delay': 'lag',
  'queue.depth': 'backlog',
  'cache.hitRatio': 'hit ratio',
  'cpu.utilisation': 'CPU',
  'batch.duration': 'job duration',
  'replication.lag': 'replica lag',
};

/** How far each target is from today, and whether the state before the trouble would meet it. */
function read(context: Context): Reading[] {
  const gaps = context.facts
    .every({ name: [...Object.keys(WORDS), ...latencyNames(context)], phase: 'target' })
    .map((aim) => gapOf(context, aim));
  const missed = gaps
    .filter((g) => g.factor && g.factor.value > 1)
    .sort((a, b) => (b.factor?.value ?? 0) - (a.factor?.value ?? 0));
  const worst = missed.find((g) => g.aim.name.startsWith('latency.')) ?? missed[0];
  const points = loadPoints(context);
  const [top, aimed] = [topLoad(points), aimedLoad(points)];
  const more =
    top && aimed && aimed.rate.value > top.rate.value
      ? calc(
          'load.growth',
          context.app,
          [aimed.rate.value / top.rate.value - 1, 'ratio'],
          'target rate ÷ highest rate seen − all',
          [aimed.rate, top.rate],
        )
      : undefined;
  if (!worst?.today || !worst.factor) return [];
  const cut = calc(
    'target.cut',
    worst.aim.subject,
    [1 - 1 / worst.factor.value, 'ratio'],
    'all − target ÷ now',
    [worst.factor],
  );
  const better = LARGER_IS_BETTER.has(worst.aim.name);
  const restored =
    worst.before && !better && worst.before.value <= worst.aim.value ? worst.before : undefined;
  const reserve = restored
    ? calc(
        'target.reserve',
        worst.aim.subject,
        [worst.aim.value - restored.value, worst.aim.unit],
        'target − before',
        [worst.aim, restored],
      )
    : undefined;
  const notRestored =
    worst.before && !better && worst.before.value > worst.aim.value ? worst.before : undefined;
  return reading('target-gap', {
    id: worst.aim.id,
    topic: 'budget',
    subject: worst.aim.subject,
    headline: say`${worst.what} must ${better ? 'rise' : 'fall'} from ${exact(worst.today)} to ${exact(worst.aim)}${better ? [] : say`, ${num(cut, { digits: 2 })} less`}${more && aimed ? say`, while the load rises ${num(more, { digits: 2 })} to ${num(aimed.rate)}` : []}${restored && reserve ? say`; going back to the ${num(restored)} of before would meet it with ${num(reserve)} to spare, so undoing the regression is enough where the load is no higher` : []}${notRestored ? say`; even the ${num(notRestored)} of before would miss it, so undoing the regression is not enough` : []}.`,
    arithmetic: [
      table(
        ['Target', '> Before', '> Now', '> Asked', '> Off by'],
        gaps.map((g) => [
          g.what,
          g.before ? say`${num(g.before)}` : say`—`,
          g.today ? say`${exact(g.today)}` : say`not said`,
          say`${exact(g.aim)}`,
          g.factor ? (g.factor.value <= 1 ? say`met` : say`${num(g.factor, { digits: 2 })}`) : say`unknown`,
        ]),
      ),
    ],
    assumptions: [
      say`Now and target are measured in the same way: same requests, same percentile, same window.`,
    ],
    questions: questionsOf(context, gaps, worst),
    weight: 0.72,
  });
}

const latencyNames = (context: Context): string[] => [
  ...new Set(context.facts.all.filter((f) => f.name.startsWith('latency.')).map((f) => f.name)),
];

/** Ratios near one keep the digits that tell 99.9 % from 99.99 %. */
const exact = (f: Fact): ReturnType<typeof num> =>
  num(f, f.unit === 'ratio' && f.value > 0.98 ? { digits: 6 } : {});

function gapOf(context: Context, aim: Fact): Gap {
  const same = (phase: Parameters<Context['facts']['find']>[0]['phase']): Fact | undefined =>
    context.facts.find({ name: aim.name, subject: aim.subject, ...(phase ? { phase } : {}) }) ??
    (isWhole(context, aim.subject)
      ? context.facts
          .every({ name: aim.name, ...(phase ? { phase } : {}) })
          .find((f) => isWhole(context, f.subject))
      : undefined);
  const today = same(NOW) ?? fromErrors(context, aim);
  const before = same('baseline');
  const up = LARGER_IS_BETTER.has(aim.name);
  const over =
    today && today.value > 0 && aim.value > 0
      ? up
        ? gapUp(aim, today)
        : today.value / aim.value
      : undefined;
  const owner = componentOf(context, aim.subject);
  return {
    aim,
    ...(today ? { today } : {}),
    ...(before ? { before } : {}),
    ...(today && over !== undefined
      ? {
          factor: calc(
            `target.off.${aim.name}`,
            aim.subject,
            [over, 'factor'],
            up ? 'what is missing to the whole now ÷ then' : 'now ÷ target',
            [today, aim],
          ),
        }
      : {}),
    what: say`${aim.name.startsWith('latency.') ? labelOf(aim.name) : (WORDS[aim.name] ?? aim.name)}${isWhole(context, aim.subject) ? [] : say` of ${name(aim.subject.kind === 'operation' ? aim.subject.name : (owner?.subject.name ?? aim.subject.name))}`}`,
  };
}

/** Availability of today from the errors of today, when only those were said. */
function fromErrors(context: Context, aim: Fact): Fact | undefined {
  if (aim.name !== 'availability.ratio') return undefined;
  const errors = context.facts
    .every({ name: 'errors.ratio', phase: NOW })
    .find((f) => isWhole(context, f.subject));
  return errors && errors.value < 1
    ? calc(
        'availability.seen',
        errors.subject,
        [1 - errors.value, 'ratio'],
        'all − errors',
        [errors],
        errors.phase,
      )
    : undefined;
}

/** Ratios near one are compared by what they lack: 99 % → 99.9 % is a factor of ten. */
const gapUp = (aim: Fact, today: Fact): number =>
  aim.unit === 'ratio' && aim.value < 1 ? (1 - today.value) / (1 - aim.value) : aim.value / today.value;

function questionsOf(context: Context, gaps: Gap[], worst: Gap): Reading['questions'] {
  const out: Reading['questions'] = [];
  if (worst.before && worst.aim.name.startsWith('latency.')) {
    out.push({
      id: 'what-was-the-baseline',
      question: say`Was the ${worst.what} of ${num(worst.before)} read under the same load as the ${worst.today ? num(worst.today) : 'one of today'}, or on an ordinary day?`,
      matters: say`on an ordinary day, a part of the way from ${num(worst.before)} is load and was there before any change; under the same load, all is new`,
      weight: 0.82,
    });
  }
  const unknown = gaps.filter(
    (g) =>
      !g.today &&
      g.aim.name !== 'availability.ratio' &&
      !context.facts.every({ name: g.aim.name, phase: NOW }).some((f) => f.unit === 'ratio'),
  );
  for (const g of unknown.slice(0, 2)) {
    out.push({
      id: `now/${g.aim.name}`,
      question: say`What is ${g.what} of ${name(context.app.name)} today? The target is ${exact(g.aim)}.`,
      matters: say`without it nobody can tell whether that target is missed already or only at risk`,
      weight: 0.35,
    });
  }
  return out;
}

export default {
  id: 'target-gap',
  about: 'How far each target is from today, and whether the state before the trouble would meet it.',
  read,
} satisfies ReadingEntry;
