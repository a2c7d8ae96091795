import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

/** Least recently used. */
export const lru: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(1, objects);
  return {
    access(object) {
      const hit = lists.listOf(object) === 0;
      if (hit) lists.remove(object);
      else if (lists.length(0) >= capacity) lists.remove(lists.tail(0));
      lists.push(0, object);
      return hit;
    },
  };
};
