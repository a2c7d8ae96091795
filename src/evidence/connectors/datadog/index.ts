import { resources } from '../../readers/json-map.js';
import { arrayOf, isObject } from '../../readers/sample.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import { writeGauges } from '../live/gauges.js';
import { parseJson } from '../live/http.js';
import { countOption, slicesOf } from '../live/slices.js';
import { type Asking, isoMs, nsOf, type Page, type SourceSystem } from '../source.js';
import { bucketsOf, historyOf, seriesOfV1, seriesOfV2, writeSpan } from './answers.js';
import { apmStatsPages } from './apm-stats.js';
import { post, servicesIn } from './ask.js';
import { collectProfiles, MOST_PROFILES } from './profiles.js';

const SPANS = 20_000;
const SPANS_A_PAGE = 1000;
const SLICES = 10;
const OBJECTIVES = 20;
const MOST_PAGES = 60;

/** What is asked besides the user's own queries, and the names that facts know. */
const METRICS: readonly {
  query: (scope: string) => string;
  name: string;
  map?: (v: number) => number;
  unit?: string;
}[] = [
  {
    query: (s) => `avg:system.cpu.idle{${s}} by {host}`,
    name: 'system.cpu.utilization',
    map: (v) => 1 - v / 100,
    unit: '1',
  },
  { query: (s) => `avg:postgresql.connections{${s}} by {host}`, name: 'postgresql.backends' },
  { query: (s) => `max:postgresql.max_connections{${s}} by {host}`, name: 'postgresql.connection.max' },
  {
    query: (s) => `avg:runtime.node.event_loop.delay.95percentile{${s}} by {service}`,
    name: 'nodejs.eventloop.delay.p95',
  },
  { query: (s) => `avg:jvm.heap_memory{${s}} by {service}`, name: 'jvm.memory.used' },
  { query: (s) => `avg:container.cpu.limit{${s}} by {service}`, name: 'container.cpu.limit' },
];

export default {
  id: 'datadog',
  title: 'Datadog',
  asks: 'spans, their count and quantiles by service, statistics of resources, metrics of hosts and databases, objectives, deployments, profiles',
  example: 'https://api.datadoghq.com',
  products: ['datadog'],
  gives: ['traces', 'metrics', 'changes', 'profiles'],
  address: 'url',
  defaultUrl: 'https://api.datadoghq.com',
  vendorHosts: /(?:^|\.)(?:datadoghq\.(?:com|eu)|ddog-gov\.com)$/,
  perSecond: 2,
  credentials: {
    apiKey: ['DD_API_KEY', 'DATADOG_API_KEY'],
    appKey: ['DD_APP_KEY', 'DD_APPLICATION_KEY', 'DATADOG_APP_KEY'],
  },
  options: {
    query: 'spans to take: service:checkout env:prod; all when left out',
    scope: 'tags that metrics have to fit: env:prod; all when left out',
    metrics: 'more metric queries: avg:my.metric{*} by {service}',
    spans: 'most spans for a window (default 20000), spread over it',
    env: 'environment whose statistics of resources are taken: prod; none are without it',
    services: 'services whose statistics and profiles are taken; those with the most spans when left out',
    slos: 'ids of objectives whose history is taken; the first 20 when left out',
  },
  headers: (credential) => ({
    ...(credential?.apiKey === undefined ? {} : { 'dd-api-key': credential.apiKey }),
    ...(credential?.appKey === undefined ? {} : { 'dd-application-key': credential.appKey }),
  }),
  async probe({ client, credential }) {
    const value = await client.json({ path: '/api/v1/validate' });
    if (!isObject(value) || value.valid !== true)
      throw new AskFault('not-authorised', 'it does not know this API key');
    const notes =
      credential?.appKey === undefined
        ? ['Without an application key (DD_APP_KEY) it answers no query.']
        : [];
    return { version: '', can: notes.length > 0 ? [] : ['traces', 'metrics', 'changes', 'profiles'], notes };
  },
  async plan(asking) {
    const spans = countOption(asking.option('spans'), SPANS);
    return [
      {
        query: `spans ${asking.option('query') ?? '*'}`,
        calls: Math.ceil(spans / SPANS_A_PAGE),
        records: spans,
      },
      { query: 'count and duration of spans by service', calls: 1 },
      { query: 'statistics of resources', calls: asking.option('env') === undefined ? 0 : 10 },
      { query: 'metrics of hosts, databases and runtimes', calls: metricsOf(asking).length },
      { query: 'history of objectives', calls: 1 + OBJECTIVES },
      { query: 'deployment events', calls: 1 },
      { query: 'profiles', calls: 1 + MOST_PROFILES },
    ];
  },
  async collect(asking) {
    await attempt(asking, 'spans', () => collectSpans(asking));
    await attempt(asking, 'aggregates of spans', () => asking.pages([aggregatePage(asking)]));
    await attempt(asking, 'statistics of resources', async () => {
      if (asking.option('env') !== undefined)
        await asking.pages(apmStatsPages(asking, await servicesIn(asking)));
    });
    await attempt(asking, 'metrics', () => asking.pages(metricsOf(asking)));
    await attempt(asking, 'objectives', () => collectObjectives(asking));
    await attempt(asking, 'events', () => collectEvents(asking));
    await attempt(asking, 'profiles', () => collectProfiles(asking));
  },
} satisfies SourceSystem;

/** A right that is missing for one kind of evidence does not cost the others. */
async function attempt(asking: Asking, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AskFault) || error.kind !== 'forbidden') throw error;
    asking.gap({
      what: `Datadog gives no ${what}: ${error.what}.`,
      todo: 'Give the application key the scope for it (apm_read, timeseries_query, slos_read, events_read, continuous_profiler_read).',
    });
  }
}

/** Spans in slices of the window; a page may be empty and have a next one all the same. */
async function collectSpans(asking: Asking): Promise<void> {
  const query = asking.option('query') ?? '*';
  const slices = slicesOf(asking.window, SLICES);
  const most = Math.ceil(countOption(asking.option('spans'), SPANS) / slices.length);
  const limit = Math.min(SPANS_A_PAGE, most);
  for (const { fromMs, toMs } of slices) {
    let cursor: string | undefined;
    let left = most;
    // Empty pages count for nothing; their number has a bound all the same.
    for (let page = 1; page <= MOST_PAGES && left > 0; page++) {
      const next: string | undefined = await asking.page({
        query: `spans ${query} from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${page}`,
        ask: () =>
          asking.client.ask(
            post('/api/v2/spans/events/search', 'search_request', {
              filter: { from: isoMs(fromMs), to: isoMs(toMs), query },
              options: { timezone: 'UTC' },
              page: { limit, ...(cursor === undefined ? {} : { cursor }) },
              sort: 'timestamp',
            }),
          ),
        read(answer, sink) {
          const value = parseJson(answer);
          if (!isObject(value) || !Array.isArray(value.data))
            throw new AskFault('malformed', 'its answer holds no spans');
          const resource = resources(sink);
          for (const event of value.data) writeSpan(event, resource, sink);
          const meta = isObject(value.meta) && isObject(value.meta.page) ? value.meta.page : {};
          return typeof meta.after === 'string' ? `${value.data.length} ${meta.after}` : undefined;
        },
      });
      if (next === undefined) break;
      const space = next.indexOf(' ');
      left -= Number(next.slice(0, space));
      cursor = next.slice(space + 1);
    }
  }
}

const COMPUTES = [
  { aggregation: 'count', name: 'request_rate', unit: '1/s' },
  { aggregation: 'pc50', name: 'latency_p50', unit: 's' },
  { aggregation: 'pc95', name: 'latency_p95', unit: 's' },
  { aggregation: 'pc99', name: 'latency_p99', unit: 's' },
] as const;

/** Count and quantiles of entry spans by service. `@duration` is in nanoseconds. */
function aggregatePage(asking: Asking): Page {
  const { fromMs, toMs } = asking.window;
  const minutes = Math.max(1, Math.ceil((toMs - fromMs) / 60_000 / 150));
  const query = `${asking.option('query') ?? '*'} @span.kind:server`;
  return {
    query: `count and quantiles of ${query} by service, every ${minutes} min, from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    ask: () =>
      asking.client.ask(
        post('/api/v2/spans/analytics/aggregate', 'aggregate_request', {
          compute: COMPUTES.map(({ aggregation }) => ({
            aggregation,
            interval: `${minutes}m`,
            type: 'timeseries',
            ...(aggregation === 'count' ? {} : { metric: '@duration' }),
          })),
          filter: { from: isoMs(fromMs), to: isoMs(toMs), query },
          group_by: [{ facet: 'service', limit: 200 }],
        }),
      ),
    read(answer, sink) {
      writeGauges(
        bucketsOf(parseJson(answer)).flatMap(({ by, computes }) =>
          COMPUTES.map(({ name, unit }, i) => ({
            service: by.find(([k]) => k === 'service')?.[1] ?? '',
            name,
            unit,
            attributes: [],
            points: (computes.get(`c${i}`) ?? []).map(
              ([t, v]) => [t, i === 0 ? v / (minutes * 60) : v / 1e9] as const,
            ),
          })),
        ),
        sink,
      );
    },
  };
}

/** Metric queries by API v2, in milliseconds; where it is not there, by v1, in seconds. */
function metricsOf(asking: Asking): Page[] {
  const { fromMs, toMs } = asking.window;
  const scope = asking.option('scope') ?? '*';
  const all = [
    ...METRICS.map((m) => ({ ...m, query: m.query(scope) })),
    ...asking
      .list('metrics')
      .map((query) => ({ query, name: nameIn(query), map: undefined, unit: undefined })),
  ];
  return all.map(
    ({ query, name, map, unit }): Page => ({
      query: `${query} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      async ask() {
        try {
          return await asking.client.ask(
            post('/api/v2/query/timeseries', 'timeseries_request', {
              formulas: [{ formula: 'a' }],
              from: fromMs,
              to: toMs,
              queries: [{ data_source: 'metrics', name: 'a', query }],
            }),
          );
        } catch (error) {
          if (!(error instanceof AskFault) || error.kind !== 'not-found') throw error;
          return asking.client.ask({
            path: '/api/v1/query',
            parameters: [
              ['from', String(Math.floor(fromMs / 1000))],
              ['to', String(Math.ceil(toMs / 1000))],
              ['query', query],
            ],
          });
        }
      },
      read(answer, sink) {
        const value = parseJson(answer);
        const series =
          isObject(value) && 'series' in value ? seriesOfV1(value, name) : seriesOfV2(value, [name]);
        writeGauges(
          series.map((s) => ({
            ...s,
            unit: unit ?? s.unit,
            points: map ? s.points.map(([t, v]) => [t, map(v)] as const) : s.points,
          })),
          sink,
        );
      },
    }),
  );
}

/** `avg:my.metric{*} by {service}` → `my.metric`. */
const nameIn = (query: string): string => /(?:^|:)([a-zA-Z][\w.]*)\{/.exec(query)?.[1] ?? query.slice(0, 80);

/** Objectives: attainment and target. One without requests says so instead of a number. */
async function collectObjectives(asking: Asking): Promise<void> {
  const { fromMs, toMs } = asking.window;
  const named = asking.list('slos');
  const ids =
    named.length > 0
      ? named
      : await asking.look('objectives', async () => {
          const value = await asking.client.json({
            path: '/api/v1/slo',
            parameters: [['limit', String(OBJECTIVES)]],
          });
          return arrayOf(isObject(value) ? value.data : [])
            .map((s) => (isObject(s) ? String(s.id ?? '') : ''))
            .filter((id) => id !== '');
        });
  await asking.pages(
    ids.slice(0, OBJECTIVES).map(
      (id): Page => ({
        query: `history of objective ${id} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
        ask: () =>
          asking.client.ask({
            path: `/api/v1/slo/${encodeURIComponent(id)}/history`,
            parameters: [
              ['from_ts', String(Math.floor(fromMs / 1000))],
              ['to_ts', String(Math.ceil(toMs / 1000))],
            ],
          }),
        read(answer, sink) {
          const { name, sli, target, errors } = historyOf(parseJson(answer));
          if (sli === null)
            asking.gap({
              severity: 'note',
              what: `Objective ${name} has no value: ${errors.join('; ') || 'no data'}.`,
              todo: 'Check its queries.',
            });
          const attributes: [string, string][] = [['slo', name]];
          writeGauges(
            [
              {
                service: '',
                name: 'slo.attainment',
                unit: '%',
                attributes,
                points: sli === null ? [] : [[toMs, sli]],
              },
              {
                service: '',
                name: 'slo.target',
                unit: '%',
                attributes,
                points: target === null ? [] : [[toMs, target]],
              },
            ],
            sink,
          );
        },
      }),
    ),
  );
}

const CHANGES = 'source:(deployment OR github OR gitlab OR argocd OR jenkins OR launchdarkly OR kubernetes)';

/** Events of deployments and flags, page after page. */
async function collectEvents(asking: Asking): Promise<void> {
  const { fromMs, toMs } = asking.window;
  let cursor: string | undefined;
  for (let page = 1; page <= 10; page++) {
    cursor = await asking.page({
      query: `events ${CHANGES} from ${isoMs(fromMs)} to ${isoMs(toMs)}, page ${page}`,
      ask: () =>
        asking.client.ask({
          method: 'POST',
          path: '/api/v2/events/search',
          body: {
            filter: { from: isoMs(fromMs), to: isoMs(toMs), query: CHANGES },
            page: { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
            sort: 'timestamp',
          },
        }),
      read(answer, sink) {
        const value = parseJson(answer);
        for (const event of isObject(value) ? arrayOf(value.data) : []) {
          const a = isObject(event) && isObject(event.attributes) ? event.attributes : {};
          const inner = isObject(a.attributes) ? a.attributes : {};
          const tags = arrayOf(a.tags).map(String);
          const tag = (key: string): string =>
            tags.find((t) => t.startsWith(`${key}:`))?.slice(key.length + 1) ?? '';
          const title = String(inner.title ?? a.message ?? '').slice(0, 500);
          sink.change(
            {
              timeNs: parseTimeNs(a.timestamp) ?? nsOf(fromMs),
              kind: /launchdarkly|flag/i.test(`${title} ${tags.join(' ')}`) ? 'flag' : 'deploy',
              service: tag('service') || String(inner.service ?? ''),
              name: tag('version'),
              summary: title,
              revision: tag('git.commit.sha'),
              version: tag('version'),
              author: '',
              files: [],
              diff: '',
            },
            0,
          );
        }
        const meta =
          isObject(value) && isObject(value.meta) && isObject(value.meta.page) ? value.meta.page : {};
        return typeof meta.after === 'string' ? meta.after : undefined;
      },
    });
    if (cursor === undefined) return;
  }
}
