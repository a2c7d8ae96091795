import { auditOnPath } from './audit-on-path.js';
import { backtrackingRegexp } from './backtracking-regexp.js';
import { bestsellersStampede } from './bestsellers-stampede.js';
import { bigJson } from './big-json.js';
import { bigKey } from './big-key.js';
import { blockedMigration } from './blocked-migration.js';
import { coldCache } from './cold-cache.js';
import { connectionPerOrder } from './connection-per-order.js';
import { couponAtCheckout } from './coupon-at-checkout.js';
import { cpuQuota } from './cpu-quota.js';
import { dutiesAtOnce } from './duties-at-once.js';
import { dyingDependency } from './dying-dependency.js';
import type { Fault } from './fault.js';
import { hotCounter } from './hot-counter.js';
import { idleReplica } from './idle-replica.js';
import { lazyOrderLines } from './lazy-order-lines.js';
import { memoryLeak } from './memory-leak.js';
import { missingIndex } from './missing-index.js';
import { oneWarehouse } from './one-warehouse.js';
import { plainTariff } from './plain-tariff.js';
import { retryStorm } from './retry-storm.js';
import { shortTtl } from './short-ttl.js';
import { slowTax } from './slow-tax.js';
import { smallPool } from './small-pool.js';
import { stockJob } from './stock-job.js';
import { syncCrypto } from './sync-crypto.js';
import { threadsInPython } from './threads-in-python.js';

/** The faults of the recorded example, in the order in which they are shipped. */
export const SHIPPED: readonly Fault[] = [lazyOrderLines, couponAtCheckout, smallPool, shortTtl];

/** Every fault of the lab. */
export const FAULTS: readonly Fault[] = [
  ...SHIPPED,
  auditOnPath,
  backtrackingRegexp,
  bestsellersStampede,
  bigJson,
  bigKey,
  blockedMigration,
  coldCache,
  connectionPerOrder,
  cpuQuota,
  dutiesAtOnce,
  dyingDependency,
  hotCounter,
  missingIndex,
  oneWarehouse,
  plainTariff,
  retryStorm,
  slowTax,
  stockJob,
  syncCrypto,
  threadsInPython,
  // After the others: the copy it starts stays, and applies what the primary writes.
  idleReplica,
  // Last: what it kept is let go only in time.
  memoryLeak,
];
