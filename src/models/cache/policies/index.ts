import type { PolicyFactory } from '../policy.js';
import { arc } from './arc.js';
import { clock } from './clock.js';
import { fifo } from './fifo.js';
import { lfu } from './lfu.js';
import { lirs } from './lirs.js';
import { lru } from './lru.js';
import { redisLfu, redisLru } from './redis-sampled.js';
import { s3Fifo } from './s3-fifo.js';
import { sieve } from './sieve.js';
import { wTinyLfu } from './w-tinylfu.js';

/** Every policy that can be replayed, by the name users know it by. */
export const POLICIES = {
  fifo,
  clock,
  lru,
  lfu,
  arc,
  lirs,
  sieve,
  s3fifo: s3Fifo,
  wtinylfu: wTinyLfu,
  'redis-lru': redisLru,
  'redis-lfu': redisLfu,
} as const satisfies Record<string, PolicyFactory>;
export type PolicyName = keyof typeof POLICIES;
