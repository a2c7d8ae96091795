import { type DeliverableEntry, join, say, type Text } from '../../domain/index.js';
import { labelOf } from '../../readings/percentiles.js';
import { alertName, type Parts, partsOf, usesTool } from '../parts.js';
import { isSignOf, type Watch, watchesOf } from '../signals/index.js';
import { digits, plainName, quoted, safe, sentence } from '../text.js';
import { boundOf, bucketBound, isCoarse } from './bucket.js';
import { type RequestMetrics, requestMetrics } from './metrics.js';
import {
  type BurnAlert,
  type BurstAlert,
  burnName,
  burstAlert,
  burstName,
  MIN_EVENTS,
  type Objective,
  objectivesOf,
  PERIOD,
} from './objective.js';
import { ruleTests } from './prometheus-tests.js';

export const PROMQL = ['prometheus', 'victoriametrics', 'mimir', 'thanos', 'grafana', 'micrometer', 'cortex'];

/** Multi-window burn-rate rules that survive zero traffic, absent error series and single errors, with their tests. */
export default {
  id: 'alerts/prometheus',
  about: 'Prometheus recording and alert rules for the stated targets, with promtool tests',
  make(result, context) {
    const watching = context.tools.filter((t) => t.roles.includes('metrics') || t.roles.includes('alerting'));
    if (watching.length > 0 && !usesTool(context, ...PROMQL)) return [];
    const parts = partsOf(result, context);
    const metrics = requestMetrics(parts);
    const objectives = objectivesOf(context);
    const burst = burstAlert(context);
    return [
      {
        id: 'alerts/prometheus',
        path: 'alerts/rules.yml',
        kind: 'alerts',
        stack: 'Prometheus',
        language: 'yaml',
        title: say`Burn-rate and saturation alerts of ${{ name: result.case.appName || context.app.name }}`,
        use: say`promtool check rules alerts/rules.yml`,
        text: rules(parts, metrics, objectives, burst, watchesOf(parts)),
      },
      {
        id: 'alerts/prometheus-tests',
        path: 'alerts/rules.test.yml',
        kind: 'alert-tests',
        stack: 'Prometheus',
        language: 'yaml',
        title: say`What the rules of ${{ name: parts.app }} must do: outage, slow burn, zero traffic, absent series, single errors, recovery`,
        use: say`promtool test rules alerts/rules.test.yml`,
        text: ruleTests(metrics, objectives, burst),
      },
    ];
  },
} satisfies DeliverableEntry;

/** Requests and bad requests a second, as PromQL. */
interface Rates {
  total: (window: string) => Text;
  bad: (window: string) => Text;
}

export function ratesOf(m: RequestMetrics, o: Objective): Rates {
  const route = o.route ? `,${m.route}="${o.route}"` : '';
  const total = (w: string): Text => say`sum(rate(${m.count}{${m.select}${route}}[${w}]))`;
  if (!o.limit)
    return {
      total,
      bad: (w) =>
        say`sum(rate(${m.count}{${m.select}${route},${m.status}=~"${m.failed}"}[${w}])) or 0 * ${total(w)}`,
    };
  const bound = bucketBound(m, o.limit);
  // A bucket that is not there must not read as "all are slow": without it bad is 0, and BucketMissing fires.
  return {
    total,
    bad: (w) =>
      say`clamp_min(${total(w)} - sum(rate(${m.duration}_bucket{${m.select}${route},${bound}}[${w}])), 0) or 0 * ${total(w)}`,
  };
}

export function rules(
  parts: Parts,
  m: RequestMetrics,
  objectives: readonly Objective[],
  burst: BurstAlert | undefined,
  watches: readonly Watch[],
): Text {
  const refused = objectives.flatMap((o) =>
    o.refused.map(
      (
        r,
      ) => say`# Left out: ${o.id} over ${r.alert.long} would fire from ${digits(r.worst, 100)} % bad requests, which cannot be.
`,
    ),
  );
  const unsure = objectives.filter((o) => o.of && !o.route);
  const notes = unsure.map(
    (
      o,
    ) => say`# The target of ${o.id} was said of "${{ name: plainName(o.of?.name ?? '') }}": add its ${m.route} to the two expressions.
`,
  );
  const coarse = objectives.flatMap((o) =>
    o.limit && isCoarse(m, o.limit)
      ? [
          say`# ${m.duration} has no bound at ${digits(o.limit)} ms: ${o.id} counts from its next one, ${digits(boundOf(m, o.limit), 1, 6)} s, and misses what lies between. Add ${digits(o.limit, 0.001, 6)} to the boundaries.
`,
        ]
      : [],
  );
  return say`# Alerts of ${parts.app}. Metric names: ${m.source}.
# Burn rate = share of bad requests ÷ share allowed; the factors hold for a period of ${digits(PERIOD, 1 / 86_400)} days.
${join([...refused, ...notes, ...coarse], '')}groups:
  - name: kneepoint-slo
    interval: 1m
    rules:
${join(
  objectives.flatMap((o) => records(m, o)),
  '\n',
)}
  - name: kneepoint-burn
    interval: 1m
    rules:
${join(
  [
    ...objectives.flatMap((o) => o.alerts.map((a) => burnAlert(o, a, parts))),
    ...(burst ? objectives.map((o) => burstRule(o, burst, parts)) : []),
    ...blind(m, objectives),
  ],
  '\n',
)}
${
  watches.length > 0
    ? say`  - name: kneepoint-leading
    interval: 1m
    rules:
${join(
  watches.map((w) => leading(w, parts)),
  '\n',
)}
`
    : ''
}`;
}

function records(m: RequestMetrics, o: Objective): Text[] {
  const { total, bad } = ratesOf(m, o);
  const windows = [...new Set(['5m', ...o.alerts.flatMap((a) => [a.short, a.long])])];
  return [
    ...windows.flatMap((w) => [
      say`      - record: slo:total:rate${w}
        labels: { slo: ${o.id} }
        expr: ${yaml(total(w))}`,
      say`      - record: slo:bad:rate${w}
        labels: { slo: ${o.id} }
        expr: ${yaml(bad(w))}`,
    ]),
    // Rates are summed before they are divided, so that an idle night does not weigh like a busy day.
    say`      - record: slo:budget_remaining:ratio
        labels: { slo: ${o.id} }
        expr: 1 - (sum_over_time(slo:bad:rate5m{slo="${o.id}"}[${digits(PERIOD, 1 / 86_400)}d]) / (sum_over_time(slo:total:rate5m{slo="${o.id}"}[${digits(PERIOD, 1 / 86_400)}d]) > 0)) / ${digits(o.budget, 1, 6)}`,
  ];
}

/** An expression as a block: no character in it can end a scalar. */
const yaml = (expression: Text): Text => say`|-
          ${expression}`;

const anchor = (name: string): string => `runbook.md#${name.toLowerCase()}`;

/** What is bad, in words. */
export const badWords = (o: Objective): Text =>
  o.limit
    ? say`slower than ${digits(o.limit)} ms${o.of ? say` (${{ name: plainName(o.of.name) }})` : ''}`
    : say`failed`;

function burnAlert(o: Objective, a: BurnAlert, parts: Parts): Text {
  const burn = (w: string): Text =>
    say`(slo:bad:rate${w}{slo="${o.id}"} / (slo:total:rate${w}{slo="${o.id}"} > 0) > ${digits(a.factor)} * ${digits(o.budget, 1, 6)})`;
  return say`      - alert: ${burnName(o, a)}
        labels: { severity: ${a.severity}, slo: ${o.id} }
        expr: |-
          ${burn(a.long)}
          and ${burn(a.short)}
          and (slo:bad:rate${a.long}{slo="${o.id}"} * ${digits(a.longS)} >= ${digits(MIN_EVENTS)})
        annotations:
          summary: ${quoted(say`${{ name: parts.app }}: more than ${digits(a.threshold, 100)} % of requests ${badWords(o)} over ${a.long} and ${a.short}`)}
          description: ${quoted(say`At this rate ${digits(a.spent, 100)} % of the budget of ${digits(PERIOD, 1 / 86_400)} days is gone within ${a.long}; ${digits(o.budget, 100, 4)} % may be bad.`)}
          runbook_url: ${anchor(burnName(o, a))}`;
}

function burstRule(o: Objective, burst: BurstAlert, parts: Parts): Text {
  const share = say`slo:bad:rate5m{slo="${o.id}"} / (slo:total:rate5m{slo="${o.id}"} > ${digits(burst.from)})`;
  return say`      - alert: ${burstName(o)}
        labels: { severity: page, slo: ${o.id} }
        expr: ${share} > ${digits(burst.factor)} * ${digits(o.budget, 1, 6)}
        for: 2m
        annotations:
          summary: ${quoted(say`${{ name: parts.app }}: in a burst beyond ${digits(burst.from)} requests a second, more than ${digits(burst.factor)} times the allowed share of requests is ${badWords(o)}`)}
          description: ${quoted(say`The windows of an hour and more are too slow for a burst: act on this one while it lasts.`)}
          runbook_url: ${anchor(burstName(o))}`;
}

/** Alerts about the alerts: no series, or no bucket at the limit. */
function blind(m: RequestMetrics, objectives: readonly Objective[]): Text[] {
  const buckets = objectives.flatMap((o) =>
    o.limit
      ? [
          say`      - alert: BucketMissing${alertName(o.id)}
        labels: { severity: ticket, slo: ${o.id} }
        expr: count(${m.count}{${m.select}}) > 0 unless count(${m.duration}_bucket{${m.select},${bucketBound(m, o.limit)}}) > 0
        for: 15m
        annotations:
          summary: ${quoted(say`The latency objective is blind: the histogram has no bound at ${digits(boundOf(m, o.limit), 1, 6)} s`)}
          description: ${quoted(say`Add ${digits(o.limit, 0.001, 6)} to the explicit bucket boundaries of ${m.duration}.`)}
          runbook_url: runbook.md#requestmetricsabsent`,
        ]
      : [],
  );
  return [
    say`      - alert: RequestMetricsAbsent
        labels: { severity: ticket }
        expr: absent(slo:total:rate5m{slo="availability"})
        for: 10m
        annotations:
          summary: ${quoted(say`No request metrics: the alerts above are blind`)}
          description: ${quoted(say`Nothing matches ${m.count}; the target is gone or its job label has changed.`)}
          runbook_url: runbook.md#requestmetricsabsent`,
    ...buckets,
  ];
}

function leading(w: Watch, parts: Parts): Text {
  const cause = parts.findings.find((f) => isSignOf(w, f));
  const lacking = w.absent
    ? say`      # Cannot fire yet: the telemetry given has no such series; they come from ${w.from}.
`
    : [];
  return say`${lacking}      - alert: ${w.id}
        labels: { severity: ticket, layer: ${w.layer} }
        expr: |-
          ${w.prometheus} ${w.above ? '>' : '<'} ${digits(w.threshold, w.scale, 6)}
        for: 2m
        annotations:
          summary: ${quoted(say`${w.title}: ${w.above ? 'above' : 'below'} ${digits(w.threshold, w.scale, 6)}${unitWord(w)}`)}
          description: ${quoted(say`${sentence(w.means)}${cause ? say` Suspected here: ${safe(cause.title)}.` : ''}`)}
          runbook_url: ${anchor(w.id)}`;
}

const UNIT_WORDS = { s: ' s', percentunit: ' (share)', short: '', ops: ' a second' } as const;
export const unitWord = (w: Watch): string => UNIT_WORDS[w.unit];

export const percentileWord = (o: Objective): string => (o.limit ? labelOf(o.limit.name) : 'errors');
