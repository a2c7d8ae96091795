import type { LineTicks, RuntimeEvents } from '../../../domain/index.js';
import { type CallTreeBuilder, createCallTree } from '../../../models/call-tree.js';
import { isObject } from '../sample.js';
import { growingInts, growingNumbers } from './growing.js';
import { MalformedProfile } from './profile-reader.js';
import { listedFrames } from './stack-frames.js';

/** A frame as V8 numbers it: line and column from 0, −1 for native code. */
export interface V8Frame {
  name: string;
  file: string;
  line: number;
  column: number;
}

/** Collects the nodes of a V8 profile, whatever their order, then makes the tree. */
export interface V8Nodes {
  add(node: unknown, at: string): void;
  parent(child: number, parent: number): void;
  build(types: number): V8Tree;
}
export interface V8Tree {
  tree: CallTreeBuilder;
  frames: readonly V8Frame[];
  /** The tree's node of a V8 node id; −1 when there is none. */
  nodeOf(id: number): number;
  /** hitCount (or selfSize) by V8 node, in the order they came. */
  eachOwn(take: (node: number, own: number) => void): void;
  lines: LineTicks;
  events: RuntimeEvents[];
  /** Nodes of the tree whose function V8 gave up optimising, and why. */
  deoptimised: ReadonlyMap<number, string>;
}

export function createV8Nodes(own: 'hitCount' | 'selfSize'): V8Nodes {
  const indexOf = new Map<number, number>();
  const parents = new Map<number, number>();
  const ids = growingInts();
  const frameIds = growingInts();
  const owns = growingNumbers();
  const tickNode = growingInts();
  const tickLine = growingInts();
  const tickCount = growingNumbers();
  const frames: V8Frame[] = [];
  const frameKeys = new Map<string, number>();
  const deopts = new Map<string, number>();
  const reasons = new Map<number, string>();

  return {
    parent: (child, parent) => parents.set(child, parent),
    add(node, at) {
      if (!isObject(node) || typeof node.id !== 'number')
        throw new MalformedProfile(
          'A node of the profile has no id',
          at,
          'Record it again with V8’s profiler.',
        );
      const call = isObject(node.callFrame) ? node.callFrame : node;
      const frame: V8Frame = {
        name: String(call.functionName ?? ''),
        file: String(call.url ?? ''),
        line: whole(call.lineNumber, -1) + 1,
        column: whole(call.columnNumber, -1) + 1,
      };
      const key = `${frame.name}\n${frame.file}\n${frame.line}:${frame.column}`;
      let f = frameKeys.get(key);
      if (f === undefined) {
        f = frames.length;
        frameKeys.set(key, f);
        frames.push(frame);
      }
      const index = ids.length;
      indexOf.set(node.id, index);
      ids.push(node.id);
      frameIds.push(f);
      owns.push(whole(node[own], 0));
      if (typeof node.parent === 'number') parents.set(node.id, node.parent);
      if (Array.isArray(node.children))
        for (const child of node.children) if (typeof child === 'number') parents.set(child, node.id);
      if (Array.isArray(node.positionTicks))
        for (const tick of node.positionTicks)
          if (isObject(tick)) {
            tickNode.push(index);
            tickLine.push(whole(tick.line, 0));
            tickCount.push(whole(tick.ticks, 0));
          }
      const reason = node.deoptReason;
      if (typeof reason === 'string' && reason !== '' && reason !== 'no reason') {
        deopts.set(reason, (deopts.get(reason) ?? 0) + 1);
        reasons.set(index, reason);
      }
    },
    build(types) {
      const tree = createCallTree(types, ids.length + 1);
      const placed = new Int32Array(ids.length).fill(-1);
      const id = ids.view();
      const frame = frameIds.view();
      /** Puts a node below its parent, parents first; a circle of parents is cut at the root. */
      const place = (start: number): number => {
        const path: number[] = [];
        let index: number | undefined = start;
        while (index !== undefined && placed[index] === -1) {
          path.push(index);
          placed[index] = 0;
          const up: number | undefined = parents.get(id[index] as number);
          index = up === undefined ? undefined : indexOf.get(up);
        }
        let node = index === undefined ? 0 : (placed[index] as number);
        for (let i = path.length - 1; i >= 0; i--) {
          const at = path[i] as number;
          const f = frame[at] as number;
          // V8's own root is ours.
          node = frames[f]?.name === '(root)' && node === 0 ? 0 : tree.child(node, f);
          placed[at] = node;
        }
        return node;
      };
      for (let i = 0; i < id.length; i++) place(i);
      return {
        tree,
        frames,
        nodeOf: (v8) => {
          const index = indexOf.get(v8);
          return index === undefined ? -1 : (placed[index] as number);
        },
        eachOwn(take) {
          const values = owns.view();
          for (let i = 0; i < values.length; i++) take(placed[i] as number, values[i] as number);
        },
        lines: {
          node: tickNode.view().map((index) => placed[index] as number),
          line: tickLine.view(),
          ticks: tickCount.view(),
        },
        events: deoptimisations(deopts),
        deoptimised: new Map([...reasons].map(([index, reason]) => [placed[index] as number, reason])),
      };
    },
  };
}

function deoptimisations(reasons: ReadonlyMap<string, number>): RuntimeEvents[] {
  if (reasons.size === 0) return [];
  const details = [...reasons].map(([name, weight]) => ({ name, weight })).sort(heaviest);
  const count = details.reduce((sum, d) => sum + d.weight, 0);
  return [
    {
      kind: 'deoptimisation',
      count,
      total: count,
      max: details[0]?.weight ?? 0,
      unit: 'count',
      details,
      places: [],
    },
  ];
}

const heaviest = (a: { name: string; weight: number }, b: { name: string; weight: number }): number =>
  b.weight - a.weight || (a.name < b.name ? -1 : 1);

const whole = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;

export const v8Frames = (frames: readonly V8Frame[]) =>
  listedFrames(
    frames.map((f) => ({
      name: f.name === '' ? '(anonymous)' : f.name,
      file: f.file,
      line: f.line,
      column: f.column,
    })),
  );
