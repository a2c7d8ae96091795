import type { Tool } from '../domain/index.js';
import { productEntry } from '../knowledge/index.js';
import { type Frame, placeOf } from './frame.js';

/** Tools named in observability, with their roles; each product once. */
export function toolsOf(frame: Frame): Tool[] {
  if (frame.input !== 'observability') return [];
  const seen = new Set<string>();
  return frame.products.flatMap((p) => {
    const entry = productEntry(p.product);
    if (!entry || seen.has(p.product) || (entry.roles.length === 0 && !entry.traits.includes('tool')))
      return [];
    seen.add(p.product);
    return [
      { product: p.product, name: entry.name, roles: [...entry.roles], place: placeOf(frame, p.from, p.to) },
    ];
  });
}
