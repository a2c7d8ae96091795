import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

/** First in, first out. */
export const fifo: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(1, objects);
  return {
    access(object) {
      if (lists.listOf(object) === 0) return true;
      if (lists.length(0) >= capacity) lists.remove(lists.tail(0));
      lists.push(0, object);
      return false;
    },
  };
};
