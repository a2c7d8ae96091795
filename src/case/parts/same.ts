import type { Frame } from '../frame.js';
import { productOf } from '../products.js';

/** "PostgreSQL 14 (Aurora)", "Aurora PostgreSQL" and "Aurora" are one store where no second engine is named: key → its key. */
export function sameStores(frames: readonly Frame[]): ReadonlyMap<string, string> {
  const named = new Set(frames.flatMap((f) => f.products.map((p) => p.product)));
  const has = (...keys: string[]): boolean => keys.some((k) => named.has(k));
  const out = new Map<string, string>();
  const postgres = has('postgresql', 'aurora-postgresql');
  const mysql = has('mysql', 'aurora-mysql');
  if (has('aurora', 'aurora-postgresql', 'aurora-mysql') && postgres !== mysql) {
    const engine = postgres ? 'postgresql' : 'mysql';
    for (const key of ['aurora', engine]) out.set(key, `aurora-${engine}`);
  }
  // InnoDB and WiredTiger are inside the database.
  for (const [engine, ...stores] of INSIDE) {
    const holder = stores.find((s) => named.has(s));
    if (engine && holder) out.set(engine, holder);
  }
  const caches = ['redis', 'memcached', 'valkey'].filter((k) => named.has(k));
  if (has('elasticache') && caches.length === 1 && caches[0]) out.set('elasticache', caches[0]);
  return out;
}

const INSIDE = [
  ['mysql', 'mariadb', 'aurora-mysql'],
  ['postgresql', 'timescaledb', 'citus'],
] as const;

/** "the CDN" is the one that is named elsewhere. */
export function genericCdn(frames: readonly Frame[]): string | undefined {
  for (const f of frames)
    for (const p of f.products)
      if (p.product !== 'cdn' && productOf(p.product)?.kind === 'cdn') return p.product;
  return undefined;
}
