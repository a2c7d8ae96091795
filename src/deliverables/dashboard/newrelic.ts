import { type DeliverableEntry, name, num, say, type Text } from '../../domain/index.js';
import { fromRequests, percentageBad } from '../alerts/newrelic.js';
import { objectivesOf } from '../alerts/objective.js';
import { badWords } from '../alerts/prometheus.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { digits, type Json, json } from '../text.js';
import { openNote, sections, type VendorPanel } from './sections.js';

/** A New Relic dashboard: a page of requests and budget, then a page a layer with the signs of the suspected causes. */
export default {
  id: 'dashboard/newrelic',
  about: 'a New Relic dashboard: rate, errors, latency and budget, then the leading signs by layer',
  make(result, context) {
    if (!usesTool(context, 'new-relic')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'dashboard/newrelic',
        path: 'dashboard/newrelic.json',
        kind: 'dashboard',
        stack: 'New Relic',
        language: 'json',
        title: say`New Relic dashboard of ${name(result.case.appName || context.app.name)}: requests and budget first, then a page a layer`,
        use: say`jq --argjson a "$NR_ACCOUNT" '(.. | objects | select(has("accountIds")) | .accountIds) = [$a]' dashboard/newrelic.json | jq --argjson a "$NR_ACCOUNT" '{query: "mutation($a: Int!, $d: DashboardInput!) { dashboardCreate(accountId: $a, dashboard: $d) { errors { description } } }", variables: {a: $a, d: .}}' | curl -sS https://api.newrelic.com/graphql -H "API-Key: $NR_KEY" -H 'Content-Type: application/json' -d @-`,
        text: json(dashboard(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** Columns of a page, and of one widget of two beside each other; rows of its height. */
const COLUMNS = 12;
const WIDTH = 6;
const HEIGHT = 3;

const dashboard = (p: Parts): Json => ({
  name: { text: say`${name(p.app)}: requests, budget, causes` },
  description: { text: say`Made by Kneepoint from the case of ${name(p.app)}.` },
  permissions: 'PUBLIC_READ_WRITE',
  pages: [
    ...sections(p, requests(p), (w) =>
      w.newrelic
        ? { query: overTime(w.newrelic.query), line: digits(w.threshold, w.newrelic.scale, 6) }
        : undefined,
    ).map(
      (s, i): Json => ({
        name: s.title,
        description: null,
        widgets:
          i === 0
            ? [
                note(p),
                ...s.panels.map((panel, k) => widget(panel, k, HEIGHT + 1)),
                deploys(p, s.panels.length),
              ]
            : s.panels.map((panel, k) => widget(panel, k, 1)),
      }),
    ),
  ],
  variables: [],
});

const overTime = (query: Text): Text => say`${query} TIMESERIES`;

function requests(p: Parts): VendorPanel[] {
  const from = fromRequests(p);
  const [limit] = latencyTargets(p.context);
  return [
    {
      title: say`Requests a second, by transaction`,
      description: say`Arrivals, not answers: a fall during a burst is already damage.`,
      query: say`SELECT rate(count(*), 1 second) ${from} FACET name TIMESERIES`,
      shows: 'series',
    },
    ...objectivesOf(p.context).flatMap((o): VendorPanel[] => [
      {
        title: say`Percentage of requests ${badWords(o)}`,
        description: say`${num(o.budget)} may be${o.assumed ? ', until the case states a target' : ''}.`,
        query: say`SELECT ${percentageBad(o)} ${from} TIMESERIES`,
        shows: 'series',
        line: { value: digits(o.budget, 100, 6), above: true },
      },
      {
        title: say`Share of the month’s budget left: requests ${badWords(o)}`,
        description: say`Below nothing the promise is broken.`,
        query: say`SELECT 1 - ${percentageBad(o)} / ${digits(o.budget, 100, 6)} AS 'left' ${from} SINCE 30 days ago`,
        shows: 'number',
      },
    ]),
    {
      title: say`Latency: median, p95, p99`,
      description: say`Percentiles over all requests. The gap between the median and p99 is waiting.`,
      query: say`SELECT percentile(duration, 50, 95, 99) ${from} TIMESERIES`,
      shows: 'series',
      ...(limit ? { line: { value: digits(limit, 0.001, 6), above: true } } : {}),
    },
    {
      title: say`p99 by transaction`,
      description: say`A class of requests can carry the whole tail while the others are well.`,
      query: say`SELECT percentile(duration, 99) ${from} FACET name TIMESERIES`,
      shows: 'series',
    },
  ];
}

/** A query; whose account it reads is filled in where it is sent. */
const query = (text: Text): Json => ({ accountIds: [], query: { text } });

const place = (k: number, from: number): Json => ({
  column: 1 + (k % 2) * WIDTH,
  row: from + Math.floor(k / 2) * HEIGHT,
  width: WIDTH,
  height: HEIGHT,
});

const note = (p: Parts): Json => ({
  title: '',
  layout: { column: 1, row: 1, width: COLUMNS, height: HEIGHT },
  visualization: { id: 'viz.markdown' },
  rawConfiguration: { text: { text: openNote(p, (w) => w.newrelic !== undefined) } },
});

const widget = (panel: VendorPanel, k: number, from: number): Json => ({
  title: { text: panel.title },
  layout: place(k, from),
  visualization: { id: panel.shows === 'number' ? 'viz.billboard' : 'viz.line' },
  rawConfiguration: {
    nrqlQueries: [query(panel.query)],
    platformOptions: { ignoreTimeRange: panel.shows === 'number' },
    ...(panel.shows === 'number'
      ? {}
      : {
          legend: { enabled: true },
          yAxisLeft: { zero: true },
          thresholds: {
            isLabelVisible: true,
            thresholds: panel.line
              ? [
                  {
                    name: 'acted on from here',
                    severity: 'critical',
                    ...(panel.line.above ? { from: panel.line.value } : { to: panel.line.value }),
                  },
                ]
              : [],
          },
        }),
  },
});

/** What changed, beside what it may have caused. */
const deploys = (p: Parts, k: number): Json => ({
  title: 'Deploys of the last day',
  layout: place(k, HEIGHT + 1),
  visualization: { id: 'viz.table' },
  rawConfiguration: {
    nrqlQueries: [
      query(
        say`SELECT timestamp, version, description, user FROM Deployment WHERE entity.name = '${p.job}' SINCE 1 day ago`,
      ),
    ],
    platformOptions: { ignoreTimeRange: true },
  },
});
