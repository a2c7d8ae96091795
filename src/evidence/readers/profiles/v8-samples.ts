import type { Profile, Timeline } from '../../../domain/index.js';
import { MalformedProfile } from './profile-reader.js';
import { type V8Nodes, v8Frames } from './v8-nodes.js';

/**
 * The profile of V8 nodes and the samples taken of them. `deltas[i]` are the microseconds before sample i; a sample
 * lasts until the next one.
 */
export function v8Profile(
  format: string,
  nodes: V8Nodes,
  samples: Int32Array,
  deltas: Float64Array,
  times: { startUs: number | undefined; endUs: number | undefined },
): Profile {
  const { tree, frames, nodeOf, eachOwn, lines, events, deoptimised } = nodes.build(2);
  const notes: string[] = [];
  let unknown = 0;
  let timeline: Timeline | undefined;
  let records = samples.length;
  let total = 0;
  if (samples.length > 0) {
    const node = new Int32Array(samples.length);
    const timeUs = new Float64Array(samples.length);
    const weight = new Float64Array(samples.length);
    const isTimed = deltas.length >= samples.length;
    let clock = 0;
    let backwards = 0;
    for (let i = 0; i < samples.length; i++) {
      const n = nodeOf(samples[i] as number);
      if (n < 0) unknown++;
      node[i] = Math.max(0, n);
      if (isTimed && i > 0) clock += deltas[i] as number;
      timeUs[i] = clock;
      const last = i === samples.length - 1;
      const lasts = isTimed ? (last ? medianOf(deltas) : (deltas[i + 1] as number)) : 0;
      if (lasts < 0) backwards++;
      weight[i] = Math.max(0, lasts);
      tree.add(node[i] as number, 0, 1);
      tree.add(node[i] as number, 1, weight[i] as number);
    }
    total = clock;
    timeline = { node, timeUs, weight };
    if (unknown === samples.length)
      throw new MalformedProfile(
        'No sample belongs to a node of the profile',
        'samples',
        'Nodes and samples are of different profiles. Record it again.',
      );
    if (unknown > 0) notes.push(`${unknown} samples name a node that is not there`);
    if (backwards > 0) notes.push(`${backwards} samples were taken before the one they follow`);
    if (!isTimed) notes.push('there are fewer times than samples: only counts are shown');
  } else
    eachOwn((node, hits) => {
      tree.add(node, 0, hits);
      records += hits;
    });
  if (records === 0)
    throw new MalformedProfile(
      'There is no sample in it',
      'samples',
      'Let the program run longer while it is recorded.',
    );
  const durationUs =
    times.startUs !== undefined && times.endUs !== undefined && times.endUs > times.startUs
      ? times.endUs - times.startUs
      : total;
  return {
    format,
    runtime: 'node',
    sampleTypes: [
      { name: 'samples', unit: 'count' },
      { name: 'time', unit: 'microseconds' },
    ],
    primary: 0,
    frames: v8Frames(frames),
    tree: tree.build(),
    samples: records,
    records,
    ...(durationUs > 0 ? { durationNs: durationUs * 1000, periodNs: (durationUs * 1000) / records } : {}),
    lines,
    ...(timeline ? { timeline } : {}),
    events,
    ...(deoptimised.size > 0 ? { deoptimised } : {}),
    threads: [],
    labels: [],
    truncatedStacks: 0,
    notes,
  };
}

function medianOf(values: Float64Array): number {
  const sorted = Float64Array.from(values.subarray(0, 10_000)).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
