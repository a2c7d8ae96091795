import { stringify } from 'yaml';
import { selectorsOf } from '../../evidence/readers/promql/ast.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import { evaluateVector } from '../../experiments/rules/evaluate.js';
import { append, newStorage, seriesFor } from '../../experiments/rules/series.js';
import { detectionS } from '../../models/slo/detection.js';
import { exampleSeries } from './example-labels.js';
import { braces, type MadeSeries, type Stretch, seriesOf } from './made-series.js';
import type { NamedAlert, SloPlan } from './plan.js';
import { bucketName, errorRecord, short } from './rules.js';
import { type World, worldOf } from './world.js';

export interface Check {
  expr: string;
  minute: number;
  expected: { labels: string; value: number }[];
}
export interface RuleTest {
  name: string;
  interval: '1m';
  input_series: MadeSeries[];
  promql_expr_test: {
    expr: string;
    eval_time: string;
    exp_samples: { labels: string; value: number }[];
  }[];
}

const HOUR = 60;
/** Fills the hour before anything happens. */
const CALM = 65;
const BUSY = 6000;

/** Functions of native histograms alone. */
const NATIVE = /\bhistogram_(?:count|sum|fraction|avg|stddev)\s*\(/;
const readsNative = (p: SloPlan): boolean =>
  NATIVE.test(`${p.rates?.total('5m') ?? ''} ${p.rates?.bad('5m') ?? ''} ${p.sliceBad ?? ''}`);

/** What the rules of a promise must do, as promtool tests; with the reason where none can be written. */
export function testsOf(p: SloPlan): { tests: RuleTest[]; untested: string | undefined } {
  const world = worldOf(p);
  if (!world && readsNative(p))
    return {
      tests: [],
      untested: `${p.spec.id}: its histogram is native, and made-up series are classic`,
    };
  if (!world)
    return {
      tests: [],
      untested: `${p.spec.id}: no made-up series could be found that its queries read as good and as bad`,
    };
  const planned = p.spec.exclude === undefined ? undefined : seriesOfExclusion(p.spec.exclude);
  if (p.spec.exclude !== undefined && planned === undefined)
    return { tests: [], untested: `${p.spec.id}: no made-up series could be found that its exclusion reads` };
  const tests = [
    ...pageTests(p, world),
    ...(planned ? exclusionTests(p, world, planned) : []),
    ...slowBurn(p, world),
    ...budgetTests(p, world),
    ...factorTests(p, world),
  ];
  return { tests, untested: undefined };
}

/** A test of rules beside those of the promise, in its own made-up traffic; none where none could be made up. */
export function scenario(p: SloPlan, title: string, traffic: Stretch[], checks: Check[]): RuleTest[] {
  const world = worldOf(p);
  return world ? [test(p, world, title, traffic, checks)] : [];
}

/** A file for `promtool test rules`; `more` stands after the tests of the promises. */
export function testFile(
  plans: readonly SloPlan[],
  rulePath = 'rules.yml',
  more: readonly RuleTest[] = [],
): { text: string; untested: string[] } {
  const all = plans.map(testsOf);
  const untested = all.flatMap((t) => (t.untested ? [t.untested] : []));
  const head = untested.map((u) => `# Not tested: ${u}.\n`).join('');
  const text = stringify(
    { rule_files: [rulePath], evaluation_interval: '1m', tests: [...all.flatMap((t) => t.tests), ...more] },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  return { text: head + text, untested };
}

const firing = (p: SloPlan, which: string, minute: number, fires: boolean): Check => ({
  expr: `count(count by (slo) (ALERTS{slo="${p.spec.id}",alertstate="firing",${which}}))`,
  minute,
  expected: fires ? [{ labels: '{}', value: 1 }] : [],
});
const PAGE = 'severity="page",alertname!~".*(NoData|BucketMissing)"';
const TICKET = 'severity="ticket",alertname!~".*(NoData|BucketMissing)"';
/** Labels of the author may change the severity: alerts are told by their names. */
const named = (alerts: readonly NamedAlert[]): string =>
  `alertname=~"${alerts.map((a) => a.name).join('|')}"`;
const which = (p: SloPlan, severity: 'page' | 'ticket'): string => {
  const of = p.alerts.filter((a) => a.severity === severity);
  return of.length > 0 ? named(of) : severity === 'page' ? PAGE : TICKET;
};

function test(
  p: SloPlan,
  world: World,
  title: string,
  traffic: Stretch[],
  checks: Check[],
  without: (series: number) => boolean = () => false,
): RuleTest {
  return {
    name: `${p.spec.id}: ${title}`,
    interval: '1m',
    input_series: seriesOf(world, traffic, without),
    promql_expr_test: checks.map((c) => ({
      expr: c.expr,
      eval_time: `${c.minute}m`,
      exp_samples: c.expected,
    })),
  };
}

/** Minutes until the first page of a complete outage: closed form, one for the first sample, one for the evaluation. */
export function pageMinutes(p: SloPlan): number | undefined {
  const each = p.alerts
    .filter((a) => a.severity === 'page')
    .flatMap((a) => {
      const s = detectionS(a, 1);
      if (s === undefined) return [];
      // Slices must be bad twice, and a slice longer than two minutes is bad a while after it began.
      // The comparison is strict: what just fills a minute is found in the next.
      const minutes = Math.floor(s / 60 + 1e-9) + 1;
      return [p.counting === 'slices' ? Math.max(2, minutes) + sliceLag(p) : minutes + recordLag(p)];
    });
  return each.length === 0 ? undefined : Math.max(1, Math.min(...each));
}
/** Planned work, as its series say it, silences what would else wake somebody; the other tests are without it. */
function exclusionTests(p: SloPlan, world: World, planned: MadeSeries[]): RuleTest[] {
  if (!p.alerts.some((a) => a.severity === 'page')) return [];
  const made = test(
    p,
    world,
    'an outage during planned work wakes nobody',
    [
      { minutes: CALM, good: BUSY, bad: 0 },
      { minutes: 30, good: 0, bad: BUSY },
    ],
    [5, 15, 29].map((m) => firing(p, which(p, 'page'), CALM + m, false)),
  );
  return [{ ...made, input_series: [...made.input_series, ...planned] }];
}

/** Values that a series of planned work is tried with. */
const PLANNED = [1, 0, 2, 100] as const;
const EXCLUDED_MINUTES = 120;

/** Made-up series with which an exclusion holds; `undefined` where none is found, or it holds without any. */
function seriesOfExclusion(exclude: string): MadeSeries[] | undefined {
  const e = parsePromql(exclude);
  const series = exampleSeries(selectorsOf(e), []);
  if (series.length === 0) return undefined;
  for (const value of PLANNED) {
    const storage = newStorage();
    for (const labels of series)
      for (let m = 0; m <= EXCLUDED_MINUTES; m++) append(seriesFor(storage, labels), m * 60_000, value);
    if (evaluateVector(e, storage, EXCLUDED_MINUTES * 60_000).length > 0)
      return series.map((l) => ({
        series: `${l.__name__ ?? ''}${braces(l)}`,
        values: `${value}+0x${EXCLUDED_MINUTES}`,
      }));
  }
  return undefined;
}

/** With exclusions every window is made of recorded rates, which follow an outage a little later. */
const recordLag = (p: SloPlan): number => (p.spec.exclude !== undefined && p.counting !== 'slices' ? 2 : 0);

const sliceLag = (p: SloPlan): number => {
  const s = p.spec.budgeting.method === 'occurrences' ? 120 : Math.max(120, p.spec.budgeting.sliceS);
  return s <= 120 ? 0 : Math.ceil(s / 60);
};

function pageTests(p: SloPlan, world: World): RuleTest[] {
  const pages = p.alerts.filter((a) => a.severity === 'page');
  const after = pageMinutes(p);
  if (pages.length === 0 || after === undefined) return [];
  const longest = Math.max(...pages.map((a) => Math.min(a.shortS, a.longS)));
  const lag = p.counting === 'slices' ? sliceLag(p) + 4 : 2 + recordLag(p);
  const reset = Math.ceil(longest / 60) + lag;
  const outage = Math.max(30, after + 5);
  const calm: Stretch = { minutes: CALM, good: BUSY, bad: 0 };
  const out = [
    test(
      p,
      world,
      'an outage pages, and nothing does before',
      [calm, { minutes: after + 5, good: 0, bad: BUSY }],
      [
        firing(p, which(p, 'page'), CALM, false),
        firing(p, which(p, 'page'), CALM + after + (world.kind === 'state' ? stateLag(p, world) : 0), true),
      ],
    ),
    test(
      p,
      world,
      'recovery ends the page though the long windows still hold the outage',
      [calm, { minutes: outage, good: 0, bad: BUSY }, { minutes: reset + 2, good: BUSY, bad: 0 }],
      [
        firing(p, which(p, 'page'), CALM + outage, true),
        firing(p, which(p, 'page'), CALM + outage + reset, false),
      ],
    ),
  ];
  if (world.kind === 'events')
    out.push(
      test(
        p,
        world,
        'one bad event in an idle hour wakes nobody',
        [
          { minutes: HOUR, good: 1, bad: 0 },
          { minutes: 1, good: 0, bad: 1 },
          { minutes: 5, good: 0, bad: 0 },
        ],
        [1, 2, 4].map((m) => firing(p, which(p, 'page'), HOUR + m, false)),
      ),
      test(
        p,
        world,
        'three bad events alone, in an hour without others, wake nobody',
        [
          { minutes: HOUR, good: 0, bad: 0 },
          { minutes: 3, good: 0, bad: 1 },
          { minutes: 10, good: 0, bad: 0 },
        ],
        [2, 4, 8].map((m) => firing(p, which(p, 'page'), HOUR + m, false)),
      ),
    );
  return out;
}

/** A mean over the window follows a gauge more slowly than a rate follows a counter. */
const stateLag = (p: SloPlan, world: World): number =>
  (world.kind === 'state' && !world.rises.every(Boolean)) || p.spec.indicator.kind === 'threshold'
    ? p.counting === 'slices'
      ? 2
      : 1
    : 0;

function slowBurn(p: SloPlan, world: World): RuleTest[] {
  const tickets = p.alerts.filter((a) => a.severity === 'ticket');
  const pages = p.alerts.filter((a) => a.severity === 'page');
  const lowest = Math.min(...pages.map((a) => a.threshold));
  const from = Math.min(...tickets.map((a) => a.threshold));
  if (tickets.length === 0 || !(from < 0.9) || world.kind !== 'events' || p.counting === 'slices') return [];
  const share = Number.isFinite(lowest) ? Math.sqrt(from * lowest) : Math.min(0.95, 2 * from);
  if (!(share > from * 1.05) || (Number.isFinite(lowest) && !(share < lowest * 0.95))) return [];
  const perMinute = countFor(share);
  const bad = Math.round(share * perMinute);
  return [
    test(
      p,
      world,
      'a slow burn opens a ticket and wakes nobody',
      [{ minutes: 50, good: perMinute - bad, bad }],
      [firing(p, which(p, 'ticket'), 45, true), firing(p, which(p, 'page'), 45, false)],
    ),
  ];
}

/** Events a minute in which the share is at least twenty bad ones, so that rounding does not matter. */
const countFor = (share: number): number => Math.max(BUSY, Math.ceil(200 / share));

/** Just below the threshold of the fastest page nothing, just above it the page: the factor is right to three per cent. */
function factorTests(p: SloPlan, world: World): RuleTest[] {
  const page = p.alerts.find((a) => a.severity === 'page' && !a.outage);
  if (!page || world.kind !== 'events' || p.counting !== 'events' || page.threshold > 0.9) return [];
  return ([0.97, 1.03] as const).map((of) => {
    const share = of * page.threshold;
    const perMinute = countFor(share * 0.1);
    const bad = Math.round(share * perMinute);
    return test(
      p,
      world,
      `${of > 1 ? 'above' : 'below'} ${short(page.factor)} times the allowed share ${page.name} ${of > 1 ? 'fires' : 'is silent'}`,
      [{ minutes: 30, good: perMinute - bad, bad }],
      [firing(p, named([page]), 25, of > 1)],
    );
  });
}

const remaining = (p: SloPlan, world: World, minute: number, value: number): Check => ({
  expr: `round(slo:budget_remaining:ratio{slo="${p.spec.id}"} * 1e6) / 1e6`,
  minute,
  expected: [{ labels: braces({ ...world.groups, slo: p.spec.id }), value }],
});

function budgetTests(p: SloPlan, world: World): RuleTest[] {
  const full: Stretch = { minutes: HOUR, good: BUSY, bad: 0 };
  if (world.kind === 'state')
    return [
      test(p, world, 'the budget is whole while all is well', [full], [remaining(p, world, HOUR - 5, 1)]),
    ];
  const out = [
    test(
      p,
      world,
      'an hour without events keeps the budget',
      [full, { minutes: HOUR, good: 0, bad: 0 }, full],
      [remaining(p, world, 2 * HOUR + 50, 1)],
    ),
  ];
  if (world.bad.some((i) => !world.good.includes(i)) && !p.rates?.bucket)
    out.push(
      test(
        p,
        world,
        'series of bad events that are not there yet mean none',
        [full],
        [remaining(p, world, HOUR - 5, 1)],
        (i) => world.bad.includes(i) && !world.good.includes(i),
      ),
    );
  // Only good events reach the bucket at the limit.
  if (p.rates?.bucket && world.good.some((i) => !world.bad.includes(i)))
    out.push(
      test(
        p,
        world,
        'a histogram without a bucket at the limit is reported, and does not page',
        [full, full],
        [
          {
            expr: `count(ALERTS{alertname="${bucketName(p)}",alertstate="firing"})`,
            minute: HOUR + 30,
            expected: [{ labels: '{}', value: 1 }],
          },
          firing(p, which(p, 'page'), HOUR + 30, false),
        ],
        (i) => world.good.includes(i) && !world.bad.includes(i),
      ),
    );
  if (p.counting === 'events' && p.periodS > 4 * 3600)
    out.push(
      test(
        p,
        world,
        'a busy hour weighs more than an idle one',
        [
          { minutes: HOUR, good: 5, bad: 5 },
          { minutes: HOUR, good: 10_000, bad: 0 },
        ],
        [
          {
            expr: `round(${errorRecord(p)}{slo="${p.spec.id}"} * 1e4) / 1e4`,
            minute: 2 * HOUR,
            expected: [{ labels: braces({ ...world.groups, slo: p.spec.id }), value: 0.0005 }],
          },
        ],
      ),
    );
  return out;
}
