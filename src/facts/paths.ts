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

/** A typical slow request beside a normal one: those that spend their time most like the mean of the slow and of the others. */
export function requestPaths(traces: readonly WalkedTrace[], hasBaseline: boolean, origin: Origin): Paths {
  const slow = mostTypical(traces.filter((t) => t.request.slow && t.request.phase === 'incident'));
  const calm = hasBaseline ? 'baseline' : 'incident';
  const normal = mostTypical(traces.filter((t) => !t.request.slow && t.request.phase === calm));
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

/** The request whose time is spent most like the mean of all of them, cell by cell. */
function mostTypical(traces: readonly WalkedTrace[]): WalkedTrace | undefined {
  const spent = traces.map((t) => {
    const cells = new Map<string, number>();
    for (const s of t.sections) cells.set(cellId(s.key), (cells.get(cellId(s.key)) ?? 0) + s.end - s.start);
    return { t, cells };
  });
  const mean = new Map<string, number>();
  for (const { cells } of spent)
    for (const [id, ms] of cells) mean.set(id, (mean.get(id) ?? 0) + ms / traces.length);
  const away = (cells: ReadonlyMap<string, number>): number =>
    [...mean].reduce((sum, [id, ms]) => sum + Math.abs(ms - (cells.get(id) ?? 0)), 0);
  return spent
    .map(({ t, cells }) => ({ t, distance: away(cells) }))
    .sort((a, b) => a.distance - b.distance || (a.t.request.traceId < b.t.request.traceId ? -1 : 1))[0]?.t;
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
        count: last.count + (same && s.span !== last.span && s.key.kind !== 'self' ? 1 : 0),
      };
    } else out.push({ ...s, count: 1 });
  }
  return out;
}
