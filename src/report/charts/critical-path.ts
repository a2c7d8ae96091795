import { type Fact, name, num, type RequestPath, say, type Text, table } from '../../domain/index.js';
import type { Chart, ChartRow, Look, Lookup } from '../page.js';
import { tally } from '../words.js';

/** Rows a lane shows; the shortest pieces beyond are summed up in one line. */
const ROWS_A_LANE = 9;
/** Pieces a lane keeps, the longest; shorter ones are too thin to draw. */
const PIECES_A_LANE = 40;

interface Piece {
  start: Fact;
  duration: Fact;
  raw: RequestPath['pieces'][number];
}
interface Lane {
  path: RequestPath;
  total: Fact;
  pieces: Piece[];
}

/** The critical path of a slow request beside a normal one, on one scale. */
export function criticalPathChart(look: Lookup): Chart | undefined {
  const lanes = look.result.paths.map((p) => laneOf(look, p)).filter((l) => l !== undefined);
  const [first] = lanes;
  if (!first) return undefined;
  const longest = Math.max(...lanes.map((l) => l.total.value));
  const where = widest(lanes);
  return {
    id: 'critical-path',
    title: where
      ? say`The slow request spends ${num(where.duration)} in ${pieceName(where)}`
      : say`Where one request spends its time`,
    howToRead: say`Only the critical path, from left to right in time, both lanes on one scale; the thick bar is the whole request, the rows its pieces. Striped pieces are waits.`,
    groups: lanes.map((lane) => ({
      title: lane.path.title,
      rows: [whole(lane), ...shownPieces(lane)],
    })),
    max: longest,
    lines: [],
    table: table(
      ['Request', 'Service', 'What', '> Starts at', '> Takes'],
      lanes.flatMap((lane) =>
        lane.pieces.map((p) => [
          lane.path.title,
          say`${name(p.raw.service)}`,
          pieceName(p),
          say`${num(p.start)}`,
          say`${num(p.duration)}`,
        ]),
      ),
    ) as Chart['table'],
  };
}

function laneOf(look: Lookup, path: RequestPath): Lane | undefined {
  const total = look.fact(path.totalMs);
  if (!total) return undefined;
  const pieces = path.pieces.flatMap((raw) => {
    const start = look.fact(raw.startMs);
    const duration = look.fact(raw.durationMs);
    return start && duration ? [{ start, duration, raw }] : [];
  });
  const longest = [...pieces].sort((a, b) => b.duration.value - a.duration.value).slice(0, PIECES_A_LANE);
  const kept = new Set(longest);
  return { path, total, pieces: pieces.filter((p) => kept.has(p)) };
}

/** The piece of the first (slow) lane that takes most. */
const widest = (lanes: readonly Lane[]): Piece | undefined =>
  [...(lanes[0]?.pieces ?? [])].sort((a, b) => b.duration.value - a.duration.value)[0];

function whole(lane: Lane): ChartRow {
  return {
    label: say`whole request`,
    value: say`${num(lane.total)}`,
    marks: lane.pieces.map((p) => ({
      from: p.start.value,
      to: p.start.value + p.duration.value,
      look: lookOf(p.raw.kind),
    })),
    strong: true,
  };
}

function shownPieces(lane: Lane): ChartRow[] {
  const byLength = [...lane.pieces].sort((a, b) => b.duration.value - a.duration.value);
  const kept = new Set(byLength.slice(0, ROWS_A_LANE));
  const rows: ChartRow[] = lane.pieces
    .filter((p) => kept.has(p))
    .map((p) => ({
      label: pieceName(p),
      value: say`${num(p.duration)}`,
      marks: [{ from: p.start.value, to: p.start.value + p.duration.value, look: lookOf(p.raw.kind) }],
    }));
  const left = byLength.slice(ROWS_A_LANE);
  if (left.length > 0)
    rows.push({
      label: say`${tally(left.length)} shorter pieces, in the table below`,
      value: say``,
      marks: left.map((p) => ({
        from: p.start.value,
        to: p.start.value + p.duration.value,
        look: lookOf(p.raw.kind),
      })),
    });
  return rows;
}

function pieceName(p: Piece): Text {
  const gap = GAPS[p.raw.kind];
  const what = gap
    ? say`${gap}, ${name(p.raw.service)}`
    : p.raw.operation
      ? say`${name(`${p.raw.service} ${p.raw.operation}`)}`
      : say`${name(p.raw.service)}`;
  return p.raw.count > 1 ? say`${tally(p.raw.count)}× ${what}` : what;
}

const GAPS: Record<string, string> = {
  'pool-wait': 'pool wait',
  'lock-wait': 'lock wait',
  'queue-gap': 'queue',
  'event-loop': 'event loop',
  gc: 'collection pause',
  connect: 'connecting',
  unknown: 'gap without a span',
};

function lookOf(kind: string): Look {
  switch (kind) {
    case 'self':
      return 'api';
    case 'database':
      return 'database';
    case 'cache':
      return 'cache';
    case 'call':
      return 'dependency';
    case 'unknown':
      return 'unknown';
    default:
      return 'wait';
  }
}
