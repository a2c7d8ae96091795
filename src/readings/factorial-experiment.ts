import {
  type Block,
  bullets,
  type Change,
  type ChangeMechanism,
  type Context,
  constant,
  type Fact,
  list,
  name,
  num,
  quote,
  type Reading,
  type ReadingEntry,
  say,
  type Text,
  table,
} from '../domain/index.js';
import { changeFits } from './change-fit.js';
import { calc, reading, whole } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { ofKind } from './parts.js';
import { labelOf } from './percentiles.js';

/** Changes that can be switched off in a test. Traffic and data cannot. */
const FIXED: readonly ChangeMechanism[] = ['traffic-change', 'data-growth'];

/** How directly a mechanism acts on the time of a request; the rest count one. */
const FORCE: Partial<Record<ChangeMechanism, number>> = {
  'call-added': 3,
  'orm-upgrade': 3,
  'query-change': 3,
  'index-dropped': 3,
  'pool-change': 2.5,
  'cache-change': 2,
  'schema-change': 2,
  'infrastructure-change': 2,
  'scaling-change': 2,
  'runtime-upgrade': 2,
  'library-upgrade': 2,
};

const PRECISION = constant(
  'cell.precision',
  0.1,
  'ratio',
  'Half width wanted for the share of requests above the percentile, relative',
);
const Z95 = constant('normal.z95', 1.96, 'none', 'Two-sided 95 % point of the standard normal distribution');

/** The full factorial experiment that separates the changes, with what each cell should read. */
function read(context: Context): Reading[] {
  const factors = changeFits(context)
    .map((f) => f.change)
    .filter((c) => c.mechanisms.some((m) => !FIXED.includes(m)))
    .map((change, at) => ({ change, at, force: Math.max(...change.mechanisms.map((m) => FORCE[m] ?? 1)) }))
    .sort((a, b) => b.force - a.force || a.at - b.at)
    .map((f) => f.change)
    .slice(0, 3);
  const [worst, before] = pair(context);
  if (factors.length === 0 || !worst) return [];
  // What keeps its target and was not said to be worse than before leaves nothing to separate.
  const asked = context.facts.find({ name: worst.name, subject: worst.subject, phase: 'target' });
  if (!before && asked && worst.value <= asked.value) return [];
  const load = topLoad(loadPoints(context));
  const share = (1 - shareOf(worst)) / shareOf(worst);
  const samples = calc(
    'cell.samples',
    context.app,
    [(Z95.value / PRECISION.value) ** 2 / share, 'count'],
    `(z ÷ relative half width)² × share below ${labelOf(worst.name)} ÷ share above`,
    [Z95, PRECISION],
  );
  const seconds = load
    ? calc('cell.seconds', context.app, [samples.value / load.rate.value, 's'], 'requests needed ÷ rate', [
        samples,
        load.rate,
      ])
    : undefined;
  const excess = before
    ? calc('experiment.excess', worst.subject, [worst.value - before.value, worst.unit], 'now − before', [
        worst,
        before,
      ])
    : undefined;
  const deps = ofKind(context, 'dependency');
  const cells = constant(
    'experiment.cells',
    2 ** factors.length,
    'count',
    'All combinations of the changes, on and off',
  );
  const count = constant('experiment.factors', factors.length, 'count', 'Changes that can be switched');
  const label = labelOf(worst.name);
  return reading('factorial-experiment', {
    id: context.app.id,
    topic: 'change',
    subject: context.app,
    headline:
      factors.length === 1
        ? say`One switch decides: ${label} with and without ${summary(factors[0] as Change)}${load ? say` at ${num(load.rate)}` : []}${before ? say`; without it ${num(before)} is to be expected if it is the cause, ${num(worst)} as now if it is not` : []}.`
        : say`${num(cells)} runs separate the ${num(count)} changes: all off must read ${before ? num(before) : 'what it was before'}, all on must reproduce ${num(worst)} or the test does not count, and the runs between split the ${excess ? num(excess) : 'difference'} among ${list(factors.map((f) => summary(f)))}${factors.length === 2 ? ' and their interaction' : ' and their interactions'}.`,
    arithmetic: [
      bullets(factors.map((f, i) => say`${MARKS[i] ?? ''}: ${summary(f)}`)),
      cellsTable(factors, worst, before, label),
    ],
    assumptions: [
      load
        ? say`${load.phase === 'any' ? 'Today’s' : load.title} load of ${num(load.rate)} and production-sized data in each run; ${deps.length > 0 ? say`${list(deps.map((d) => say`${name(d.subject.name)}`))} stubbed with recorded latencies, not with a fixed delay` : 'dependencies stubbed with recorded latencies, not with a fixed delay'}.`
        : say`The same load and data in each run.`,
      seconds
        ? say`${whole(samples)} requests give the share above ${label} to ± ${num(PRECISION)}, ${num(seconds, { digits: 2 })} at that rate: counting does not set the length of a run, warm-up and at least one whole burst do. Repeat each run and take medians.`
        : say`${whole(samples)} independent requests give the share above ${label} to ± ${num(PRECISION)}.`,
    ],
    weight: factors.length > 1 ? 0.8 : 0.5,
  });
}

const summary = (c: Change): Text => say`${quote(c.summary)}`;

function shareOf(fact: Fact): number {
  const digits = fact.name.replace('latency.p', '');
  return Number(digits) > 0 ? Number(`0.${digits}`) : 0.5;
}

/** Today's worst percentile that also has a figure of before; else the worst there is. */
function pair(context: Context): [Fact | undefined, Fact | undefined] {
  const names = ['latency.p99', 'latency.p95', 'latency.p999', 'latency.p90', 'latency.mean', 'latency.p50'];
  for (const name of names) {
    for (const fact of context.facts.every({ name, phase: NOW })) {
      const before = context.facts.find({ name, subject: fact.subject, phase: 'baseline' });
      if (before && before.value < fact.value) return [fact, before];
    }
  }
  return [context.facts.find({ name: names.slice(0, 3), phase: NOW }), undefined];
}

/** Changes are named by small letters in the table, runs by capitals. */
const MARKS = ['a', 'b', 'c'];
const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];

function cellsTable(factors: readonly Change[], worst: Fact, before: Fact | undefined, label: string): Block {
  const all = 2 ** factors.length;
  const rows = Array.from({ length: all }, (_, bits): Text[] => {
    const on = MARKS.slice(0, factors.length).filter((_m, i) => (bits >> i) & 1);
    return [
      say`${LETTERS[bits] ?? ''}`,
      on.length === 0 ? say`none` : say`${on.join(' + ')}`,
      expected(bits),
    ];
  });
  return table(['Run', 'Changes in place', 'What it should read'], rows);

  function expected(bits: number): Text {
    if (bits === 0)
      return before
        ? say`${label} about ${num(before)}; if not, the cause is older than ${list(factors.map((f) => summary(f)))} or is the load`
        : say`${label} as it was before the changes`;
    if (bits === all - 1)
      return say`${label} about ${num(worst)}, else the test does not reproduce the trouble and does not count`;
    const on = MARKS.slice(0, factors.length).filter((_m, i) => (bits >> i) & 1);
    return on.length === 1
      ? say`${LETTERS[bits] ?? ''} − A is what ${summary(factors[MARKS.indexOf(on[0] ?? '')] as Change)} does alone`
      : say`their interaction beside`;
  }
}

export default {
  id: 'factorial-experiment',
  about: 'The experiment that separates the recent changes, with the expected reading of each run.',
  read,
} satisfies ReadingEntry;
