import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

const RECENT = 0;
const FREQUENT = 1;
const GHOST_RECENT = 2;
const GHOST_FREQUENT = 3;

/**
 * Adaptive replacement: a recent and a frequent list whose balance follows hits in the lists of what was evicted.
 * (N. Megiddo and D. S. Modha, ARC: A Self-Tuning, Low Overhead Replacement Cache, FAST 2003, figure 4.)
 */
export const arc: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(4, objects);
  let wanted = 0;
  const move = (object: number, list: number): void => {
    lists.remove(object);
    lists.push(list, object);
  };
  const replace = (ghostFrequent: boolean): void => {
    const recent = lists.length(RECENT);
    if (recent > 0 && (recent > wanted || (ghostFrequent && recent === wanted)))
      move(lists.tail(RECENT), GHOST_RECENT);
    else if (lists.length(FREQUENT) > 0) move(lists.tail(FREQUENT), GHOST_FREQUENT);
    else move(lists.tail(RECENT), GHOST_RECENT);
  };
  return {
    access(object) {
      const list = lists.listOf(object);
      if (list === RECENT || list === FREQUENT) {
        move(object, FREQUENT);
        return true;
      }
      const [recentGhosts, frequentGhosts] = [lists.length(GHOST_RECENT), lists.length(GHOST_FREQUENT)];
      if (list === GHOST_RECENT) {
        wanted = Math.min(capacity, wanted + Math.max(1, frequentGhosts / recentGhosts));
        replace(false);
        move(object, FREQUENT);
        return false;
      }
      if (list === GHOST_FREQUENT) {
        wanted = Math.max(0, wanted - Math.max(1, recentGhosts / frequentGhosts));
        replace(true);
        move(object, FREQUENT);
        return false;
      }
      const first = lists.length(RECENT) + recentGhosts;
      const all = first + lists.length(FREQUENT) + frequentGhosts;
      if (first === capacity) {
        if (lists.length(RECENT) < capacity) {
          lists.remove(lists.tail(GHOST_RECENT));
          replace(false);
        } else lists.remove(lists.tail(RECENT));
      } else if (all >= capacity) {
        if (all === 2 * capacity) lists.remove(lists.tail(GHOST_FREQUENT));
        replace(false);
      }
      lists.push(RECENT, object);
      return false;
    },
  };
};
