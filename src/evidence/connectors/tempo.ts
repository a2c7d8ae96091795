import { NO_SCOPE, resources } from '../readers/json-map.js';
import { writeOtlp } from '../readers/otlp-map.js';
import { arrayOf, isObject } from '../readers/sample.js';
import { AskFault } from './live/fault.js';
import { parseJson } from './live/http.js';
import { countOption, slicesOf } from './live/slices.js';
import { type Asking, bearerOrBasic, isoMs, nsOf, type Page, type SourceSystem } from './source.js';

const TRACES = 400;
const SLICES = 20;
const QUANTILES = [0.5, 0.95, 0.99];

export default {
  id: 'tempo',
  title: 'Grafana Tempo',
  asks: 'traces by TraceQL, spread over the window; rate and quantiles of server spans',
  example: 'http://tempo:3200',
  products: ['tempo', 'grafana-tempo'],
  gives: ['traces', 'metrics'],
  address: 'url',
  perSecond: 16,
  credentials: { token: ['TEMPO_TOKEN'], user: ['TEMPO_USER'], password: ['TEMPO_PASSWORD'] },
  options: {
    query: 'TraceQL of the traces to take; all when left out: { resource.service.name = "checkout" }',
    traces: 'most traces for a window (default 400), spread over it',
    tenant: 'sent as X-Scope-OrgID',
  },
  headers: (credential, entry) => ({
    ...bearerOrBasic(credential),
    ...(typeof entry.options.tenant === 'string' ? { 'x-scope-orgid': entry.options.tenant } : {}),
  }),
  async probe({ client, window }) {
    const info = await client.ask({ path: '/api/status/buildinfo', accepts: [404] });
    const value = info.status === 404 ? {} : parseJson(info);
    await client.json({
      path: '/api/search',
      parameters: searchParameters('{}', window.fromMs, window.fromMs + 1000, 1),
    });
    return {
      version: isObject(value) ? String(value.version ?? '') : '',
      can: ['traces', 'metrics'],
      notes: [],
    };
  },
  async plan(asking) {
    const traces = countOption(asking.option('traces'), TRACES);
    return [
      { query: `search ${asking.option('query') ?? '{}'} in ${SLICES} slices of time`, calls: SLICES },
      { query: 'traces that the searches find, by id', calls: traces },
      { query: 'rate and quantiles of server spans by service', calls: 2 },
    ];
  },
  async collect(asking) {
    const ids = await tracesOf(asking);
    if (ids.length === 0)
      asking.gap({
        what: 'Tempo has no trace in this window that fits.',
        todo: 'Check the window, the query and the retention.',
      });
    const older = ids.length > 0 && (await asking.look('traces API', () => isOlder(asking, ids[0] ?? '')));
    await asking.pages(ids.map((id) => tracePage(asking, id, older)));
    await spanMetrics(asking);
  },
} satisfies SourceSystem;

/** Times are whole seconds; the end is not part of the window. */
const searchParameters = (query: string, fromMs: number, toMs: number, limit: number): [string, string][] => [
  ['q', query],
  ['start', String(Math.floor(fromMs / 1000))],
  ['end', String(Math.max(Math.floor(fromMs / 1000) + 1, Math.ceil(toMs / 1000)))],
  ['limit', String(limit)],
  ['spss', '1'],
];

/** Ids of traces, each slice of the window the same number; without leading zeros as Tempo shows them. */
function tracesOf(asking: Asking): Promise<string[]> {
  const most = countOption(asking.option('traces'), TRACES);
  const query = asking.option('query') ?? '{}';
  return asking.look(`search ${query}`, async () => {
    const slices = slicesOf(asking.window, SLICES);
    const ids = new Set<string>();
    for (const { fromMs, toMs } of slices) {
      const value = await asking.client.json({
        path: '/api/search',
        parameters: searchParameters(query, fromMs, toMs, Math.ceil(most / slices.length)),
      });
      const traces = isObject(value) ? arrayOf(value.traces) : [];
      for (const t of traces)
        if (isObject(t) && typeof t.traceID === 'string') ids.add(t.traceID.padStart(32, '0'));
    }
    return [...ids].slice(0, most);
  });
}

/** Versions before 2.6 have no v2 of traces. */
async function isOlder({ client }: Asking, id: string): Promise<boolean> {
  const answer = await client.ask({ path: `/api/v2/traces/${encodeURIComponent(id)}`, accepts: [404] });
  if (answer.status !== 404) return false;
  const v1 = await client.ask({ path: `/api/traces/${encodeURIComponent(id)}`, accepts: [404] });
  return v1.status !== 404;
}

const tracePage = (asking: Asking, id: string, older: boolean): Page => ({
  query: `trace ${id}`,
  // A trace may be gone between the search and now.
  ask: () =>
    asking.client.ask({ path: `/api/${older ? '' : 'v2/'}traces/${encodeURIComponent(id)}`, accepts: [404] }),
  read(answer, sink) {
    if (answer.status === 404) return;
    const value = parseJson(answer);
    const trace = isObject(value) && isObject(value.trace) ? value.trace : value;
    const groups = isObject(trace) ? (trace.resourceSpans ?? trace.batches) : undefined;
    if (!Array.isArray(groups)) throw new AskFault('malformed', 'its answer to a trace holds no spans');
    if (isObject(value) && value.status === 'PARTIAL')
      asking.gap({
        severity: 'note',
        what: `Trace ${id} is only a part: ${String(value.message ?? 'it is too large').slice(0, 120)}.`,
        todo: 'Nothing; its other spans were read.',
      });
    for (const group of groups) writeOtlp('resourceSpans', group, 0, sink);
  },
});

/** What TraceQL metrics tell of every request, sampled here or not. Not every installation keeps them. */
async function spanMetrics(asking: Asking): Promise<void> {
  const { fromMs, toMs } = asking.window;
  const stepSeconds = Math.max(15, Math.ceil((toMs - fromMs) / 1000 / 500));
  const queries = [
    {
      query: '{ kind = server } | rate() by (resource.service.name)',
      name: () => 'request_rate',
      unit: '1/s',
    },
    {
      query: `{ kind = server } | quantile_over_time(duration, ${QUANTILES.join(', ')}) by (resource.service.name)`,
      name: (labels: ReadonlyMap<string, string>) =>
        `latency_p${Math.round(Number(labels.get('p') ?? 0) * 100)}`,
      unit: 's',
    },
  ];
  await asking.pages(
    queries.map(({ query, name, unit }) => ({
      query: `${query} from ${isoMs(fromMs)} to ${isoMs(toMs)} step ${stepSeconds} s`,
      ask: () =>
        asking.client.ask({
          path: '/api/metrics/query_range',
          parameters: [
            ['q', query],
            ['start', String(Math.floor(fromMs / 1000))],
            ['end', String(Math.ceil(toMs / 1000))],
            ['step', `${stepSeconds}s`],
          ],
          accepts: [400, 404, 422, 500, 501],
        }),
      read(answer, sink) {
        if (answer.status >= 300) {
          asking.gap({
            severity: 'note',
            what: `Tempo does not compute metrics from spans (it answered ${answer.status}).`,
            todo: 'Nothing; rates and quantiles come from other sources, or from the traces that were read.',
          });
          return;
        }
        const value = parseJson(answer);
        const resource = resources(sink);
        for (const series of isObject(value) ? arrayOf(value.series).filter(isObject) : []) {
          const labels = new Map(
            arrayOf(series.labels)
              .filter(isObject)
              .map((l) => [String(l.key), isObject(l.value) ? String(Object.values(l.value)[0]) : '']),
          );
          const service = labels.get('resource.service.name') ?? '';
          const metric = {
            resource: resource(service),
            scope: NO_SCOPE,
            name: name(labels),
            description: query,
            unit,
          };
          const attributes = sink.map([]);
          for (const sample of arrayOf(series.samples).filter(isObject)) {
            const point = Number(sample.value);
            const timeNs = nsOf(Number(sample.timestampMs));
            if (Number.isFinite(point))
              sink.gauge(
                metric,
                { attributes, startNs: 0n, timeNs, flags: 0, exemplars: [], value: point },
                0,
              );
          }
        }
      },
    })),
  );
}
