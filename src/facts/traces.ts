import type { Subject } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { correctSkew, parentsFirst } from '../models/clock-skew.js';
import { resolveParents, type SpanTree, spanTree } from '../models/span-tree.js';
import { ALL_KEYS, ALL_RESOURCE_KEYS, type Attributes, attributeSql, RESOURCE_KEYS } from './attributes.js';
import type { SampledRequest } from './slow-requests.js';
import { type RoleInput, roleOf, type SpanRole } from './span-kind.js';
import { statementIdentity } from './statement-identity.js';

/** One span of a walked request. */
export interface Span {
  id: string;
  service: string;
  name: string;
  kind: string;
  role: SpanRole;
  statement: string;
  failed: boolean;
  attributes: Attributes;
  resource: Attributes;
}

/** A walked request: its spans as rows of `tree`, times in ms since the request began, clocks corrected. */
export interface Trace {
  request: SampledRequest;
  spans: Span[];
  tree: SpanTree;
  /** Row of the span that is the request. */
  root: number;
  /** Spans that name a parent which is not there. */
  orphans: number;
  /** Spans whose parents form a circle. */
  cut: number;
  /** Spans that were moved because the clocks of two machines differ, with the shift in ms. */
  moved: { span: number; shift: number }[];
  /** Start of the request, ms since 1970. */
  startMs: number;
}

interface Row {
  traceId: string;
  spanId: string;
  parent: string;
  name: string;
  kind: string;
  service: string;
  startNs: string;
  durationNs: number;
  status: string;
  statement: string;
  attributes: Attributes;
  resource: Attributes;
}

/** Spans of one trace beyond this many are not walked. */
export const MOST_SPANS = 20_000;
/** Traces whose spans are read in one go. */
const BATCH = 400;

export const SPANS_SQL = `SELECT TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parent, SpanName AS name, SpanKind AS kind,
  ServiceName AS service, toString(toUnixTimestamp64Nano(Timestamp)) AS startNs, Duration AS durationNs,
  StatusCode AS status, normalizeQuery(${attributeSql('statement')}) AS statement,
  mapFilter((k, v) -> has({keys:Array(String)}, k), SpanAttributes) AS attributes,
  mapFilter((k, v) -> has({resourceKeys:Array(String)}, k), ResourceAttributes) AS resource
FROM otel_traces WHERE TraceId IN (SELECT arrayJoin({ids:Array(String)}))
ORDER BY traceId, startNs, durationNs DESC, spanId
LIMIT ${MOST_SPANS} BY traceId`;

/** The sampled requests with their spans. Requests without spans are left out. */
export async function loadTraces(
  store: Store,
  sampled: readonly SampledRequest[],
): Promise<{ traces: Trace[]; spans: number }> {
  const wanted = new Map<string, SampledRequest[]>();
  for (const r of sampled) wanted.set(r.traceId, [...(wanted.get(r.traceId) ?? []), r]);
  const ids = [...wanted.keys()].sort();
  const traces: Trace[] = [];
  let spans = 0;
  const sameAs = await statementIdentity();
  for (let at = 0; at < ids.length; at += BATCH) {
    const rows = await store.query<Row>(SPANS_SQL, {
      ids: ids.slice(at, at + BATCH),
      keys: [...ALL_KEYS],
      resourceKeys: [...ALL_RESOURCE_KEYS],
    });
    spans += rows.length;
    for (const row of rows) row.statement = sameAs(row.statement);
    for (const group of byTrace(rows))
      for (const request of wanted.get(group[0]?.traceId ?? '') ?? []) {
        const trace = traceOf(group, request);
        if (trace) traces.push(trace);
      }
  }
  return { traces, spans };
}

function* byTrace(rows: readonly Row[]): Generator<Row[]> {
  let group: Row[] = [];
  for (const row of rows) {
    if (group.length > 0 && group[0]?.traceId !== row.traceId) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
}

function traceOf(rows: readonly Row[], request: SampledRequest): Trace | undefined {
  const root = rows.findIndex((r) => r.spanId === request.spanId);
  const first = rows[root];
  if (!first) return undefined;
  const originNs = BigInt(first.startNs);
  const spans = rows.map(spanOf);
  const { parent, orphans, cut } = resolveParents(
    rows.map((r) => r.spanId),
    rows.map((r) => r.parent),
  );
  parent[root] = -1;
  const start = Float64Array.from(rows, (r) => Number(BigInt(r.startNs) - originNs) / 1e6);
  const end = Float64Array.from(rows, (r, i) => (start[i] as number) + r.durationNs / 1e6);
  const detached = Uint8Array.from(spans, (s, i) => {
    const p = parent[i] as number;
    return s.role === 'consumed' && p >= 0 && spans[p]?.role !== 'served' ? 1 : 0;
  });
  const recorded = spanTree({ parent, start, end, detached });
  const hosts = hostNumbers(spans);
  const served = Uint8Array.from(spans, (s) => (s.role === 'served' ? 1 : 0));
  const corrected = correctSkew(recorded, hosts, served, parentsFirst(recorded));
  const tree =
    corrected.moved.length === 0
      ? recorded
      : spanTree({ parent, start: corrected.start, end: corrected.end, detached });
  return {
    request,
    spans,
    tree,
    root,
    orphans: orphans.filter((row) => row !== root).length,
    cut: cut.length,
    moved: corrected.moved,
    startMs: Number(originNs / 1_000_000n),
  };
}

function spanOf(row: Row): Span {
  const input: RoleInput = {
    name: row.name,
    kind: row.kind,
    attributes: row.attributes,
    statement: row.statement,
  };
  return {
    id: row.spanId,
    service: row.service,
    name: row.name,
    kind: row.kind,
    role: roleOf(input),
    statement: row.statement.replace(/\s+/g, ' ').trim(),
    failed: row.status === 'Error',
    attributes: row.attributes,
    resource: row.resource,
  };
}

/** A number a machine; services count as machines of their own when nothing says which they run on. */
function hostNumbers(spans: readonly Span[]): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(spans, (s) => {
    const host =
      RESOURCE_KEYS.host.map((k) => s.resource[k]).find((v) => v !== undefined && v !== '') ??
      `service ${s.service}`;
    const known = numbers.get(host);
    if (known !== undefined) return known;
    numbers.set(host, numbers.size);
    return numbers.size - 1;
  });
}

/** Rows of the spans below a span, in order of start. */
export function childrenOf(tree: SpanTree, row: number): number[] {
  return [...tree.children.subarray(tree.childFrom[row], tree.childFrom[row + 1])];
}

export const startOf = (t: Trace, row: number): number => t.tree.start[row] as number;
export const endOf = (t: Trace, row: number): number => t.tree.end[row] as number;
export const lengthOf = (t: Trace, row: number): number => endOf(t, row) - startOf(t, row);
export const parentOf = (t: Trace, row: number): number => t.tree.parent[row] as number;
export const spanAt = (t: Trace, row: number): Span => t.spans[row] as Span;

/** The row of the span that serves the call `row` on the other side, if it was recorded. */
export function servedBy(t: Trace, row: number): number | undefined {
  const found = childrenOf(t.tree, row).filter((c) => ['served', 'consumed'].includes(spanAt(t, c).role));
  return found[0];
}

/** A span's subject and how it is shown. */
export interface Peer {
  subject: Subject;
  operation: string;
}
