import { constant, type DeliverableEntry, join, say, type Text } from '../../domain/index.js';
import { labelOf } from '../../readings/percentiles.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { isSignOf, type Watch, watchesOf } from '../signals/index.js';
import { alertmanagerConfig } from '../slo/routes.js';
import { ruleFile } from '../slo/rules.js';
import { digits, plainName, quoted, safe, sentence } from '../text.js';
import { boundOf, isCoarse } from './bucket.js';
import { type Link, linked } from './linked.js';
import type { RequestMetrics } from './metrics.js';
import { type BurstAlert, burstAlert, burstName, MIN_EVENTS, type Objective } from './objective.js';
import { ruleTests } from './prometheus-tests.js';
import { rateUpTo, requestRate } from './request-queries.js';
import { type CasePromises, plansOf, promiseId, promisesOf } from './specs.js';

export const PROMQL = ['prometheus', 'victoriametrics', 'mimir', 'thanos', 'grafana', 'micrometer', 'cortex'];

/** Multi-window burn-rate rules that survive zero traffic, absent error series and single errors, with their tests. */
export default {
  id: 'alerts/prometheus',
  about: 'Prometheus recording and alert rules for the stated targets, with promtool tests',
  make(result, context) {
    const watching = context.tools.filter((t) => t.roles.includes('metrics') || t.roles.includes('alerting'));
    if (watching.length > 0 && !usesTool(context, ...PROMQL)) return [];
    const parts = partsOf(result, context);
    const promises = promisesOf(parts);
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
        text: rules(parts, promises, burst, watchesOf(parts)),
      },
      {
        id: 'alerts/prometheus-tests',
        path: 'alerts/rules.test.yml',
        kind: 'alert-tests',
        stack: 'Prometheus',
        language: 'yaml',
        title: say`What the rules of ${{ name: parts.app }} must do: outage, slow burn, zero traffic, absent series, single errors, recovery`,
        use: say`promtool test rules alerts/rules.test.yml`,
        text: [ruleTests(promises, burst)],
      },
      {
        id: 'alerts/alertmanager',
        path: 'alerts/alertmanager.yml',
        kind: 'alerts',
        stack: 'Alertmanager',
        language: 'yaml',
        title: say`Routes of the alerts of ${{ name: parts.app }}: a page at once, a ticket once a day`,
        use: say`amtool check-config alerts/alertmanager.yml    # name your receivers first`,
        text: [alertmanagerConfig(plansOf(promises))],
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
  const { limit } = o;
  const labels = o.route ? `,${m.route}="${o.route}"` : '';
  const total = (window: string): Text => say`${requestRate(m, { labels, window })}`;
  if (!limit)
    return {
      total,
      bad: (window) =>
        say`${requestRate(m, { labels: `${labels},${m.status}=~"${m.failed}"`, window })} or 0 * ${total(window)}`,
    };
  // A bucket that is not there must not read as "all are slow": without it bad is 0, and BucketMissing fires.
  return {
    total,
    bad: (window) =>
      say`clamp_min(${total(window)} - ${rateUpTo(m, limit, { labels, window })}, 0) or 0 * ${total(window)}`,
  };
}

/** Rules of the promises by the model that `slo generate` uses; then those of a burst, and the leading signs. */
export function rules(
  parts: Parts,
  promises: CasePromises,
  burst: BurstAlert | undefined,
  watches: readonly Watch[],
): Text {
  const { metrics: m } = promises;
  const objectives = promises.objectives.map((o) => o.objective);
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
  const groups = [
    ...(burst
      ? [
          group(
            'kneepoint-burst',
            objectives.map((o) => burstRule(o, burst, parts)),
          ),
        ]
      : []),
    ...(watches.length > 0
      ? [
          group(
            'kneepoint-leading',
            watches.map((w) => leading(w, parts)),
          ),
        ]
      : []),
  ];
  return say`# Alerts of ${parts.app}. Metric names: ${m.source}.
${join([...notes, ...coarse], '')}${linked(ruleFile(plansOf(promises)), linksOf(promises))}${join(groups, '')}`;
}

const group = (name: string, of: Text[]): Text => say`  - name: ${name}
    interval: 1m
    rules:
${join(of, '\n')}
`;

/** Where the numbers of promises stand in their rules. */
function linksOf({ objectives, states, metrics }: CasePromises): Link[] {
  const each = [...objectives.map((o) => o.objective), ...states.map((s) => s.state)];
  return each.flatMap((o): Link[] => [
    { before: ' / ', fact: o.budget },
    ...o.alerts.flatMap((a): Link[] => [
      { before: ' > ', fact: a.threshold },
      { before: 'more than ', fact: a.threshold, factor: 100 },
      { before: ' * ', fact: a.longS },
      { before: 'description: "', fact: a.factor },
      { before: 'as allowed: ', fact: a.spent, factor: 100 },
    ]),
    { before: ' >= ', fact: MIN_EVENTS },
    ...('watch' in o
      ? [{ before: '> bool ', fact: o.limit, factor: o.watch.scale }]
      : o.limit
        ? [{ before: 'le="', fact: boundOf(metrics, o.limit) }]
        : []),
  ]);
}

const FIVE_MINUTES = constant(
  'alert.window',
  300,
  's',
  'Kneepoint: the window of the rates that signs are made of',
);

const anchor = (name: string): string => `runbook.md#${name.toLowerCase()}`;

/** What is bad, in words. */
export const badWords = (o: Objective): Text =>
  o.limit
    ? say`slower than ${digits(o.limit)} ms${o.of ? say` (${{ name: plainName(o.of.name) }})` : ''}`
    : say`failed`;

function burstRule(o: Objective, burst: BurstAlert, parts: Parts): Text {
  const slo = promiseId(o, parts);
  const share = say`slo:bad:rate5m{slo="${slo}"} / (slo:total:rate5m{slo="${slo}"} > ${digits(burst.from)})`;
  return say`      - alert: ${burstName(o)}
        labels: { severity: page, slo: ${slo} }
        expr: ${share} > ${digits(burst.factor)} * ${digits(o.budget, 1, 6)}
        for: 2m
        annotations:
          summary: ${quoted(say`${{ name: parts.app }}: in a burst beyond ${digits(burst.from)} requests a second, more than ${digits(burst.factor)} times the allowed share of requests is ${badWords(o)}`)}
          description: ${quoted(say`The windows of an hour and more are too slow for a burst: act on this one while it lasts.`)}
          runbook_url: ${anchor(burstName(o))}`;
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
          ${w.prometheus} ${w.above ? '>' : '<'} ${digits(w.threshold, w.scale, 6)}${
            w.events
              ? say`
          and ${w.events} * ${digits(FIVE_MINUTES)} >= ${digits(MIN_EVENTS)}`
              : ''
          }
        for: 2m
        annotations:
          summary: ${quoted(say`${w.title}: ${w.above ? 'above' : 'below'} ${digits(w.threshold, w.scale, 6)}${unitWord(w)}`)}
          description: ${quoted(say`${sentence(w.means)}${cause ? say` Suspected here: ${safe(cause.title)}.` : ''}`)}
          runbook_url: ${anchor(w.id)}`;
}

const UNIT_WORDS = { s: ' s', percentunit: ' (share)', short: '', ops: ' a second' } as const;
export const unitWord = (w: Watch): string => UNIT_WORDS[w.unit];

export const percentileWord = (o: Objective): string => (o.limit ? labelOf(o.limit.name) : 'errors');
