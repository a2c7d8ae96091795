import type { Profile } from '../../domain/index.js';
import { stackOf } from '../../models/call-tree.js';

/** Calls in the order of time: a call lasts while it is on the stack of one sample after another. */
export interface TimeOrder {
  parent: number[];
  name: number[];
  /** Own time of the call, in microseconds. */
  self: number[];
  start: number[];
}

/** More calls than this are too many to draw: the order of time is left out. */
const MAX_CALLS = 120_000;

/** `nameOf` numbers a frame as the graph does. Nothing without a timeline, or when there is too much of it. */
export function timeOrder(profile: Profile, nameOf: (frame: number) => number): TimeOrder | undefined {
  const { timeline, tree } = profile;
  if (!timeline || timeline.node.length === 0) return undefined;
  const order: TimeOrder = { parent: [-1], name: [0], self: [0], start: [0] };
  let open: { frame: number; call: number }[] = [];
  for (let i = 0; i < timeline.node.length; i++) {
    const stack = stackOf(tree, timeline.node[i] as number).reverse();
    const at = timeline.timeUs[i] as number;
    const lasts = timeline.weight[i] as number;
    let same = 0;
    while (same < open.length && same < stack.length && open[same]?.frame === nameOf(stack[same] as number))
      same++;
    open = open.slice(0, same);
    for (let d = same; d < stack.length; d++) {
      const frame = nameOf(stack[d] as number);
      order.parent.push(open[d - 1]?.call ?? 0);
      order.name.push(frame);
      order.self.push(0);
      order.start.push(at);
      open.push({ frame, call: order.parent.length - 1 });
      if (order.parent.length > MAX_CALLS) return undefined;
    }
    const top = open.at(-1)?.call ?? 0;
    order.self[top] = (order.self[top] ?? 0) + lasts;
  }
  return order;
}
