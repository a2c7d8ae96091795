/** Doubly linked lists over object numbers in flat arrays. An object is in at most one list at a time. */
export interface LinkedLists {
  /** Puts an object at the head of a list. */
  push(list: number, object: number): void;
  /** Puts an object at the tail of a list. */
  append(list: number, object: number): void;
  remove(object: number): void;
  /** The list an object is in, −1 for none. */
  listOf(object: number): number;
  head(list: number): number;
  /** The object at the tail, −1 for an empty list. */
  tail(list: number): number;
  /** The neighbour towards the head, −1 at the head. */
  towardsHead(object: number): number;
  length(list: number): number;
}

export function linkedLists(lists: number, objects: number): LinkedLists {
  const next = new Int32Array(objects).fill(-1);
  const previous = new Int32Array(objects).fill(-1);
  const owner = new Int16Array(objects).fill(-1);
  const heads = new Int32Array(lists).fill(-1);
  const tails = new Int32Array(lists).fill(-1);
  const lengths = new Int32Array(lists);
  return {
    push(list, object) {
      const head = heads[list] as number;
      next[object] = head;
      previous[object] = -1;
      if (head >= 0) previous[head] = object;
      else tails[list] = object;
      heads[list] = object;
      owner[object] = list;
      lengths[list] = (lengths[list] as number) + 1;
    },
    append(list, object) {
      const tail = tails[list] as number;
      previous[object] = tail;
      next[object] = -1;
      if (tail >= 0) next[tail] = object;
      else heads[list] = object;
      tails[list] = object;
      owner[object] = list;
      lengths[list] = (lengths[list] as number) + 1;
    },
    remove(object) {
      const list = owner[object] as number;
      if (list < 0) return;
      const before = previous[object] as number;
      const after = next[object] as number;
      if (before >= 0) next[before] = after;
      else heads[list] = after;
      if (after >= 0) previous[after] = before;
      else tails[list] = before;
      owner[object] = -1;
      lengths[list] = (lengths[list] as number) - 1;
    },
    listOf: (object) => owner[object] as number,
    head: (list) => heads[list] as number,
    tail: (list) => tails[list] as number,
    towardsHead: (object) => previous[object] as number,
    length: (list) => lengths[list] as number,
  };
}
