import {
  type Block,
  bullets,
  type Fact,
  heading,
  name,
  num,
  paragraph,
  say,
  subject,
  type Text,
} from '../domain/index.js';
import type { Params, Store } from '../evidence/store/index.js';
import type { Phases } from './phases.js';
import { fromQuery } from './query-fact.js';

/** Services whose slowest example is told. */
const SHOWN = 10;

interface Row {
  service: string;
  metric: string;
  phase: 'baseline' | 'incident';
  ms: number;
  trace: string;
  known: number | boolean;
  examples: number;
}

/** Milliseconds of a metric's value, by its unit or by the ending that Prometheus gives to names; none for other metrics. */
const TO_MS = `multiIf(MetricUnit IN ('s', 'seconds') OR endsWith(MetricName, '_seconds'), 1000,
  MetricUnit IN ('ms', 'milliseconds') OR endsWith(MetricName, '_milliseconds'), 1,
  MetricUnit IN ('us', 'µs', 'microseconds'), 0.001, MetricUnit IN ('ns', 'nanoseconds'), 0.000001, 0)`;
const TABLES = ['otel_metrics_histogram', 'otel_metrics_exponential_histogram'];

/**
 * The slowest request of each service that a histogram kept as an example (an exemplar), with its trace: a metric that
 * counts every request leads to one of them. Empty where no histogram of a duration has exemplars.
 */
export async function exemplarFacts(
  store: Store,
  phases: Phases,
  sources: readonly string[],
): Promise<{ facts: Fact[]; blocks: Block[] }> {
  const each = TABLES.map(
    (table) => `SELECT ServiceName, MetricName, ${phases.sql('TimeUnix')} AS phase,
      arrayJoin(arrayZip(Exemplars.TraceId, Exemplars.Value)) AS example, ${TO_MS} AS toMs
    FROM ${table} WHERE notEmpty(Exemplars.TraceId)`,
  ).join(' UNION ALL ');
  const rows = await store.query<Row>(
    `SELECT service, phase, metric, trace, ms, examples, trace IN (SELECT TraceId FROM otel_traces) AS known FROM (
       SELECT ServiceName AS service, phase, argMax(MetricName, (ownMs, ownTrace)) AS metric,
         argMax(ownTrace, (ownMs, ownTrace)) AS trace, max(ownMs) AS ms, count() AS examples
       FROM (SELECT ServiceName, MetricName, phase, lower(example.1) AS ownTrace, example.2 * toMs AS ownMs FROM (${each}) WHERE toMs > 0)
       WHERE match(ownTrace, '^[0-9a-f]{16,32}$') GROUP BY service, phase)
     ORDER BY ms DESC, service, phase`,
    phases.params as Params,
  );
  const told = rows.map((row) => ({
    row,
    fact: fromQuery(
      {
        name: 'exemplar.slowest',
        subject: subject('service', row.service || 'unnamed'),
        value: Number(row.ms),
        unit: 'ms',
        n: Number(row.examples),
        phase: row.phase,
      },
      {
        // The trace where it is here, so that the number leads to its spans; else the metric.
        query: row.known
          ? `otel_traces: trace ${row.trace}, the slowest exemplar of ${row.metric}`
          : `metric ${row.metric} of ${row.service || 'a service'}: its exemplars, the slowest of trace ${row.trace}`,
        rows: Number(row.examples),
        sources,
      },
    ),
  }));
  const now = told.filter(({ row }) => row.phase === 'incident').slice(0, SHOWN);
  if (now.length === 0) return { facts: told.map((t) => t.fact), blocks: [] };
  return {
    facts: told.map((t) => t.fact),
    blocks: [
      heading(say`Slow requests that metrics keep as examples`),
      paragraph(
        say`Histograms count every request and keep some with their traces: one of the slowest of each service.`,
      ),
      bullets(now.map(({ row, fact }) => lineOf(row, fact))),
    ],
  };
}

const lineOf = (row: Row, fact: Fact): Text =>
  row.known
    ? say`${name(row.service)}, ${name(row.metric)}: ${num(fact)} in trace ${name(row.trace)}.`
    : say`${name(row.service)}, ${name(row.metric)}: ${num(fact)} in trace ${name(row.trace)}, whose spans were not given: fetch it by its id from where traces are kept.`;
