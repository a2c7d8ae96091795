import type { JsonObject } from '../sample.js';
import { layoutOf, OTLP_LAYOUTS, type OtlpLayout, type SampleShapes } from './otlp-layouts.js';
import {
  BYTES,
  eachField,
  eachNumber,
  FIXED64,
  inner,
  signed,
  skip,
  unsigned,
  utf8,
  VARINT,
  type Wire,
} from './wire.js';

/** Reads the messages of OTLP profiles into objects under the names that OTLP's JSON has for them. */
type Field = readonly [name: string, kind: 'number' | 'numbers' | 'text' | 'message', of?: Schema];
type Schema = { readonly [id: number]: Field };

const VALUE_TYPE: Schema = { 1: ['typeStrindex', 'number'], 2: ['unitStrindex', 'number'] };
const LINE: Schema = { 1: ['functionIndex', 'number'], 2: ['line', 'number'] };
/** Lists of the dictionary. What is not read (mappings, attributes) is passed over. */
const DICTIONARY: Schema = {
  2: ['locationTable', 'message', { 2: ['address', 'number'], 3: ['lines', 'message', LINE] }],
  3: ['functionTable', 'message', { 1: ['nameStrindex', 'number'], 3: ['filenameStrindex', 'number'] }],
  5: ['stringTable', 'text'],
  7: ['stackTable', 'message', { 1: ['locationIndices', 'numbers'] }],
};

type Mutable = Record<string, unknown>;

function decode(w: Wire, schema: Schema): JsonObject {
  const out: Mutable = {};
  eachField(w, (id, type) => {
    const field = schema[id];
    if (!field) return false;
    const [name, kind, of] = field;
    if (kind === 'number' && type === VARINT) out[name] = signed(w);
    else if (kind === 'numbers' && (type === VARINT || type === BYTES)) {
      const list = listOf<number>(out, name);
      eachNumber(w, type, signed, (n) => list.push(n));
    } else if (type === BYTES && (kind === 'text' || kind === 'message')) {
      const list = listOf<unknown>(out, name);
      const member = inner(w);
      list.push(kind === 'text' ? utf8(member) : decode(member, of ?? {}));
    } else return false;
    return true;
  });
  return out;
}

function listOf<T>(out: Mutable, name: string): T[] {
  const known = out[name];
  if (Array.isArray(known)) return known as T[];
  const made: T[] = [];
  out[name] = made;
  return made;
}

export const decodeDictionary = (w: Wire): JsonObject => decode(w, DICTIONARY);

/** One profile with its samples still in bytes: what their fields mean is known when all were seen. */
interface OtlpProfileBytes {
  sampleType: JsonObject[];
  /** By field number: the oldest layout has it elsewhere. */
  periodTypes: Map<number, JsonObject>;
  samples: Wire[];
  /** The time it began, and the numbers of fields 4 to 7: which is what, the layout says. */
  fixed: Map<number, bigint>;
  numbers: Map<number, number>;
  locationIndices: number[];
}
export type OtlpResource = OtlpProfileBytes[];

/** A ResourceProfiles message; `sample` is called with each sample. */
export function decodeResource(w: Wire, sample: (w: Wire) => void): OtlpResource {
  const profiles: OtlpResource = [];
  // Bytes of a stream are used again: samples are read later.
  const kept: Wire = {
    bytes: w.bytes.slice(w.position, w.end),
    position: 0,
    end: w.end - w.position,
    base: w.base + w.position,
  };
  members(kept, 2, (scope) => members(scope, 2, (p) => profiles.push(decodeProfile(p, sample))));
  return profiles;
}

function members(w: Wire, wanted: number, take: (member: Wire) => void): void {
  eachField(w, (id, type) => {
    if (type !== BYTES || id !== wanted) return false;
    take(inner(w));
    return true;
  });
}

function decodeProfile(w: Wire, sample: (w: Wire) => void): OtlpProfileBytes {
  const out: OtlpProfileBytes = {
    sampleType: [],
    periodTypes: new Map(),
    samples: [],
    fixed: new Map(),
    numbers: new Map(),
    locationIndices: [],
  };
  eachField(w, (id, type) => {
    if (id === 1 && type === BYTES) out.sampleType.push(decode(inner(w), VALUE_TYPE));
    else if ((id === 5 || id === 6) && type === BYTES) out.periodTypes.set(id, decode(inner(w), VALUE_TYPE));
    else if (id === 2 && type === BYTES) {
      const one = inner(w);
      out.samples.push({ ...one });
      sample(one);
    } else if (id === 3 && type === BYTES) eachNumber(w, type, unsigned, (n) => out.locationIndices.push(n));
    else if (type === FIXED64 && id === 3) {
      const at = w.position;
      skip(w, type);
      out.fixed.set(id, new DataView(w.bytes.buffer, w.bytes.byteOffset + at, 8).getBigUint64(0, true));
    } else if (type === VARINT && id >= 4 && id <= 7) out.numbers.set(id, unsigned(w));
    else return false;
    return true;
  });
  return out;
}

/** Resources under their JSON names, by the layout that all samples fit. Throws when there is no one such layout. */
export function withSamples(resources: readonly OtlpResource[], shapes: SampleShapes): JsonObject[] {
  const layout = layoutOf(shapes);
  return resources.map((profiles) => ({
    scopeProfiles: [
      {
        profiles: profiles.map((p) => ({
          sampleType: p.sampleType,
          locationIndices: p.locationIndices,
          timeUnixNano: p.fixed.get(3),
          durationNano: p.numbers.get(layout === 'ranges' ? 5 : 4) ?? 0,
          periodType: p.periodTypes.get(layout === 'ranges' ? 6 : 5),
          period: p.numbers.get(layout === 'ranges' ? 7 : 6) ?? 0,
          samples: p.samples.map((s) => sampleOf(s, layout)),
        })),
      },
    ],
  }));
}

function sampleOf(w: Wire, layout: OtlpLayout): JsonObject {
  const at = OTLP_LAYOUTS[layout];
  const values: number[] = [];
  const numbers = new Map<number, number>();
  let times = 0;
  eachField(w, (id, type) => {
    if (id === at.values && (type === BYTES || type === VARINT))
      eachNumber(w, type, signed, (n) => values.push(n));
    else if (id === at.times) times += timesIn(w, type, layout);
    else if (type === VARINT) numbers.set(id, unsigned(w));
    else return false;
    return true;
  });
  const where =
    'stack' in at
      ? { stackIndex: numbers.get(at.stack) ?? 0 }
      : { locationsStartIndex: numbers.get(at.start) ?? 0, locationsLength: numbers.get(at.length) ?? 0 };
  return {
    ...where,
    values,
    linkIndex: numbers.get(at.link) ?? 0,
    timestampsUnixNano: Array.from({ length: times }, () => 0),
  };
}

/** How many times are in a field: eight bytes each, or varints in the oldest layout. */
function timesIn(w: Wire, type: number, layout: OtlpLayout): number {
  if (type !== BYTES) {
    skip(w, type);
    return 1;
  }
  const field = inner(w);
  if (layout !== 'ranges') return (field.end - field.position) / 8;
  let varints = 0;
  for (let p = field.position; p < field.end; p++) if ((field.bytes[p] as number) < 0x80) varints++;
  return varints;
}
