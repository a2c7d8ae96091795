import { flatFields, resources } from '../../readers/json-map.js';
import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import { type Answer, parseJson, type Question } from '../live/http.js';
import { writeLogLine } from '../live/log-line.js';
import { countOption, slicesOf } from '../live/slices.js';
import { type Asking, bearerOrBasic, isoMs, type Page, type SourceSystem } from '../source.js';
import { at, SPAN_LAYOUTS, type SpanLayout } from './span-documents.js';

const LINES = 50_000;
const TRACES = 1000;
const SLICES = 20;
/** Hits of one answer; beyond 10,000 a server refuses (index.max_result_window). */
const MOST_A_PAGE = 5000;
const TRACES_A_PAGE = 40;
const LOG_INDEXES =
  /^(?:\.ds-)?(?:logs-|filebeat-|fluentd?-|fluent-bit|logstash-|app-logs|otel-logs|ss4o_logs)/;

interface Found {
  logs: string | undefined;
  spans: { index: string; layout: SpanLayout['id'] } | undefined;
}

export default {
  id: 'elasticsearch',
  title: 'Elasticsearch',
  asks: 'log lines; whole traces, drawn by chance',
  example: 'https://elasticsearch:9200',
  products: ['elasticsearch', 'opensearch', 'elastic-apm', 'kibana', 'elk'],
  gives: ['logs', 'traces'],
  address: 'url',
  credentials: {
    token: ['ELASTIC_API_KEY', 'ELASTICSEARCH_API_KEY'],
    user: ['ELASTIC_USER', 'OPENSEARCH_USER'],
    password: ['ELASTIC_PASSWORD', 'OPENSEARCH_PASSWORD'],
  },
  options: {
    logs: 'index or pattern of logs: logs-*; recognised by the usual names when left out',
    spans: 'index or pattern of spans: traces-apm*; recognised by the usual names when left out',
    query: 'query string that logs have to fit: kubernetes.namespace:shop',
    lines: 'most lines for a window (default 50000), spread over it',
    traces: 'most traces for a window (default 1000), drawn by chance',
  },
  headers: (credential) =>
    credential?.token === undefined
      ? bearerOrBasic(credential)
      : { authorization: `ApiKey ${credential.token}` },
  isTooMuch: (_status, body) =>
    /too_many_buckets|Result window is too large|circuit_breaking_exception/.test(body),
  async probe(asking) {
    const info = await asking.client.json({ path: '/' });
    const version = isObject(info) && isObject(info.version) ? info.version : {};
    const found = await indexesOf(asking);
    return {
      version: `${version.distribution === 'opensearch' ? 'OpenSearch ' : ''}${String(version.number ?? '')}`,
      can: [...(found.logs ? (['logs'] as const) : []), ...(found.spans ? (['traces'] as const) : [])],
      notes: [
        ...(found.logs ? [] : ['No index of logs is recognised; name it: `logs: …`.']),
        ...(found.spans ? [] : ['No index of spans is recognised; name it: `spans: …`.']),
      ],
    };
  },
  async plan(asking) {
    const { logs, spans } = await indexesOf(asking);
    const lines = countOption(asking.option('lines'), LINES);
    const traces = countOption(asking.option('traces'), TRACES);
    return [
      ...(logs
        ? [
            {
              query: `logs of ${logs}`,
              calls: 1 + Math.max(SLICES, Math.ceil(lines / MOST_A_PAGE)),
              records: lines,
            },
          ]
        : []),
      ...(spans ? [{ query: `spans of ${spans.index}`, calls: 1 + Math.ceil(traces / TRACES_A_PAGE) }] : []),
    ];
  },
  async collect(asking) {
    const { logs, spans } = await indexesOf(asking);
    if (logs) await collectLogs(asking, logs);
    if (spans) await collectSpans(asking, spans.index, spans.layout);
    if (!logs && !spans)
      asking.gap({
        what: 'No index of logs or spans is recognised.',
        todo: 'Name them: `logs: …`, `spans: …`.',
      });
  },
} satisfies SourceSystem;

/** Indexes by the names that usual writers give; what the user names comes first. */
function indexesOf(asking: Asking): Promise<Found> {
  return asking.look('indexes', async () => {
    const value = await asking.client.json({
      path: '/_cat/indices',
      parameters: [
        ['format', 'json'],
        ['h', 'index'],
        ['expand_wildcards', 'open'],
      ],
    });
    const names = arrayOf(value)
      .map((i) => (isObject(i) ? String(i.index ?? '') : ''))
      .sort();
    const named = asking.option('spans');
    const layout = SPAN_LAYOUTS.find((l) =>
      names.some((n) => l.indexes.test(n) && (named === undefined || fits(n, named))),
    );
    const span = layout && names.find((n) => layout.indexes.test(n));
    const log = names.find((n) => LOG_INDEXES.test(n));
    return {
      logs: asking.option('logs') ?? (log === undefined ? undefined : patternOf(log)),
      spans:
        layout && span !== undefined ? { index: named ?? patternOf(span), layout: layout.id } : undefined,
    };
  });
}

const fits = (name: string, pattern: string): boolean =>
  pattern
    .split(',')
    .some((p) =>
      new RegExp(`^(?:\\.ds-)?${p.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}`).test(name),
    );
/** A day's index, or the backing index of a data stream, as the pattern of all of them. */
const patternOf = (name: string): string =>
  name
    .replace(/^\.ds-(.*)-\d{4}\.\d{2}\.\d{2}-\d{6}$/, '$1')
    .replace(/[-.]\d{4}[-.]\d{2}[-.]\d{2}(?:-\d+)?$/, '-*')
    .replace(/-\d{6}$/, '-*');

const search = (index: string, body: JsonObject): Question => ({
  method: 'POST',
  path: `/${encodeURIComponent(index).replaceAll('%2C', ',')}/_search`,
  parameters: [['ignore_unavailable', 'true']],
  body,
});

interface Hits {
  total: number;
  documents: JsonObject[];
}

function hitsOf(answer: Answer): Hits {
  const value = parseJson(answer);
  const hits = isObject(value) && isObject(value.hits) ? value.hits : undefined;
  if (!hits || !Array.isArray(hits.hits))
    throw new AskFault('malformed', 'its answer to a search holds no hits');
  if (isObject(value) && value.timed_out === true)
    throw new AskFault('too-slow', 'its search ran out of time');
  const total = isObject(hits.total) ? Number(hits.total.value) : Number(hits.total);
  return { total, documents: hits.hits.filter(isObject).map((h) => (isObject(h._source) ? h._source : {})) };
}

const range = (field: string, fromMs: number, toMs: number): JsonObject => ({
  range: { [field]: { gte: isoMs(fromMs), lt: isoMs(toMs), format: 'strict_date_optional_time' } },
});
/** The same draw from the same index each time. */
const drawn = (filter: readonly JsonObject[]): JsonObject => ({
  function_score: {
    query: { bool: { filter } },
    random_score: { seed: 7, field: '_seq_no' },
    boost_mode: 'replace',
  },
});

async function collectLogs(asking: Asking, index: string): Promise<void> {
  const { fromMs, toMs } = asking.window;
  const query = asking.option('query');
  const own: JsonObject[] = query === undefined ? [] : [{ query_string: { query } }];
  const most = countOption(asking.option('lines'), LINES);
  const total = await asking.look(`lines of ${index}`, async () => {
    const body = {
      size: 0,
      track_total_hits: true,
      query: { bool: { filter: [range('@timestamp', fromMs, toMs), ...own] } },
    };
    return hitsOf(await asking.client.ask(search(index, body))).total;
  });
  if (total === 0)
    asking.gap({
      severity: 'note',
      what: `${index} has no line in this window.`,
      todo: 'Check the window and the query.',
    });
  if (total <= most) {
    await asking.pages(
      slicesOf(asking.window, Math.max(1, Math.ceil((total * 2) / MOST_A_PAGE))).map((s) =>
        allLines(asking, index, own, s),
      ),
    );
    return;
  }
  asking.gap({
    severity: 'note',
    what: `${index} has ${total} lines in this window; ${most} of them, drawn by chance, were taken.`,
    todo: 'Narrow them (query: …), or raise lines.',
  });
  const size = Math.min(MOST_A_PAGE, Math.ceil(most / SLICES));
  await asking.pages(
    slicesOf(asking.window, Math.ceil(most / size)).map((s) => someLines(asking, index, own, s, size)),
  );
}

/** All lines of a slice; one with more than a page holds is cut in two. */
function allLines(
  asking: Asking,
  index: string,
  own: readonly JsonObject[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Page {
  return {
    query: `lines of ${index} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    ask: () =>
      asking.client.ask(
        search(index, {
          size: MOST_A_PAGE,
          track_total_hits: true,
          sort: [{ '@timestamp': 'asc' }],
          query: { bool: { filter: [range('@timestamp', fromMs, toMs), ...own] } },
        }),
      ),
    read(answer, sink) {
      const { total, documents } = hitsOf(answer);
      if (total > documents.length && toMs - fromMs > 1)
        throw new AskFault('too-much', 'a slice has more lines than a page holds');
      writeLines(documents, sink);
    },
    split() {
      const middle = Math.floor((fromMs + toMs) / 2);
      if (middle <= fromMs) return [];
      return [
        allLines(asking, index, own, { fromMs, toMs: middle }),
        allLines(asking, index, own, { fromMs: middle, toMs }),
      ];
    },
  };
}

const someLines = (
  asking: Asking,
  index: string,
  own: readonly JsonObject[],
  { fromMs, toMs }: { fromMs: number; toMs: number },
  size: number,
): Page => ({
  query: `${size} lines of ${index} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
  ask: () =>
    asking.client.ask(search(index, { size, query: drawn([range('@timestamp', fromMs, toMs), ...own]) })),
  read: (answer, sink) => writeLines(hitsOf(answer).documents, sink),
});

/** Names of what a log line is made of, in Elastic's schema, OpenTelemetry's mapping and plain shippers' documents. */
function writeLines(documents: readonly JsonObject[], sink: Parameters<Page['read']>[1]): undefined {
  const resource = resources(sink);
  for (const d of documents) {
    const timeNs = parseTimeNs(at(d, '@timestamp') ?? at(d, 'timestamp') ?? at(d, 'time'));
    if (timeNs === undefined) {
      sink.flaw('record-incomplete', 0);
      continue;
    }
    const text = ['message', 'body.text', 'body', 'log', 'event.original']
      .map((p) => at(d, p))
      .find((v) => typeof v === 'string');
    const service = [
      'service.name',
      'resource.attributes.service.name',
      'serviceName',
      'kubernetes.labels.app',
      'kubernetes.container.name',
      'service',
    ]
      .map((p) => at(d, p))
      .find((v) => typeof v === 'string');
    const level = ['log.level', 'severity_text', 'level', 'severity.text']
      .map((p) => at(d, p))
      .find((v) => typeof v === 'string');
    const known = {
      ...(level === undefined ? {} : { level }),
      trace_id: at(d, 'trace.id') ?? at(d, 'trace_id') ?? at(d, 'traceId') ?? '',
      span_id: at(d, 'span.id') ?? at(d, 'span_id') ?? at(d, 'spanId') ?? '',
    };
    const rest = flatFields(
      d,
      new Set(['message', 'body', '@timestamp', 'event', 'agent', 'ecs', 'data_stream', 'input']),
    );
    writeLogLine(
      { timeNs, text: String(text ?? ''), known, attributes: rest },
      resource(String(service ?? '')),
      sink,
    );
  }
  return undefined;
}

/** Traces are drawn by their first span, then fetched whole. */
async function collectSpans(asking: Asking, index: string, id: SpanLayout['id']): Promise<void> {
  const layout = SPAN_LAYOUTS.find((l) => l.id === id);
  if (!layout) return;
  const { fromMs, toMs } = asking.window;
  const most = countOption(asking.option('traces'), TRACES);
  const traces = await asking.look(`traces of ${index}`, async () => {
    const body = {
      size: Math.min(most, 10_000),
      _source: [layout.traceId],
      query: drawn([range(layout.time, fromMs, toMs), layout.root]),
    };
    const { documents } = hitsOf(await asking.client.ask(search(index, body)));
    return [...new Set(documents.map((d) => String(at(d, layout.traceId) ?? '')))]
      .filter((t) => t !== '')
      .sort();
  });
  if (traces.length === 0)
    asking.gap({
      severity: 'note',
      what: `${index} has no trace that begins in this window.`,
      todo: 'Check the window.',
    });
  const pages: Page[] = [];
  for (let i = 0; i < traces.length; i += TRACES_A_PAGE)
    pages.push(tracesPage(asking, index, layout, traces.slice(i, i + TRACES_A_PAGE)));
  await asking.pages(pages);
}

function tracesPage(asking: Asking, index: string, layout: SpanLayout, traces: readonly string[]): Page {
  return {
    query: `spans of ${traces.length} traces of ${index}, from ${traces[0] ?? ''}`,
    ask: () =>
      asking.client.ask(
        search(index, {
          size: 10_000,
          track_total_hits: true,
          query: { bool: { filter: [{ terms: { [layout.traceId]: traces } }] } },
        }),
      ),
    async read(answer, sink) {
      const { total, documents } = hitsOf(answer);
      if (total > documents.length && traces.length > 1)
        throw new AskFault('too-much', 'these traces have more spans than a page holds');
      await layout.write(documents, resources(sink), sink);
      return undefined;
    },
    split() {
      if (traces.length < 2) return [];
      const half = Math.ceil(traces.length / 2);
      return [traces.slice(0, half), traces.slice(half)].map((t) => tracesPage(asking, index, layout, t));
    },
  };
}
