import type { Frame } from '../frame.js';
import { productOf } from '../products.js';

/** Tokens of frameworks, hosts, libraries and tools: they name no part of the system. */
export function platformTokens(frame: Frame): ReadonlySet<number> {
  const out = new Set<number>();
  for (const p of frame.products)
    if (productOf(p.product)?.use !== 'part') for (let i = p.from; i < p.to; i++) out.add(i);
  return out;
}
