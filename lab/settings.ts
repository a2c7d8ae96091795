/** How NovaPay works: everything a fault or a remedy may change, switchable while it runs. */
export type Settings = {
  /** Ask the coupon service about each cart. */
  couponAtCheckout: boolean;
  /** When: before tax is quoted, beside the tax call, or after the answer has gone out. */
  couponWhen: 'before-tax' | 'beside-tax' | 'afterwards';
  /** Lines of an order in one statement, or one statement a line. */
  orderLines: 'together' | 'one-by-one';
  /** Connections to the primary, a process. */
  writerPoolMax: number;
  /** Writes over pooled connections, or over one set up for each order. */
  writerConnections: 'pooled' | 'per-order';
  /** Life of a product or an order in the cache. */
  cacheTtlMs: number;
  /** Part of the names of cache entries: another one starts with an empty cache. */
  cacheGeneration: number;
  /** Fill a new generation of the cache before it is read from. */
  cacheWarmed: boolean;
  /** List of best-selling products beside each product: its life, and how a missing one is made. */
  bestsellers: 'none' | 'each-miss' | 'single-flight';
  /** What others looked at lately, beside each product: the whole set from the cache, or a few members of it. */
  recentlyViewed: 'none' | 'whole-set' | 'sample';
  /** Signature of each receipt: derived on the event loop, or in the thread pool. */
  receiptSignature: 'none' | 'on-the-loop' | 'in-threads';
  /** Check of the delivery note of each order by a regular expression. */
  noteCheck: 'none' | 'backtracking' | 'linear';
  /** Exchange rates for each checkout: parsed whole from their document, or kept parsed. */
  exchangeRates: 'none' | 'parsed-each-time' | 'kept';
  /** What is kept in memory of each request: nothing, everything, or the latest. */
  visitHistory: 'none' | 'everything' | 'latest';
  /** Records of the audit: none, written at once for each step, or gathered and written in the background. */
  auditLog: 'none' | 'each-step' | 'in-background';
  /** Duty of each item from the tax service: none, all calls at once, or one call for the cart. */
  duties: 'none' | 'all-at-once' | 'one-call';
  /** Totals of the day, one row: counted first or last in the transaction. */
  dayTotal: 'none' | 'first' | 'last';
  /** Tax quoted before the transaction begins, or inside of it. */
  taxQuote: 'before' | 'in-transaction';
  /** Stock of an order: from the warehouse of the customer, or from one for all. */
  stockFrom: 'own-warehouse' | 'one-warehouse';
  /** Median time the tax service takes. */
  taxMedianMs: number;
  /** Share of the quotes that the tax service never ends by itself. */
  taxHangs: number;
  /** Share of the quotes that the tax service refuses after its work. */
  taxFails: number;
  /** How long the checkout waits for a quote. */
  taxTimeoutMs: number;
  /** Without a quote: fail, or use the rate last seen. */
  taxFallback: boolean;
  /** Attempts after the first one, at once. */
  taxRetries: number;
  /** The tariff of a cart from the tax service, over a wide area network: not asked for, plain, or compressed. */
  tariff: 'none' | 'plain' | 'compressed';
  /** The index by which lines of an order are found. */
  orderLinesIndex: boolean;
  /** A report that reads orders and leaves its transaction open while a migration waits behind it. */
  report: 'none' | 'transaction-left-open' | 'ended-at-once';
  /** A job that renumbers stock: in one transaction, or in small ones. */
  stockJob: 'none' | 'one-transaction' | 'small-transactions';
  /** The risk of an order from a service in Python: not asked for, worked out in threads of one process, or in processes. */
  riskCheck: 'none' | 'threads' | 'processes';
  /** A streaming copy of the primary: none, one that nothing reads from, or one that serves what only reads. */
  replica: 'none' | 'idle' | 'serving';
  /** Processor time that the primary may use, as times of what it used when it was last free; 0 for all there is. */
  primaryQuota: number;
  /** Processor time that the checkout API may use, as times of what it used when it was last free; 0 for all there is. */
  cpuQuota: number;
  /** A neighbour on the same machine that works in short bursts. */
  neighbour: 'none' | 'bursts' | 'hog';
};

/** The settings of the healthy system. */
export const HEALTHY: Settings = {
  couponAtCheckout: false,
  couponWhen: 'before-tax',
  orderLines: 'together',
  writerPoolMax: 12,
  writerConnections: 'pooled',
  cacheTtlMs: 3_600_000,
  cacheGeneration: 0,
  cacheWarmed: true,
  bestsellers: 'none',
  recentlyViewed: 'none',
  receiptSignature: 'none',
  noteCheck: 'none',
  exchangeRates: 'none',
  visitHistory: 'none',
  auditLog: 'none',
  duties: 'none',
  dayTotal: 'none',
  taxQuote: 'before',
  stockFrom: 'own-warehouse',
  taxMedianMs: 14,
  taxHangs: 0,
  taxFails: 0,
  taxTimeoutMs: 5_000,
  taxFallback: false,
  taxRetries: 0,
  tariff: 'none',
  orderLinesIndex: true,
  report: 'none',
  stockJob: 'none',
  riskCheck: 'none',
  replica: 'none',
  primaryQuota: 0,
  cpuQuota: 0,
  neighbour: 'none',
};

type Accepts = (value: unknown) => boolean;

const oneOf =
  (...values: readonly unknown[]): Accepts =>
  (value) =>
    values.includes(value);
const yesOrNo: Accepts = (value) => typeof value === 'boolean';
const positive: Accepts = (value) => typeof value === 'number' && value > 0;
const notNegative: Accepts = (value) => typeof value === 'number' && value >= 0;
const share: Accepts = (value) => typeof value === 'number' && value >= 0 && value <= 1;

const ACCEPTS: Readonly<Record<keyof Settings, Accepts>> = {
  couponAtCheckout: yesOrNo,
  couponWhen: oneOf('before-tax', 'beside-tax', 'afterwards'),
  orderLines: oneOf('together', 'one-by-one'),
  writerPoolMax: positive,
  writerConnections: oneOf('pooled', 'per-order'),
  cacheTtlMs: positive,
  cacheGeneration: notNegative,
  cacheWarmed: yesOrNo,
  bestsellers: oneOf('none', 'each-miss', 'single-flight'),
  recentlyViewed: oneOf('none', 'whole-set', 'sample'),
  receiptSignature: oneOf('none', 'on-the-loop', 'in-threads'),
  noteCheck: oneOf('none', 'backtracking', 'linear'),
  exchangeRates: oneOf('none', 'parsed-each-time', 'kept'),
  visitHistory: oneOf('none', 'everything', 'latest'),
  auditLog: oneOf('none', 'each-step', 'in-background'),
  duties: oneOf('none', 'all-at-once', 'one-call'),
  dayTotal: oneOf('none', 'first', 'last'),
  taxQuote: oneOf('before', 'in-transaction'),
  stockFrom: oneOf('own-warehouse', 'one-warehouse'),
  taxMedianMs: positive,
  taxHangs: share,
  taxFails: share,
  taxTimeoutMs: positive,
  taxFallback: yesOrNo,
  taxRetries: notNegative,
  tariff: oneOf('none', 'plain', 'compressed'),
  orderLinesIndex: yesOrNo,
  report: oneOf('none', 'transaction-left-open', 'ended-at-once'),
  stockJob: oneOf('none', 'one-transaction', 'small-transactions'),
  riskCheck: oneOf('none', 'threads', 'processes'),
  replica: oneOf('none', 'idle', 'serving'),
  primaryQuota: notNegative,
  cpuQuota: notNegative,
  neighbour: oneOf('none', 'bursts', 'hog'),
};

/** `base` with the known, well-formed settings of `change`; throws an error naming the first that is neither. */
export function withSettings(base: Settings, change: Readonly<Record<string, unknown>>): Settings {
  for (const [name, value] of Object.entries(change))
    if (!ACCEPTS[name as keyof Settings]?.(value))
      throw new Error(`setting ${name}: ${JSON.stringify(value)} is not accepted`);
  return { ...base, ...change };
}
