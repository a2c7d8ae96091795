import type { Profile } from '../../src/domain/index.js';
import type { createCallTree } from '../../src/models/call-tree.js';
import type { MadeCalls } from './made-calls.js';

/** Adds a sample of a made call, with its callers from the root on. */
export function addSample(tree: ReturnType<typeof createCallTree>, calls: MadeCalls, leaf: number): void {
  const path: number[] = [];
  for (let n = leaf; n >= 0; n = calls.parent[n] as number) path.push(calls.fn[n] as number);
  let node = 0;
  for (let k = path.length - 1; k >= 0; k--) node = tree.child(node, path[k] as number);
  tree.add(node, 0, 1);
}

/** A profile of made samples. */
export const madeProfile = (
  tree: ReturnType<typeof createCallTree>,
  functions: readonly { name: string; file?: string }[],
  samples: number,
): Profile => ({
  format: 'made',
  runtime: 'unknown',
  sampleTypes: [{ name: 'samples', unit: 'count' }],
  primary: 0,
  frames: {
    size: functions.length,
    name: (i) => functions[i]?.name ?? '',
    file: (i) => functions[i]?.file ?? '',
    line: () => 0,
    column: () => 0,
  },
  tree: tree.build(),
  samples,
  records: samples,
  events: [],
  threads: [],
  labels: [],
  truncatedStacks: 0,
  notes: [],
});
