import type { Fact, Source } from '../../domain/index.js';

/** A statement that finds the records behind a fact, with its parameters. */
export interface Records {
  sql: string;
  params: Record<string, unknown>;
}

const SPANS = `SELECT toString(Timestamp) AS at, TraceId AS trace, SpanId AS span, ServiceName AS service, SpanName AS operation,
  SpanKind AS kind, Duration / 1e6 AS ms, StatusCode AS status FROM otel_traces`;
const OF_SOURCES = '(empty({sources:Array(String)}) OR has({sources:Array(String)}, KpSource))';
const OF_SERVICE = "({service:String} = '' OR ServiceName = {service:String})";
const SLOWEST = 'ORDER BY Duration DESC, SpanId';

/**
 * The records that a fact's provenance speaks of: of its table or metric, its subject and its sources. `asked` is the
 * query as the provenance words it. Nothing where it looks at more than one table can show.
 */
export function recordsOf(fact: Fact, asked: string, sources: readonly Source[]): Records | undefined {
  const base = { sources: ofPhase(fact, sources), service: serviceOf(fact) };
  const trace = /^otel_traces: trace ([0-9a-f]{1,32})/.exec(asked)?.[1];
  if (trace !== undefined)
    return { sql: `${SPANS} WHERE TraceId = {trace:String} ORDER BY Timestamp, SpanId`, params: { trace } };
  if (asked.startsWith('otel_traces:')) return spansOf(fact, asked, base);
  if (asked.startsWith('otel_logs'))
    return {
      sql: `SELECT toString(Timestamp) AS at, ServiceName AS service, SeverityText AS severity, substring(Body, 1, 2000) AS body
            FROM otel_logs WHERE ${OF_SERVICE} AND ${OF_SOURCES} ORDER BY Timestamp, Body`,
      params: base,
    };
  const metrics = /^metric (.+?) of /.exec(asked)?.[1]?.split(', ');
  if (metrics) return { sql: POINTS, params: { ...base, metrics } };
  return /^(?:SELECT|WITH)\b/.test(asked) ? { sql: `SELECT * FROM (${asked})`, params: {} } : undefined;
}

/** Sources of the time that the number is of, where sources are of one time; all of them otherwise. */
function ofPhase(fact: Fact, sources: readonly Source[]): string[] {
  const own = sources.filter((s) => s.role === fact.phase);
  return (own.length > 0 ? own : sources).map((s) => s.id);
}

const serviceOf = ({ subject }: Fact): string =>
  subject.kind === 'service' ? subject.name : (subject.service ?? '');

function spansOf(fact: Fact, asked: string, base: Record<string, unknown>): Records | undefined {
  const { subject } = fact;
  const of = (where: string, params: Record<string, unknown> = {}): Records => ({
    sql: `${SPANS} WHERE ${OF_SOURCES} AND ${where} ${SLOWEST}`,
    params: { ...base, ...params },
  });
  if (asked.startsWith('otel_traces: served spans'))
    return of(`${OF_SERVICE} AND SpanName = {name:String} AND SpanKind IN ('Server', 'Consumer')`, {
      name: subject.name,
    });
  if (!asked.startsWith('otel_traces: calls to')) return undefined;
  switch (subject.kind) {
    case 'statement':
      return of(
        `${OF_SERVICE} AND {name:String} IN (SpanName, SpanAttributes['db.query.text'], SpanAttributes['db.statement'], SpanAttributes['db.query.summary'])`,
        { name: subject.name },
      );
    case 'database':
    case 'cache':
      return of(
        `SpanKind = 'Client' AND lower({name:String}) IN (lower(SpanAttributes['db.system.name']), lower(SpanAttributes['db.system']))`,
        { name: subject.name },
      );
    case 'service':
    case 'dependency':
      return of(
        `SpanKind IN ('Client', 'Producer') AND (TraceId, SpanId) IN (SELECT TraceId, ParentSpanId FROM otel_traces WHERE ServiceName = {callee:String})`,
        { callee: subject.name, service: '' },
      );
    default:
      return undefined;
  }
}

/** Points of metrics of every shape; of a histogram the mean of what was added up in it. */
const POINTS = [
  ['otel_metrics_gauge', 'Value'],
  ['otel_metrics_sum', 'Value'],
  ['otel_metrics_histogram', 'if(Count = 0, 0, Sum / Count)'],
  ['otel_metrics_exponential_histogram', 'if(Count = 0, 0, Sum / Count)'],
]
  .map(
    ([
      table,
      value,
    ]) => `SELECT toString(TimeUnix) AS at, ServiceName AS service, MetricName AS metric, MetricUnit AS unit,
  ${value} AS value, Attributes AS attributes FROM ${table} WHERE has({metrics:Array(String)}, MetricName) AND ${OF_SOURCES}`,
  )
  .join(' UNION ALL ');
