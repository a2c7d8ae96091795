import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';
import { lru } from './lru.js';

const STACK = 0;
const QUEUE = 0;
const STACK_LIMIT = 2;
/** Share of the cache for blocks whose reuse distance is long, as the paper uses it. */
const HIR_SHARE = 0.01;

/**
 * Low inter-reference recency set: blocks with a short reuse distance stay; others pass through a small queue, and
 * are promoted when they come back while still on the stack. The stack, with its ghosts, holds at most twice
 * as many as the cache; the paper leaves its bound open.
 * (S. Jiang and X. Zhang, LIRS, SIGMETRICS 2002, §3.)
 */
export const lirs: PolicyFactory = (capacity, objects) => {
  // One place cannot be divided in two.
  if (capacity < 2) return lru(capacity, objects);
  const queueSize = Math.max(1, Math.floor(capacity * HIR_SHARE));
  const lirSize = capacity - queueSize;
  const stack = linkedLists(1, objects);
  const queue = linkedLists(1, objects);
  const ghosts = linkedLists(1, objects);
  const isLir = new Uint8Array(objects);
  let lirCount = 0;

  const drop = (object: number): void => {
    stack.remove(object);
    ghosts.remove(object);
  };
  const prune = (): void => {
    for (let bottom = stack.tail(STACK); bottom >= 0 && isLir[bottom] === 0; bottom = stack.tail(STACK))
      drop(bottom);
  };
  const toTop = (object: number): void => {
    stack.remove(object);
    stack.push(STACK, object);
  };
  const demoteBottom = (): void => {
    const bottom = stack.tail(STACK);
    isLir[bottom] = 0;
    lirCount--;
    stack.remove(bottom);
    queue.push(QUEUE, bottom);
    prune();
  };
  const evict = (): void => {
    const victim = queue.tail(QUEUE);
    if (victim < 0) return;
    queue.remove(victim);
    if (stack.listOf(victim) === STACK) ghosts.push(0, victim);
  };
  const boundStack = (): void => {
    while (stack.length(STACK) > STACK_LIMIT * capacity && ghosts.length(0) > 0) drop(ghosts.tail(0));
  };
  return {
    access(object) {
      if (isLir[object] === 1) {
        const wasBottom = stack.tail(STACK) === object;
        toTop(object);
        if (wasBottom) prune();
        return true;
      }
      const resident = queue.listOf(object) === QUEUE;
      const onStack = stack.listOf(object) === STACK;
      if (resident) {
        if (onStack) {
          queue.remove(object);
          isLir[object] = 1;
          lirCount++;
          toTop(object);
          demoteBottom();
        } else {
          stack.push(STACK, object);
          queue.remove(object);
          queue.push(QUEUE, object);
          boundStack();
        }
        return true;
      }
      if (lirCount < lirSize) {
        isLir[object] = 1;
        lirCount++;
        toTop(object);
        return false;
      }
      if (lirCount + queue.length(QUEUE) >= lirSize + queueSize) evict();
      if (stack.listOf(object) === STACK) {
        ghosts.remove(object);
        isLir[object] = 1;
        lirCount++;
        toTop(object);
        demoteBottom();
      } else {
        stack.push(STACK, object);
        queue.push(QUEUE, object);
      }
      boundStack();
      return false;
    },
  };
};
