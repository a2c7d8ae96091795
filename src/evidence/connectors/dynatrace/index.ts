import { flatFields, NO_SCOPE, resources } from '../../readers/json-map.js';
import { SPAN_KINDS } from '../../readers/records.js';
import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import { type GaugeSeries, writeGauges } from '../live/gauges.js';
import { parseJson } from '../live/http.js';
import { writeLogLine } from '../live/log-line.js';
import { countOption, slicesOf } from '../live/slices.js';
import { type Asking, isoMs, nsOf, type Page, type SourceSystem } from '../source.js';
import { dql, recordsOf } from './grail.js';

const SPANS = 40_000;
const LINES = 20_000;
const RECORDS_A_QUERY = 5000;

/** Metric selectors, the names that facts know, and what their values are divided by. Response times are in microseconds. */
const METRICS: readonly { selector: string; name: string; unit: string; per: number; entity: string }[] = [
  ...[50, 95, 99].map((p) => ({
    selector: `builtin:service.response.time:splitBy("dt.entity.service"):percentile(${p}):names`,
    name: `latency_p${p}`,
    unit: 's',
    per: 1e6,
    entity: 'dt.entity.service.name',
  })),
  {
    selector: 'builtin:service.requestCount.total:splitBy("dt.entity.service"):rate(1s):names',
    name: 'request_rate',
    unit: '1/s',
    per: 1,
    entity: 'dt.entity.service.name',
  },
  {
    selector: 'builtin:service.errors.total.rate:splitBy("dt.entity.service"):names',
    name: 'error_percent',
    unit: '%',
    per: 1,
    entity: 'dt.entity.service.name',
  },
  {
    selector: 'builtin:host.cpu.usage:splitBy("dt.entity.host"):names',
    name: 'system.cpu.utilization',
    unit: '1',
    per: 100,
    entity: 'dt.entity.host.name',
  },
  {
    selector: 'builtin:containers.cpu.throttledMilliCores:splitBy("Container"):names',
    name: 'container.cpu.throttled.millicores',
    unit: '',
    per: 1,
    entity: 'Container',
  },
];

export default {
  id: 'dynatrace',
  title: 'Dynatrace',
  asks: 'response times, rates and errors of services, processors of hosts, problems, deployments; spans and logs from Grail',
  example: 'https://abc12345.live.dynatrace.com',
  products: ['dynatrace'],
  gives: ['metrics', 'traces', 'logs', 'alerts', 'changes'],
  address: 'url',
  vendorHosts: /(?:^|\.)dynatrace\.com$/,
  perSecond: 4,
  credentials: { token: ['DT_API_TOKEN', 'DYNATRACE_API_TOKEN', 'DT_PLATFORM_TOKEN'] },
  options: {
    api: 'grail for spans and logs (addresses with .apps. are taken for it), classic for metrics, problems and events',
    filter: 'DQL condition that spans and logs have to fit: service.name == "checkout"',
    metrics: 'more metric selectors',
    spans: 'most spans for a window (default 40000), spread over it',
    lines: 'most log lines for a window (default 20000), spread over it',
  },
  headers: (credential, entry) => ({
    ...(credential?.token === undefined
      ? {}
      : { authorization: `${isGrail(entry) ? 'Bearer' : 'Api-Token'} ${credential.token}` }),
  }),
  async probe(asking) {
    if (isGrail(asking.entry)) {
      recordsOf(await dql(asking, 'data record(ok = true)', asking.window.fromMs, asking.window.toMs, 1));
      return { version: 'Grail', can: ['traces', 'logs'], notes: [] };
    }
    await asking.client.json({
      path: '/api/v2/metrics',
      parameters: [
        ['pageSize', '1'],
        ['metricSelector', 'builtin:service.*'],
      ],
    });
    return { version: 'API v2', can: ['metrics', 'alerts', 'changes'], notes: [] };
  },
  async plan(asking) {
    return isGrail(asking.entry)
      ? grailPages(asking).map((p) => ({ query: p.query, calls: 1 }))
      : [
          ...selectorsOf(asking).map((m) => ({ query: m.selector, calls: 1 })),
          { query: 'problems', calls: 1 },
          { query: 'events of deployments', calls: 1 },
        ];
  },
  async collect(asking) {
    if (isGrail(asking.entry)) {
      await asking.pages(grailPages(asking));
      return;
    }
    for (const metric of selectorsOf(asking))
      await inPart(asking, metric.selector, () => collectMetric(asking, metric));
    await inPart(asking, 'problems', () => collectProblems(asking));
    await inPart(asking, 'events', () => collectEvents(asking));
  },
} satisfies SourceSystem;

const isGrail = (entry: Asking['entry']): boolean =>
  entry.options.api === 'grail' ||
  (entry.options.api === undefined && /\/\/[^/]*\.apps\./.test(entry.url ?? ''));

/** A selector that this environment does not have, or a scope that the token lacks, costs that part alone. */
async function inPart(asking: Asking, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof AskFault) || !['bad-request', 'forbidden', 'not-found'].includes(error.kind))
      throw error;
    asking.gap({
      what: `Dynatrace gives no ${what}: ${error.what}.`,
      todo: 'Give the token the scopes metrics.read, problems.read, events.read; leave out what is not there.',
    });
  }
}

function selectorsOf(asking: Asking): readonly (typeof METRICS)[number][] {
  return [
    ...METRICS,
    ...asking.list('metrics').map((selector) => ({
      selector,
      name: selector.split(':').slice(0, 2).join(':'),
      unit: '',
      per: 1,
      entity: '',
    })),
  ];
}

/** Page after page. From the second on `nextPageKey` stands alone: with anything beside it the request is refused. */
async function paged(
  asking: Asking,
  what: string,
  path: string,
  first: readonly (readonly [string, string])[],
  read: (value: JsonObject, sink: Sink) => void,
): Promise<void> {
  let key: string | undefined;
  for (let page = 1; page <= 100; page++) {
    const parameters = key === undefined ? first : [['nextPageKey', key] as const];
    key = await asking.page({
      query: `${what}, page ${page}`,
      ask: () => asking.client.ask({ path, parameters }),
      read(answer, sink) {
        const value = parseJson(answer);
        if (!isObject(value)) throw new AskFault('malformed', 'its answer is no object');
        read(value, sink);
        return typeof value.nextPageKey === 'string' && value.nextPageKey !== ''
          ? value.nextPageKey
          : undefined;
      },
    });
    if (key === undefined) return;
  }
}

function collectMetric(asking: Asking, metric: (typeof METRICS)[number]): Promise<void> {
  const { fromMs, toMs } = asking.window;
  const minutes = Math.max(1, Math.ceil((toMs - fromMs) / 60_000 / 500));
  return paged(
    asking,
    `${metric.selector} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    '/api/v2/metrics/query',
    [
      ['metricSelector', metric.selector],
      ['from', String(fromMs)],
      ['to', String(toMs)],
      ['resolution', `${minutes}m`],
    ],
    (value, sink) => {
      for (const result of arrayOf(value.result).filter(isObject)) {
        for (const w of arrayOf(result.warnings))
          asking.gap({
            severity: 'note',
            what: `Dynatrace says of ${metric.name}: ${String(w).slice(0, 160)}.`,
            todo: 'Narrow the window if this evidence is missed.',
          });
        writeGauges(
          arrayOf(result.data)
            .filter(isObject)
            .map((d) => seriesOf(d, metric)),
          sink,
        );
      }
    },
  );
}

function seriesOf(data: JsonObject, { name, unit, per, entity }: (typeof METRICS)[number]): GaugeSeries {
  const map = isObject(data.dimensionMap) ? data.dimensionMap : {};
  const times = arrayOf(data.timestamps);
  return {
    service: String(map[entity] ?? arrayOf(data.dimensions)[0] ?? ''),
    name,
    unit,
    attributes: Object.entries(map)
      .filter(([k]) => k !== entity && !k.startsWith('dt.entity.'))
      .map(([k, v]) => [k, String(v)] as const),
    // Where nothing was measured the value is null.
    points: arrayOf(data.values).flatMap((v, i) =>
      typeof v === 'number' ? [[Number(times[i]), v / per] as const] : [],
    ),
  };
}

const collectProblems = (asking: Asking): Promise<void> => {
  const { fromMs, toMs } = asking.window;
  return paged(
    asking,
    `problems from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    '/api/v2/problems',
    [
      ['from', String(fromMs)],
      ['to', String(toMs)],
      ['pageSize', '100'],
    ],
    (value, sink) => {
      for (const p of arrayOf(value.problems).filter(isObject)) {
        const [entity] = arrayOf(p.affectedEntities).filter(isObject);
        sink.alert(
          {
            timeNs: nsOf(Number(p.startTime)),
            service: String(entity?.name ?? ''),
            name: String(p.title ?? p.displayId ?? ''),
            metric: '',
            threshold: null,
            observed: null,
            severity: String(p.severityLevel ?? ''),
            summary: `${String(p.displayId ?? '')} ${String(p.title ?? '')}`.trim(),
          },
          0,
        );
      }
    },
  );
};

const collectEvents = (asking: Asking): Promise<void> => {
  const { fromMs, toMs } = asking.window;
  return paged(
    asking,
    `events of deployments from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    '/api/v2/events',
    [
      ['from', String(fromMs)],
      ['to', String(toMs)],
      [
        'eventSelector',
        'eventType("CUSTOM_DEPLOYMENT","CUSTOM_CONFIGURATION","PROCESS_RESTART","DEPLOYMENT_CHANGED_CHANGE")',
      ],
      ['pageSize', '100'],
    ],
    (value, sink) => {
      for (const e of arrayOf(value.events).filter(isObject)) {
        const own = new Map(
          arrayOf(e.properties)
            .filter(isObject)
            .map((p) => [String(p.key), String(p.value)]),
        );
        const entity = isObject(e.entityId) ? String(e.entityId.name ?? '') : '';
        sink.change(
          {
            timeNs: nsOf(Number(e.startTime)),
            kind: String(e.eventType).includes('CONFIGURATION') ? 'other' : 'deploy',
            service: entity,
            name: own.get('dt.event.deployment.name') ?? String(e.title ?? ''),
            summary: String(e.title ?? e.eventType ?? ''),
            revision: own.get('dt.event.deployment.release_build_version') ?? '',
            version: own.get('dt.event.deployment.version') ?? '',
            author: '',
            files: [],
            diff: '',
          },
          0,
        );
      }
    },
  );
};

function grailPages(asking: Asking): Page[] {
  const filter = asking.option('filter');
  const condition = filter === undefined ? '' : ` | filter ${filter}`;
  const sliced = (most: number): { fromMs: number; toMs: number }[] =>
    slicesOf(asking.window, Math.max(1, Math.ceil(most / RECORDS_A_QUERY)));
  const page = (
    query: string,
    fromMs: number,
    toMs: number,
    write: (records: readonly JsonObject[], sink: Sink) => void,
  ): Page => ({
    query: `${query} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    ask: () => dql(asking, query, fromMs, toMs, RECORDS_A_QUERY),
    read(answer, sink) {
      const { records, warnings } = recordsOf(answer);
      for (const w of warnings.slice(0, 2))
        asking.gap({
          severity: 'note',
          what: `Grail says: ${w.slice(0, 200)}.`,
          todo: 'Narrow the window or the filter.',
        });
      write(records, sink);
    },
  });
  return [
    ...sliced(countOption(asking.option('spans'), SPANS)).map((s) =>
      page(
        `fetch spans${condition} | sort start_time asc | limit ${RECORDS_A_QUERY}`,
        s.fromMs,
        s.toMs,
        writeSpans,
      ),
    ),
    ...sliced(countOption(asking.option('lines'), LINES)).map((s) =>
      page(
        `fetch logs${condition} | sort timestamp asc | limit ${RECORDS_A_QUERY}`,
        s.fromMs,
        s.toMs,
        writeLogs,
      ),
    ),
  ];
}

const text = (record: JsonObject, ...keys: string[]): string => {
  const value = keys.map((k) => record[k]).find((v) => v !== undefined && v !== null);
  return value === undefined ? '' : String(value);
};
const USED = new Set([
  'start_time',
  'end_time',
  'duration',
  'trace.id',
  'span.id',
  'span.parent_id',
  'span.name',
  'span.kind',
  'service.name',
  'dt.entity.service.entity.name',
  'timestamp',
]);

/** Times are ISO with nanoseconds; durations are nanoseconds as text. */
function writeSpans(records: readonly JsonObject[], sink: Sink): void {
  const resource = resources(sink);
  for (const r of records) {
    const startNs = parseTimeNs(r.start_time);
    const endNs = parseTimeNs(r.end_time);
    const duration = Number(r.duration);
    if (startNs === undefined || (endNs === undefined && !Number.isFinite(duration))) {
      sink.flaw('record-incomplete', 0);
      continue;
    }
    const kind = text(r, 'span.kind').toLowerCase();
    sink.span(
      {
        resource: resource(text(r, 'service.name', 'dt.entity.service.entity.name', 'dt.entity.service')),
        scope: NO_SCOPE,
        traceId: text(r, 'trace.id'),
        spanId: text(r, 'span.id'),
        parentSpanId: text(r, 'span.parent_id'),
        traceState: '',
        name: text(r, 'span.name', 'endpoint.name'),
        kind: SPAN_KINDS.find((k) => k.toLowerCase() === kind) ?? 'Internal',
        startNs,
        endNs: endNs ?? startNs + BigInt(Math.round(duration)),
        attributes: sink.map(flatFields(r, USED)),
        status:
          /^error$/i.test(text(r, 'span.status_code')) || r['request.is_failed'] === true ? 'Error' : 'Unset',
        statusMessage: text(r, 'span.status_message'),
        events: [],
        links: [],
      },
      0,
    );
  }
}

function writeLogs(records: readonly JsonObject[], sink: Sink): void {
  const resource = resources(sink);
  for (const r of records) {
    const timeNs = parseTimeNs(r.timestamp);
    if (timeNs === undefined) sink.flaw('record-incomplete', 0);
    else
      writeLogLine(
        {
          timeNs,
          text: text(r, 'content'),
          known: { ...r, level: r.loglevel ?? r.status },
          attributes: flatFields(r, new Set(['timestamp', 'content', 'loglevel', 'status'])),
        },
        resource(text(r, 'service.name', 'dt.entity.service.entity.name', 'k8s.deployment.name')),
        sink,
      );
  }
}
