import { join, say, type Text } from '../../domain/index.js';
import { alertName } from '../parts.js';
import { digits } from '../text.js';
import { boundOf } from './bucket.js';
import type { RequestMetrics } from './metrics.js';
import { type BurstAlert, burnName, burstName, type Objective } from './objective.js';

/** A stretch of made-up traffic: requests a minute that are good and bad. */
interface Stretch {
  minutes: number;
  good: number;
  bad: number;
}
interface Check {
  expr: string;
  /** Minutes after the start. */
  at: number;
  /** The one sample expected; without it the answer must be empty. */
  expected?: { labels: string; value: number };
}
const HOUR = 60;
/** Fills the hour’s window before anything happens. */
const CALM = 75;
/** A hundred requests a second, enough for any share that a test needs to be a whole number of requests. */
const BUSY = 6000;

/** What the rules must do, whatever the budget: run by promtool before they are shipped. */
export function ruleTests(
  m: RequestMetrics,
  objectives: readonly Objective[],
  burst: BurstAlert | undefined,
): Text {
  return say`rule_files: [rules.yml]
evaluation_interval: 1m
tests:
${join(
  objectives.flatMap((o) => testsOf(m, o, burst)),
  '\n',
)}
`;
}

function testsOf(m: RequestMetrics, o: Objective, burst: BurstAlert | undefined): Text[] {
  const test = (
    title: string,
    traffic: readonly Stretch[],
    checks: readonly Check[],
    without?: 'bad',
  ): Text => testText(`${o.id}: ${title}`, seriesOf(m, o, traffic, without), checks);
  const full = remaining(o, 1);
  const page = o.alerts.find((a) => a.long === '1h');
  const ticket = o.alerts.find((a) => a.long === '3d');
  const calm: Stretch = { minutes: CALM, good: BUSY, bad: 0 };
  const out: Text[] = [];
  if (page) {
    const name = burnName(o, page);
    // The hour’s window has to fill up to the threshold, and one evaluation passes.
    const detected = calm.minutes + Math.ceil(page.threshold.value * HOUR) + 2;
    out.push(
      test(
        'an outage pages as soon as the hour holds enough of it, and not before there is one',
        [calm, { minutes: 70, good: 0, bad: BUSY }],
        [firing(name, calm.minutes - 1, false), firing(name, detected, true)],
      ),
      test(
        'recovery ends the page though the hour still holds the outage',
        [calm, { minutes: 30, good: 0, bad: BUSY }, { minutes: HOUR, good: BUSY, bad: 0 }],
        [firing(name, calm.minutes + 40, false)],
      ),
      test(
        'three bad requests in an idle hour wake nobody',
        [
          { minutes: CALM, good: 0, bad: 0 },
          { minutes: 3, good: 0, bad: 1 },
          { minutes: HOUR, good: 0, bad: 0 },
        ],
        [firing(name, CALM + 4, false)],
      ),
    );
  }
  const twice = 2 * o.budget.value;
  if (ticket && twice < 0.5) {
    const perMinute = 10 * BUSY;
    const bad = Math.round(twice * perMinute);
    out.push(
      test(
        'a slow burn at twice the allowed share opens a ticket and wakes nobody',
        [{ minutes: 4 * HOUR, good: perMinute - bad, bad }],
        [
          firing(burnName(o, ticket), 4 * HOUR - 5, true),
          ...o.alerts
            .filter((a) => a.severity === 'page')
            .map((a) => firing(burnName(o, a), 4 * HOUR - 5, false)),
        ],
      ),
    );
  }
  out.push(
    test(
      'an hour without traffic keeps the budget',
      [
        { minutes: HOUR, good: BUSY, bad: 0 },
        { minutes: HOUR, good: 0, bad: 0 },
        { minutes: HOUR, good: BUSY, bad: 0 },
      ],
      [{ expr: full.expr, at: 2 * HOUR + 50, expected: full.expected }],
    ),
    o.limit
      ? test(
          'a histogram without a bound at the limit is reported, and does not page',
          [{ minutes: 2 * HOUR, good: BUSY, bad: 0 }],
          [
            firing(`BucketMissing${alertName(o.id)}`, HOUR + 30, true),
            ...(page ? [firing(burnName(o, page), HOUR + 30, false)] : []),
          ],
          'bad',
        )
      : test(
          'a series of failures that is not there means none failed',
          [{ minutes: 2 * HOUR, good: BUSY, bad: 0 }],
          [{ expr: full.expr, at: HOUR + 30, expected: full.expected }],
          'bad',
        ),
  );
  if (burst) {
    const share = Math.min(0.9, 1.5 * burst.factor.value * o.budget.value);
    const inBurst = Math.ceil(2 * burst.from.value) * 60;
    const inCalm = Math.ceil(burst.from.value / 2) * 60;
    const at = (perMinute: number): Stretch[] => {
      const bad = Math.ceil(share * perMinute);
      return [{ minutes: 20, good: perMinute - bad, bad }];
    };
    out.push(
      test('too many bad requests in a burst page within minutes', at(inBurst), [
        firing(burstName(o), 10, true),
      ]),
      test('the same share in calm traffic is left to the slower windows', at(inCalm), [
        firing(burstName(o), 10, false),
      ]),
    );
  }
  return out;
}

const firing = (alert: string, at: number, expected: boolean): Check => ({
  expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
  at,
  ...(expected ? { expected: { labels: '{}', value: 1 } } : {}),
});

const remaining = (
  o: Objective,
  value: number,
): { expr: string; expected: { labels: string; value: number } } => ({
  expr: `slo:budget_remaining:ratio{slo="${o.id}"}`,
  expected: { labels: `slo:budget_remaining:ratio{slo="${o.id}"}`, value },
});

/**
 * The series of an objective. Failures: a counter by status. Latency: the counter of all requests, and the bucket at
 * the limit, which only good ones reach. `without: 'bad'` leaves out the series that tells good from bad.
 */
function seriesOf(
  m: RequestMetrics,
  o: Objective,
  traffic: readonly Stretch[],
  without?: 'bad',
): [Text, string][] {
  const route = o.route ? `,${m.route}="${o.route}"` : '';
  const labels = (status: string): Text => say`${m.select}${route},${m.status}="${status}"`;
  const { good, bad } = m.examples;
  if (!o.limit)
    return [
      [say`${m.count}{${labels(good)}}`, counter(traffic, (s) => s.good)],
      ...(without
        ? []
        : [[say`${m.count}{${labels(bad)}}`, counter(traffic, (s) => s.bad)] as [Text, string]]),
    ];
  const bound = digits(boundOf(m, o.limit), 1, 6);
  return [
    [say`${m.count}{${labels(good)}}`, counter(traffic, (s) => s.good + s.bad)],
    ...(without
      ? []
      : [
          [say`${m.duration}_bucket{${labels(good)},le="${bound}"}`, counter(traffic, (s) => s.good)] as [
            Text,
            string,
          ],
        ]),
  ];
}

/** A counter in promtool's notation: a point a minute, one more than there are minutes. */
function counter(traffic: readonly Stretch[], rate: (s: Stretch) => number): string {
  let at = 0;
  return traffic
    .map((s, i) => {
      const step = rate(s);
      const from = i === 0 ? 0 : at + step;
      const times = i === 0 ? s.minutes : s.minutes - 1;
      at = from + step * times;
      return `${from}+${step}x${times}`;
    })
    .join(' ');
}

const testText = (title: string, series: readonly [Text, string][], checks: readonly Check[]): Text =>
  say`  - name: ${JSON.stringify(title)}
    interval: 1m
    input_series:
${join(
  series.map(([name, values]) => say`      - { series: '${name}', values: '${values}' }`),
  '\n',
)}
    promql_expr_test:
${join(
  checks.map(
    (c) => say`      - expr: ${c.expr}
        eval_time: ${String(c.at)}m
        exp_samples: [${c.expected ? `{ labels: '${c.expected.labels}', value: ${c.expected.value} }` : ''}]`,
  ),
  '\n',
)}`;
