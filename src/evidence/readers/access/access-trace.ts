import { createHmac } from 'node:crypto';

/** What was asked of a cache, in order: which object, when, and how large it is. Keys are hashed as they come in. */
export interface AccessTrace {
  /** Object numbers in the order of first use. */
  requests: Int32Array;
  /** Milliseconds, not falling; absent when the source tells no time. */
  timesMs?: Float64Array;
  /** Bytes by object, the last size seen; absent when the source tells none. */
  sizes?: Float64Array;
  objects: number;
  /** The shape of each object's key, by number in `shapes`: `user:#`, `/product/#`. */
  shapeOf: Int32Array;
  shapes: string[];
  /** A stable placeholder of an object's key; the key itself is not kept. */
  label(object: number): string;
  /** Writes seen beside the look-ups: fills and updates, and keys deleted. */
  writes: number;
  deletes: number;
}

/** One request as a reader finds it. `op` of `read` is a look-up; the others are counted, and give sizes. */
export interface Access {
  key: string;
  timeMs?: number;
  bytes?: number;
  op: 'read' | 'write' | 'delete';
}

export interface AccessBuilder {
  add(access: Access): void;
  finish(): AccessTrace;
}

/** A shape of fewer keys than this may be somebody's name; it is put together with the others. */
const FEWEST_KEYS = 5;
const OTHER = '…';
/** Distinct shapes are for people; what goes beyond this many is put together as `…`. */
const MOST_SHAPES = 2000;
const FIRST_ROOM = 1 << 16;

/**
 * Collects accesses. A key is kept as 52 bits of its HMAC: enough to tell 10 M keys apart (chance of one collision
 * about 1 %), and not reversible without `secret`. Without one a fixed secret keeps the output repeatable, which
 * hides keys from a reader of the report but not from one who can guess them.
 */
export function accessBuilder(secret = 'kneepoint'): AccessBuilder {
  const numbers = new Map<number, number>();
  const hashes: number[] = [];
  const shapeNumbers = new Map<string, number>();
  const shapes: string[] = [];
  let shapeOf = new Int32Array(FIRST_ROOM);
  let sizes = new Float64Array(FIRST_ROOM).fill(Number.NaN);
  let requests = new Int32Array(FIRST_ROOM);
  let times = new Float64Array(FIRST_ROOM);
  let count = 0;
  let timed = true;
  let sized = false;
  let writes = 0;
  let deletes = 0;
  let latest = Number.NEGATIVE_INFINITY;

  const shapeNumber = (key: string): number => {
    const shape = shapeOfKey(key);
    const known = shapeNumbers.get(shape);
    if (known !== undefined) return known;
    const room = shapes.length < MOST_SHAPES;
    const text = room ? shape : OTHER;
    const number = shapeNumbers.get(text) ?? shapes.push(text) - 1;
    shapeNumbers.set(text, number);
    return number;
  };
  const numberOf = (key: string): number => {
    const hash = createHmac('sha256', secret).update(key).digest().readUIntBE(0, 6) * 16;
    let number = numbers.get(hash);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(hash, number);
      hashes.push(hash);
      if (number >= shapeOf.length) {
        shapeOf = grown(shapeOf, Int32Array);
        const wider = new Float64Array(sizes.length * 2).fill(Number.NaN);
        wider.set(sizes);
        sizes = wider;
      }
      shapeOf[number] = shapeNumber(key);
    }
    return number;
  };
  return {
    add({ key, timeMs, bytes, op }) {
      const object = numberOf(key);
      if (bytes !== undefined && bytes >= 0) {
        sizes[object] = bytes;
        sized = true;
      }
      if (op === 'delete') deletes++;
      else if (op === 'write') writes++;
      else {
        if (count >= requests.length) {
          requests = grown(requests, Int32Array);
          times = grown(times, Float64Array);
        }
        if (timeMs === undefined) timed = false;
        // Clocks of several machines interleave: time never goes back in a trace.
        else latest = Math.max(latest, timeMs);
        requests[count] = object;
        times[count++] = latest;
      }
    },
    finish() {
      // Keys that were only written or deleted are no objects of the look-ups: numbers close up over them.
      const numberNow = new Int32Array(numbers.size).fill(-1);
      const kept: number[] = [];
      const closed = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        const object = requests[i] as number;
        if ((numberNow[object] as number) < 0) numberNow[object] = kept.push(object) - 1;
        closed[i] = numberNow[object] as number;
      }
      const keysOf = new Map<number, number>();
      for (const o of kept) keysOf.set(shapeOf[o] as number, (keysOf.get(shapeOf[o] as number) ?? 0) + 1);
      const common = shapes.map((shape, i) => ((keysOf.get(i) ?? 0) >= FEWEST_KEYS ? shape : OTHER));
      return {
        requests: closed,
        ...(timed && count > 0 ? { timesMs: times.slice(0, count) } : {}),
        ...(sized ? { sizes: filled(Float64Array.from(kept, (o) => sizes[o] as number)) } : {}),
        objects: kept.length,
        shapeOf: Int32Array.from(kept, (o) => shapeOf[o] as number),
        shapes: common,
        label: (object) =>
          `key-${((hashes[kept[object] ?? 0] ?? 0) / 16).toString(16).padStart(12, '0').slice(0, 8)}`,
        writes,
        deletes,
      };
    },
  };
}

function grown<T extends Int32Array | Float64Array>(from: T, make: new (length: number) => T): T {
  const wider = new make(from.length * 2);
  wider.set(from as never);
  return wider;
}

/** Objects whose size was never told get the median of those that were. */
function filled(sizes: Float64Array): Float64Array {
  const known = sizes.filter((s) => !Number.isNaN(s)).sort();
  const middle = known[Math.floor(known.length / 2)] ?? 0;
  return sizes.map((s) => (Number.isNaN(s) ? middle : s));
}

/** A key with its changing parts left out: digits, hexadecimal ids and long words become `#`; query values go. */
export const shapeOfKey = (key: string): string =>
  key
    .slice(0, 200)
    .replace(/\?.*$/, '?')
    .replace(/[^/:\s]+@[^/:\s?]+/g, '#')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '#')
    .replace(/[0-9a-f]{16,}/gi, '#')
    .replace(/[^/:._|{}\s-]*\d[^/:._|{}\s-]*/g, '#')
    .replace(/[^/:._|{}\s-]{33,}/g, '#');
