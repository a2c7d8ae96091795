import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject, type JsonObject } from '../sample.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { type V8Frame, v8Frames } from './v8-nodes.js';

/** V8's sampled allocations: `node --heap-prof`, DevTools' allocation sampling. Weights are bytes still alive. */
export default profileReader({
  id: 'heapprofile',
  title: 'V8 heap profile',
  looksFor: 'V8 heap profiles (head with callFrame and selfSize)',
  recognise(sample) {
    const json = sample.json?.value;
    const head = isObject(json) && isObject(json.head) ? json.head : undefined;
    return head && isObject(head.callFrame) && ('selfSize' in head || 'children' in head)
      ? { confidence: 'selfSize' in head ? 1 : 0.9, by: 'a head with callFrame and selfSize' }
      : undefined;
  },
  async parse({ bytes }) {
    const tree = createCallTree(1);
    const frames: V8Frame[] = [];
    const ids = new Map<string, number>();
    let allocations = 0;
    let nodes = 0;
    const frameOf = (call: JsonObject): number => {
      const whole = (v: unknown): number => (typeof v === 'number' ? v + 1 : 0);
      const frame: V8Frame = {
        name: String(call.functionName ?? ''),
        file: String(call.url ?? ''),
        line: whole(call.lineNumber),
        column: whole(call.columnNumber),
      };
      const key = JSON.stringify(frame);
      const known = ids.get(key);
      if (known !== undefined) return known;
      ids.set(key, frames.length);
      frames.push(frame);
      return frames.length - 1;
    };
    const walk = (head: unknown): void => {
      const open: { value: unknown; parent: number }[] = [{ value: head, parent: 0 }];
      for (let next = open.pop(); next; next = open.pop()) {
        const { value, parent } = next;
        if (!isObject(value) || !isObject(value.callFrame) || typeof value.selfSize !== 'number')
          throw new MalformedProfile('A node has no callFrame or selfSize', 'head', AGAIN);
        nodes++;
        const node =
          parent === 0 && value.callFrame.functionName === '(root)'
            ? 0
            : tree.child(parent, frameOf(value.callFrame));
        tree.add(node, 0, value.selfSize);
        for (const child of [...arrayOf(value.children)].reverse()) open.push({ value: child, parent: node });
      }
    };
    await readJson(bytes, {
      members: { head: { value: walk }, samples: { each: () => allocations++ } },
    });
    if (nodes === 0) throw new MalformedProfile('The profile has no head', 'whole file', AGAIN);
    return {
      format: 'heapprofile',
      runtime: 'node',
      sampleTypes: [{ name: 'inuse_space', unit: 'bytes' }],
      primary: 0,
      frames: v8Frames(frames),
      tree: tree.build(),
      samples: allocations > 0 ? allocations : nodes,
      records: nodes,
      events: [],
      threads: [],
      labels: [],
      truncatedStacks: 0,
      notes: ['weights are bytes that were still alive when it was written, not all that was allocated'],
    };
  },
});
