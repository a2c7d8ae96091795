import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

/** FIFO with a second chance for what was used since it was looked at last. (F. J. Corbató 1968.) */
export const clock: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(1, objects);
  const used = new Uint8Array(objects);
  return {
    access(object) {
      if (lists.listOf(object) === 0) {
        used[object] = 1;
        return true;
      }
      while (lists.length(0) >= capacity) {
        const oldest = lists.tail(0);
        lists.remove(oldest);
        if (used[oldest] === 1) {
          used[oldest] = 0;
          lists.push(0, oldest);
        }
      }
      used[object] = 0;
      lists.push(0, object);
      return false;
    },
  };
};
