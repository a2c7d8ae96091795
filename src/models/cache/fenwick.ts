/**
 * Makes a Fenwick tree hold the values of its places 1 and on, in linear time; places without a value hold nothing.
 * (P. M. Fenwick, Software: Practice and Experience 24, 1994.) Adding and summing are one line each, and stand where
 * they are used: called from here the curves take a quarter to a half longer, for the engine then boxes each number.
 */
export function fillTree(tree: Int32Array | Float64Array, values: ArrayLike<number>): void {
  tree.fill(0);
  for (let i = 0; i < values.length; i++) tree[i + 1] = values[i] as number;
  for (let k = 1; k < tree.length; k++) {
    const parent = k + (k & -k);
    if (parent < tree.length) tree[parent] = (tree[parent] as number) + (tree[k] as number);
  }
}
