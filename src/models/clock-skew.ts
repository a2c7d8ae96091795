import type { SpanTree } from './span-tree.js';

export interface SkewCorrection {
  start: Float64Array;
  end: Float64Array;
  /** Served spans whose clock was moved, with the shift; what is below them on that host moved with them. */
  moved: { span: number; shift: number }[];
}

/**
 * Moves spans of another machine into the call that made them. Only where a call and its served half are on
 * different hosts and the served half lies outside of the call: a shorter one is centred in the call, a longer one
 * starts with it. The shift goes down to all spans below on the same host. Recorded times stay as they are in `tree`.
 * (The rule of Jaeger's clock skew adjuster, jaegertracing/jaeger, internal/uimodel/adjuster, 2024.)
 *
 * `host[row]` numbers machines; −1 where unknown. `served[row]` is 1 for spans that serve a call of their parent.
 */
export function correctSkew(
  tree: SpanTree,
  host: Int32Array,
  served: Uint8Array,
  order: readonly number[],
): SkewCorrection {
  const start = tree.start.slice();
  const end = tree.end.slice();
  const shift = new Float64Array(start.length);
  const moved: SkewCorrection['moved'] = [];
  // `order` has parents before children.
  for (const row of order) {
    const p = tree.parent[row] as number;
    if (p < 0) continue;
    const own = host[row] as number;
    const other = host[p] as number;
    let by = own === other ? (shift[p] as number) : 0;
    if (own !== other && own >= 0 && other >= 0 && served[row] === 1) {
      const duration = (end[row] as number) - (start[row] as number);
      const call = (end[p] as number) - (start[p] as number);
      const outside =
        (start[row] as number) < (start[p] as number) || (end[row] as number) > (end[p] as number);
      if (outside)
        by = (start[p] as number) + (duration > call ? 0 : (call - duration) / 2) - (start[row] as number);
      if (by !== 0) moved.push({ span: row, shift: by });
    }
    shift[row] = by;
    start[row] = (start[row] as number) + by;
    end[row] = (end[row] as number) + by;
  }
  return { start, end, moved };
}

/** Rows so that parents come before their children. */
export function parentsFirst(tree: SpanTree): number[] {
  const order: number[] = [];
  for (let i = 0; i < tree.parent.length; i++) if ((tree.parent[i] as number) < 0) order.push(i);
  for (let at = 0; at < order.length; at++) {
    const row = order[at] as number;
    for (let k = tree.childFrom[row] as number; k < (tree.childFrom[row + 1] as number); k++)
      order.push(tree.children[k] as number);
  }
  return order;
}
