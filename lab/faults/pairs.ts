/** Two faults at once: neighbours in a request, so that neither hides the other altogether. */
export const PAIRS: readonly (readonly [string, string])[] = [
  ['lazy-order-lines', 'short-ttl'],
  ['coupon-at-checkout', 'missing-index'],
  ['retry-storm', 'lazy-order-lines'],
  ['hot-counter', 'plain-tariff'],
  ['connection-per-order', 'coupon-at-checkout'],
  ['slow-tax', 'sync-crypto'],
];
