import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

/**
 * A hand moves from the oldest to the newest, spares once what was used, and stays where it evicted; nothing moves in
 * the queue. (Y. Zhang et al., SIEVE is Simpler than LRU, NSDI 2024, algorithm 1.)
 */
export const sieve: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(1, objects);
  const visited = new Uint8Array(objects);
  let hand = -1;
  return {
    access(object) {
      if (lists.listOf(object) === 0) {
        visited[object] = 1;
        return true;
      }
      if (lists.length(0) >= capacity) {
        let candidate = hand >= 0 ? hand : lists.tail(0);
        while (visited[candidate] === 1) {
          visited[candidate] = 0;
          const newer = lists.towardsHead(candidate);
          candidate = newer >= 0 ? newer : lists.tail(0);
        }
        hand = lists.towardsHead(candidate);
        lists.remove(candidate);
      }
      visited[object] = 0;
      lists.push(0, object);
      return false;
    },
  };
};
