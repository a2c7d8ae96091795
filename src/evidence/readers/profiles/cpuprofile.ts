import { isObject } from '../sample.js';
import { growingInts, growingNumbers } from './growing.js';
import { readJson } from './json-plan.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { createV8Nodes } from './v8-nodes.js';
import { v8Profile } from './v8-samples.js';

/** V8's `.cpuprofile`: `node --cpu-prof`, Chrome DevTools, the inspector. */
export default profileReader({
  id: 'cpuprofile',
  title: 'V8 CPU profile',
  looksFor: 'V8 CPU profiles (nodes with callFrame, samples, timeDeltas)',
  recognise(sample) {
    const head = sample.json?.value;
    if (!isObject(head) || !Array.isArray(head.nodes)) return undefined;
    const first = head.nodes[0];
    return isObject(first) && isObject(first.callFrame) && 'id' in first
      ? { confidence: 1, by: 'nodes with id and callFrame' }
      : undefined;
  },
  async parse({ bytes }) {
    const nodes = createV8Nodes('hitCount');
    const samples = growingInts();
    const deltas = growingNumbers();
    let startUs: number | undefined;
    let endUs: number | undefined;
    let any = false;
    await readJson(bytes, {
      members: {
        nodes: {
          each(node, byte) {
            any = true;
            nodes.add(node, `byte ${byte}`);
          },
        },
        samples: { numbers: (id) => samples.push(id) },
        timeDeltas: { numbers: (us) => deltas.push(us) },
        startTime: { value: (v) => (startUs = typeof v === 'number' ? v : undefined) },
        endTime: { value: (v) => (endUs = typeof v === 'number' ? v : undefined) },
      },
    });
    if (!any)
      throw new MalformedProfile(
        'The profile has no nodes',
        'whole file',
        'Record it again with node --cpu-prof.',
      );
    return v8Profile('cpuprofile', nodes, samples.view(), deltas.view(), { startUs, endUs });
  },
});
