import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject } from '../sample.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf, writtenFrame } from './stack-frames.js';

const RUNTIME_OF_SPY: Readonly<Record<string, 'go' | 'python' | 'jvm' | 'node'>> = {
  gospy: 'go',
  pyspy: 'python',
  javaspy: 'jvm',
  nodespy: 'node',
};

/** Pyroscope's render API: levels of bars, each `offset, total, self, name`; two of the first three when comparing. */
export default profileReader({
  id: 'pyroscope',
  title: 'Pyroscope JSON',
  looksFor: 'Pyroscope’s flamebearer JSON',
  recognise(sample) {
    const head = sample.json?.value;
    return isObject(head) && isObject(head.flamebearer) && Array.isArray(head.flamebearer.names)
      ? { confidence: 1, by: 'a flamebearer with names' }
      : undefined;
  },
  async parse({ bytes }) {
    const names: string[] = [];
    const levels: (readonly number[])[] = [];
    let metadata: Record<string, unknown> = {};
    let format = 'single';
    await readJson(bytes, {
      members: {
        flamebearer: {
          members: {
            names: { each: (v) => names.push(String(v)) },
            levels: {
              each(value, byte) {
                const level = arrayOf(value);
                if (!level.every((n): n is number => typeof n === 'number'))
                  throw new MalformedProfile(
                    'A level holds something other than numbers',
                    `byte ${byte}`,
                    AGAIN,
                  );
                levels.push(level);
              },
            },
          },
        },
        metadata: {
          value: (v) => {
            if (isObject(v)) metadata = v;
          },
        },
      },
    });
    if (metadata.format === 'double') format = 'double';
    const isDouble = format === 'double';
    const width = isDouble ? 7 : 4;
    if (levels.length === 0 || names.length === 0)
      throw new MalformedProfile(
        'The flame graph is empty',
        'flamebearer',
        'Ask for a time in which there was load.',
      );
    const tree = createCallTree(isDouble ? 2 : 1);
    let above: { from: number; to: number; node: number }[] = [];
    levels.forEach((level, depth) => {
      if (level.length % width !== 0)
        throw new MalformedProfile(
          `A level has ${level.length} numbers, which is no multiple of ${width}`,
          `level ${depth}`,
          AGAIN,
        );
      const here: typeof above = [];
      let x = 0;
      let parent = 0;
      for (let i = 0; i < level.length; i += width) {
        const n = (k: number): number => level[i + k] ?? 0;
        const total = isDouble ? n(1) + n(4) : n(1);
        x += isDouble ? n(0) + n(3) : n(0);
        const name = n(width - 1);
        if (!Number.isInteger(name) || name < 0 || name >= names.length)
          throw new MalformedProfile(
            `Name ${name} is asked for, but there are only ${names.length}`,
            `level ${depth}`,
            AGAIN,
          );
        while (parent < above.length && (above[parent]?.to ?? 0) <= x) parent++;
        const below = depth === 0 ? 0 : above[parent]?.node;
        if (below === undefined)
          throw new MalformedProfile('A bar lies below none of the bars above it', `level ${depth}`, AGAIN);
        // The first level is the whole, as ours is.
        const node = depth === 0 ? 0 : tree.child(below, name);
        tree.add(node, 0, isDouble ? n(2) : n(2));
        if (isDouble) tree.add(node, 1, n(5));
        here.push({ from: x, to: x + total, node });
        x += total;
      }
      above = here;
    });
    const built = tree.build();
    let samples = 0;
    for (const column of built.values) for (const v of column) samples += v;
    const frames = listedFrames(names.map(writtenFrame));
    const units = typeof metadata.units === 'string' && metadata.units !== '' ? metadata.units : 'samples';
    const unit = units === 'samples' ? 'count' : units;
    const rate = typeof metadata.sampleRate === 'number' ? metadata.sampleRate : 0;
    return {
      format: 'pyroscope',
      runtime: RUNTIME_OF_SPY[String(metadata.spyName)] ?? runtimeOf(frames),
      sampleTypes: isDouble
        ? [
            { name: 'before', unit },
            { name: 'after', unit },
          ]
        : [{ name: units, unit }],
      primary: isDouble ? 1 : 0,
      frames,
      tree: built,
      samples,
      records: built.size - 1,
      ...(rate > 0 && unit === 'count' ? { periodNs: 1e9 / rate } : {}),
      events: [],
      threads: [],
      labels: [],
      truncatedStacks: 0,
      notes: [],
    };
  },
});
