import {
  type Context,
  constant,
  type DeliverableEntry,
  type Fact,
  join,
  say,
  type Text,
} from '../../domain/index.js';
import { digits, literal } from '../text.js';
import { label, type RequestMetrics, requestMetrics } from './metrics.js';
import { type BurnAlert, type Objective, objectiveOf } from './objective.js';

const MIN_EVENTS = constant(
  'slo.minimumEvents',
  5,
  'count',
  'Kneepoint: fewer failures than this in the long window say nothing about the service',
);
const POOL_WAITING = constant(
  'alert.poolPending',
  1,
  'count',
  'Kneepoint: a request that waits for a connection is already late',
);
const LOOP = constant(
  'alert.eventLoop',
  0.8,
  'ratio',
  'Kneepoint: queueing delay 1/(1−ρ) passes five service times (M/M/1; Kleinrock, Queueing Systems, 1975, eq. 3.26)',
);
const HIT_FALL = constant(
  'alert.hitRatioFall',
  0.1,
  'ratio',
  'Kneepoint: ten points fewer hits than the same hour a week before',
);

interface Slo {
  id: string;
  bad: (window: string) => Text;
  total: (window: string) => Text;
  budget: Fact;
  what: Text;
}

/** Multi-window burn-rate rules that survive zero traffic, absent error series and single errors, with their tests. */
export default {
  id: 'alerts/prometheus',
  about: 'Prometheus recording and alert rules for the stated targets, with promtool tests',
  make(result, context) {
    const metricsTools = context.tools.filter(
      (t) => t.roles.includes('metrics') || t.roles.includes('alerting'),
    );
    const prometheus = context.tools.some((t) =>
      ['prometheus', 'victoriametrics', 'mimir', 'thanos', 'grafana'].includes(t.product),
    );
    if (metricsTools.length > 0 && !prometheus) return [];
    const metrics = requestMetrics(context);
    const objective = objectiveOf(context);
    const slos = slosOf(metrics, objective);
    const app = result.case.appName;
    return [
      {
        id: 'alerts/prometheus',
        path: 'alerts/rules.yml',
        kind: 'alerts',
        stack: 'Prometheus',
        language: 'yaml',
        title: say`Burn-rate and saturation alerts of ${{ name: app }}`,
        use: say`promtool check rules alerts/rules.yml && promtool test rules alerts/rules.test.yml`,
        text: rules(slos, objective, context, app),
      },
      {
        id: 'alerts/prometheus-tests',
        path: 'alerts/rules.test.yml',
        kind: 'alert-tests',
        stack: 'Prometheus',
        language: 'yaml',
        title: say`Behaviour of these rules: outage, zero traffic, single error`,
        use: say`promtool test rules alerts/rules.test.yml`,
        text: tests(metrics),
      },
    ];
  },
} satisfies DeliverableEntry;

function slosOf(m: RequestMetrics, objective: Objective): Slo[] {
  const job = `job=${literal(m.job)}`;
  const total = (w: string): Text => say`sum(rate(${m.count}{${job}}[${w}]))`;
  const availability: Slo = {
    id: 'availability',
    total,
    bad: (w) => say`sum(rate(${m.count}{${job},${m.status}=~"${m.failed}"}[${w}])) or 0 * ${total(w)}`,
    budget: objective.errorBudget,
    what: say`requests fail`,
  };
  if (!objective.latency) return [availability];
  const { limit, budget } = objective.latency;
  const fast = (w: string): Text =>
    say`sum(rate(${m.duration}_bucket{${job},le="${digits(limit, 0.001)}"}[${w}]))`;
  return [
    availability,
    {
      id: 'latency',
      total,
      // A histogram needs a bucket bound at the limit; without it the expression is empty and a test below tells.
      bad: (w) => say`(${total(w)} - (${fast(w)} or 0 * ${total(w)})) or 0 * ${total(w)}`,
      budget,
      what: say`requests take longer than ${digits(limit)} ms`,
    },
  ];
}

function rules(slos: readonly Slo[], objective: Objective, context: Context, app: string): Text {
  const windows = [...new Set(objective.pages.flatMap((p) => [p.short, p.long]))];
  const records = slos.flatMap((slo) =>
    windows.flatMap((w) => [
      say`      - record: slo:total:rate${w}
        labels: { slo: ${slo.id} }
        expr: ${slo.total(w)}`,
      say`      - record: slo:bad:rate${w}
        labels: { slo: ${slo.id} }
        expr: ${slo.bad(w)}`,
    ]),
  );
  const budgets = slos.map(
    (slo) => say`      - record: slo:budget_remaining:ratio
        labels: { slo: ${slo.id} }
        expr: 1 - (sum_over_time(slo:bad:rate5m{slo="${slo.id}"}[30d]) / (sum_over_time(slo:total:rate5m{slo="${slo.id}"}[30d]) > 0)) / ${digits(slo.budget, 1, 6)}`,
  );
  const alerts = slos.flatMap((slo) =>
    objective.pages.filter((p) => reachable(p, slo.budget)).map((p) => burnAlert(slo, p, app)),
  );
  return say`# Alerts of ${label(app)}. Burn rate = share of bad requests / share allowed; factors hold for a period of 30 days.
groups:
  - name: kneepoint-slo
    interval: 1m
    rules:
${join([...records, ...budgets], '\n')}
  - name: kneepoint-burn
    interval: 1m
    rules:
${join(alerts, '\n')}
  - name: kneepoint-saturation
    interval: 30s
    rules:
${join(saturation(context, app), '\n')}
`;
}

/** An alert whose factor times budget passes one can never fire. */
const reachable = (p: BurnAlert, budget: Fact): boolean => p.factor.value * budget.value < 1;

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

function burnAlert(slo: Slo, p: BurnAlert, app: string): Text {
  const limit = say`${digits(p.factor)} * ${digits(slo.budget, 1, 6)}`;
  const burn = (w: string): Text =>
    say`(slo:bad:rate${w}{slo="${slo.id}"} / (slo:total:rate${w}{slo="${slo.id}"} > 0) > ${limit})`;
  return say`      - alert: ${capital(slo.id)}Burn${capital(p.long)}
        labels: { severity: ${p.severity}, slo: ${slo.id} }
        expr: |
          ${burn(p.long)}
          and ${burn(p.short)}
          and (slo:bad:rate${p.long}{slo="${slo.id}"} * ${digits(p.longS)} >= ${digits(MIN_EVENTS)})
        annotations:
          summary: ${literal(`${label(app)}: the ${slo.id} objective burns too fast`)}
          description: "${slo.what}: ${digits(p.spent, 100)} percent of the budget of 30 days is gone within ${p.long} at this rate"
          runbook: runbook.md`;
}

/** Leading signs for the parts that this case has. */
function saturation(context: Context, app: string): Text[] {
  const job = `job=${literal(label(app))}`;
  const out: Text[] = [];
  const has = (kind: string): boolean => context.components.some((c) => c.kind === kind);
  const runtime = (id: string): boolean =>
    context.components.some((c) => c.runtime === id || c.product === id);
  if (has('database'))
    out.push(say`      - alert: ConnectionPoolWaiting
        labels: { severity: ticket }
        expr: sum(db_client_connection_pending_requests{${job}}) >= ${digits(POOL_WAITING)}
        for: 2m
        annotations: { summary: "requests wait for a database connection", runbook: runbook.md }`);
  if (runtime('nodejs'))
    out.push(say`      - alert: EventLoopBusy
        labels: { severity: ticket }
        expr: max(nodejs_eventloop_utilization_ratio{${job}}) > ${digits(LOOP)}
        for: 5m
        annotations: { summary: "the event loop has no time left for new requests", runbook: runbook.md }`);
  if (has('cache'))
    out.push(say`      - alert: CacheHitRatioFell
        labels: { severity: ticket }
        expr: |
          (sum(rate(redis_keyspace_hits_total[10m] offset 1w)) / (sum(rate(redis_keyspace_hits_total[10m] offset 1w)) + sum(rate(redis_keyspace_misses_total[10m] offset 1w))))
          - (sum(rate(redis_keyspace_hits_total[10m])) / (sum(rate(redis_keyspace_hits_total[10m])) + sum(rate(redis_keyspace_misses_total[10m])))) > ${digits(HIT_FALL)}
        for: 10m
        annotations: { summary: "fewer cache hits than at the same hour last week", runbook: runbook.md }`);
  out.push(say`      - alert: RequestMetricsAbsent
        labels: { severity: ticket }
        expr: absent(slo:total:rate5m{slo="availability"})
        for: 10m
        annotations: { summary: "no request metrics: the alerts above are blind", runbook: runbook.md }`);
  return out;
}

/** What the availability rules must do, whatever the budget: checked by promtool before they are shipped. */
function tests(m: RequestMetrics): Text {
  const ok = `'${m.count}{job=${literal(m.job)},${m.status}="200"}'`;
  const bad = `'${m.count}{job=${literal(m.job)},${m.status}="503"}'`;
  return say`rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - name: an outage pages
    interval: 1m
    input_series:
      - { series: ${ok}, values: '0+6000x360 2160000+0x20' }
      - { series: ${bad}, values: '0+0x360 6000+6000x20' }
    promql_expr_test:
      - expr: count(ALERTS{alertname="AvailabilityBurn1h",alertstate="firing"}) > 0
        eval_time: 6h10m
        exp_samples: [{ labels: '{}', value: 1 }]
  - name: an hour without traffic keeps the budget
    interval: 1m
    input_series:
      - { series: ${ok}, values: '0+6000x120 720000+0x60 720000+6000x120' }
      - { series: ${bad}, values: '0+0x300' }
    promql_expr_test:
      - expr: slo:budget_remaining:ratio{slo="availability"}
        eval_time: 4h50m
        exp_samples: [{ labels: 'slo:budget_remaining:ratio{slo="availability"}', value: 1 }]
  - name: no error series means no errors
    interval: 1m
    input_series:
      - { series: ${ok}, values: '0+600x360' }
    promql_expr_test:
      - expr: slo:budget_remaining:ratio{slo="availability"}
        eval_time: 2h
        exp_samples: [{ labels: 'slo:budget_remaining:ratio{slo="availability"}', value: 1 }]
  - name: one error in sixty-one requests is silent
    interval: 1m
    input_series:
      - { series: ${ok}, values: '0+1x360 361+1x60' }
      - { series: ${bad}, values: '0+0x359 1+0x61' }
    promql_expr_test:
      - expr: count(ALERTS{alertname="AvailabilityBurn1h"})
        eval_time: 6h2m
        exp_samples: []
`;
}
