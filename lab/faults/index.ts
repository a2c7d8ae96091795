import { couponAtCheckout } from './coupon-at-checkout.js';
import type { Fault } from './fault.js';
import { lazyOrderLines } from './lazy-order-lines.js';
import { shortTtl } from './short-ttl.js';
import { smallPool } from './small-pool.js';

/** Every fault of the lab, in the order in which they are shipped. */
export const FAULTS: readonly Fault[] = [lazyOrderLines, couponAtCheckout, smallPool, shortTtl];
