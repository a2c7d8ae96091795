import { type Random, seededRandom } from '../../src/models/random.js';

/** A made program: functions, and a tree of calls whose leaves lie between two depths. */
export interface MadeCalls {
  functions: { name: string; file: string; line: number }[];
  parent: Int32Array;
  fn: Int32Array;
  leaves: Int32Array;
  random: Random;
}

const WORDS = [
  'cart',
  'order',
  'price',
  'stock',
  'user',
  'token',
  'cache',
  'query',
  'row',
  'page',
  'index',
  'batch',
  'event',
  'queue',
  'route',
  'field',
  'parse',
  'merge',
  'split',
  'encode',
  'render',
  'filter',
  'reduce',
  'sort',
];

/** `nodes` calls of 8000 functions; the same seed makes the same program. */
export function madeCalls(nodes: number, depth: readonly [number, number], seed: number): MadeCalls {
  const random = seededRandom(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const word = (): string => WORDS[pick(WORDS.length)] ?? '';
  const functions = Array.from({ length: 8000 }, (_, i) => ({
    name: `${word()}.${word()}${i}`,
    file: `/srv/app/${word()}/${word()}${i % 400}.js`,
    line: 1 + pick(900),
  }));
  const parent = new Int32Array(nodes).fill(-1);
  const fn = new Int32Array(nodes);
  const leaves: number[] = [];
  let next = 1;
  while (next < nodes) {
    // A walk from the root: shares the calls near it, is new further down.
    const wanted = depth[0] + pick(depth[1] - depth[0] + 1);
    let at = 0;
    const path = leaves.length === 0 ? [] : pathOf(parent, leaves[pick(leaves.length)] ?? 0);
    const shared = path.length === 0 ? 0 : pick(Math.min(path.length - 1, wanted - 1));
    at = path[shared] ?? 0;
    for (let d = shared; d < wanted && next < nodes; d++) {
      parent[next] = at;
      fn[next] = pick(functions.length);
      at = next++;
    }
    if (at > 0) leaves.push(at);
  }
  return { functions, parent, fn, leaves: Int32Array.from(leaves), random };
}

function pathOf(parent: Int32Array, leaf: number): number[] {
  const path: number[] = [];
  for (let n = leaf; n >= 0; n = parent[n] as number) path.push(n);
  return path.reverse();
}

/** A leaf, the first ones more often: profiles are skewed. */
export const someLeaf = (calls: MadeCalls): number =>
  calls.leaves[Math.floor(calls.random() ** 1.6 * calls.leaves.length)] as number;
