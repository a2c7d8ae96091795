/** How the checkout API works: everything a fault may change, switchable while it runs. */
export type Settings = {
  /** Ask the coupon service about each cart, before tax and payment. */
  couponAtCheckout: boolean;
  /** Lines of an order in one statement, or one statement a line. */
  orderLines: 'together' | 'one-by-one';
  /** Connections to the primary, a process. */
  writerPoolMax: number;
  /** Life of a product or an order in the cache. */
  cacheTtlMs: number;
};

/** The settings of the healthy system. */
export const HEALTHY: Settings = {
  couponAtCheckout: false,
  orderLines: 'together',
  writerPoolMax: 12,
  cacheTtlMs: 300_000,
};

const isOneOf = <T>(values: readonly T[], value: unknown): value is T => values.includes(value as T);
const isPositive = (value: unknown): value is number => typeof value === 'number' && value > 0;

/** `base` with the known, well-formed settings of `change`; throws an error naming the first that is neither. */
export function withSettings(base: Settings, change: Readonly<Record<string, unknown>>): Settings {
  const accepts: Record<keyof Settings, (value: unknown) => boolean> = {
    couponAtCheckout: (v) => typeof v === 'boolean',
    orderLines: (v) => isOneOf(['together', 'one-by-one'], v),
    writerPoolMax: isPositive,
    cacheTtlMs: isPositive,
  };
  for (const [name, value] of Object.entries(change))
    if (!accepts[name as keyof Settings]?.(value))
      throw new Error(`setting ${name}: ${JSON.stringify(value)} is not accepted`);
  return { ...base, ...change };
}
