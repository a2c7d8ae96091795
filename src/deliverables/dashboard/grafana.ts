import {
  constant,
  type DeliverableEntry,
  type Fact,
  LAYERS,
  name,
  num,
  type Segment,
  say,
  type Text,
} from '../../domain/index.js';
import { requestMetrics } from '../alerts/metrics.js';
import { objectivesOf } from '../alerts/objective.js';
import { PROMQL, ratesOf } from '../alerts/prometheus.js';
import { durationQuantile, requestRate } from '../alerts/request-queries.js';
import { promiseId } from '../alerts/specs.js';
import { statePromises } from '../alerts/states.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { type Watch, watchesOf } from '../signals/index.js';
import { digits, type Json, json } from '../text.js';
import { grafanaDashboard, type Panel, type Row } from './panels.js';
import { LAYER_NAMES, openNote, signWords } from './sections.js';

/** A Grafana dashboard: requests and budget first, then a row a layer with the signs of the suspected causes. */
export default {
  id: 'dashboard/grafana',
  about: 'a Grafana dashboard: rate, errors, latency and budget, then the leading signs by layer',
  make(result, context) {
    const shows = context.tools.filter((t) => t.roles.includes('dashboards') || t.roles.includes('metrics'));
    if (shows.length > 0 && !usesTool(context, ...PROMQL)) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'dashboard/grafana',
        path: 'dashboard/grafana.json',
        kind: 'dashboard',
        stack: 'Grafana',
        language: 'json',
        title: say`Dashboard of ${name(result.case.appName || context.app.name)}: requests and budget first, then a row a layer`,
        use: say`jq '{dashboard: ., overwrite: true}' dashboard/grafana.json | curl -sS -X POST "$GRAFANA_URL/api/dashboards/db" -H "Authorization: Bearer $GRAFANA_TOKEN" -H 'Content-Type: application/json' -d @-`,
        text: json(dashboard(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

function dashboard(parts: Parts): Json {
  const watches = watchesOf(parts);
  const there = watches.filter((w) => !w.absent);
  const lacking = watches.filter((w) => w.absent);
  const rows: Row[] = [
    requests(parts),
    { title: 'Causes still open', panels: parts.findings.length > 0 ? [openPanel(parts)] : [] },
    ...LAYERS.map((l) => ({
      title: LAYER_NAMES[l],
      panels: there.filter((w) => w.layer === l).map((w) => watchPanel(w, parts)),
    })),
    {
      title: 'Not in the telemetry given: what would show these',
      panels: lacking.map((w) => watchPanel(w, parts)),
      collapsed: true,
    },
  ];
  return grafanaDashboard({
    uid: `kneepoint-${parts.job.replace(/[^a-z0-9-]+/g, '-').slice(0, 28)}`,
    title: { text: say`${name(parts.app)}: requests, budget, causes` },
    description: {
      text: say`Made by Kneepoint from the case. Lines are the targets and the points at which a leading sign is acted on.`,
    },
    tags: ['kneepoint'],
    refresh: '30s',
    from: 'now-3h',
    runbook: 'runbook.md',
    marks: [
      { name: 'Alerts firing', expr: 'ALERTS{alertstate="firing",slo!=""}', titleFormat: '{{alertname}}' },
    ],
    rows: rows.filter((r) => r.panels.length > 0),
  });
}

const HALF = 12;
/** Each open cause, and the panel below that tells it. */
const openPanel = (parts: Parts): Panel => ({
  type: 'text',
  title: 'What may still be the cause, and which panel tells',
  description: 'From the case, the likeliest first.',
  unit: 'none',
  targets: [],
  content: { text: openNote(parts, (w) => !w.absent) },
  width: 2 * HALF,
});

/** A panel whose words are texts with facts. */
interface Draft {
  title: Text;
  description: Text;
  unit: string;
  targets: { expr: Text; legend: string }[];
  line?: { value: Segment & object; above: boolean };
  type?: Panel['type'];
  min?: number;
  runbook?: string;
}
const panel = (p: Draft): Panel => ({
  type: p.type ?? 'timeseries',
  title: { text: p.title },
  description: { text: p.description },
  unit: p.unit,
  targets: p.targets.map((t) => ({ expr: { text: overInterval(t.expr) }, legend: t.legend })),
  ...(p.line ? { line: { value: p.line.value as Json, above: p.line.above } } : {}),
  ...(p.min === undefined ? {} : { min: p.min }),
  width: HALF,
  ...(p.runbook === undefined ? {} : { runbook: p.runbook }),
});

/** Rates over the dashboard’s own interval, so that zooming out loses no peak. */
const overInterval = (expr: Text): Text =>
  expr.map((s) => (typeof s === 'string' ? s.replace(/\[(?:5|10)m\]/g, '[$__rate_interval]') : s));

/** All requests of the service; the window becomes the dashboard’s own. */
const ALL = { labels: '', window: '5m' } as const;

function requests(parts: Parts): Row {
  const m = requestMetrics(parts);
  const objectives = objectivesOf(parts.context);
  const promises = [...objectives, ...statePromises(parts)];
  const [availability] = objectives;
  const burns = availability?.alerts.find((a) => !a.outage);
  const limits = latencyTargets(parts.context);
  const quantile = (q: string): Text => say`${durationQuantile(m, q, ALL)}`;
  const panels: Draft[] = [
    {
      title: say`Requests a second, by ${m.route}`,
      description: say`Arrivals, not answers: a fall during a burst is already damage.${targetRate(parts)}`,
      unit: 'reqps',
      targets: [
        { expr: say`${requestRate(m, { ...ALL, by: m.route })}`, legend: `{{${m.route}}}` },
        { expr: say`${requestRate(m, ALL)}`, legend: 'all' },
      ],
      min: 0,
    },
  ];
  if (availability) {
    const { bad, total } = ratesOf(m, availability);
    panels.push({
      title: say`Share of requests that fail`,
      description: say`${num(availability.budget)} may fail${availability.assumed ? ', until the case states a target' : ''}.`,
      unit: 'percentunit',
      targets: [{ expr: say`(${bad('5m')}) / (${total('5m')} > 0)`, legend: 'failed' }],
      line: { value: digits(availability.budget, 1, 6), above: true },
      min: 0,
    });
  }
  const limit = limits.find((f) => f.subject.kind !== 'operation') ?? limits[0];
  panels.push(
    {
      title: limit
        ? say`Latency; the line is the ${percentile(limit)} target of ${num(limit)}`
        : say`Latency: median, p95, p99`,
      description: say`Percentiles over all requests${limit && limit.subject.kind === 'operation' ? say`; the target was said of ${name(limit.subject.name)}` : ''}. The gap between p50 and p99 is waiting.`,
      unit: 's',
      targets: [
        { expr: quantile('0.5'), legend: 'p50' },
        { expr: quantile('0.95'), legend: 'p95' },
        { expr: quantile('0.99'), legend: 'p99' },
      ],
      ...(limit ? { line: { value: digits(limit, 0.001, 6), above: true } } : {}),
      min: 0,
    },
    {
      title: say`p99 by ${m.route}`,
      description: say`A class of requests can carry the whole tail while the others are well.`,
      unit: 's',
      targets: [
        {
          expr: say`topk(10, ${durationQuantile(m, '0.99', { ...ALL, by: m.route })})`,
          legend: `{{${m.route}}}`,
        },
      ],
      min: 0,
    },
    {
      title: say`Error budget left`,
      description: say`Of the whole period, weighted by traffic; below nothing the promise is broken.`,
      unit: 'percentunit',
      type: 'stat',
      targets: [
        {
          expr: say`slo:budget_remaining:ratio{slo=~"${promises.map((o) => promiseId(o, parts)).join('|')}"}`,
          legend: '{{slo}}',
        },
      ],
      line: { value: digits(NOTHING_LEFT), above: false },
    },
    {
      title: say`Burn rate: how many times as fast as allowed`,
      description: say`The hour’s window and the five minutes of each objective; pages come where both pass the factor of the rules.`,
      unit: 'none',
      targets: promises.flatMap((o) =>
        ['1h', '5m'].map((w) => ({
          expr: say`slo:bad:rate${w}{slo="${promiseId(o, parts)}"} / (slo:total:rate${w}{slo="${promiseId(o, parts)}"} > 0) / ${digits(o.budget, 1, 6)}`,
          legend: `${o.id} ${w}`,
        })),
      ),
      ...(burns ? { line: { value: digits(burns.factor), above: true } } : {}),
      min: 0,
    },
  );
  return { title: 'Requests and promise', panels: panels.map(panel) };
}

const NOTHING_LEFT = constant('slo.nothingLeft', 0, 'ratio', 'Method: a budget below nothing is overspent');

const targetRate = (parts: Parts): Text => {
  const target = parts.context.facts.find({
    name: 'throughput',
    subject: parts.context.app,
    phase: ['target', 'planned'],
  });
  return target ? say` ${num(target)} are asked for.` : [];
};

const percentile = (f: Fact): string => f.name.replace('latency.', '').replace('p999', 'p99.9');

function watchPanel(w: Watch, parts: Parts): Panel {
  const lacking = w.absent
    ? say` Empty until the series are there: they come from ${w.from}, and the telemetry given has none of them.`
    : [];
  return panel({
    title: w.panel?.title ?? w.title,
    description: say`${signWords(w, parts)}${lacking}`,
    unit: w.unit === 'ops' ? 'ops' : w.unit,
    targets: w.panel
      ? w.panel.targets.map((t) => ({ expr: t.query, legend: t.legend }))
      : [{ expr: w.prometheus, legend: '' }],
    // A line belongs to what the alert compares; where the panel shows more than that there is none.
    ...(w.panel ? {} : { line: { value: digits(w.threshold, w.scale, 6), above: w.above } }),
    min: 0,
    runbook: `runbook.md#${w.id.toLowerCase()}`,
  });
}
