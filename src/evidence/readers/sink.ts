import type { Redactor } from '../redact/index.js';
import type { Store, TableName } from '../store/index.js';
import type {
  AlertEvent,
  ChangeEvent,
  ExponentialHistogramPoint,
  HistogramPoint,
  LogRecord,
  MapText,
  Metric,
  NumberPoint,
  Span,
  SummaryPoint,
  Temporality,
} from './records.js';
import {
  alertRow,
  COLUMNS,
  changeRow,
  exponentialHistogramRow,
  gaugeRow,
  histogramRow,
  logRow,
  MAX_TIME_NS,
  quoted,
  spanRow,
  summaryRow,
  sumRow,
} from './rows.js';

/** Where readers put rows. Text is redacted here or by `map` before it reaches the store. */
export interface Sink {
  /** A map of string attributes. Values must be strings as the source has them; numbers as their digits. */
  map(entries: Iterable<readonly [key: string, value: AttributeValue]>): MapText;
  span(span: Span, line: number): void;
  log(log: LogRecord, line: number): void;
  gauge(metric: Metric, point: NumberPoint, line: number): void;
  sum(metric: Metric, point: NumberPoint, temporality: Temporality, monotonic: boolean, line: number): void;
  histogram(metric: Metric, point: HistogramPoint, line: number): void;
  exponentialHistogram(metric: Metric, point: ExponentialHistogramPoint, line: number): void;
  summary(metric: Metric, point: SummaryPoint, line: number): void;
  change(change: ChangeEvent, line: number): void;
  alert(alert: AlertEvent, line: number): void;
  /** Counts something odd about a record: kept or dropped, it becomes one problem with a count. */
  flaw(kind: string, line: number): void;
  /** To be awaited now and then: writes when enough has come together, and holds a fast reader back. */
  drain(): Promise<void>;
}
/** Text is redacted; numbers and truth values are kept as their digits. */
export type AttributeValue = string | number | boolean | bigint;

export interface SinkTally {
  records: number;
  fromNs: bigint | undefined;
  toNs: bigint | undefined;
  /** By kind: how many, and the line of the first. */
  flaws: ReadonlyMap<string, { count: number; line: number }>;
}

const FLUSH_BYTES = 8 * 1024 * 1024;
export const EMPTY_MAP = '{}' as MapText;

/** Collects rows of one source and writes them in blocks, one insert at a time beside the reading. */
export function createSink(
  store: Store,
  sourceId: string,
  redactor: Redactor,
): { sink: Sink; finish(): Promise<SinkTally> } {
  const ending = `,${quoted(sourceId)}]\n`;
  const rows = new Map<TableName, string[]>();
  let bytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let records = 0;
  let fromNs: bigint | undefined;
  let toNs: bigint | undefined;
  const flaws = new Map<string, { count: number; line: number }>();

  const flaw = (kind: string, line: number): void => {
    const known = flaws.get(kind);
    if (known) known.count++;
    else flaws.set(kind, { count: 1, line });
  };
  const add = (table: TableName, row: string): void => {
    const list = rows.get(table);
    if (list) list.push(row, ending);
    else rows.set(table, [row, ending]);
    bytes += row.length;
    records++;
  };
  const seen = (ns: bigint, line: number): void => {
    if (ns < 0n || ns > MAX_TIME_NS) flaw('time-out-of-range', line);
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
  const flush = async (): Promise<void> => {
    const blocks = [...rows].map(([table, list]) => ({ table, bytes: Buffer.from(list.join('')) }));
    rows.clear();
    bytes = 0;
    await writing;
    writing = (async () => {
      for (const block of blocks)
        await store.insert(block.table, { columns: COLUMNS[block.table], bytes: block.bytes });
    })();
    // A failed insert is thrown by the next flush or by finish, not as an unhandled rejection in between.
    writing.catch(() => {});
  };
  const text = (value: string): string => redactor.redact(value);

  const sink: Sink = {
    flaw,
    map(entries) {
      let out = '';
      for (const [key, value] of entries) {
        const shown = typeof value === 'string' ? redactor.attribute(key, value) : String(value);
        out += `${out === '' ? '' : ','}${quoted(key)}:${quoted(shown)}`;
      }
      return `{${out}}` as MapText;
    },
    span(span, line) {
      seen(span.startNs, line);
      if (span.endNs < span.startNs) flaw('end-before-start', line);
      if (span.spanId === '' || span.traceId === '') flaw('no-span-id', line);
      add(
        'otel_traces',
        spanRow(
          {
            ...span,
            name: text(span.name),
            statusMessage: text(span.statusMessage),
            events: span.events.map((e) => ({ ...e, name: text(e.name) })),
          },
          line,
        ),
      );
    },
    log(log, line) {
      seen(log.timeNs, line);
      add('otel_logs', logRow({ ...log, body: text(log.body) }, line));
    },
    gauge(metric, point, line) {
      seen(point.timeNs, line);
      if (finite([point.value], line)) add('otel_metrics_gauge', gaugeRow(metric, point, line));
    },
    sum(metric, point, temporality, monotonic, line) {
      seen(point.timeNs, line);
      if (finite([point.value], line))
        add('otel_metrics_sum', sumRow(metric, point, temporality, monotonic, line));
    },
    histogram(metric, p, line) {
      seen(p.timeNs, line);
      if (finite([p.count, p.sum, p.min, p.max, ...p.bucketCounts, ...p.explicitBounds], line))
        add('otel_metrics_histogram', histogramRow(metric, p, line));
    },
    exponentialHistogram(metric, p, line) {
      seen(p.timeNs, line);
      const counts = [...p.positive.bucketCounts, ...p.negative.bucketCounts];
      if (finite([p.count, p.sum, p.min, p.max, p.scale, p.zeroCount, ...counts], line))
        add('otel_metrics_exponential_histogram', exponentialHistogramRow(metric, p, line));
    },
    summary(metric, p, line) {
      seen(p.timeNs, line);
      const quantiles = p.quantiles.filter((q) => finite([q.quantile, q.value], line));
      if (finite([p.count, p.sum], line))
        add('otel_metrics_summary', summaryRow(metric, { ...p, quantiles }, line));
    },
    change(change, line) {
      if (change.timeNs !== undefined) seen(change.timeNs, line);
      else flaw('change-without-time', line);
      add(
        'changes',
        changeRow(
          {
            ...change,
            summary: text(change.summary),
            diff: text(change.diff),
            author: change.author === '' ? '' : redactor.attribute('user.name', change.author),
          },
          line,
        ),
      );
    },
    alert(alert, line) {
      seen(alert.timeNs, line);
      add('alerts', alertRow({ ...alert, summary: text(alert.summary) }, line));
    },
    async drain() {
      if (bytes >= FLUSH_BYTES) await flush();
    },
  };
  return {
    sink,
    async finish() {
      await flush();
      await writing;
      return { records, fromNs, toNs, flaws };
    },
  };
}
