import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { AskFault } from '../live/fault.js';
import type { Answer, Question } from '../live/http.js';
import { countOption } from '../live/slices.js';
import { type Asking, isoMs, type Page, type SourceSystem } from '../source.js';
import { type Recognised, recognise, type Table, tableName } from './layouts.js';
import { metricWriter, resourcesOf, writeLog, writeSpan } from './rows.js';

const TRACES = 2000;
const LINES = 50_000;
const POINTS = 1_000_000;
const PAGES = 16;

export default {
  id: 'clickhouse',
  title: 'ClickHouse',
  asks: 'spans of whole traces, log lines and metric points of the otel_* or SigNoz tables',
  example: 'http://clickhouse:8123',
  products: ['clickhouse', 'signoz', 'hyperdx', 'clickstack'],
  gives: ['traces', 'logs', 'metrics'],
  address: 'url',
  credentials: { user: ['CLICKHOUSE_USER'], password: ['CLICKHOUSE_PASSWORD'] },
  options: {
    database: 'database to look into; all that the user may see when left out',
    services: 'services whose logs and metrics are taken; all when left out',
    traces: 'most traces for a window (default 2000), drawn by their id',
    lines: 'most log lines for a window (default 50000), drawn by their time',
  },
  headers: (credential) => ({
    ...(credential?.user === undefined ? {} : { 'x-clickhouse-user': credential.user }),
    ...(credential?.password === undefined ? {} : { 'x-clickhouse-key': credential.password }),
  }),
  isTooMuch: (_status, body) =>
    /MEMORY_LIMIT_EXCEEDED|TOO_MANY_ROWS|TOO_MANY_BYTES|TIMEOUT_EXCEEDED/.test(body),
  async probe(asking) {
    const [row] = await rowsOf(asking, 'SELECT version() AS version');
    const found = await tablesOf(asking);
    const can = new Set(
      found.map(
        (f) =>
          (f.kind.endsWith('traces') ? 'traces' : f.kind.endsWith('logs') ? 'logs' : 'metrics') as
            | 'traces'
            | 'logs'
            | 'metrics',
      ),
    );
    return {
      version: String(row?.version ?? ''),
      can: [...can],
      notes: [
        found.length === 0
          ? 'No table of telemetry is recognised.'
          : `Recognised: ${[...new Set(found.map((f) => `${f.by} (${f.table.database}.${f.table.table})`))].slice(0, 8).join(', ')}.`,
      ],
    };
  },
  async plan(asking) {
    return (await tablesOf(asking)).map((f) => ({
      query: `${f.kind.replace(/^\w+-/, '')} of ${f.table.database}.${f.table.table}`,
      calls: PAGES + 1,
    }));
  },
  async collect(asking) {
    const found = await tablesOf(asking);
    if (found.length === 0)
      asking.gap({
        what: 'No table of telemetry is recognised in this ClickHouse.',
        todo: 'Name its database (database: …), and check that the user may read it.',
      });
    for (const one of found) await collectTable(asking, one);
  },
} satisfies SourceSystem;

/**
 * A statement with its parameters bound: values never go into its text. `readonly` 2 lets the server refuse every write
 * and still takes settings of the request. A user whose profile is read-only already (1) may set nothing: then nothing is.
 */
const statement = (
  sql: string,
  parameters: Readonly<Record<string, string>>,
  mayBeSet: boolean,
): Question => ({
  method: 'POST',
  path: '/',
  parameters: [
    ...(mayBeSet
      ? ([
          ['readonly', '2'],
          ['max_execution_time', '60'],
        ] as const)
      : []),
    ...Object.entries(parameters).map(([k, v]) => [`param_${k}`, v] as const),
  ],
  body: `${sql}\nFORMAT JSONEachRow`,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
});

const maySet = (asking: Asking): Promise<boolean> =>
  asking.look('settings', async () => {
    try {
      await asking.client.ask(statement('SELECT 1', {}, true));
      return true;
    } catch (error) {
      if (error instanceof AskFault && /READONLY|readonly mode|Cannot modify/.test(error.what)) return false;
      throw error;
    }
  });

const answerTo = async (
  asking: Asking,
  sql: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Answer> => asking.client.ask(statement(sql, parameters, await maySet(asking)));

function rowsIn(answer: Answer): JsonObject[] {
  const lines = answer.bytes
    .toString('utf8')
    .split('\n')
    .filter((l) => l !== '');
  return lines.map((l, i) => {
    let row: unknown;
    try {
      row = JSON.parse(l);
    } catch {
      // After its first rows a server can only tell of an error behind them.
      throw new AskFault('unavailable', `its answer breaks off after ${i} rows: ${l.slice(0, 160)}`);
    }
    if (!isObject(row)) throw new AskFault('malformed', 'its answer holds something other than rows');
    return row;
  });
}

const rowsOf = async (
  asking: Asking,
  sql: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<JsonObject[]> => rowsIn(await answerTo(asking, sql, parameters));

function tablesOf(asking: Asking): Promise<Recognised[]> {
  const database = asking.option('database');
  return asking.look('tables', async () => {
    const rows = await rowsOf(
      asking,
      `SELECT database, table, groupArray(name) AS columns FROM system.columns
       WHERE database NOT IN ('system', 'information_schema', 'INFORMATION_SCHEMA')${database === undefined ? '' : ' AND database = {database:String}'}
         AND table NOT LIKE '.inner%'
       GROUP BY database, table ORDER BY database, table`,
      database === undefined ? {} : { database },
    );
    const tables = rows.map(
      (r): Table => ({
        database: String(r.database),
        table: String(r.table),
        columns: arrayOf(r.columns).map(String),
      }),
    );
    return preferred(recognise(tables));
  });
}

/** Of a table and its distributed or older twin, one: records must not come twice. */
function preferred(found: readonly Recognised[]): Recognised[] {
  const chosen = new Map<string, Recognised>();
  for (const one of found) {
    const name = one.table.table.replace(/^distributed_/, '').replace(/_v\d+$/, '');
    const key = `${one.table.database}\n${one.kind}\n${name}`;
    const before = chosen.get(key);
    if (!before || rank(one) > rank(before)) chosen.set(key, one);
  }
  return [...chosen.values()];
}
const rank = ({ table: { table } }: Recognised): number =>
  (table.startsWith('distributed_') ? 4 : 0) + Number(/_v(\d+)$/.exec(table)?.[1] ?? 0) / 10;

const SPAN_ROWS = {
  'exporter-traces': {
    time: 'toUnixTimestamp64Nano(Timestamp)',
    trace: 'TraceId',
    columns: `TraceId AS trace, SpanId AS span, ParentSpanId AS parent, SpanName AS name, SpanKind AS kind, ServiceName AS service,
      toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, toString(Duration) AS durationNs, SpanAttributes AS attributes,
      ResourceAttributes AS resource, StatusCode AS status, StatusMessage AS message`,
  },
  'signoz-traces': {
    time: 'toUnixTimestamp64Nano(timestamp)',
    trace: 'trace_id',
    columns: `trace_id AS trace, span_id AS span, parent_span_id AS parent, name, kind_string AS kind,
      resources_string['service.name'] AS service, toString(toUnixTimestamp64Nano(timestamp)) AS startNs,
      toString(duration_nano) AS durationNs,
      mapConcat(attributes_string, mapApply((k, v) -> (k, toString(v)), attributes_number), mapApply((k, v) -> (k, toString(v)), attributes_bool)) AS attributes,
      resources_string AS resource, status_code_string AS status, status_message AS message`,
  },
} as const;

async function collectTable(asking: Asking, { kind, table }: Recognised): Promise<void> {
  if (kind === 'exporter-traces' || kind === 'signoz-traces')
    return collectTraces(asking, table, SPAN_ROWS[kind]);
  if (kind === 'exporter-metrics') return collectMetrics(asking, table);
  return collectLogs(asking, table, kind);
}

const bounds = ({ window }: Asking): Readonly<Record<string, string>> => ({
  from: `${Math.round(window.fromMs)}000000`,
  to: `${Math.round(window.toMs)}000000`,
});
const within = (time: string): string => `${time} >= {from:Int64} AND ${time} < {to:Int64}`;

/** Whole traces, drawn by the hash of their id: the same ones each time, long and short alike. */
async function collectTraces(
  asking: Asking,
  table: Table,
  of: { time: string; trace: string; columns: string },
): Promise<void> {
  const from = tableName(table);
  const traces = await asking.look(`traces of ${from}`, async () => {
    const [row] = await rowsOf(
      asking,
      `SELECT toString(uniq(${of.trace})) AS n FROM ${from} WHERE ${within(of.time)}`,
      bounds(asking),
    );
    return Number(row?.n ?? 0);
  });
  const most = countOption(asking.option('traces'), TRACES);
  const every = Math.max(1, Math.ceil(traces / most));
  const pages = Math.min(PAGES, Math.max(1, Math.ceil(traces / every / 100)));
  if (traces === 0)
    asking.gap({ severity: 'note', what: `${from} has no trace in this window.`, todo: 'Check the window.' });
  await asking.pages(
    Array.from(
      { length: traces === 0 ? 0 : pages },
      (_, i): Page => ({
        query: `traces of ${from} from ${isoMs(asking.window.fromMs)} to ${isoMs(asking.window.toMs)}, one in ${every}, part ${i + 1} of ${pages}`,
        ask: () =>
          answerTo(
            asking,
            `SELECT ${of.columns} FROM ${from} WHERE ${within(of.time)}
             AND cityHash64(${of.trace}) % {every:UInt64} = 0 AND intDiv(cityHash64(${of.trace}), {every:UInt64}) % {pages:UInt64} = {page:UInt64}
             ORDER BY trace, startNs, span`,
            { ...bounds(asking), every: String(every), pages: String(pages), page: String(i) },
          ),
        read: (answer, sink) => each(answer, sink, writeSpan),
      }),
    ),
  );
}

function each(
  answer: Answer,
  sink: Sink,
  write: (row: JsonObject, resource: ReturnType<typeof resourcesOf>, sink: Sink) => void,
): undefined {
  const resource = resourcesOf(sink);
  for (const row of rowsIn(answer)) write(row, resource, sink);
  return undefined;
}

const LOG_ROWS = {
  'exporter-logs': {
    time: 'toUnixTimestamp64Nano(Timestamp)',
    service: 'ServiceName',
    columns: `toString(toUnixTimestamp64Nano(Timestamp)) AS timeNs, TraceId AS trace, SpanId AS span, SeverityText AS severity,
      SeverityNumber AS severityNumber, ServiceName AS service, Body AS body, ResourceAttributes AS resource, LogAttributes AS attributes`,
  },
  'signoz-logs': {
    time: 'toInt64(timestamp)',
    service: "resources_string['service.name']",
    columns: `toString(timestamp) AS timeNs, trace_id AS trace, span_id AS span, severity_text AS severity,
      severity_number AS severityNumber, resources_string['service.name'] AS service, body, resources_string AS resource, attributes_string AS attributes`,
  },
} as const;

async function collectLogs(asking: Asking, table: Table, kind: keyof typeof LOG_ROWS): Promise<void> {
  const of = LOG_ROWS[kind];
  const from = tableName(table);
  const services = asking.list('services');
  const where = `${within(of.time)}${services.length > 0 ? ` AND has({services:Array(String)}, ${of.service})` : ''}`;
  const parameters = { ...bounds(asking), ...(services.length > 0 ? { services: arrayText(services) } : {}) };
  const lines = await asking.look(`lines of ${from}`, async () => {
    const [row] = await rowsOf(
      asking,
      `SELECT toString(count()) AS n FROM ${from} WHERE ${where}`,
      parameters,
    );
    return Number(row?.n ?? 0);
  });
  const most = countOption(asking.option('lines'), LINES);
  const every = Math.max(1, Math.ceil(lines / most));
  if (every > 1)
    asking.gap({
      severity: 'note',
      what: `${from} has ${lines} lines in this window; one in ${every} was taken.`,
      todo: 'Name services, or raise lines.',
    });
  await asking.pages(
    Array.from(
      { length: lines === 0 ? 0 : Math.min(PAGES, Math.ceil(lines / every / 5000)) },
      (_, i): Page => {
        const pages = Math.min(PAGES, Math.ceil(lines / every / 5000));
        return {
          query: `lines of ${from} from ${isoMs(asking.window.fromMs)} to ${isoMs(asking.window.toMs)}, one in ${every}, part ${i + 1} of ${pages}`,
          ask: () =>
            answerTo(
              asking,
              `SELECT ${of.columns} FROM ${from} WHERE ${where}
               AND cityHash64(${of.time}) % {every:UInt64} = 0 AND intDiv(cityHash64(${of.time}), {every:UInt64}) % {pages:UInt64} = {page:UInt64}
               ORDER BY timeNs, service, body`,
              { ...parameters, every: String(every), pages: String(pages), page: String(i) },
            ),
          read: (answer, sink) => each(answer, sink, writeLog),
        };
      },
    ),
  );
}

const arrayText = (values: readonly string[]): string =>
  `[${values.map((v) => `'${v.replace(/[\\']/g, '\\$&')}'`).join(',')}]`;

async function collectMetrics(asking: Asking, table: Table): Promise<void> {
  const from = tableName(table);
  const services = asking.list('services');
  const time = 'toUnixTimestamp64Nano(TimeUnix)';
  const where = `${within(time)}${services.length > 0 ? ' AND has({services:Array(String)}, ServiceName)' : ''}`;
  const parameters = { ...bounds(asking), ...(services.length > 0 ? { services: arrayText(services) } : {}) };
  const of = metricColumns(table);
  if (!of) return;
  const points = await asking.look(`points of ${from}`, async () => {
    const [row] = await rowsOf(
      asking,
      `SELECT toString(count()) AS n FROM ${from} WHERE ${where}`,
      parameters,
    );
    return Number(row?.n ?? 0);
  });
  if (points > POINTS) {
    asking.gap({
      what: `${from} has ${points} points in this window, more than are taken.`,
      todo: 'Name services, or narrow the window.',
    });
    return;
  }
  const pages = Math.min(64, Math.ceil(points / 50_000));
  const series = 'cityHash64(ServiceName, MetricName, toString(Attributes), toString(ResourceAttributes))';
  await asking.pages(
    Array.from(
      { length: pages },
      (_, i): Page => ({
        query: `points of ${from} from ${isoMs(asking.window.fromMs)} to ${isoMs(asking.window.toMs)}, part ${i + 1} of ${pages}`,
        ask: () =>
          answerTo(
            asking,
            `SELECT MetricName AS name, MetricUnit AS unit, ServiceName AS service, ResourceAttributes AS resource, Attributes AS attributes,
               toString(toUnixTimestamp64Nano(StartTimeUnix)) AS startNs, toString(${time}) AS timeNs, ${of}
             FROM ${from} WHERE ${where} AND ${series} % {pages:UInt64} = {page:UInt64}
             ORDER BY service, name, toString(resource), toString(attributes), timeNs`,
            { ...parameters, pages: String(pages), page: String(i) },
          ),
        read(answer, sink) {
          const write = metricWriter(resourcesOf(sink), sink);
          for (const row of rowsIn(answer)) write(row);
        },
      }),
    ),
  );
}

/** What the points of a table hold, by its columns; exponential histograms are left to other ways. */
function metricColumns({ columns }: Table): string | undefined {
  if (columns.includes('IsMonotonic'))
    return "'sum' AS of, Value AS value, AggregationTemporality AS temporality, IsMonotonic AS monotonic";
  if (columns.includes('ExplicitBounds'))
    return "'histogram' AS of, toString(Count) AS count, Sum AS sum, BucketCounts AS buckets, ExplicitBounds AS bounds, Min AS min, Max AS max, AggregationTemporality AS temporality";
  if (columns.includes('ValueAtQuantiles.Quantile'))
    return "'summary' AS of, toString(Count) AS count, Sum AS sum, `ValueAtQuantiles.Quantile` AS quantiles, `ValueAtQuantiles.Value` AS values";
  if (columns.includes('Scale')) return undefined;
  return columns.includes('Value') ? "'gauge' AS of, Value AS value" : undefined;
}
