import type { PolicyFactory } from '../policy.js';

/**
 * Least frequently used; among equals the one that reached its frequency first goes first. Counts live as long as the
 * object is cached. (K. Shah et al., An O(1) algorithm for implementing the LFU cache eviction scheme, 2010.)
 */
export const lfu: PolicyFactory = (capacity, objects) => {
  const frequency = new Uint32Array(objects);
  const buckets = new Map<number, Set<number>>();
  let size = 0;
  let lowest = 1;
  const put = (object: number, count: number): void => {
    frequency[object] = count;
    const bucket = buckets.get(count);
    if (bucket) bucket.add(object);
    else buckets.set(count, new Set([object]));
  };
  const take = (object: number): void => {
    const count = frequency[object] as number;
    const bucket = buckets.get(count);
    bucket?.delete(object);
    if (bucket?.size === 0) buckets.delete(count);
  };
  return {
    access(object) {
      const count = frequency[object] as number;
      if (count > 0) {
        take(object);
        if (count === lowest && !buckets.has(count)) lowest = count + 1;
        put(object, count + 1);
        return true;
      }
      if (size >= capacity) {
        while (!buckets.has(lowest)) lowest++;
        const victim = (buckets.get(lowest) as Set<number>).values().next().value as number;
        take(victim);
        frequency[victim] = 0;
      } else size++;
      put(object, 1);
      lowest = 1;
      return false;
    },
  };
};
