import type { Profile } from '../../domain/index.js';
import { stackOf } from '../../models/call-tree.js';

/** One type of object that takes more memory than before, and who keeps what was added. */
export interface GrownType {
  type: string;
  bytes: { before: number; after: number };
  objects: { before: number; after: number };
  /** The nearest owner that has a name of its own, with the property that leads on: `SessionStore .byId`. */
  owner: string;
  /** From the owner to the type, on the shortest way from the roots. */
  path: readonly string[];
  /** How much of the growth is under this owner, 0..1. */
  underOwner: number;
}

/** What grew and what is not told apart, between two heap snapshots of one process. */
export interface MemoryGrowth {
  before: number;
  after: number;
  types: readonly GrownType[];
}

const SIZE = 0;
const COUNT = 1;
/** A type with less of the whole growth says little. */
const LEAST_PART = 0.02;
const LEAST_BYTES = 16 * 1024;
const MOST_TYPES = 8;

/**
 * Types of objects that grew between two heap snapshots, the most bytes first. A snapshot counts every object, so
 * there is no chance to be ruled out; whether growth is a leak, equal load at both times decides. `undefined` when one
 * of the two is no snapshot of objects.
 */
export function memoryGrowth(before: Profile, after: Profile): MemoryGrowth | undefined {
  if (before.format !== 'heapsnapshot' || after.format !== 'heapsnapshot') return undefined;
  const grew = grownTypes(countsByType(before), countsByType(after));
  const was = byType(before, grew);
  const is = byType(after, grew);
  const totals = { before: totalOf(was), after: totalOf(is) };
  const floor = Math.max(LEAST_BYTES, LEAST_PART * (totals.after - totals.before));
  const types = [...is]
    .map(([type, now]) => ({ type, now, old: was.get(type) ?? NONE }))
    .map((t) => ({ ...t, grown: t.now.bytes - t.old.bytes }))
    .filter((t) => t.grown >= floor)
    .sort((a, b) => b.grown - a.grown || (a.type < b.type ? -1 : 1))
    .slice(0, MOST_TYPES)
    .map(({ type, now, old, grown }): GrownType => {
      const [path, most] = heaviestGrowth(now.owners, old.owners);
      const frames = path.split('\n');
      return {
        type,
        bytes: { before: old.bytes, after: now.bytes },
        objects: { before: old.objects, after: now.objects },
        owner: frames[0] ?? '',
        path: frames,
        underOwner: Math.min(1, most / grown),
      };
    });
  return { ...totals, types };
}

interface TypeTotal {
  bytes: number;
  objects: number;
  /** Bytes by the way from the owner, frames apart by line ends. */
  owners: Map<string, number>;
}

const NONE: TypeTotal = { bytes: 0, objects: 0, owners: new Map() };

function heaviestGrowth(
  now: ReadonlyMap<string, number>,
  old: ReadonlyMap<string, number>,
): readonly [way: string, bytes: number] {
  const grown = [...now].map(([way, bytes]) => [way, bytes - (old.get(way) ?? 0)] as const);
  return grown.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? ['', 0];
}

/** How many objects of each type there are. */
function countsByType({ tree, frames }: Profile): Map<string, number> {
  const counts = new Map<string, number>();
  const count = tree.values[COUNT] ?? new Float64Array(tree.size);
  for (let node = 1; node < tree.size; node++) {
    const type = typeOf(frames.name(tree.frame[node] as number));
    counts.set(type, (counts.get(type) ?? 0) + (count[node] as number));
  }
  return counts;
}

/** A type whose objects became more is part of what is kept, not what keeps it. */
const GREW = 1.2;
function grownTypes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Set<string> {
  return new Set([...after].flatMap(([type, n]) => (n > GREW * (before.get(type) ?? 0) ? [type] : [])));
}

function byType(profile: Profile, grew: ReadonlySet<string>): Map<string, TypeTotal> {
  const { tree, frames } = profile;
  const size = tree.values[SIZE] ?? new Float64Array(tree.size);
  const count = tree.values[COUNT] ?? new Float64Array(tree.size);
  const types = Array.from({ length: frames.size }, (_, f) => typeOf(frames.name(f)));
  const totals = new Map<string, TypeTotal>();
  for (let node = 1; node < tree.size; node++) {
    const bytes = size[node] as number;
    if (bytes === 0 && count[node] === 0) continue;
    const type = types[tree.frame[node] as number] as string;
    let total = totals.get(type);
    if (!total) {
      total = { bytes: 0, objects: 0, owners: new Map() };
      totals.set(type, total);
    }
    total.bytes += bytes;
    total.objects += count[node] as number;
    const way = wayFromOwner(
      stackOf(tree, node).map((f) => frames.name(f)),
      grew,
    );
    total.owners.set(way, (total.owners.get(way) ?? 0) + bytes);
  }
  return totals;
}

const totalOf = (types: ReadonlyMap<string, TypeTotal>): number =>
  [...types.values()].reduce((sum, t) => sum + t.bytes, 0);

/** A frame is the type of an object and, behind it, the property that holds it: `Session .byId`. */
const typeOf = (frame: string): string => frame.replace(/ \.\S*$/, '');

/** Containers and parts of the engine own on behalf of what holds them. */
const GENERIC =
  /^(?:\(.*\)|Array|Object|Map|Set|WeakMap|[Cc]losure|system \/.*|Generator|Promise|[Ff]unction)?$/;
/** Slots of the engine and of the language: nobody's names. */
const SLOTS =
  /^(?:__proto__|table|elements|properties|map|context|previous|scope_info|shared|code|feedback_cell|constructor|prototype)$/;

/**
 * Frames from what keeps an object down to the object; `stack` begins at the object. What keeps it is the nearest owner
 * whose own kind did not become more: one of a class with a name, else one that a property with a name holds.
 */
function wayFromOwner(stack: readonly string[], grew: ReadonlySet<string>): string {
  const owner = (fits: (frame: string) => boolean): number =>
    stack.findIndex((f, i) => i > 0 && !grew.has(typeOf(f)) && fits(f));
  const named = owner((f) => !GENERIC.test(typeOf(f)));
  const at = named >= 0 ? named : owner(isNamedProperty);
  return stack
    .slice(0, (at >= 0 ? at : Math.min(stack.length - 1, MOST_UNNAMED)) + 1)
    .reverse()
    .join('\n');
}
const MOST_UNNAMED = 4;

function isNamedProperty(frame: string): boolean {
  const property = / \.(\S+)$/.exec(frame)?.[1];
  return property !== undefined && !SLOTS.test(property);
}
