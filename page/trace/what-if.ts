import { retimedDuration } from '../../src/models/retime.js';
import type { OwnTime, TraceTree } from './tree.js';

/** How long the trace would have taken, in milliseconds. */
export interface Retimed {
  beforeMs: number;
  /** Everything that came before is waited for, and only what is really on the way counts as waited for. */
  pessimisticMs: number;
  optimisticMs: number;
}

/** Re-times a trace with the own time of some operations multiplied; 0 takes them out. */
export function retimed(
  t: TraceTree,
  groups: readonly OwnTime[],
  factors: ReadonlyMap<string, number>,
): Retimed {
  const own = new Map<number, number>();
  for (const group of groups) {
    const factor = factors.get(group.key);
    if (factor === undefined || factor === 1) continue;
    for (let row = 0; row < t.spans.length; row++) {
      const span = t.spans[row];
      if (span?.service === group.service && span.name === group.operation) own.set(row, factor);
    }
  }
  const beforeMs = (t.tree.end[t.root] as number) - (t.tree.start[t.root] as number);
  const change = { own };
  const pessimisticMs = retimedDuration(t.tree, t.root, change, 'sequential');
  const reference = retimedDuration(t.tree, t.root, {}, 'independent');
  const saved = reference - retimedDuration(t.tree, t.root, change, 'independent');
  return { beforeMs, pessimisticMs, optimisticMs: Math.min(pessimisticMs, Math.max(0, beforeMs - saved)) };
}
