import type { Subject } from '../../domain/index.js';
import type { WalkedTrace } from '../sections.js';
import { servedBy, spanAt } from '../traces.js';

/** Whom a span goes to and what it asks; nothing for spans that ask nobody. */
export function callOf(t: WalkedTrace, row: number): { peer: Subject; operation: string } | undefined {
  const own = t.keyOf(row);
  if (own.peer === undefined) return undefined;
  const other = servedBy(t, row);
  return { peer: own.peer, operation: other === undefined ? own.operation : spanAt(t, other).name };
}
