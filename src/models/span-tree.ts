/** Spans as columns; one row a span. All times in one unit, of any origin. */
export interface SpanColumns {
  /** Row of the parent; −1 for a root. */
  parent: Int32Array;
  start: Float64Array;
  end: Float64Array;
  /** 1 where the parent does not wait: a consumer of its message, a follower, fire and forget. */
  detached: Uint8Array;
}

/** Spans with their children: rows `children[childFrom[i] .. childFrom[i + 1])`, by start, then end, then row. */
export interface SpanTree extends SpanColumns {
  childFrom: Int32Array;
  children: Int32Array;
}

/** Lists the children of every span. Rows whose parents form a circle must have been cut before (`resolveParents`). */
export function spanTree(columns: SpanColumns): SpanTree {
  const { parent, start, end } = columns;
  const n = parent.length;
  const childFrom = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) {
    const p = parent[i] as number;
    if (p >= 0) childFrom[p + 1] = (childFrom[p + 1] as number) + 1;
  }
  for (let i = 0; i < n; i++) childFrom[i + 1] = (childFrom[i + 1] as number) + (childFrom[i] as number);
  const next = childFrom.slice();
  const children = new Int32Array(childFrom[n] as number);
  for (let i = 0; i < n; i++) {
    const p = parent[i] as number;
    if (p < 0) continue;
    children[next[p] as number] = i;
    next[p] = (next[p] as number) + 1;
  }
  const byStart = (a: number, b: number): number =>
    (start[a] as number) - (start[b] as number) || (end[a] as number) - (end[b] as number) || a - b;
  for (let i = 0; i < n; i++) {
    const from = childFrom[i] as number;
    const to = childFrom[i + 1] as number;
    if (to - from > 1) children.subarray(from, to).sort(byStart);
  }
  return { ...columns, childFrom, children };
}

export interface ResolvedParents {
  /** Row of the parent; −1 where there is none, it is missing, or the link was cut. */
  parent: Int32Array;
  /** Rows that name a parent which is not there. */
  orphans: number[];
  /** Rows whose parent link was cut because it closed a circle. */
  cut: number[];
  /** Rows whose id another row already had. */
  repeated: number[];
}

/**
 * Finds parents by id within one trace. Circles are cut at the row that closes them. Two rows with one id (client and
 * server halves of one span) become parent and child; children of the id hang on the second.
 */
export function resolveParents(ids: readonly string[], parentIds: readonly string[]): ResolvedParents {
  const n = ids.length;
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  const repeated: number[] = [];
  for (let i = 0; i < n; i++) {
    const id = ids[i] as string;
    if (first.has(id)) repeated.push(i);
    else first.set(id, i);
    last.set(id, i);
  }
  const parent = new Int32Array(n).fill(-1);
  const orphans: number[] = [];
  for (let i = 0; i < n; i++) {
    const wanted = parentIds[i] as string;
    const own = first.get(ids[i] as string) as number;
    if (own !== i) parent[i] = own;
    else if (wanted === '') continue;
    else {
      const found = last.get(wanted);
      if (found === undefined) orphans.push(i);
      else parent[i] = found;
    }
  }
  return { parent, orphans, cut: cutCircles(parent), repeated };
}

function cutCircles(parent: Int32Array): number[] {
  const cut: number[] = [];
  // 0 unseen, 1 on the way up from the current row, 2 known to reach a root.
  const state = new Uint8Array(parent.length);
  for (let i = 0; i < parent.length; i++) {
    const way: number[] = [];
    let at = i;
    while (at >= 0 && state[at] === 0) {
      state[at] = 1;
      way.push(at);
      at = parent[at] as number;
    }
    if (at >= 0 && state[at] === 1) {
      const closing = way[way.length - 1] as number;
      parent[closing] = -1;
      cut.push(closing);
    }
    for (const row of way) state[row] = 2;
  }
  return cut;
}
