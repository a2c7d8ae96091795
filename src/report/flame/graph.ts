import type { Profile } from '../../domain/index.js';
import { childLists, totalsOf } from '../../models/call-tree.js';

/** A call tree cut down to what can be seen, with lines of one function together. */
export interface FlameGraph {
  names: string[];
  /** By node, parents first; node 0 is the whole. */
  parent: number[];
  name: number[];
  self: number[];
  /** Number of a cause in `causes`; −1 for none. */
  cause: number[];
  causes: { id: string; title: string }[];
  total: number;
  unit: string;
  /** Nodes of the profile that were too small to keep. */
  left: number;
}

/** What a drawing needs of a graph. */
export type Drawn = Pick<FlameGraph, 'names' | 'parent' | 'name' | 'self' | 'cause'>;

/** More nodes than this are not drawn: the smallest are left out. */
const MAX_NODES = 100_000;
/** A subtree is shown as of one cause when that much of it is. */
const MOSTLY = 0.9;

/** The graph of one sample type. Own weights of nodes that were left out count to their callers. */
export function flameGraph(
  profile: Profile,
  sampleType: number,
  told: { causeOfNode: ReadonlyMap<number, string>; causes: readonly { cause: string; title: string }[] },
): FlameGraph {
  const { tree, frames } = profile;
  const totals = totalsOf(tree, sampleType);
  const whole = totals[0] ?? 0;
  const smallest = thresholdOf(totals, whole);
  const causes = told.causes.slice(0, 6).map((c) => ({ id: c.cause, title: c.title }));
  const causeIndex = new Map(causes.map((c, i) => [c.id, i]));
  const byCause = causes.map(() => new Float64Array(tree.size));
  const own = tree.values[sampleType] ?? new Float64Array(tree.size);
  for (const [node, cause] of told.causeOfNode) {
    const column = byCause[causeIndex.get(cause) ?? -1];
    if (column) column[node] = own[node] as number;
  }
  for (const column of byCause)
    for (let n = tree.size - 1; n > 0; n--) {
      const p = tree.parent[n] as number;
      column[p] = (column[p] as number) + (column[n] as number);
    }
  const graph: FlameGraph = {
    names: ['all'],
    parent: [-1],
    name: [0],
    self: [own[0] ?? 0],
    cause: [-1],
    causes,
    total: whole,
    unit: profile.sampleTypes[sampleType]?.unit ?? 'count',
    left: 0,
  };
  const nameIds = new Map<string, number>();
  const nameOf = (frame: number): number => {
    const file = frames.file(frame);
    const text = file === '' ? frames.name(frame) : `${frames.name(frame)}\n${file}`;
    const known = nameIds.get(text);
    if (known !== undefined) return known;
    nameIds.set(text, graph.names.length);
    graph.names.push(text);
    return graph.names.length - 1;
  };
  const kept = new Map<string, number>();
  const { first, next } = childLists(tree);
  const open: { node: number; at: number }[] = [{ node: 0, at: 0 }];
  for (let item = open.pop(); item; item = open.pop()) {
    for (let c = first[item.node] as number; c > 0; c = next[c] as number) {
      const total = totals[c] as number;
      if (total < smallest) {
        graph.left++;
        graph.self[item.at] = (graph.self[item.at] ?? 0) + total;
        continue;
      }
      const name = nameOf(tree.frame[c] as number);
      const key = `${item.at}/${name}`;
      let at = kept.get(key);
      if (at === undefined) {
        at = graph.parent.length;
        kept.set(key, at);
        graph.parent.push(item.at);
        graph.name.push(name);
        graph.self.push(0);
        graph.cause.push(byCause.findIndex((column) => (column[c] as number) >= MOSTLY * total));
      }
      graph.self[at] = (graph.self[at] ?? 0) + (own[c] as number);
      open.push({ node: c, at });
    }
  }
  return graph;
}

/** The weight that at most `MAX_NODES` nodes reach. */
function thresholdOf(totals: Float64Array, whole: number): number {
  const least = whole > 0 ? whole / 1e6 : 0;
  if (totals.length <= MAX_NODES) return Math.max(least, Number.MIN_VALUE);
  const sorted = Float64Array.from(totals).sort();
  return Math.max(least, sorted[sorted.length - MAX_NODES] ?? 0, Number.MIN_VALUE);
}

/** A bar of the drawing: node, depth and its place from 0 to 1. */
export interface Bar {
  node: number;
  depth: number;
  x: number;
  width: number;
}

/** Bars, the heaviest child first; narrower ones than `least` are left out. */
export function barsOf(graph: Drawn, least: number, most = Number.POSITIVE_INFINITY): Bar[] {
  const size = graph.parent.length;
  const totals = Float64Array.from(graph.self);
  const children: number[][] = Array.from({ length: size }, () => []);
  for (let n = size - 1; n > 0; n--) {
    const p = graph.parent[n] as number;
    totals[p] = (totals[p] as number) + (totals[n] as number);
    children[p]?.push(n);
  }
  const whole = totals[0] || 1;
  const bars: Bar[] = [];
  let row: Bar[] = [{ node: 0, depth: 0, x: 0, width: 1 }];
  while (row.length > 0 && bars.length + row.length <= most) {
    bars.push(...row);
    const below: Bar[] = [];
    for (const bar of row) {
      let x = bar.x;
      const kids = (children[bar.node] ?? []).sort(
        (a, b) =>
          (totals[b] as number) - (totals[a] as number) ||
          ((graph.names[graph.name[a] as number] ?? '') < (graph.names[graph.name[b] as number] ?? '')
            ? -1
            : 1),
      );
      for (const node of kids) {
        const width = (totals[node] as number) / whole;
        if (width >= least) below.push({ node, depth: bar.depth + 1, x, width });
        x += width;
      }
    }
    row = below;
  }
  return bars;
}
