import type { Subject } from '../../domain/index.js';
import { attributeOf } from '../attributes.js';
import type { WalkedTrace } from '../sections.js';
import { isCacheWrite, isRead, isTransactionControl, storeOf } from '../span-kind.js';
import { childrenOf, spanAt } from '../traces.js';

/** A look-up in a cache, and what had to be done because it found nothing. */
export interface Fill {
  service: string;
  cache: Subject;
  read: number;
  /** Spans that the miss made necessary: waits, statements, the write back. */
  spans: number[];
}

/** The look-ups of a request, each with the fill that follows it, if one does. */
export function fillsOf(t: WalkedTrace): Fill[] {
  const parents = new Set<number>();
  t.spans.forEach((s, row) => {
    if (s.role === 'cache') parents.add(t.tree.parent[row] as number);
  });
  return [...parents].filter((p) => p >= 0).flatMap((p) => fillsUnder(t, childrenOf(t.tree, p)));
}

function fillsUnder(t: WalkedTrace, children: readonly number[]): Fill[] {
  const fills: Fill[] = [];
  let open: Fill | undefined;
  let sawStore = false;
  for (const row of children) {
    const s = spanAt(t, row);
    const operation = attributeOf(s.attributes, 'dbOperation') ?? s.name;
    if (s.role === 'cache') {
      if (isRead(s.statement, operation)) {
        open = {
          service: s.service,
          cache: storeOf('cache', s.attributes, s.statement),
          read: row,
          spans: [],
        };
        fills.push(open);
        sawStore = false;
      } else if (open && sawStore && isCacheWrite(s.statement, operation)) open.spans.push(row);
      else open = undefined;
    } else if (!open) continue;
    else if (s.role === 'pool' || s.role === 'connect') {
      if (!openFor(open, sawStore, t)) open = undefined;
      else open.spans.push(row);
    } else if (
      s.role === 'database' &&
      isRead(s.statement, operation) &&
      !isTransactionControl(s.statement)
    ) {
      open.spans.push(row);
      sawStore = true;
    } else if (s.role !== 'inside') open = undefined;
  }
  // A wait for a connection alone, with no read after it, is no fill.
  for (const f of fills) if (!f.spans.some((row) => spanAt(t, row).role === 'database')) f.spans = [];
  return fills;
}

/** After the write back the fill is over: what comes then is something else. */
const openFor = (fill: Fill, sawStore: boolean, t: WalkedTrace): boolean =>
  !sawStore || !fill.spans.some((row) => spanAt(t, row).role === 'cache');
