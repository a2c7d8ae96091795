import {
  type Fact,
  name,
  num,
  type RequestPath,
  type Result,
  type Subject,
  say,
  type Text,
} from '../domain/index.js';
import { cellId } from './cells.js';
import { fromQuery, type Origin } from './query-fact.js';
import type { Section, WalkedTrace } from './sections.js';
import { lengthOf } from './traces.js';

/** Pieces shorter than this share of the request are joined to what stands before them. */
const THIN = 0.004;

export interface Paths {
  paths: Result['paths'];
  facts: Fact[];
}

/** A typical slow request beside a normal one: those nearest to the mean of the slow and to the median of the others. */
export function requestPaths(traces: readonly WalkedTrace[], hasBaseline: boolean, origin: Origin): Paths {
  const slow = nearest(
    traces.filter((t) => t.request.slow && t.request.phase === 'incident'),
    meanLength,
  );
  const calm = hasBaseline ? 'baseline' : 'incident';
  const normal = nearest(
    traces.filter((t) => !t.request.slow && t.request.phase === calm),
    medianLength,
  );
  const facts: Fact[] = [];
  const make = (t: WalkedTrace, title: (total: Fact) => Text): RequestPath => {
    const about: Subject = { kind: 'operation', id: `trace:${t.request.traceId}`, name: t.request.traceId };
    const from: Origin = {
      query: `otel_traces: trace ${t.request.traceId}`,
      rows: t.spans.length,
      sources: origin.sources,
    };
    const keep = (n: string, value: number): Fact => {
      const fact = fromQuery({ name: n, subject: about, value, unit: 'ms', phase: t.request.phase }, from);
      facts.push(fact);
      return fact;
    };
    const total = keep('path.total', lengthOf(t, t.root));
    return {
      title: title(total),
      traceId: t.request.traceId,
      totalMs: total.id,
      pieces: pieces(t).map((p, i) => ({
        service: p.key.service,
        operation: p.key.operation,
        kind: p.key.kind,
        startMs: keep(`path.piece${i}.start`, p.start).id,
        durationMs: keep(`path.piece${i}.duration`, p.end - p.start).id,
        count: p.count,
      })),
    };
  };
  const paths = [
    ...(slow
      ? [
          make(
            slow,
            (total) => say`A typical slow request, ${num(total)} (trace ${name(slow.request.traceId)})`,
          ),
        ]
      : []),
    ...(normal
      ? [
          make(
            normal,
            (total) =>
              say`A normal request${hasBaseline ? ' from before' : ''}, ${num(total)} (trace ${name(normal.request.traceId)})`,
          ),
        ]
      : []),
  ];
  return { paths, facts };
}

const meanLength = (lengths: readonly number[]): number =>
  lengths.reduce((a, b) => a + b, 0) / lengths.length;
const medianLength = (lengths: readonly number[]): number =>
  [...lengths].sort((a, b) => a - b)[Math.floor(lengths.length / 2)] ?? 0;

function nearest(
  traces: readonly WalkedTrace[],
  to: (lengths: readonly number[]) => number,
): WalkedTrace | undefined {
  const lengths = traces.map((t) => lengthOf(t, t.root));
  const target = to(lengths);
  return [...traces].sort(
    (a, b) =>
      Math.abs(lengthOf(a, a.root) - target) - Math.abs(lengthOf(b, b.root) - target) ||
      (a.request.traceId < b.request.traceId ? -1 : 1),
  )[0];
}

interface PathPiece extends Section {
  count: number;
}

/** Sections in order; neighbours of one cell become one piece, also across slivers of other cells between them. */
function pieces(t: WalkedTrace): PathPiece[] {
  const thin = THIN * lengthOf(t, t.root);
  const out: PathPiece[] = [];
  for (const s of t.sections) {
    const last = out[out.length - 1];
    if (last && (cellId(last.key) === cellId(s.key) || s.end - s.start < thin)) {
      const same = cellId(last.key) === cellId(s.key);
      out[out.length - 1] = {
        ...last,
        end: s.end,
        span: same ? s.span : last.span,
        count: last.count + (same && s.span !== last.span ? 1 : 0),
      };
    } else out.push({ ...s, count: 1 });
  }
  return out;
}
