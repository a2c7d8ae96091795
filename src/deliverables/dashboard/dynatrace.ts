import { type DeliverableEntry, name, num, say } from '../../domain/index.js';
import { objectivesOf } from '../alerts/objective.js';
import { latencyTargets, type Parts, partsOf, usesTool } from '../parts.js';
import { digits, type Json, json } from '../text.js';
import { openNote, sections, type VendorPanel } from './sections.js';

/** A Dynatrace dashboard with queries in DQL: requests and budget first, then the signs of the suspected causes. */
export default {
  id: 'dashboard/dynatrace',
  about: 'a Dynatrace dashboard: rate, errors, latency and budget, then the leading signs by layer',
  make(result, context) {
    if (!usesTool(context, 'dynatrace')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'dashboard/dynatrace',
        path: 'dashboard/dynatrace.json',
        kind: 'dashboard',
        stack: 'Dynatrace',
        language: 'json',
        title: say`Dynatrace dashboard of ${name(result.case.appName || context.app.name)}: requests and budget first, then the signs by layer`,
        use: say`curl -sS -X POST "$DT_PLATFORM_URL/platform/document/v1/documents" -H "Authorization: Bearer $DT_PLATFORM_TOKEN" -F type=dashboard -F name=${parts.job} -F content=@dashboard/dynatrace.json`,
        text: json(dashboard(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** Version of the form of dashboard documents. */
const FORM = 17;
const COLUMNS = 24;
const HEIGHT = 7;

interface Tile {
  json: Json;
  width: number;
  height: number;
}

function dashboard(p: Parts): Json {
  const tiles: Tile[] = [
    markdown({ text: openNote(p, (w) => w.dynatrace !== undefined) }, HEIGHT),
    ...sections(p, requests(p), (w) =>
      w.dynatrace ? { query: w.dynatrace.dql, line: digits(w.threshold, w.dynatrace.scale, 6) } : undefined,
    ).flatMap((s, i): Tile[] => [
      markdown(`## ${s.title}`, 1),
      ...s.panels.map(data),
      ...(i === 0 ? [data(deploys())] : []),
    ]),
  ];
  return {
    version: FORM,
    variables: [],
    tiles: Object.fromEntries(tiles.map((t, i) => [String(i), t.json])),
    layouts: places(tiles),
    importedWithCode: false,
    settings: {},
  };
}

/** From left to right while they fit. */
function places(tiles: readonly Tile[]): Json {
  let [x, y, height] = [0, 0, 0];
  return Object.fromEntries(
    tiles.map((t, i): [string, Json] => {
      if (x + t.width > COLUMNS) [x, y, height] = [0, y + height, 0];
      const at = { x, y, w: t.width, h: t.height };
      x += t.width;
      height = Math.max(height, t.height);
      return [String(i), at];
    }),
  );
}

const markdown = (content: Json, height: number): Tile => ({
  json: { type: 'markdown', title: '', content },
  width: COLUMNS,
  height,
});

const data = (panel: VendorPanel): Tile => ({
  width: COLUMNS / 2,
  height: HEIGHT,
  json: {
    type: 'data',
    title: { text: panel.title },
    description: { text: panel.description },
    query: { text: panel.query },
    visualization:
      panel.shows === 'series' ? 'lineChart' : panel.shows === 'number' ? 'singleValue' : 'table',
    visualizationSettings: {
      thresholds: panel.line
        ? [
            {
              id: 1,
              title: 'acted on from here',
              isEnabled: true,
              rules: [
                {
                  id: 0,
                  color: { Default: 'var(--dt-colors-charts-status-critical-default, #c4233b)' },
                  comparator: panel.line.above ? '≥' : '≤',
                  label: '',
                  value: panel.line.value,
                },
              ],
            },
          ]
        : [],
    },
    davis: { enabled: false, davisVisualization: { isAvailable: true } },
    querySettings: {
      maxResultRecords: 1000,
      defaultScanLimitGbytes: 500,
      maxResultMegaBytes: 1,
      defaultSamplingRatio: 10,
      enableSampling: false,
    },
  },
});

/** The service by its name. */
const ofService = (p: Parts): string =>
  `filter: {in(dt.entity.service, classicEntitySelector("type(service),entityName.equals(\\"${p.job}\\")"))}`;

const COUNTS =
  'failed = sum(dt.service.request.failure_count, default: 0), all = sum(dt.service.request.count)';

function requests(p: Parts): VendorPanel[] {
  const filter = ofService(p);
  const [availability] = objectivesOf(p.context);
  const [limit] = latencyTargets(p.context);
  const time = 'dt.service.request.response_time';
  return [
    {
      title: say`Requests a second, by endpoint`,
      description: say`Arrivals, not answers: a fall during a burst is already damage.`,
      query: say`timeseries requests = sum(dt.service.request.count, rate: 1s), by: {endpoint.name}, ${filter}`,
      shows: 'series',
    },
    ...(availability
      ? [
          {
            title: say`Share of requests that fail`,
            description: say`${num(availability.budget)} may${availability.assumed ? ', until the case states a target' : ''}.`,
            query: say`timeseries {${COUNTS}}, ${filter}
| fieldsAdd share = failed[] / all[]
| fieldsRemove failed, all`,
            shows: 'series' as const,
            line: { value: digits(availability.budget, 1, 6), above: true },
          },
          {
            title: say`Share of the month’s budget left`,
            description: say`By sums over the whole time; below nothing the promise is broken.`,
            query: say`timeseries {${COUNTS}}, from: now() - 30d, ${filter}
| fieldsAdd left = 1 - arraySum(failed) / arraySum(all) / ${digits(availability.budget, 1, 6)}
| fields left`,
            shows: 'number' as const,
          },
        ]
      : []),
    {
      title: say`Latency: median, p95, p99 (microseconds)`,
      description: say`Percentiles over all requests. The gap between the median and p99 is waiting.`,
      query: say`timeseries {p50 = percentile(${time}, 50), p95 = percentile(${time}, 95), p99 = percentile(${time}, 99)}, ${filter}`,
      shows: 'series',
      ...(limit ? { line: { value: digits(limit, 1000), above: true } } : {}),
    },
    {
      title: say`p99 by endpoint (microseconds)`,
      description: say`A class of requests can carry the whole tail while the others are well.`,
      query: say`timeseries p99 = percentile(${time}, 99), by: {endpoint.name}, ${filter}`,
      shows: 'series',
    },
  ];
}

/** What changed, beside what it may have caused. */
const deploys = (): VendorPanel => ({
  title: say`Deploys of the last day`,
  description: say`One counts if it went out before the onset.`,
  query: say`fetch events, from: now() - 24h
| filter event.kind == "DAVIS_EVENT" and event.type == "CUSTOM_DEPLOYMENT"
| fields timestamp, event.name, dt.entity.service
| sort timestamp desc`,
  shows: 'table',
});
