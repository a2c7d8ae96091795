import { linkedLists } from '../linked-lists.js';
import type { PolicyFactory } from '../policy.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
const WINDOW_SHARE = 0.01;
const PROTECTED_SHARE = 0.8;

/**
 * A small LRU window in front of a segmented LRU; a newcomer replaces only what a count of recent uses says is used
 * less. (G. Einziger, R. Friedman and B. Manes, TinyLFU, ACM Transactions on Storage 13, 2017.)
 */
export const wTinyLfu: PolicyFactory = (capacity, objects) => {
  const windowSize = Math.max(1, Math.round(capacity * WINDOW_SHARE));
  const mainSize = capacity - windowSize;
  const protectedSize = Math.floor(mainSize * PROTECTED_SHARE);
  const lists = linkedLists(3, objects);
  const sketch = frequencySketch(capacity);
  const move = (object: number, list: number): void => {
    lists.remove(object);
    lists.push(list, object);
  };
  const admit = (): void => {
    while (lists.length(WINDOW) > windowSize) {
      const candidate = lists.tail(WINDOW);
      if (lists.length(PROBATION) + lists.length(PROTECTED) < mainSize) {
        move(candidate, PROBATION);
        continue;
      }
      const victim = lists.tail(PROBATION) >= 0 ? lists.tail(PROBATION) : lists.tail(PROTECTED);
      if (victim >= 0 && sketch.count(candidate) > sketch.count(victim)) {
        lists.remove(victim);
        move(candidate, PROBATION);
      } else lists.remove(candidate);
    }
  };
  return {
    access(object) {
      sketch.add(object);
      const list = lists.listOf(object);
      if (list < 0) {
        lists.push(WINDOW, object);
        admit();
        return false;
      }
      if (list === PROBATION) {
        move(object, PROTECTED);
        if (lists.length(PROTECTED) > protectedSize) move(lists.tail(PROTECTED), PROBATION);
      } else move(object, list);
      return true;
    },
  };
};

/** Four rows of small counters that are halved after ten times the cache's size of additions. */
function frequencySketch(capacity: number): { add(object: number): void; count(object: number): number } {
  let width = 16;
  while (width < capacity * 2) width *= 2;
  const counters = new Uint8Array(4 * width);
  const period = 10 * Math.max(1, capacity);
  let added = 0;
  const slot = (object: number, row: number): number => {
    let h = Math.imul(object ^ (row * 0x9e3779b9), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return row * width + (((h ^ (h >>> 16)) >>> 0) & (width - 1));
  };
  return {
    add(object) {
      for (let row = 0; row < 4; row++) {
        const at = slot(object, row);
        if ((counters[at] as number) < 15) counters[at] = (counters[at] as number) + 1;
      }
      if (++added < period) return;
      added = 0;
      for (let i = 0; i < counters.length; i++) counters[i] = (counters[i] as number) >> 1;
    },
    count(object) {
      let least = 15;
      for (let row = 0; row < 4; row++) least = Math.min(least, counters[slot(object, row)] as number);
      return least;
    },
  };
}
