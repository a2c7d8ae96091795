import type { Profile } from '../../../domain/index.js';
import { redactedMaps } from '../../readers/attribute-map.js';
import { redactedProfile } from '../../readers/profiles/redacted.js';
import type { Exemplar, Metric, Point, Resource, Scope } from '../../readers/records.js';
import type { Sink } from '../../readers/sink.js';
import type { Redactor } from '../../redact/index.js';
import { profileLine } from './profile-line.js';

/** A sink that turns records into lines of a bundle, redacted, for one page at a time. */
export interface SpoolSink {
  sink: Sink;
  /** The lines since the last call, and how many records they hold. */
  take(): { lines: string[]; records: number };
}

/** A series being put together: consecutive values of one metric with one set of attributes. */
interface OpenSeries {
  key: readonly unknown[];
  metric: Metric;
  point: Point;
  startNs: bigint;
  firstNs: bigint;
  offsets: number[];
  values: number[];
  kind: readonly ['gauge'] | readonly ['sum', temporality: number, monotonic: boolean];
}

/** Offsets are kept as numbers, exact up to 2^53 ns: 104 days. */
const MAX_OFFSET_NS = 9_000_000_000_000_000n;

/**
 * Resources and scopes stand once a page and are referred to by their number. Consecutive values of one series, given
 * with the same objects for metric and attributes, share a line.
 */
export function createSpoolSink(redactor: Redactor): SpoolSink {
  let lines: string[] = [];
  let records = 0;
  let resources = new Map<Resource, number>();
  let scopes = new Map<Scope, number>();
  let open: OpenSeries | undefined;
  const text = (value: string): string => redactor.redact(value);

  const push = (value: Readonly<Record<string, unknown>>): void => {
    lines.push(JSON.stringify(value));
  };
  const resourceOf = (r: Resource): number => {
    const known = resources.get(r);
    if (known !== undefined) return known;
    push({ resource: [r.service, r.attributes, r.schemaUrl] });
    resources.set(r, resources.size);
    return resources.size - 1;
  };
  const scopeOf = (s: Scope): number => {
    const known = scopes.get(s);
    if (known !== undefined) return known;
    push({ scope: [s.name, s.version, s.attributes, s.schemaUrl, s.droppedAttributes] });
    scopes.set(s, scopes.size);
    return scopes.size - 1;
  };
  const metricOf = (m: Metric): readonly unknown[] => [
    resourceOf(m.resource),
    scopeOf(m.scope),
    m.name,
    m.description,
    m.unit,
  ];
  const exemplarsOf = (all: readonly Exemplar[]): readonly unknown[] =>
    all.map((e) => [e.attributes, String(e.timeNs), e.value, e.spanId, e.traceId]);
  const closeSeries = (): void => {
    if (!open) return;
    const { metric, point, kind, startNs, firstNs, offsets, values } = open;
    open = undefined;
    const head = metricOf(metric);
    push({ series: [kind, head, point.attributes, String(startNs), String(firstNs), offsets, values] });
  };
  const number = (
    metric: Metric,
    point: Point & { value: number },
    kind: OpenSeries['kind'],
    line: number,
  ): void => {
    if (!Number.isFinite(point.value)) {
      sink.flaw('not-finite', line);
      return;
    }
    records++;
    if (point.exemplars.length > 0) {
      closeSeries();
      push({
        point: [
          kind,
          metricOf(metric),
          point.attributes,
          String(point.startNs),
          String(point.timeNs),
          point.value,
          exemplarsOf(point.exemplars),
        ],
      });
      return;
    }
    const key = [metric, point.attributes, point.startNs, ...kind];
    const same = open?.key.every((k, i) => k === key[i]) === true;
    const offset = same && open ? point.timeNs - open.firstNs : 0n;
    if (!same || !open || offset > MAX_OFFSET_NS || offset < -MAX_OFFSET_NS) {
      closeSeries();
      open = {
        key,
        metric,
        point,
        startNs: point.startNs,
        firstNs: point.timeNs,
        offsets: [0],
        values: [point.value],
        kind,
      };
    } else {
      open.offsets.push(Number(offset));
      open.values.push(point.value);
    }
  };
  const other = (value: () => Readonly<Record<string, unknown>>): void => {
    closeSeries();
    records++;
    push(value());
  };
  /** Resource and scope are numbered before the line that refers to them. */
  const head = (r: Resource, s: Scope): readonly [number, number] => {
    closeSeries();
    return [resourceOf(r), scopeOf(s)];
  };

  const sink: Sink = {
    map: redactedMaps(redactor),
    flaw(kind, line) {
      closeSeries();
      push({ flaw: [kind, line] });
    },
    span(s) {
      const [resource, scope] = head(s.resource, s.scope);
      other(() => ({
        span: [
          resource,
          scope,
          s.traceId,
          s.spanId,
          s.parentSpanId,
          s.traceState,
          text(s.name),
          s.kind,
          String(s.startNs),
          String(s.endNs),
          s.attributes,
          s.status,
          text(s.statusMessage),
          s.events.map((e) => [String(e.timeNs), text(e.name), e.attributes]),
          s.links.map((l) => [l.traceId, l.spanId, l.traceState, l.attributes]),
        ],
      }));
    },
    log(l) {
      const [resource, scope] = head(l.resource, l.scope);
      other(() => ({
        log: [
          resource,
          scope,
          String(l.timeNs),
          l.traceId,
          l.spanId,
          l.traceFlags,
          l.severityText,
          l.severityNumber,
          text(l.body),
          l.attributes,
          l.eventName,
        ],
      }));
    },
    gauge: (metric, point, line) => number(metric, point, ['gauge'], line),
    sum: (metric, point, temporality, monotonic, line) =>
      number(metric, point, ['sum', temporality, monotonic], line),
    histogram(metric, p) {
      closeSeries();
      const m = metricOf(metric);
      other(() => ({
        histogram: [
          m,
          p.attributes,
          String(p.startNs),
          String(p.timeNs),
          exemplarsOf(p.exemplars),
          p.count,
          p.sum,
          p.bucketCounts,
          p.explicitBounds,
          p.min,
          p.max,
          p.temporality,
        ],
      }));
    },
    exponentialHistogram(metric, p) {
      closeSeries();
      const m = metricOf(metric);
      other(() => ({
        exponential: [
          m,
          p.attributes,
          String(p.startNs),
          String(p.timeNs),
          exemplarsOf(p.exemplars),
          p.count,
          p.sum,
          p.scale,
          p.zeroCount,
          p.positive,
          p.negative,
          p.min,
          p.max,
          p.temporality,
        ],
      }));
    },
    summary(metric, p) {
      closeSeries();
      const m = metricOf(metric);
      other(() => ({
        summary: [m, p.attributes, String(p.startNs), String(p.timeNs), p.count, p.sum, p.quantiles],
      }));
    },
    change(c) {
      other(() => ({
        change: {
          ...c,
          timeNs: c.timeNs === undefined ? null : String(c.timeNs),
          name: text(c.name),
          summary: text(c.summary),
          author: c.author === '' ? '' : redactor.attribute('user.name', c.author),
          diff: c.diff.split('\n').map(text).join('\n'),
        },
      }));
    },
    alert(a) {
      other(() => ({ alert: { ...a, timeNs: String(a.timeNs), summary: text(a.summary) } }));
    },
    plan(plan) {
      other(() => ({ plan: text(plan) }));
    },
    statement(record) {
      const cut = (value: string): string => redactor.attribute('db.statement', value);
      other(() => ({
        statement: {
          ...record,
          timeNs: record.timeNs === undefined ? null : String(record.timeNs),
          statement: cut(record.statement),
          ...(record.other === undefined ? {} : { other: record.other.split('\n').map(cut).join('\n') }),
        },
      }));
    },
    profile(profile: Profile) {
      closeSeries();
      records += profile.records;
      push({ profile: profileLine(redactedProfile(profile, text)) });
    },
    drain: async () => {},
  };
  return {
    sink,
    take() {
      closeSeries();
      const taken = { lines, records };
      lines = [];
      records = 0;
      resources = new Map();
      scopes = new Map();
      return taken;
    },
  };
}
