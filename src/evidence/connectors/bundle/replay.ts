import { z } from 'zod';
import type { AttributeMap, Exemplar, Metric, Point, Resource, Scope } from '../../readers/records.js';
import { SPAN_KINDS, STATUS_CODES } from '../../readers/records.js';
import type { Sink } from '../../readers/sink.js';
import { profileOf } from './profile-line.js';

/** Digits of nanoseconds, within 64 bits. */
const ns = z
  .string()
  .regex(/^-?\d{1,20}$/)
  .transform((s) => BigInt(s));
const flat = z.array(z.string());
const index = z.int().nonnegative();
const temporality = z.union([z.literal(0), z.literal(1), z.literal(2)]);
const kind = z.union([z.tuple([z.literal('gauge')]), z.tuple([z.literal('sum'), temporality, z.boolean()])]);
const metric = z.tuple([index, index, z.string(), z.string(), z.string()]);
const exemplars = z.array(z.tuple([flat, ns, z.number(), z.string(), z.string()]));
const side = z.object({ offset: z.number(), bucketCounts: z.array(z.number()) });

const LINES = {
  resource: z.tuple([z.string(), flat, z.string()]),
  scope: z.tuple([z.string(), z.string(), flat, z.string(), z.number()]),
  span: z.tuple([
    index,
    index,
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.string(),
    z.enum(SPAN_KINDS),
    ns,
    ns,
    flat,
    z.enum(STATUS_CODES),
    z.string(),
    z.array(z.tuple([ns, z.string(), flat])),
    z.array(z.tuple([z.string(), z.string(), z.string(), flat])),
  ]),
  log: z.tuple([
    index,
    index,
    ns,
    z.string(),
    z.string(),
    z.number(),
    z.string(),
    z.number(),
    z.string(),
    flat,
    z.string(),
  ]),
  series: z.tuple([kind, metric, flat, ns, ns, z.array(z.number()), z.array(z.number())]),
  point: z.tuple([kind, metric, flat, ns, ns, z.number(), exemplars]),
  histogram: z.tuple([
    metric,
    flat,
    ns,
    ns,
    exemplars,
    z.number(),
    z.number(),
    z.array(z.number()),
    z.array(z.number()),
    z.number(),
    z.number(),
    temporality,
  ]),
  exponential: z.tuple([
    metric,
    flat,
    ns,
    ns,
    exemplars,
    z.number(),
    z.number(),
    z.number(),
    z.number(),
    side,
    side,
    z.number(),
    z.number(),
    temporality,
  ]),
  summary: z.tuple([
    metric,
    flat,
    ns,
    ns,
    z.number(),
    z.number(),
    z.array(z.object({ quantile: z.number(), value: z.number() })),
  ]),
  change: z.object({
    timeNs: ns.nullable(),
    kind: z.enum(['deploy', 'flag', 'commit', 'ci', 'other']),
    service: z.string(),
    name: z.string(),
    summary: z.string(),
    revision: z.string(),
    version: z.string(),
    author: z.string(),
    files: flat,
    diff: z.string(),
  }),
  alert: z.object({
    timeNs: ns,
    service: z.string(),
    name: z.string(),
    metric: z.string(),
    threshold: z.number().nullable(),
    observed: z.number().nullable(),
    severity: z.string(),
    summary: z.string(),
  }),
  plan: z.string(),
  statement: z.object({
    kind: z.enum(['slow', 'counter', 'lock-wait', 'temp-file', 'deadlock']),
    product: z.enum(['postgresql', 'mysql', 'mariadb']),
    timeNs: ns.nullable(),
    statement: z.string(),
    other: z.string().optional(),
    id: z.string().optional(),
    calls: z.number(),
    totalMs: z.number(),
    deviationMs: z.number().optional(),
    lockMs: z.number().optional(),
    rows: z.number().optional(),
    rowsExamined: z.number().optional(),
    blocks: z.number().optional(),
    tempBytes: z.number().optional(),
    walBytes: z.number().optional(),
  }),
  flaw: z.tuple([z.string(), z.number()]),
} as const;

/** Writes the records of a section's lines into a sink, as they were written into the spool. */
export interface Replay {
  /** False when the line is none of a record, or does not fit its form. */
  line(key: string, value: unknown, number: number): boolean;
  /** Numbers of resources and scopes count from each page on. */
  nextPage(): void;
}

export function createReplay(sink: Sink): Replay {
  let resources: Resource[] = [];
  let scopes: Scope[] = [];
  const map = (entries: readonly string[]): AttributeMap =>
    sink.map(
      Array.from({ length: entries.length >> 1 }, (_, i) => [entries[2 * i] ?? '', entries[2 * i + 1] ?? '']),
    );
  const metricOf = ([r, s, name, description, unit]: z.infer<typeof metric>): Metric | undefined => {
    const resource = resources[r];
    const scope = scopes[s];
    return resource && scope ? { resource, scope, name, description, unit } : undefined;
  };
  const exemplarsOf = (all: z.infer<typeof exemplars>): Exemplar[] =>
    all.map(([attributes, timeNs, value, spanId, traceId]) => ({
      attributes: map(attributes),
      timeNs,
      value,
      spanId,
      traceId,
    }));
  const pointOf = (
    attributes: readonly string[],
    startNs: bigint,
    timeNs: bigint,
    of: z.infer<typeof exemplars> = [],
  ): Point => ({
    attributes: map(attributes),
    startNs,
    timeNs,
    flags: 0,
    exemplars: exemplarsOf(of),
  });
  const write = (k: z.infer<typeof kind>, m: Metric, p: Point & { value: number }, line: number): void => {
    if (k[0] === 'gauge') sink.gauge(m, p, line);
    else sink.sum(m, p, k[1], k[2], line);
  };

  const writers: { [K in keyof typeof LINES]: (value: z.infer<(typeof LINES)[K]>, line: number) => boolean } =
    {
      resource([service, attributes, schemaUrl]) {
        resources.push({ service, attributes: map(attributes), schemaUrl });
        return true;
      },
      scope([name, version, attributes, schemaUrl, droppedAttributes]) {
        scopes.push({ name, version, attributes: map(attributes), schemaUrl, droppedAttributes });
        return true;
      },
      span(
        [
          r,
          s,
          traceId,
          spanId,
          parentSpanId,
          traceState,
          name,
          spanKind,
          startNs,
          endNs,
          attributes,
          status,
          statusMessage,
          events,
          links,
        ],
        line,
      ) {
        const resource = resources[r];
        const scope = scopes[s];
        if (!resource || !scope) return false;
        sink.span(
          {
            resource,
            scope,
            traceId,
            spanId,
            parentSpanId,
            traceState,
            name,
            kind: spanKind,
            startNs,
            endNs,
            attributes: map(attributes),
            status,
            statusMessage,
            events: events.map(([timeNs, event, own]) => ({ timeNs, name: event, attributes: map(own) })),
            links: links.map(([trace, span, state, own]) => ({
              traceId: trace,
              spanId: span,
              traceState: state,
              attributes: map(own),
            })),
          },
          line,
        );
        return true;
      },
      log(
        [
          r,
          s,
          timeNs,
          traceId,
          spanId,
          traceFlags,
          severityText,
          severityNumber,
          body,
          attributes,
          eventName,
        ],
        line,
      ) {
        const resource = resources[r];
        const scope = scopes[s];
        if (!resource || !scope) return false;
        sink.log(
          {
            resource,
            scope,
            timeNs,
            traceId,
            spanId,
            traceFlags,
            severityText,
            severityNumber,
            body,
            attributes: map(attributes),
            eventName,
          },
          line,
        );
        return true;
      },
      series([k, m, attributes, startNs, firstNs, offsets, values], line) {
        const of = metricOf(m);
        if (!of || offsets.length !== values.length) return false;
        const base = pointOf(attributes, startNs, firstNs);
        values.forEach((value, i) => {
          write(k, of, { ...base, timeNs: firstNs + BigInt(offsets[i] ?? 0), value }, line);
        });
        return true;
      },
      point([k, m, attributes, startNs, timeNs, value, of], line) {
        const about = metricOf(m);
        if (!about) return false;
        write(k, about, { ...pointOf(attributes, startNs, timeNs, of), value }, line);
        return true;
      },
      histogram(
        [m, attributes, startNs, timeNs, of, count, sum, bucketCounts, explicitBounds, min, max, t],
        line,
      ) {
        const about = metricOf(m);
        if (!about) return false;
        const point = pointOf(attributes, startNs, timeNs, of);
        sink.histogram(
          about,
          { ...point, count, sum, bucketCounts, explicitBounds, min, max, temporality: t },
          line,
        );
        return true;
      },
      exponential(
        [m, attributes, startNs, timeNs, of, count, sum, scale, zeroCount, positive, negative, min, max, t],
        line,
      ) {
        const about = metricOf(m);
        if (!about) return false;
        const point = pointOf(attributes, startNs, timeNs, of);
        sink.exponentialHistogram(
          about,
          { ...point, count, sum, scale, zeroCount, positive, negative, min, max, temporality: t },
          line,
        );
        return true;
      },
      summary([m, attributes, startNs, timeNs, count, sum, quantiles], line) {
        const about = metricOf(m);
        if (!about) return false;
        sink.summary(about, { ...pointOf(attributes, startNs, timeNs), count, sum, quantiles }, line);
        return true;
      },
      change(c, line) {
        sink.change({ ...c, timeNs: c.timeNs ?? undefined }, line);
        return true;
      },
      alert(a, line) {
        sink.alert(a, line);
        return true;
      },
      plan(text, line) {
        sink.plan(text, line);
        return true;
      },
      statement({ timeNs, other, id, ...figures }, line) {
        const { kind, product, statement, calls, totalMs, ...rest } = figures;
        sink.statement(
          {
            kind,
            product,
            statement,
            calls,
            totalMs,
            ...(timeNs === null ? {} : { timeNs }),
            ...(other === undefined ? {} : { other }),
            ...(id === undefined ? {} : { id }),
            ...given(rest),
          },
          line,
        );
        return true;
      },
      flaw([what, line]) {
        sink.flaw(what, line);
        return true;
      },
    };

  return {
    line(key, value, number) {
      if (key === 'profile') {
        const profile = profileOf(value);
        if (profile) sink.profile(profile);
        return profile !== undefined;
      }
      if (!Object.hasOwn(LINES, key)) return false;
      const of = key as keyof typeof LINES;
      const parsed = LINES[of].safeParse(value);
      // The schema of a key and its writer belong together; the compiler cannot follow the pair.
      return parsed.success && (writers[of] as (v: unknown, line: number) => boolean)(parsed.data, number);
    },
    nextPage() {
      resources = [];
      scopes = [];
    },
  };
}

/** Optional figures that are there: an absent one has no key. */
const given = (values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
