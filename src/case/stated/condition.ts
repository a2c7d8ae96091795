import type { Claimed, FrameIndex } from '../claims.js';
import type { Quantity } from '../figures/quantity.js';
import type { Frame } from '../frame.js';
import { conditionAfter } from '../when.js';
import { STOP } from '../words.js';
import { labelOf } from './label.js';

export function conditionOf(
  frame: Frame,
  index: FrameIndex,
  k: number,
  partner: number | undefined,
  name: string,
  claimed: Claimed,
): string | undefined {
  const q = frame.quantities[k] as Quantity;
  const last = partner !== undefined ? (frame.quantities[partner] as Quantity) : q;
  const loads = (n: number): boolean => {
    const other = frame.quantities[n];
    return (
      other !== undefined &&
      (other.kind === 'rate' ||
        (other.kind === 'bare' &&
          /^(?:qps|rps|tps|user|users)$/.test(frame.tokens[other.to]?.lower ?? other.noun ?? '')))
    );
  };
  const found = conditionAfter(frame, last.to, index.quantity, loads);
  const said = found
    ? frame.text
        .slice(frame.tokens[found.from]?.start, frame.tokens[found.to - 1]?.end)
        .replace(/\s+/g, ' ')
        .slice(0, 120)
    : q.per === undefined
      ? undefined
      : q.per === 'each'
        ? 'each'
        : `per ${q.per}`;
  const ahead = said === undefined ? conditionAhead(frame, q, index.quantity) : undefined;
  const label = labelOf(frame, q, claimed, name);
  const parts = [label, said ?? ahead].filter((x): x is string => x !== undefined);
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** "during the reindex p99 is 8 s": the condition stands before the figure. */
function conditionAhead(
  frame: Frame,
  q: Quantity,
  quantityAt: readonly (number | undefined)[],
): string | undefined {
  const home = frame.segment[q.from];
  for (let i = q.from - 1; i >= 0 && q.from - i < 14 && frame.segment[i] === home; i--) {
    if (quantityAt[i] !== undefined) return undefined;
    if (!/^(?:during|while|when|whenever|after)$/.test(frame.tokens[i]?.lower ?? '')) continue;
    let to = i + 1;
    while (to < q.from && to - i < 6) {
      const t = frame.tokens[to];
      if (t?.kind !== 'word' && t?.text !== '-') break;
      if (
        frame.statistics.some((s) => s.from === to) ||
        frame.families.some((f) => f.from === to && f.value.some((x) => x.id === 'latency'))
      )
        break;
      to++;
    }
    while (to > i + 1 && STOP.has(frame.tokens[to - 1]?.lower ?? '')) to--;
    return to > i + 1
      ? frame.text.slice(frame.tokens[i]?.start, frame.tokens[to - 1]?.end).replace(/\s+/g, ' ')
      : undefined;
  }
  return undefined;
}
