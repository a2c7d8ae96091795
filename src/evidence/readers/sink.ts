import type { Profile } from '../../domain/index.js';
import type { Redactor } from '../redact/index.js';
import type { Store, TableName } from '../store/index.js';
import { type MapAttributes, redactedMaps } from './attribute-map.js';
import { redactedProfile } from './profiles/redacted.js';
import type {
  AlertEvent,
  ChangeEvent,
  ExponentialHistogramPoint,
  HistogramPoint,
  LogRecord,
  Metric,
  NumberPoint,
  Span,
  SummaryPoint,
  Temporality,
} from './records.js';
import { createRowWriter, type RowWriter } from './row-writer.js';
import {
  MAX_TIME_NS,
  type RowContext,
  writeAlertRow,
  writeChangeRow,
  writeExponentialHistogramRow,
  writeGaugeRow,
  writeHistogramRow,
  writeLogRow,
  writePlanRow,
  writeSpanRow,
  writeStatementRow,
  writeSummaryRow,
  writeSumRow,
} from './rows.js';
import { spanBlocks } from './span-blocks.js';
import type { SpanScan } from './span-scan.js';
import type { StatementRecord } from './statements/record.js';
import type { TakenBlock } from './taken-block.js';

export { type AttributeValue, EMPTY_MAP } from './attribute-map.js';

/** Where readers put rows. Text is redacted here or by `map` before it reaches the store. */
export interface Sink {
  /** A map of string attributes. Values must be strings as the source has them; numbers as their digits. */
  map: MapAttributes;
  span(span: Span, line: number): void;
  log(log: LogRecord, line: number): void;
  gauge(metric: Metric, point: NumberPoint, line: number): void;
  sum(metric: Metric, point: NumberPoint, temporality: Temporality, monotonic: boolean, line: number): void;
  histogram(metric: Metric, point: HistogramPoint, line: number): void;
  exponentialHistogram(metric: Metric, point: ExponentialHistogramPoint, line: number): void;
  summary(metric: Metric, point: SummaryPoint, line: number): void;
  change(change: ChangeEvent, line: number): void;
  alert(alert: AlertEvent, line: number): void;
  /** The text of a plan, in the format it was given in. */
  plan(text: string, line: number): void;
  /** What a database says of a statement; its literals are cut. */
  statement(record: StatementRecord, line: number): void;
  /** A profile is kept as it was read, added up to its distinct stacks; it does not go to the store. */
  profile(profile: Profile): void;
  /** Counts something odd about a record: kept or dropped, it becomes one problem with a count. */
  flaw(kind: string, line: number): void;
  /**
   * Writes a block of spans without making objects of them, as far as that can be done: the units that are left are
   * for the other methods. Nothing is redacted or written before `turn` is done, or when it gives `false`. Absent where it
   * never can.
   */
  spans?(scan: SpanScan, turn: Promise<unknown>): Promise<TakenBlock['left']>;
  /** To be awaited now and then: writes when enough has come together, and holds a fast reader back. */
  drain(): Promise<void>;
}
export interface SinkTally {
  records: number;
  fromNs: bigint | undefined;
  toNs: bigint | undefined;
  profiles: readonly Profile[];
  /** By kind: how many, and the line of the first. */
  flaws: ReadonlyMap<string, { count: number; line: number }>;
}

const FLUSH_BYTES = 32 * 1024 * 1024;

/** Collects rows of one source and writes them in blocks, one insert at a time beside the reading. */
export function createSink(
  store: Store,
  sourceId: string,
  redactor: Redactor,
): { sink: Sink; finish(): Promise<SinkTally> } {
  const writers = new Map<TableName, RowWriter>();
  const context: RowContext = { source: sourceId, text: (value) => redactor.redact(value) };
  const cutStatement = (value: string): string => redactor.attribute('db.statement', value);
  let writing: Promise<void> = Promise.resolve();
  let records = 0;
  let fromNs: bigint | undefined;
  let toNs: bigint | undefined;
  const flaws = new Map<string, { count: number; line: number }>();
  const profiles: Profile[] = [];

  const flaw = (kind: string, line: number): void => {
    const known = flaws.get(kind);
    if (known) known.count++;
    else flaws.set(kind, { count: 1, line });
  };
  /** The writer of a table, for one more row. */
  const row = (table: TableName): RowWriter => {
    records++;
    const known = writers.get(table);
    if (known) return known;
    const writer = createRowWriter();
    writers.set(table, writer);
    return writer;
  };
  const seen = (ns: bigint, line: number): void => {
    if (ns === 0n) flaw('no-time', line);
    else if (ns < 0n || ns > MAX_TIME_NS) flaw('time-out-of-range', line);
    else {
      if (fromNs === undefined || ns < fromNs) fromNs = ns;
      if (toNs === undefined || ns > toNs) toNs = ns;
    }
  };
  const finite = (values: readonly number[], line: number): boolean => {
    if (values.every(Number.isFinite)) return true;
    flaw('not-finite', line);
    return false;
  };
  /** One insert after the other, in the order they were begun; waits for those before it. */
  const enqueue = async (work: () => Promise<void>): Promise<void> => {
    const before = writing;
    writing = before.then(work);
    // A failed insert is thrown by the next one or by finish, not as an unhandled rejection in between.
    writing.catch(() => {});
    await before;
  };
  const flush = async (): Promise<void> => {
    const full = [...writers].map(([table, writer]) => ({ table, rowBinary: writer.take() }));
    await enqueue(async () => {
      for (const { table, rowBinary } of full) await store.insert(table, { rowBinary });
    });
  };

  const { asFile } = store;
  const take = asFile && spanBlocks({ ...store, asFile }, sourceId, redactor, enqueue);
  const spans = async (scan: SpanScan, turn: Promise<unknown>): Promise<TakenBlock['left']> => {
    if (!take) return 'all';
    const taken = await take(scan, turn);
    records += taken.spans;
    if (taken.spans > 0) {
      seen(taken.fromNs, 0);
      seen(taken.toNs, 0);
    }
    return taken.left;
  };

  const sink: Sink = {
    flaw,
    map: redactedMaps(redactor),
    span(span, line) {
      seen(span.startNs, line);
      if (span.endNs < span.startNs) flaw('end-before-start', line);
      if (span.spanId === '' || span.traceId === '') flaw('no-span-id', line);
      writeSpanRow(row('otel_traces'), span, context, line);
    },
    log(log, line) {
      seen(log.timeNs, line);
      writeLogRow(row('otel_logs'), log, context, line);
    },
    gauge(metric, point, line) {
      seen(point.timeNs, line);
      if (finite([point.value], line)) writeGaugeRow(row('otel_metrics_gauge'), metric, point, context, line);
    },
    sum(metric, point, temporality, monotonic, line) {
      seen(point.timeNs, line);
      if (finite([point.value], line))
        writeSumRow(row('otel_metrics_sum'), metric, point, temporality, monotonic, context, line);
    },
    histogram(metric, p, line) {
      seen(p.timeNs, line);
      if (finite([p.count, p.sum, p.min, p.max, ...p.bucketCounts, ...p.explicitBounds], line))
        writeHistogramRow(row('otel_metrics_histogram'), metric, p, context, line);
    },
    exponentialHistogram(metric, p, line) {
      seen(p.timeNs, line);
      const counts = [...p.positive.bucketCounts, ...p.negative.bucketCounts];
      if (finite([p.count, p.sum, p.min, p.max, p.scale, p.zeroCount, ...counts], line))
        writeExponentialHistogramRow(row('otel_metrics_exponential_histogram'), metric, p, context, line);
    },
    summary(metric, p, line) {
      seen(p.timeNs, line);
      const quantiles = p.quantiles.filter((q) => finite([q.quantile, q.value], line));
      if (finite([p.count, p.sum], line))
        writeSummaryRow(row('otel_metrics_summary'), metric, { ...p, quantiles }, context, line);
    },
    change(change, line) {
      if (change.timeNs !== undefined) seen(change.timeNs, line);
      else flaw('change-without-time', line);
      // Line by line: a quote that opens in one line of code must not swallow the lines after it.
      const diff = change.diff.split('\n').map(context.text).join('\n');
      const author = change.author === '' ? '' : redactor.attribute('user.name', change.author);
      writeChangeRow(row('changes'), { ...change, author, diff }, context, line);
    },
    alert(alert, line) {
      seen(alert.timeNs, line);
      writeAlertRow(row('alerts'), alert, context, line);
    },
    plan(text, line) {
      writePlanRow(row('query_plans'), text, cutStatement, context, line);
    },
    statement(record, line) {
      if (record.timeNs !== undefined) seen(record.timeNs, line);
      const figures = [record.calls, record.totalMs, record.lockMs ?? 0, record.rows ?? 0];
      if (finite(figures, line)) writeStatementRow(row('query_stats'), record, cutStatement, context, line);
    },
    profile(profile) {
      records += profile.records;
      if (profile.startNs !== undefined) seen(profile.startNs, 0);
      profiles.push(redactedProfile(profile, context.text));
    },
    ...(take ? { spans } : {}),
    async drain() {
      let bytes = 0;
      for (const writer of writers.values()) bytes += writer.size();
      if (bytes >= FLUSH_BYTES) await flush();
    },
  };
  return {
    sink,
    async finish() {
      await flush();
      await writing;
      return { records, fromNs, toNs, flaws, profiles };
    },
  };
}
