import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject } from '../sample.js';
import { growingInts, growingNumbers } from './growing.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames } from './stack-frames.js';

/**
 * Roots that hold what just runs, or what the runtime keeps for itself (a table it works on at that moment, say): a way
 * by what the program holds says more, so they are followed last.
 */
const LAST: ReadonlySet<string> = new Set(['(Stack roots)', '(Handle scope)', '(Strong roots)']);

/** Paths of owners longer than this are cut: what is deeper counts to the last owner shown. */
const MAX_DEPTH = 12;
const TEXT = 'Record it again with v8.writeHeapSnapshot() or --heapsnapshot-signal.';

/**
 * V8's heap snapshots: every object with its size, below the owners on the shortest way from the roots. The way is
 * one of several that keep an object alive, not the only one.
 */
export default profileReader({
  id: 'heapsnapshot',
  title: 'V8 heap snapshot',
  looksFor: 'V8 heap snapshots (snapshot.meta with node_fields and edge_fields)',
  recognise(sample) {
    const head = sample.json?.value;
    const meta =
      isObject(head) && isObject(head.snapshot) && isObject(head.snapshot.meta)
        ? head.snapshot.meta
        : undefined;
    return meta && Array.isArray(meta.node_fields)
      ? { confidence: 1, by: 'snapshot.meta with node_fields' }
      : undefined;
  },
  async parse({ bytes }) {
    let meta: Record<string, unknown> = {};
    const nodes = growingNumbers();
    const edges = growingInts();
    const strings: string[] = [];
    await readJson(bytes, {
      members: {
        snapshot: { members: { meta: { value: (v) => (meta = isObject(v) ? v : {}) } } },
        nodes: { numbers: (n) => nodes.push(n) },
        edges: { numbers: (n) => edges.push(n) },
        strings: { each: (v) => strings.push(String(v)) },
      },
    });
    const fields = arrayOf(meta.node_fields).map(String);
    const edgeFields = arrayOf(meta.edge_fields).map(String);
    const types = arrayOf(arrayOf(meta.node_types)[0]).map(String);
    const edgeTypes = arrayOf(arrayOf(meta.edge_types)[0]).map(String);
    const at = (list: readonly string[], name: string): number => {
      const index = list.indexOf(name);
      if (index < 0) throw new MalformedProfile(`The snapshot has no field ${name}`, 'snapshot.meta', TEXT);
      return index;
    };
    const [type, name, size, edgeCount] = ['type', 'name', 'self_size', 'edge_count'].map((f) =>
      at(fields, f),
    ) as [number, number, number, number];
    const [edgeType, edgeName, toNode] = ['type', 'name_or_index', 'to_node'].map((f) =>
      at(edgeFields, f),
    ) as [number, number, number];
    const n = nodes.view();
    const e = edges.view();
    const width = fields.length;
    const count = Math.floor(n.length / width);
    if (count === 0 || n.length % width !== 0 || e.length % edgeFields.length !== 0)
      throw new MalformedProfile('The lists of the snapshot are of the wrong length', 'nodes', AGAIN);
    const node = (i: number, field: number): number => n[i * width + field] as number;
    const firstEdge = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) firstEdge[i + 1] = (firstEdge[i] as number) + node(i, edgeCount);
    if ((firstEdge[count] as number) * edgeFields.length !== e.length)
      throw new MalformedProfile('Nodes and edges do not fit together', 'edges', AGAIN);

    const frames: { name: string }[] = [];
    const frameIds = new Map<string, number>();
    const frameOf = (text: string): number => {
      const known = frameIds.get(text);
      if (known !== undefined) return known;
      frameIds.set(text, frames.length);
      frames.push({ name: text });
      return frames.length - 1;
    };
    const label = (i: number): string => {
      const kind = types[node(i, type)] ?? '';
      const text = (strings[node(i, name)] ?? '').slice(0, 80);
      return /string/.test(kind)
        ? '(text)'
        : kind === 'array' || kind === 'code' || kind === 'hidden'
          ? `(${kind})`
          : text || `(${kind})`;
    };
    const tree = createCallTree(2);
    const place = new Int32Array(count).fill(-1);
    const depth = new Uint8Array(count);
    const queue = new Int32Array(count);
    let head = 0;
    let tail = 0;
    place[0] = 0;
    queue[tail++] = 0;
    let objects = 0;
    const late: number[] = [];
    while (head < tail || late.length > 0) {
      if (head === tail) for (const i of late.splice(0)) queue[tail++] = i;
      const i = queue[head++] as number;
      const mine = place[i] as number;
      tree.add(mine, 0, node(i, size));
      tree.add(mine, 1, 1);
      objects++;
      for (let k = firstEdge[i] as number; k < (firstEdge[i + 1] as number); k++) {
        const base = k * edgeFields.length;
        const kind = edgeTypes[e[base + edgeType] as number];
        if (kind === 'weak') continue;
        const to = (e[base + toNode] as number) / width;
        if (!Number.isInteger(to) || to < 0 || to >= count)
          throw new MalformedProfile('An edge leads to no node', `edge ${k}`, AGAIN);
        if (place[to] !== -1) continue;
        const d = depth[i] as number;
        // Names of properties say who owns what; numbers of elements and hidden slots say nothing.
        const through =
          kind === 'property' || kind === 'context'
            ? `.${(strings[e[base + edgeName] as number] ?? '').slice(0, 60)}`
            : '';
        place[to] =
          d >= MAX_DEPTH
            ? mine
            : tree.child(mine, frameOf(`${label(to)}${through === '' ? '' : ` ${through}`}`));
        depth[to] = Math.min(255, d + 1);
        if (LAST.has(label(to))) late.push(to);
        else queue[tail++] = to;
      }
    }
    return {
      format: 'heapsnapshot',
      runtime: 'node',
      sampleTypes: [
        { name: 'retained_size', unit: 'bytes' },
        { name: 'retained_objects', unit: 'count' },
      ],
      primary: 0,
      frames: listedFrames(frames),
      tree: tree.build(),
      samples: objects,
      records: count,
      events: [],
      threads: [],
      labels: [],
      truncatedStacks: 0,
      notes: [
        'an object stands below one of its owners, on the shortest way from the roots',
        ...(objects < count
          ? [`${count - objects} objects are held by nothing or weakly, and are left out`]
          : []),
      ],
    };
  },
});
