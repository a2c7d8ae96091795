import { seededRandom } from '../../random.js';
import type { PolicyFactory } from '../policy.js';

/** Keys looked at for one eviction, as `maxmemory-samples` has it. */
const SAMPLES = 5;
const POOL = 16;
const LFU_LOG_FACTOR = 10;
const LFU_START = 5;
/** Accesses after which a counter loses one. Redis counts minutes (`lfu-decay-time`); a trace has no clock but itself. */
const LFU_DECAY_ACCESSES = 100_000;

/**
 * Redis' approximations: the worst of a pool fed by a sample of keys is evicted, by idle time or by a logarithmic
 * counter. The sample is drawn with a fixed seed. (Redis 7 evict.c, documentation "Key eviction", 2024.)
 */
const sampled =
  (kind: 'lru' | 'lfu'): PolicyFactory =>
  (capacity, objects) => {
    const random = seededRandom(1);
    const cached = new Int32Array(capacity);
    const place = new Int32Array(objects).fill(-1);
    const usedAt = new Float64Array(objects);
    const counter = new Uint8Array(objects);
    let pool: number[] = [];
    let size = 0;
    let now = 0;
    const decayed = (object: number): number =>
      Math.max(
        0,
        (counter[object] as number) - Math.floor((now - (usedAt[object] as number)) / LFU_DECAY_ACCESSES),
      );
    const idle = (object: number): number =>
      kind === 'lru' ? now - (usedAt[object] as number) : 255 - decayed(object);
    const evict = (): void => {
      for (let i = 0; i < SAMPLES; i++) pool.push(cached[Math.floor(random() * size)] as number);
      pool = [...new Set(pool)].filter((o) => (place[o] as number) >= 0).sort((a, b) => idle(b) - idle(a));
      const victim = pool.shift() as number;
      pool.length = Math.min(pool.length, POOL);
      const at = place[victim] as number;
      const last = cached[--size] as number;
      cached[at] = last;
      place[last] = at;
      place[victim] = -1;
    };
    return {
      access(object) {
        now++;
        const hit = (place[object] as number) >= 0;
        if (hit) {
          const count = decayed(object);
          const over = Math.max(0, count - LFU_START);
          counter[object] = count < 255 && random() < 1 / (over * LFU_LOG_FACTOR + 1) ? count + 1 : count;
        } else {
          if (size >= capacity) evict();
          place[object] = size;
          cached[size++] = object;
          counter[object] = LFU_START;
        }
        usedAt[object] = now;
        return hit;
      },
    };
  };

export const redisLru: PolicyFactory = sampled('lru');
export const redisLfu: PolicyFactory = sampled('lfu');
