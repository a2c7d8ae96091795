import {
  constant,
  type DeliverableEntry,
  type Fact,
  LAYERS,
  type Layer,
  name,
  num,
  type Segment,
  say,
  type Text,
} from '../../domain/index.js';
import { requestMetrics } from '../alerts/metrics.js';
import { objectivesOf } from '../alerts/objective.js';
import { PROMQL, ratesOf } from '../alerts/prometheus.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { isSignOf, type Watch, watchesOf } from '../signals/index.js';
import { digits, type Json, json, sentence } from '../text.js';

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

interface Panel {
  title: Text;
  description: Text;
  unit: string;
  targets: { expr: Text; legend: string }[];
  /** Value at which the line is drawn, and on which side it is bad. */
  threshold?: { value: Segment & object; above: boolean };
  type?: 'timeseries' | 'stat';
  min?: number;
}
interface Row {
  title: Text;
  panels: Panel[];
  collapsed?: boolean;
}

const DATASOURCE = { type: 'prometheus', uid: '$'.concat('{datasource}') } as const;
const LAYER_NAMES: Record<Layer, string> = {
  client: 'Client',
  api: 'API',
  cache: 'Cache',
  database: 'Database',
  infrastructure: 'Infrastructure',
  dependency: 'Dependencies and queues',
};

function dashboard(parts: Parts): Json {
  const watches = watchesOf(parts);
  const rows: Row[] = [
    requests(parts),
    ...LAYERS.map((l) => ({
      title: say`${LAYER_NAMES[l]}`,
      panels: watches.filter((w) => w.layer === l).map((w) => watchPanel(w, parts)),
    })).filter((r) => r.panels.length > 0),
  ];
  return {
    uid: `kneepoint-${parts.job.replace(/[^a-z0-9-]+/g, '-').slice(0, 28)}`,
    title: { text: say`${name(parts.app)}: requests, budget, causes` },
    description: {
      text: say`Made by Kneepoint from the case. Lines are the targets and the points at which a leading sign is acted on.`,
    },
    tags: ['kneepoint'],
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    links: [
      {
        title: 'Runbook',
        type: 'link',
        url: 'runbook.md',
        targetBlank: true,
        icon: 'doc',
        tags: [],
        asDropdown: false,
        includeVars: false,
        keepTime: false,
        tooltip: '',
      },
    ],
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          refresh: 1,
          hide: 0,
          includeAll: false,
          multi: false,
          options: [],
          current: {},
          regex: '',
        },
      ],
    },
    annotations: {
      list: [
        {
          name: 'Deploys and flags',
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          iconColor: 'purple',
          target: { type: 'tags', tags: ['deploy'], matchAny: true, limit: 100 },
        },
        {
          name: 'Alerts firing',
          datasource: DATASOURCE,
          enable: true,
          iconColor: 'orange',
          expr: 'ALERTS{alertstate="firing",slo!=""}',
          titleFormat: '{{alertname}}',
        },
      ],
    },
    panels: layOut(rows),
  };
}

/** Rows of two panels, twelve columns each; ids in reading order. */
function layOut(rows: readonly Row[]): Json[] {
  const out: Json[] = [];
  let y = 0;
  let id = 1;
  for (const row of rows) {
    out.push({
      id: id++,
      type: 'row',
      title: { text: row.title },
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    row.panels.forEach((panel, i) => {
      out.push(panelJson(panel, id++, { h: 8, w: 12, x: (i % 2) * 12, y: y + Math.floor(i / 2) * 8 }));
    });
    y += Math.ceil(row.panels.length / 2) * 8;
  }
  return out;
}

function panelJson(p: Panel, id: number, gridPos: Json): Json {
  const type = p.type ?? 'timeseries';
  const steps: Json[] = p.threshold
    ? p.threshold.above
      ? [
          { color: 'green', value: null },
          { color: 'red', value: p.threshold.value as Json },
        ]
      : [
          { color: 'red', value: null },
          { color: 'green', value: p.threshold.value as Json },
        ]
    : [{ color: 'green', value: null }];
  return {
    id,
    type,
    title: { text: p.title },
    description: { text: p.description },
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit: p.unit,
        min: p.min,
        thresholds: { mode: 'absolute', steps },
        color: { mode: type === 'stat' ? 'thresholds' : 'palette-classic' },
        custom:
          type === 'timeseries'
            ? {
                drawStyle: 'line',
                lineWidth: 2,
                fillOpacity: 0,
                spanNulls: false,
                thresholdsStyle: { mode: p.threshold ? 'line' : 'off' },
              }
            : undefined,
      },
      overrides: [],
    },
    options:
      type === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
            graphMode: 'area',
            colorMode: 'value',
            textMode: 'auto',
            orientation: 'auto',
            justifyMode: 'auto',
          }
        : {
            legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
            tooltip: { mode: 'multi', sort: 'desc' },
          },
    targets: p.targets.map((t, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      editorMode: 'code',
      range: true,
      expr: { text: overInterval(t.expr) },
      legendFormat: t.legend,
    })),
  };
}

/** Rates over the dashboard’s own interval, so that zooming out loses no peak. */
const overInterval = (expr: Text): Text =>
  expr.map((s) => (typeof s === 'string' ? s.replace(/\[(?:5|10)m\]/g, '[$__rate_interval]') : s));

function requests(parts: Parts): Row {
  const m = requestMetrics(parts);
  const objectives = objectivesOf(parts.context);
  const [availability] = objectives;
  const limits = latencyTargets(parts.context);
  const quantile = (q: string): Text =>
    say`histogram_quantile(${q}, sum by (le) (rate(${m.duration}_bucket{${m.select}}[5m])))`;
  const panels: Panel[] = [
    {
      title: say`Requests a second, by ${m.route}`,
      description: say`Arrivals, not answers: a fall during a burst is already damage.${targetRate(parts)}`,
      unit: 'reqps',
      targets: [
        { expr: say`sum by (${m.route}) (rate(${m.count}{${m.select}}[5m]))`, legend: `{{${m.route}}}` },
        { expr: say`sum(rate(${m.count}{${m.select}}[5m]))`, legend: 'all' },
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
      threshold: { value: digits(availability.budget, 1, 6), above: true },
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
      ...(limit ? { threshold: { value: digits(limit, 0.001, 6), above: true } } : {}),
      min: 0,
    },
    {
      title: say`p99 by ${m.route}`,
      description: say`A class of requests can carry the whole tail while the others are well.`,
      unit: 's',
      targets: [
        {
          expr: say`topk(10, histogram_quantile(0.99, sum by (le, ${m.route}) (rate(${m.duration}_bucket{${m.select}}[5m]))))`,
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
      targets: [{ expr: say`slo:budget_remaining:ratio`, legend: '{{slo}}' }],
      threshold: { value: digits(NOTHING_LEFT), above: false },
    },
    {
      title: say`Burn rate: how many times as fast as allowed`,
      description: say`The hour’s window and the five minutes of each objective; pages come where both pass the factor of the rules.`,
      unit: 'none',
      targets: objectives.flatMap((o) =>
        ['1h', '5m'].map((w) => ({
          expr: say`slo:bad:rate${w}{slo="${o.id}"} / (slo:total:rate${w}{slo="${o.id}"} > 0) / ${digits(o.budget, 1, 6)}`,
          legend: `${o.id} ${w}`,
        })),
      ),
      ...(availability?.alerts[0]
        ? { threshold: { value: digits(availability.alerts[0].factor), above: true } }
        : {}),
      min: 0,
    },
  );
  return { title: say`Requests and promise`, panels };
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
  const causes = parts.findings.filter((f) => isSignOf(w, f)).slice(0, 2);
  return {
    title: w.title,
    description: say`${sentence(w.means)}${causes.flatMap((c) => say` Suspected: ${c.title}.`)}`,
    unit: w.unit === 'ops' ? 'ops' : w.unit,
    targets: [{ expr: w.prometheus, legend: '' }],
    threshold: { value: digits(w.threshold, w.scale, 6), above: w.above },
    ...(w.id === 'CacheHitsFell' ? {} : { min: 0 }),
  };
}
