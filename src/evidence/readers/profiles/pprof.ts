import type { Profile, SampleType } from '../../../domain/index.js';
import { type CallTreeBuilder, createCallTree } from '../../../models/call-tree.js';
import type { Sample } from '../sample.js';
import { createLabelTotals } from './label-totals.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';
import {
  BYTES,
  eachField,
  eachNumber,
  inner,
  signed,
  streamFields,
  unsigned,
  utf8,
  VARINT,
  type Wire,
} from './wire.js';

/** Wire type of each field of perftools.profiles.Profile (google/pprof, profile.proto). */
const FIELD_TYPES: Readonly<Record<number, number>> = {
  1: BYTES,
  2: BYTES,
  3: BYTES,
  4: BYTES,
  5: BYTES,
  6: BYTES,
  7: VARINT,
  8: VARINT,
  9: VARINT,
  10: VARINT,
  11: BYTES,
  12: VARINT,
  14: VARINT,
  15: VARINT,
};

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const { bytes } = sample;
  const w: Wire = { bytes, position: 0, end: bytes.length, base: 0 };
  const ids = new Set<number>();
  let types = 0;
  try {
    for (let fields = 0; w.position < w.end && fields < 5000; fields++) {
      const tag = unsigned(w);
      const id = Math.floor(tag / 8);
      const type = tag % 8;
      const isKnown = id === 13 ? type === VARINT || type === BYTES : type === FIELD_TYPES[id];
      if (!isKnown) return undefined;
      if (type === VARINT) unsigned(w);
      else {
        const field = inner(w);
        if (id === 1 && !isValueType(field)) return undefined;
        if (id === 1) types++;
      }
      ids.add(id);
    }
  } catch {
    // The sample of bytes ends within a field.
  }
  return types > 0 && ids.size >= 2
    ? { confidence: ids.has(2) ? 0.97 : 0.9, by: 'fields of a pprof profile with its sample types' }
    : undefined;
}

/** Two numbers of texts: a type and a unit. */
function isValueType(w: Wire): boolean {
  while (w.position < w.end) {
    const tag = unsigned(w);
    if (tag !== 8 && tag !== 16) return false;
    unsigned(w);
  }
  return true;
}

interface Line {
  fn: number;
  line: number;
}
interface Location {
  mapping: number;
  address: number;
  lines: Line[];
}

/** pprof's protobuf: Go, Pyroscope, Parca, py-spy's and V8's exporters. */
export default profileReader({
  id: 'pprof',
  title: 'pprof profile',
  looksFor: 'pprof profiles (protobuf, plain or in gzip)',
  recognise,
  async parse({ bytes }): Promise<Profile> {
    const types: { type: number; unit: number }[] = [];
    let period = 0;
    let periodUnit = 0;
    let timeNanos = 0n;
    let durationNs = 0;
    let defaultType = 0;
    const strings: string[] = [];
    const locations = new Map<number, Location>();
    const functions = new Map<number, { name: number; file: number; startLine: number }>();
    const mappings = new Map<number, number>();
    const labels = createLabelTotals();
    // Stacks by location first: what a location means is written behind the samples.
    const locationIndex = new Map<number, number>();
    const locationIds: number[] = [];
    let tree: CallTreeBuilder | undefined;
    let valueCount = 0;
    let records = 0;
    const scratch: number[] = [];
    const values: number[] = [];
    const labelKeys: number[] = [];
    const labelValues: number[] = [];

    const location = (id: number): void => {
      let index = locationIndex.get(id);
      if (index === undefined) {
        index = locationIds.length;
        locationIndex.set(id, index);
        locationIds.push(id);
      }
      scratch.push(index);
    };
    const sample = (w: Wire): void => {
      scratch.length = 0;
      values.length = 0;
      labelKeys.length = 0;
      labelValues.length = 0;
      eachField(w, (id, type) => {
        if (id === 1) eachNumber(w, type, unsigned, location);
        else if (id === 2) eachNumber(w, type, signed, (v) => values.push(v));
        else if (id === 3 && type === BYTES) {
          const label = inner(w);
          let key = 0;
          let text = 0;
          eachField(label, (field, kind) => {
            if (kind !== VARINT || field > 2) return false;
            if (field === 1) key = unsigned(label);
            else text = unsigned(label);
            return true;
          });
          if (text > 0) {
            labelKeys.push(key);
            labelValues.push(text);
          }
        } else return false;
        return true;
      });
      if (tree === undefined) {
        valueCount = values.length;
        tree = createCallTree(Math.max(1, valueCount), 4096);
      }
      if (values.length !== valueCount || valueCount === 0)
        throw new MalformedProfile(
          `A sample has ${values.length} values where others have ${valueCount}`,
          `byte ${w.base + w.end}`,
          'The profile was not written as pprof defines it. Record it again.',
        );
      let node = 0;
      for (let i = scratch.length - 1; i >= 0; i--) node = tree.child(node, scratch[i] as number);
      for (let t = 0; t < valueCount; t++) tree.add(node, t, values[t] as number);
      const weight = values[valueCount - 1] as number;
      for (let i = 0; i < labelKeys.length; i++)
        labels.add(labelKeys[i] as number, labelValues[i] as number, weight);
      records++;
    };

    await streamFields(bytes, (id, type, w) => {
      if (type !== (FIELD_TYPES[id] ?? type))
        throw new MalformedProfile(
          'This is no field of a pprof profile',
          `byte ${w.base + w.position}`,
          'Check that it is pprof’s protobuf.',
        );
      switch (id) {
        case 1:
          types.push(valueType(w));
          break;
        case 2:
          sample(w);
          break;
        case 3: {
          const m = numbersOf(w);
          mappings.set(m[1] ?? 0, m[5] ?? 0);
          break;
        }
        case 4: {
          const [locationId, entry] = readLocation(w);
          locations.set(locationId, entry);
          break;
        }
        case 5: {
          const f = numbersOf(w);
          functions.set(f[1] ?? 0, { name: f[2] || (f[3] ?? 0), file: f[4] ?? 0, startLine: f[5] ?? 0 });
          break;
        }
        case 6:
          strings.push(utf8(w));
          break;
        case 9:
          timeNanos = BigInt(Math.round(signed(w)));
          break;
        case 10:
          durationNs = signed(w);
          break;
        case 11:
          periodUnit = valueType(w).unit;
          break;
        case 12:
          period = signed(w);
          break;
        case 14:
          defaultType = signed(w);
          break;
        default:
      }
    });
    if (tree === undefined || records === 0)
      throw new MalformedProfile(
        'The profile has no samples',
        'whole file',
        'Nothing was recorded: profile longer, or while there is load.',
      );
    const text = (index: number): string => {
      const s = strings[index];
      if (s === undefined)
        throw new MalformedProfile(
          `Text ${index} is asked for, but there are only ${strings.length}`,
          'string table',
          'The profile was cut off or altered. Record it again.',
        );
      return s;
    };
    const sampleTypes: SampleType[] = types.map((t) => ({ name: text(t.type), unit: text(t.unit) }));
    if (sampleTypes.length !== valueCount)
      throw new MalformedProfile(
        `${sampleTypes.length} sample types are named, but samples have ${valueCount} values`,
        'sample types',
        'The profile was not written as pprof defines it. Record it again.',
      );

    // Locations become frames: inlined calls stand leaf first within a location.
    const frames: { name: string; file: string; line: number }[] = [];
    const frameIds = new Map<string, number>();
    let unresolved = 0;
    const frameOf = (name: string, file: string, line: number): number => {
      const key = `${name}\n${file}\n${line}`;
      const before = frameIds.get(key);
      if (before !== undefined) return before;
      frameIds.set(key, frames.length);
      frames.push({ name, file, line });
      return frames.length - 1;
    };
    const framesOf: number[][] = locationIds.map((id) => {
      const entry = locations.get(id);
      if (entry === undefined) {
        unresolved++;
        return [frameOf(`[location ${id}]`, '', 0)];
      }
      const binary = text(mappings.get(entry.mapping) ?? 0);
      if (entry.lines.length === 0) {
        unresolved++;
        return [frameOf(`0x${entry.address.toString(16)}`, binary, 0)];
      }
      return entry.lines
        .map((l) => {
          const f = functions.get(l.fn);
          return frameOf(
            f ? text(f.name) || '[no name]' : '[unknown function]',
            f ? text(f.file) : binary,
            l.line || (f?.startLine ?? 0),
          );
        })
        .reverse();
    });
    const byLocation = tree.build();
    const final = createCallTree(valueCount, byLocation.size);
    const moved = new Int32Array(byLocation.size);
    for (let node = 1; node < byLocation.size; node++) {
      let at = moved[byLocation.parent[node] as number] as number;
      for (const frame of framesOf[byLocation.frame[node] as number] ?? []) at = final.child(at, frame);
      moved[node] = at;
    }
    for (let t = 0; t < valueCount; t++) {
      const column = byLocation.values[t] as Float64Array;
      for (let node = 0; node < byLocation.size; node++) {
        const v = column[node] as number;
        if (v !== 0) final.add(moved[node] as number, t, v);
      }
    }
    const table = listedFrames(frames);
    const built = final.build();
    const totals: { key: string; value: string; weight: number }[] = [];
    labels.each((key, value, weight) => totals.push({ key: text(key), value: text(value), weight }));
    totals.sort((a, b) => b.weight - a.weight || (a.value < b.value ? -1 : 1));
    const primary = primaryType(sampleTypes, defaultType > 0 ? text(defaultType) : '');
    const countType = sampleTypes.findIndex(
      (t) => t.unit === 'count' && /samples|contentions|events?$/.test(t.name),
    );
    let inRequests = 0;
    labels.eachKey((key, weight) => {
      if (primary === valueCount - 1 && SPAN_LABEL.test(text(key))) inRequests = Math.max(inRequests, weight);
    });
    let counted = 0;
    for (const v of built.values[countType >= 0 ? countType : primary] as Float64Array)
      counted += Math.abs(v);
    const periodOf = periodUnit > 0 ? text(periodUnit) : '';
    const periodNs = periodOf === 'nanoseconds' ? period : 0;
    const isPeriodic = period > 0 && sampleTypes[primary]?.unit === periodOf;
    return {
      format: 'pprof',
      runtime: runtimeOf(table),
      sampleTypes,
      primary,
      frames: table,
      tree: built,
      // A heap profile takes one sample for each `period` bytes, and says so.
      samples:
        countType >= 0 ? counted : isPeriodic ? Math.max(records, Math.round(counted / period)) : records,
      records,
      ...(durationNs > 0 ? { durationNs } : {}),
      ...(timeNanos > 0n ? { startNs: timeNanos } : {}),
      ...(periodNs > 0 ? { periodNs } : {}),
      ...(inRequests > 0 ? { inRequests } : {}),
      events: [],
      threads: totals.filter((t) => /^thread/.test(t.key)).map((t) => ({ name: t.value, weight: t.weight })),
      labels: totals.filter((t) => !/^thread/.test(t.key)),
      truncatedStacks: 0,
      notes:
        unresolved > 0
          ? [`${unresolved} places have no function name: the binary’s symbols are missing`]
          : [],
    };
  },
});

/** Labels by which profilers say what request a sample was taken in. */
const SPAN_LABEL = /^(?:local[ _.]root[ _.])?(?:span|trace)[ _.]?id$/i;

/** What is shown when nothing was asked for: the profile's own default; else time, else the last one. */
function primaryType(types: readonly SampleType[], wanted: string): number {
  const asked = types.findIndex((t) => t.name === wanted);
  if (asked >= 0) return asked;
  const cpu = types.findIndex((t) => t.name === 'cpu' || t.unit === 'nanoseconds');
  return cpu >= 0 ? cpu : types.length - 1;
}

function valueType(w: Wire): { type: number; unit: number } {
  const f = numbersOf(w);
  return { type: f[1] ?? 0, unit: f[2] ?? 0 };
}

/** The number fields of a message, by field. */
function numbersOf(w: Wire): Record<number, number> {
  const out: Record<number, number> = {};
  eachField(w, (id, type) => {
    if (type !== VARINT) return false;
    out[id] = signed(w);
    return true;
  });
  return out;
}

function readLocation(w: Wire): [number, Location] {
  let id = 0;
  const entry: Location = { mapping: 0, address: 0, lines: [] };
  eachField(w, (field, type) => {
    if (type === BYTES && field === 4) {
      const f = numbersOf(inner(w));
      entry.lines.push({ fn: f[1] ?? 0, line: f[2] ?? 0 });
    } else if (type === VARINT && field === 1) id = unsigned(w);
    else if (type === VARINT && field === 2) entry.mapping = unsigned(w);
    else if (type === VARINT && field === 3) entry.address = unsigned(w);
    else return false;
    return true;
  });
  return [id, entry];
}
