import { type DeliverableEntry, name, num, say, type Text } from '../../domain/index.js';
import { datadogHits, datadogShare } from '../alerts/datadog.js';
import { objectivesOf } from '../alerts/objective.js';
import { badWords } from '../alerts/prometheus.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { digits, type Json, json } from '../text.js';
import { openNote, type Section, sections, type VendorPanel } from './sections.js';

/** A Datadog dashboard: requests and budget first, then a group a layer with the signs of the suspected causes. */
export default {
  id: 'dashboard/datadog',
  about: 'a Datadog dashboard: rate, errors, latency and budget, then the leading signs by layer',
  make(result, context) {
    if (!usesTool(context, 'datadog')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'dashboard/datadog',
        path: 'dashboard/datadog.json',
        kind: 'dashboard',
        stack: 'Datadog',
        language: 'json',
        title: say`Datadog dashboard of ${name(result.case.appName || context.app.name)}: requests and budget first, then a group a layer`,
        use: say`curl -sS -X POST "https://api.\${DD_SITE:-datadoghq.com}/api/v1/dashboard" -H "DD-API-KEY: $DD_API_KEY" -H "DD-APPLICATION-KEY: $DD_APP_KEY" -H 'Content-Type: application/json' -d @dashboard/datadog.json`,
        text: json(dashboard(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

const dashboard = (p: Parts): Json => ({
  title: { text: say`${name(p.app)}: requests, budget, causes` },
  description: { text: say`Made by Kneepoint from the case of ${name(p.app)}.` },
  layout_type: 'ordered',
  reflow_type: 'auto',
  template_variables: [],
  notify_list: [],
  widgets: [
    {
      definition: {
        type: 'note',
        content: { text: openNote(p, (w) => w.datadog !== undefined) },
        background_color: 'white',
        font_size: '14',
        text_align: 'left',
        show_tick: false,
        tick_pos: '50%',
        tick_edge: 'left',
      },
    },
    ...sections(p, requests(p), (w) =>
      w.datadog ? { query: w.datadog.query, line: digits(w.threshold, w.datadog.scale, 6) } : undefined,
    ).map((s, i) => group(s, p, i === 0 ? budgets(p) : [])),
  ],
});

function requests(p: Parts): VendorPanel[] {
  const objectives = objectivesOf(p.context);
  const [limit] = latencyTargets(p.context);
  const latency = (percentile: string): string => `${percentile}:trace.http.request{service:${p.job}}`;
  return [
    {
      title: say`Requests a second, by resource`,
      description: say`Arrivals, not answers: a fall during a burst is already damage.`,
      query: say`sum:trace.http.request.hits{service:${p.job}} by {resource_name}.as_rate()`,
      shows: 'series',
    },
    ...objectives.map(
      (o): VendorPanel => ({
        title: say`Share of requests ${badWords(o)}`,
        description: say`${num(o.budget)} may be${o.assumed ? ', until the case states a target' : ''}.`,
        query: datadogShare(o, p),
        shows: 'series',
        line: { value: digits(o.budget, 1, 6), above: true },
      }),
    ),
    {
      title: say`Latency: median, p95, p99`,
      description: say`Percentiles over all requests. The gap between the median and p99 is waiting.`,
      query: say`${latency('p50')}, ${latency('p95')}, ${latency('p99')}`,
      shows: 'series',
      ...(limit ? { line: { value: digits(limit, 0.001, 6), above: true } } : {}),
    },
    {
      title: say`p99 by resource`,
      description: say`A class of requests can carry the whole tail while the others are well.`,
      query: say`top(p99:trace.http.request{service:${p.job}} by {resource_name}, 10, 'max', 'desc')`,
      shows: 'series',
    },
  ];
}

/** Of the month, by sums: the mean of shares would let an idle night weigh like a busy day. */
const budgets = (p: Parts): Json[] =>
  objectivesOf(p.context).map((o) => {
    const counted = (name: string, query: Text): Json => ({
      data_source: 'metrics',
      name,
      query: { text: query },
      aggregator: 'sum',
    });
    const other = o.limit
      ? counted(
          'good',
          say`count(v: v<=${digits(o.limit, 0.001, 6)}):trace.http.request{service:${p.job}}.as_count()`,
        )
      : counted('bad', say`sum:trace.http.request.errors{service:${p.job}}.as_count()`);
    const bad = o.limit ? '(all - good)' : 'bad';
    return {
      definition: {
        type: 'query_value',
        title: { text: say`Budget left of the month: requests ${badWords(o)}` },
        autoscale: false,
        precision: 2,
        time: { live_span: '1mo' },
        requests: [
          {
            response_format: 'scalar',
            queries: [counted('all', say`${datadogHits(p)}`), other],
            formulas: [{ formula: { text: say`1 - ${bad} / all / ${digits(o.budget, 1, 6)}` } }],
          },
        ],
      },
    };
  });

const group = (s: Section, p: Parts, more: Json[]): Json => ({
  definition: {
    type: 'group',
    layout_type: 'ordered',
    title: s.title,
    widgets: [...s.panels.map((panel) => widget(panel, p)), ...more],
  },
});

const widget = (panel: VendorPanel, p: Parts): Json => ({
  definition: {
    type: 'timeseries',
    title: { text: panel.title },
    show_legend: true,
    requests: [{ q: { text: panel.query }, display_type: 'line' }],
    markers: panel.line
      ? [
          {
            label: 'acted on from here',
            value: { text: say`y = ${panel.line.value}` },
            display_type: 'error dashed',
          },
        ]
      : [],
    // Deploys are drawn across every panel.
    events: [{ q: `deploy service:${p.job}`, tags_execution: 'and' }],
  },
});
