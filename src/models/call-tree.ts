import type { CallTree, FrameTable } from '../domain/index.js';

/** Builds a call tree sample by sample, in memory that grows with the number of distinct stacks. */
export interface CallTreeBuilder {
  /** The child of `parent` for `frame`, made when it is not there. */
  child(parent: number, frame: number): number;
  add(node: number, type: number, value: number): void;
  /** Nodes made so far, the root among them. */
  size(): number;
  build(): CallTree;
}

/** An open-addressing table from (parent, frame) to node keeps look-ups at one or two probes. */
export function createCallTree(types: number, nodes = 1024): CallTreeBuilder {
  let capacity = Math.max(16, nodes);
  let parent = new Int32Array(capacity);
  let frame = new Int32Array(capacity);
  let values = Array.from({ length: types }, () => new Float64Array(capacity));
  let slots = new Int32Array(slotsFor(capacity));
  let size = 1;
  parent[0] = -1;
  frame[0] = -1;

  const slotOf = (table: Int32Array, p: number, f: number): number => {
    const mask = table.length - 1;
    let at = mix(p, f) & mask;
    for (;;) {
      const node = table[at] as number;
      if (node === 0 || (parent[node] === p && frame[node] === f)) return at;
      at = (at + 1) & mask;
    }
  };
  const grow = (): void => {
    capacity *= 2;
    parent = grown(parent, capacity);
    frame = grown(frame, capacity);
    values = values.map((v) => {
      const bigger = new Float64Array(capacity);
      bigger.set(v);
      return bigger;
    });
    const table = new Int32Array(slotsFor(capacity));
    for (let node = 1; node < size; node++)
      table[slotOf(table, parent[node] as number, frame[node] as number)] = node;
    slots = table;
  };

  return {
    child(p, f) {
      let at = slotOf(slots, p, f);
      const known = slots[at] as number;
      if (known !== 0) return known;
      if (size === capacity) {
        grow();
        at = slotOf(slots, p, f);
      }
      const node = size++;
      slots[at] = node;
      parent[node] = p;
      frame[node] = f;
      return node;
    },
    add(node, type, value) {
      const column = values[type] as Float64Array;
      column[node] = (column[node] as number) + value;
    },
    size: () => size,
    build: () => ({
      size,
      parent: parent.subarray(0, size),
      frame: frame.subarray(0, size),
      values: values.map((v) => v.subarray(0, size)),
    }),
  };
}

const grown = (array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> => {
  const bigger = new Int32Array(capacity);
  bigger.set(array);
  return bigger;
};

/** A power of two with room for twice as many entries. */
const slotsFor = (entries: number): number => 2 ** Math.ceil(Math.log2(entries * 2));

const mix = (a: number, b: number): number => {
  const h = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
};

/** Weight of each node with everything it called. */
export function totalsOf(tree: CallTree, type: number): Float64Array {
  const totals = Float64Array.from(tree.values[type] ?? new Float64Array(tree.size));
  for (let node = tree.size - 1; node > 0; node--) {
    const up = tree.parent[node] as number;
    totals[up] = (totals[up] as number) + (totals[node] as number);
  }
  return totals;
}

/** Sum of all samples of one type. */
export function sumOf(tree: CallTree, type: number): number {
  let sum = 0;
  for (const v of tree.values[type] ?? []) sum += v;
  return sum;
}

/** One function over all its places in the tree. */
export interface FunctionWeight {
  name: string;
  file: string;
  self: number;
  /** With what it called; recursion counted once. */
  total: number;
}

/** Functions by name and file (lines of one function together), the heaviest self weight first. */
export function functionsOf(tree: CallTree, frames: FrameTable, type: number): FunctionWeight[] {
  const { functionOf, functions } = groupFrames(frames);
  const self = new Float64Array(functions.length);
  const total = new Float64Array(functions.length);
  const totals = totalsOf(tree, type);
  const own = tree.values[type] ?? new Float64Array(tree.size);
  const children = childLists(tree);
  const open = new Int32Array(functions.length);
  // Depth first, so that `open` says which functions are on the stack: a recursive call adds nothing to its total.
  const stack: number[] = [];
  for (let c = children.first[0] as number; c > 0; c = children.next[c] as number) stack.push(c);
  while (stack.length > 0) {
    const node = stack.pop() as number;
    if (node < 0) {
      const f = functionOf[tree.frame[-node] as number] as number;
      open[f] = (open[f] as number) - 1;
      continue;
    }
    const f = functionOf[tree.frame[node] as number] as number;
    self[f] = (self[f] as number) + (own[node] as number);
    if (open[f] === 0) total[f] = (total[f] as number) + (totals[node] as number);
    open[f] = (open[f] as number) + 1;
    stack.push(-node);
    for (let c = children.first[node] as number; c > 0; c = children.next[c] as number) stack.push(c);
  }
  return functions
    .map((f, i) => ({ ...f, self: self[i] as number, total: total[i] as number }))
    .sort((a, b) => Math.abs(b.self) - Math.abs(a.self) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Frames of one function (same name and file) under one number. */
export function groupFrames(frames: FrameTable): {
  functionOf: Int32Array;
  functions: { name: string; file: string }[];
} {
  const functionOf = new Int32Array(frames.size);
  const functions: { name: string; file: string }[] = [];
  const known = new Map<string, number>();
  for (let i = 0; i < frames.size; i++) {
    const name = frames.name(i);
    const file = frames.file(i);
    const key = `${name}\n${file}`;
    let id = known.get(key);
    if (id === undefined) {
      id = functions.length;
      known.set(key, id);
      functions.push({ name, file });
    }
    functionOf[i] = id;
  }
  return { functionOf, functions };
}

/** Children of each node as linked lists: `first[node]`, then `next[child]`; 0 ends. */
export function childLists(tree: CallTree): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(tree.size);
  const next = new Int32Array(tree.size);
  for (let node = tree.size - 1; node > 0; node--) {
    const p = tree.parent[node] as number;
    next[node] = first[p] as number;
    first[p] = node;
  }
  return { first, next };
}

/** Frames from the leaf to the root. */
export function stackOf(tree: CallTree, node: number): number[] {
  const stack: number[] = [];
  for (let n = node; n > 0; n = tree.parent[n] as number) stack.push(tree.frame[n] as number);
  return stack;
}
