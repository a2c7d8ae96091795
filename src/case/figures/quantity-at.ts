import type { Token } from '../tokens.js';
import { readFigure } from './figure.js';
import { finish } from './finish.js';
import { fractionAt, ninesAt } from './in-words.js';
import { withPer } from './noun.js';
import { withPrefix } from './prefix.js';
import type { Quantity } from './quantity.js';
import { partsOf, readRange } from './range.js';
import { unitAfter } from './unit.js';

export function quantityAt(tokens: readonly Token[], at: number): Quantity | undefined {
  const special = ninesAt(tokens, at) ?? fractionAt(tokens, at);
  if (special) return withPrefix(tokens, special);
  const first = readFigure(tokens, at);
  if (!first) return undefined;
  const parts = partsOf(tokens, at, first);
  if (parts) return withPrefix(tokens, parts);
  const ranged = readRange(tokens, at, first);
  const made = ranged ?? withSmallerUnit(tokens, finish(tokens, at, first));
  return withPrefix(tokens, made);
}

/** "7h 10m", "1 min 30 s": one span told in two units. */
function withSmallerUnit(tokens: readonly Token[], q: Quantity): Quantity {
  const t = tokens[q.to];
  if (q.kind !== 'duration' || q.per !== undefined || t?.kind !== 'number') return q;
  const unit = unitAfter(tokens, q.to + 1);
  if (unit?.kind !== 'duration' || unit.scale >= q.unitScale) return q;
  const more = (t.value ?? 0) * unit.scale;
  return more < q.unitScale ? withPer(tokens, { ...q, value: q.value + more, to: unit.to }) : q;
}
