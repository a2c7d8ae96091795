import { flatFields, NO_SCOPE, resources } from '../../readers/json-map.js';
import { SPAN_KINDS } from '../../readers/records.js';
import { isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import { type GaugeSeries, writeGauges } from '../live/gauges.js';
import { writeLogLine } from '../live/log-line.js';
import { countOption, slicesOf } from '../live/slices.js';
import { type Asking, isoMs, type Page, type SourceSystem } from '../source.js';
import { errorIn, nrql, rowsOf } from './nerdgraph.js';

const ROWS_A_QUERY = 5000;
const SPANS = 40_000;
const LINES = 20_000;

export default {
  id: 'newrelic',
  title: 'New Relic',
  asks: 'NRQL: Span, Transaction, Log, SystemSample, Deployment',
  example: 'https://api.newrelic.com',
  products: ['new-relic', 'newrelic'],
  gives: ['traces', 'metrics', 'logs', 'changes'],
  address: 'url',
  defaultUrl: 'https://api.newrelic.com',
  vendorHosts: /(?:^|\.)newrelic\.com$/,
  perSecond: 4,
  credentials: { apiKey: ['NEW_RELIC_API_KEY', 'NEWRELIC_API_KEY'] },
  options: {
    account: 'number of the account (or NEW_RELIC_ACCOUNT_ID in the case)',
    where: "NRQL condition that spans and logs have to fit: service.name = 'checkout'",
    spans: 'most spans for a window (default 40000), spread over it',
    lines: 'most log lines for a window (default 20000), spread over it',
  },
  headers: (credential) => ({
    ...(credential?.apiKey === undefined ? {} : { 'api-key': credential.apiKey }),
  }),
  async probe(asking) {
    const value = await asking.client.json({
      method: 'POST',
      path: '/graphql',
      body: { query: '{ actor { user { id } accounts { id name } } }' },
    });
    const fault = errorIn(value);
    if (fault) throw fault;
    const data =
      isObject(value) && isObject(value.data) && isObject(value.data.actor) ? value.data.actor : {};
    const accounts = Array.isArray(data.accounts)
      ? data.accounts.filter(isObject).map((a) => String(a.id))
      : [];
    const own = asking.option('account');
    return {
      version: '',
      can: ['traces', 'metrics', 'logs', 'changes'],
      notes:
        own !== undefined && accounts.length > 0 && !accounts.includes(own)
          ? [`This key sees the accounts ${accounts.slice(0, 5).join(', ')} and not ${own}.`]
          : [],
    };
  },
  async plan(asking) {
    return pagesOf(asking, accountOf(asking)).map((p) => ({ query: p.query, calls: 1 }));
  },
  async collect(asking) {
    await asking.pages(pagesOf(asking, accountOf(asking)));
  },
} satisfies SourceSystem;

function accountOf(asking: Asking): number {
  const account = Number(asking.option('account'));
  if (!Number.isInteger(account) || account <= 0)
    throw new AskFault('bad-request', 'it needs the number of the account (account: 1234567)');
  return account;
}

/** A table of rows: what is selected, and how each row becomes evidence. */
interface Table {
  select: string;
  fromMs: number;
  toMs: number;
  tail: string;
  write(rows: readonly JsonObject[], sink: Sink): void;
}

function pagesOf(asking: Asking, account: number): Page[] {
  const where = asking.option('where');
  const condition = where === undefined ? '' : ` WHERE ${where}`;
  const { fromMs, toMs } = asking.window;
  // At most 366 points a query.
  const seconds = Math.max(60, Math.ceil((toMs - fromMs) / 1000 / 300 / 60) * 60);
  const sliced = (most: number): { fromMs: number; toMs: number }[] =>
    slicesOf(asking.window, Math.max(1, Math.ceil(most / ROWS_A_QUERY)));
  const every = `TIMESERIES ${seconds} seconds LIMIT 200`;
  const tables: Table[] = [
    ...sliced(countOption(asking.option('spans'), SPANS)).map((s) => ({
      ...s,
      select: `SELECT * FROM Span${condition}`,
      tail: 'ORDER BY timestamp LIMIT MAX',
      write: writeSpans,
    })),
    ...sliced(countOption(asking.option('lines'), LINES)).map((s) => ({
      ...s,
      select: `SELECT * FROM Log${condition}`,
      tail: 'LIMIT MAX',
      write: writeLogs,
    })),
    {
      fromMs,
      toMs,
      select:
        'SELECT percentile(duration, 50, 95, 99) AS latency, rate(count(*), 1 second) AS throughput, percentage(count(*), WHERE error IS true) AS errors FROM Transaction',
      tail: `FACET appName ${every}`,
      write: (rows, sink) => writeGauges(rows.flatMap(ofTransactions), sink),
    },
    {
      fromMs,
      toMs,
      select: 'SELECT average(cpuPercent) AS cpu, average(memoryUsedPercent) AS memory FROM SystemSample',
      tail: `FACET hostname ${every}`,
      write: (rows, sink) => writeGauges(rows.flatMap(ofHosts), sink),
    },
    { fromMs, toMs, select: 'SELECT * FROM Deployment', tail: 'LIMIT MAX', write: writeChanges },
  ];
  return tables.map((t) => tablePage(asking, account, t));
}

function tablePage(asking: Asking, account: number, table: Table): Page {
  const { select, fromMs, toMs, tail } = table;
  const query = `${select} SINCE ${Math.floor(fromMs)} UNTIL ${Math.ceil(toMs)} ${tail}`;
  return {
    query,
    ask: () => nrql(asking, account, query),
    read(answer, sink) {
      const rows = rowsOf(answer);
      table.write(rows, sink);
      if (rows.length >= ROWS_A_QUERY && tail.includes('LIMIT MAX'))
        asking.gap({
          severity: 'note',
          what: `${select} has more than ${ROWS_A_QUERY} rows between ${isoMs(fromMs)} and ${isoMs(toMs)}; the first were taken.`,
          todo: 'Give a condition (where: …), or raise spans and lines: the window is then cut into more parts.',
        });
    },
    split() {
      const middle = Math.floor((fromMs + toMs) / 2);
      return middle <= fromMs || !tail.includes('LIMIT MAX')
        ? []
        : [
            tablePage(asking, account, { ...table, toMs: middle }),
            tablePage(asking, account, { ...table, fromMs: middle }),
          ];
    },
  };
}

const text = (row: JsonObject, ...keys: string[]): string => {
  const value = keys.map((k) => row[k]).find((v) => v !== undefined && v !== null);
  return value === undefined ? '' : String(value);
};

const USED = new Set([
  'timestamp',
  'trace.id',
  'traceId',
  'id',
  'guid',
  'parent.id',
  'parentId',
  'name',
  'duration',
  'duration.ms',
  'service.name',
  'appName',
  'entity.name',
  'span.kind',
  'entity.guid',
  'entityGuid',
  'nr.guid',
]);

/** `timestamp` is in milliseconds, `duration` in seconds, `duration.ms` in what it says. */
function writeSpans(rows: readonly JsonObject[], sink: Sink): void {
  const resource = resources(sink);
  for (const row of rows) {
    const startNs = parseTimeNs(row.timestamp);
    const ms = row['duration.ms'] === undefined ? Number(row.duration) * 1000 : Number(row['duration.ms']);
    if (startNs === undefined || !Number.isFinite(ms)) {
      sink.flaw('record-incomplete', 0);
      continue;
    }
    const kind = text(row, 'span.kind').toLowerCase();
    const failed =
      row.error === true ||
      row.error === 'true' ||
      row['otel.status_code'] === 'ERROR' ||
      row['error.message'] !== undefined;
    sink.span(
      {
        resource: resource(text(row, 'service.name', 'appName', 'entity.name')),
        scope: NO_SCOPE,
        traceId: text(row, 'trace.id', 'traceId'),
        spanId: text(row, 'id', 'guid'),
        parentSpanId: text(row, 'parent.id', 'parentId'),
        traceState: '',
        name: text(row, 'name'),
        kind:
          SPAN_KINDS.find((k) => k.toLowerCase() === kind) ??
          (row['nr.entryPoint'] === true ? 'Server' : 'Internal'),
        startNs,
        endNs: startNs + BigInt(Math.round(ms * 1e6)),
        attributes: sink.map(flatFields(row, USED)),
        status: failed ? 'Error' : 'Unset',
        statusMessage: text(row, 'error.message', 'otel.status_description'),
        events: [],
        links: [],
      },
      0,
    );
  }
}

function writeLogs(rows: readonly JsonObject[], sink: Sink): void {
  const resource = resources(sink);
  for (const row of rows) {
    const timeNs = parseTimeNs(row.timestamp);
    if (timeNs === undefined) sink.flaw('record-incomplete', 0);
    else
      writeLogLine(
        {
          timeNs,
          text: text(row, 'message'),
          known: row,
          attributes: flatFields(row, new Set(['timestamp', 'message', 'level', 'newrelic.source'])),
        },
        resource(text(row, 'service.name', 'entity.name', 'appName')),
        sink,
      );
  }
}

/** The middle of a row's time, in milliseconds. */
const middleMs = (row: JsonObject): number =>
  ((Number(row.beginTimeSeconds) + Number(row.endTimeSeconds)) / 2) * 1000;

function ofTransactions(row: JsonObject): GaugeSeries[] {
  const service = text(row, 'appName', 'facet');
  const latency = isObject(row.latency) ? row.latency : {};
  const at = (value: unknown): [number, number][] =>
    typeof value === 'number' ? [[middleMs(row), value]] : [];
  return [
    ...['50', '95', '99'].map((p) => ({
      service,
      name: `latency_p${p}`,
      unit: 's',
      attributes: [],
      points: at(latency[p]),
    })),
    { service, name: 'request_rate', unit: '1/s', attributes: [], points: at(row.throughput) },
    { service, name: 'error_percent', unit: '%', attributes: [], points: at(row.errors) },
  ];
}

function ofHosts(row: JsonObject): GaugeSeries[] {
  const service = text(row, 'hostname', 'facet');
  const at = (value: unknown): [number, number][] =>
    typeof value === 'number' ? [[middleMs(row), value / 100]] : [];
  return [
    { service, name: 'system.cpu.utilization', unit: '1', attributes: [], points: at(row.cpu) },
    { service, name: 'system.memory.utilization', unit: '1', attributes: [], points: at(row.memory) },
  ];
}

function writeChanges(rows: readonly JsonObject[], sink: Sink): void {
  for (const row of rows)
    sink.change(
      {
        timeNs: parseTimeNs(row.timestamp),
        kind: 'deploy',
        service: text(row, 'entity.name', 'appName', 'entityName'),
        name: text(row, 'version'),
        summary: text(row, 'description', 'changelog') || `deployment ${text(row, 'version')}`,
        revision: text(row, 'commit', 'revision'),
        version: text(row, 'version'),
        author: text(row, 'user'),
        files: [],
        diff: '',
      },
      0,
    );
}
