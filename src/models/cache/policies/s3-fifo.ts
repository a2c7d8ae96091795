import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

const SMALL = 0;
const MAIN = 1;
const GHOST = 2;
const SMALL_SHARE = 0.1;
const GHOST_SHARE = 0.9;
/** Uses in the small queue that make an object worth the main one. */
const WORTH_MAIN = 2;
const MOST = 3;

/**
 * Three FIFO queues: new objects pass through a small one, those used again go to the main one, and what was evicted
 * early is remembered. (J. Yang et al., FIFO Queues are All You Need for Cache Eviction, SOSP 2023, algorithm 1.)
 */
export const s3Fifo: PolicyFactory = (capacity, objects) => {
  const lists = linkedLists(3, objects);
  const uses = new Uint8Array(objects);
  const smallSize = Math.max(1, Math.floor(capacity * SMALL_SHARE));
  const mainSize = capacity - smallSize;
  const ghostSize = Math.max(1, Math.floor(capacity * GHOST_SHARE));
  const remember = (object: number): void => {
    if (lists.length(GHOST) >= ghostSize) lists.remove(lists.tail(GHOST));
    lists.push(GHOST, object);
  };
  const evictSmall = (): boolean => {
    const oldest = lists.tail(SMALL);
    if (oldest < 0) return false;
    lists.remove(oldest);
    if ((uses[oldest] as number) >= WORTH_MAIN) {
      uses[oldest] = 0;
      lists.push(MAIN, oldest);
      return false;
    }
    remember(oldest);
    return true;
  };
  const evictMain = (): boolean => {
    const oldest = lists.tail(MAIN);
    if (oldest < 0) return false;
    lists.remove(oldest);
    const count = uses[oldest] as number;
    if (count > 0) {
      uses[oldest] = Math.min(count, MOST) - 1;
      lists.push(MAIN, oldest);
      return false;
    }
    return true;
  };
  return {
    access(object) {
      const list = lists.listOf(object);
      if (list === SMALL || list === MAIN) {
        uses[object] = Math.min(MOST, (uses[object] as number) + 1);
        return true;
      }
      const remembered = list === GHOST;
      if (remembered) lists.remove(object);
      while (lists.length(SMALL) + lists.length(MAIN) >= capacity) {
        if (lists.length(MAIN) > mainSize || lists.length(SMALL) === 0) evictMain();
        else evictSmall();
      }
      uses[object] = 0;
      lists.push(remembered ? MAIN : SMALL, object);
      return false;
    },
  };
};
