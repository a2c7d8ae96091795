import type {
  AlertEvent,
  ChangeEvent,
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  LogRecord,
  Metric,
  NumberPoint,
  Point,
  Span,
  SummaryPoint,
  Temporality,
} from './records.js';
import type { RowWriter } from './row-writer.js';
import type { StatementRecord } from './statements/record.js';

/** Last nanosecond that a 64-bit time holds: 11 April 2262. */
export const MAX_TIME_NS = 9_223_372_036_854_775_807n;

/** Where a row comes from, and how its free text is redacted. */
export interface RowContext {
  source: string;
  text: (value: string) => string;
}

/** Out of range is clamped. */
const time = (w: RowWriter, ns: bigint): void =>
  w.bigint64(ns < 0n ? 0n : ns > MAX_TIME_NS ? MAX_TIME_NS : ns);

const origin = (w: RowWriter, context: RowContext, line: number): void => {
  w.text(context.source);
  w.uint64(line);
};

/** The duration as it is stored: never negative, so that a broken clock cannot turn into a huge number. */
const durationNs = (span: Span): bigint => {
  const ns = span.endNs > span.startNs ? span.endNs - span.startNs : 0n;
  return ns > MAX_TIME_NS ? MAX_TIME_NS : ns;
};

export function writeSpanRow(w: RowWriter, s: Span, context: RowContext, line: number): void {
  const { events, links } = s;
  time(w, s.startNs);
  w.text(s.traceId);
  w.text(s.spanId);
  w.text(s.parentSpanId);
  w.text(s.traceState);
  w.text(context.text(s.name));
  w.text(s.kind);
  w.text(s.resource.service);
  w.sharedMap(s.resource.attributes);
  w.text(s.scope.name);
  w.text(s.scope.version);
  w.map(s.attributes);
  w.bigint64(durationNs(s));
  w.text(s.status);
  w.text(context.text(s.statusMessage));
  w.list(events, (e) => time(w, e.timeNs));
  w.list(events, (e) => w.text(context.text(e.name)));
  w.list(events, (e) => w.map(e.attributes));
  w.list(links, (l) => w.text(l.traceId));
  w.list(links, (l) => w.text(l.spanId));
  w.list(links, (l) => w.text(l.traceState));
  w.list(links, (l) => w.map(l.attributes));
  origin(w, context, line);
}

export function writeLogRow(w: RowWriter, l: LogRecord, context: RowContext, line: number): void {
  time(w, l.timeNs);
  w.text(l.traceId);
  w.text(l.spanId);
  w.uint8(l.traceFlags);
  w.text(l.severityText);
  w.uint8(l.severityNumber);
  w.text(l.resource.service);
  w.text(context.text(l.body));
  w.text(l.resource.schemaUrl);
  w.sharedMap(l.resource.attributes);
  w.text(l.scope.schemaUrl);
  w.text(l.scope.name);
  w.text(l.scope.version);
  w.sharedMap(l.scope.attributes);
  w.map(l.attributes);
  w.text(l.eventName);
  origin(w, context, line);
}

function writeMetric(w: RowWriter, { resource, scope, name, description, unit }: Metric, p: Point): void {
  w.sharedMap(resource.attributes);
  w.text(resource.schemaUrl);
  w.text(scope.name);
  w.text(scope.version);
  w.sharedMap(scope.attributes);
  w.uint32(scope.droppedAttributes);
  w.text(scope.schemaUrl);
  w.text(resource.service);
  w.text(name);
  w.text(description);
  w.text(unit);
  w.map(p.attributes);
  time(w, p.startNs);
  time(w, p.timeNs);
  w.uint32(p.flags);
}

function writeExemplars(w: RowWriter, exemplars: readonly Exemplar[]): void {
  w.list(exemplars, (e) => w.map(e.attributes));
  w.list(exemplars, (e) => time(w, e.timeNs));
  w.list(exemplars, (e) => w.float64(e.value));
  w.list(exemplars, (e) => w.text(e.spanId));
  w.list(exemplars, (e) => w.text(e.traceId));
}

export function writeGaugeRow(
  w: RowWriter,
  metric: Metric,
  p: NumberPoint,
  context: RowContext,
  line: number,
): void {
  writeMetric(w, metric, p);
  writeExemplars(w, p.exemplars);
  w.float64(p.value);
  origin(w, context, line);
}

export function writeSumRow(
  w: RowWriter,
  metric: Metric,
  p: NumberPoint,
  temporality: Temporality,
  monotonic: boolean,
  context: RowContext,
  line: number,
): void {
  writeMetric(w, metric, p);
  writeExemplars(w, p.exemplars);
  w.float64(p.value);
  w.int32(temporality);
  w.uint8(monotonic ? 1 : 0);
  origin(w, context, line);
}

export function writeHistogramRow(
  w: RowWriter,
  metric: Metric,
  p: HistogramPoint,
  context: RowContext,
  line: number,
): void {
  writeMetric(w, metric, p);
  writeExemplars(w, p.exemplars);
  w.uint64(p.count);
  w.float64(p.sum);
  w.list(p.bucketCounts, w.uint64);
  w.list(p.explicitBounds, w.float64);
  w.float64(p.min);
  w.float64(p.max);
  w.int32(p.temporality);
  origin(w, context, line);
}

export function writeExponentialHistogramRow(
  w: RowWriter,
  metric: Metric,
  p: ExponentialHistogramPoint,
  context: RowContext,
  line: number,
): void {
  writeMetric(w, metric, p);
  writeExemplars(w, p.exemplars);
  w.uint64(p.count);
  w.float64(p.sum);
  w.int32(p.scale);
  w.uint64(p.zeroCount);
  w.int32(p.positive.offset);
  w.list(p.positive.bucketCounts, w.uint64);
  w.int32(p.negative.offset);
  w.list(p.negative.bucketCounts, w.uint64);
  w.float64(p.min);
  w.float64(p.max);
  w.int32(p.temporality);
  origin(w, context, line);
}

export function writeSummaryRow(
  w: RowWriter,
  metric: Metric,
  p: SummaryPoint,
  context: RowContext,
  line: number,
): void {
  writeMetric(w, metric, p);
  w.uint64(p.count);
  w.float64(p.sum);
  w.list(p.quantiles, (q) => w.float64(q.quantile));
  w.list(p.quantiles, (q) => w.float64(q.value));
  origin(w, context, line);
}

export function writeChangeRow(w: RowWriter, c: ChangeEvent, context: RowContext, line: number): void {
  time(w, c.timeNs ?? 0n);
  w.uint8(c.timeNs === undefined ? 0 : 1);
  w.text(c.kind);
  w.text(c.service);
  w.text(c.name);
  w.text(context.text(c.summary));
  w.text(c.revision);
  w.text(c.version);
  w.text(c.author);
  w.list(c.files, w.text);
  w.text(c.diff);
  origin(w, context, line);
}

/** `statement` cuts the literals of a statement; conditions of a plan are cut as the statement's own would be. */
export function writePlanRow(
  w: RowWriter,
  plan: string,
  statement: (text: string) => string,
  context: RowContext,
  line: number,
): void {
  // Line by line: a quote that opens in one line must not swallow the lines after it.
  w.text(
    plan
      .split('\n')
      .map((l) => withoutLiterals(l, statement, context))
      .join('\n'),
  );
  origin(w, context, line);
}

const CONDITION = /^(.*?(?:Filter|Cond|_condition)(?:"|>)?:? ?"?)(.*?)(\s\((?:cost=|actual |rows=).*)?$/;
/** What makes a bare condition a statement, for those who look for statements. */
const AROUND_CONDITION = 'SELECT x FROM t WHERE ';

function withoutLiterals(line: string, statement: (text: string) => string, context: RowContext): string {
  const found = line.includes("'") ? CONDITION.exec(line) : null;
  if (!found) return context.text(line);
  const [, key = '', condition = '', costs = ''] = found;
  const cut = statement(AROUND_CONDITION + condition);
  return cut.startsWith(AROUND_CONDITION)
    ? key + cut.slice(AROUND_CONDITION.length) + costs
    : context.text(line);
}

/** `statement` cuts the literals of a statement. */
export function writeStatementRow(
  w: RowWriter,
  s: StatementRecord,
  statement: (text: string) => string,
  context: RowContext,
  line: number,
): void {
  time(w, s.timeNs ?? 0n);
  w.text(s.kind);
  w.text(s.product);
  w.text(statement(s.statement));
  w.text(s.other === undefined ? '' : s.other.split('\n').map(statement).join('\n'));
  w.text(s.id ?? '');
  w.float64(s.calls);
  w.float64(s.totalMs);
  for (const value of [s.deviationMs, s.lockMs, s.rows, s.rowsExamined, s.blocks, s.tempBytes, s.walBytes])
    w.nullableFloat64(value ?? null);
  origin(w, context, line);
}

export function writeAlertRow(w: RowWriter, a: AlertEvent, context: RowContext, line: number): void {
  time(w, a.timeNs);
  w.text(a.service);
  w.text(a.name);
  w.text(a.metric);
  w.nullableFloat64(a.threshold);
  w.nullableFloat64(a.observed);
  w.text(a.severity);
  w.text(context.text(a.summary));
  origin(w, context, line);
}
