import type { Profile } from '../../../domain/index.js';
import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject, type JsonObject } from '../sample.js';
import { AGAIN, MalformedProfile } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';

/** What is said of a shape that is not known. */
export const KNOWN_OTLP = 'the development schema v1development of OTLP 1.7 to 1.9, with a shared dictionary';

/**
 * A profile of OTLP's messages under their JSON names, whether they came as JSON or as protobuf. Throws
 * `MalformedProfile` when they are of another version or point at what is not there.
 */
export function otlpProfile(dictionary: JsonObject | undefined, resources: readonly JsonObject[]): Profile {
  if (!dictionary || !Array.isArray(dictionary.stringTable))
    throw new MalformedProfile(
      'This version of OTLP profiles is not known',
      'dictionary',
      `Known is ${KNOWN_OTLP}.`,
    );
  const strings = dictionary.stringTable.map(String);
  const tables = dictionary;
  const entry = (table: string, index: number): JsonObject => {
    const found = arrayOf(tables[table])[index];
    if (!isObject(found))
      throw new MalformedProfile(
        `Entry ${index} of ${table} is asked for and not there`,
        'dictionary',
        AGAIN,
      );
    return found;
  };
  const text = (index: unknown): string => {
    const s = strings[whole(index)];
    if (s === undefined)
      throw new MalformedProfile(`Text ${String(index)} is asked for and not there`, 'stringTable', AGAIN);
    return s;
  };
  const frames: { name: string; file: string; line: number }[] = [];
  const frameIds = new Map<string, number>();
  const framesOf = (location: number): number[] => {
    const l = entry('locationTable', location);
    const lines = arrayOf(l.lines ?? l.line).filter(isObject);
    const written =
      lines.length === 0
        ? [{ name: `0x${whole(l.address).toString(16)}`, file: '', line: 0 }]
        : lines.map((line) => {
            const f = entry('functionTable', whole(line.functionIndex));
            return { name: text(f.nameStrindex), file: text(f.filenameStrindex), line: whole(line.line) };
          });
    return written.reverse().map((frame) => {
      const key = `${frame.name}\n${frame.file}\n${frame.line}`;
      const known = frameIds.get(key);
      if (known !== undefined) return known;
      frameIds.set(key, frames.length);
      frames.push(frame);
      return frames.length - 1;
    });
  };
  const tree = createCallTree(1);
  let type: { name: string; unit: string } | undefined;
  let records = 0;
  let samples = 0;
  let durationNs = 0;
  let other = 0;
  let linked = 0;
  let periodNs = 0;
  let startNs = 0n;
  for (const profile of resources
    .flatMap((r) => arrayOf(r.scopeProfiles))
    .flatMap((s) => (isObject(s) ? arrayOf(s.profiles) : []))
    .filter(isObject)) {
    const sampleTypes = [profile.sampleType].flat().filter(isObject);
    const [sampleType] = sampleTypes;
    if (!sampleType || !('typeStrindex' in sampleType))
      throw new MalformedProfile(
        'This version of OTLP profiles is not known',
        'sampleType',
        `Known is ${KNOWN_OTLP}.`,
      );
    const mine = { name: text(sampleType.typeStrindex), unit: text(sampleType.unitStrindex) };
    type ??= mine;
    if (mine.name !== type.name || mine.unit !== type.unit) {
      other++;
      continue;
    }
    const began = bigint(profile.timeUnixNano ?? profile.timeNanos);
    if (began > 0n && (startNs === 0n || began < startNs)) startNs = began;
    const period = isObject(profile.periodType) ? profile.periodType : undefined;
    const periodUnit = period ? text(period.unitStrindex) : '';
    if (periodUnit === 'nanoseconds') periodNs = whole(profile.period);
    durationNs = Math.max(durationNs, whole(profile.durationNano ?? profile.durationNanos));
    for (const sample of arrayOf(profile.samples ?? profile.sample).filter(isObject)) {
      const locations = locationsOf(sample, profile, (i) => arrayOf(entry('stackTable', i).locationIndices));
      let node = 0;
      for (const location of [...locations].reverse())
        for (const frame of framesOf(whole(location))) node = tree.child(node, frame);
      const values = arrayOf(sample.values ?? sample.value).map(whole);
      const times = arrayOf(sample.timestampsUnixNano).length;
      // With several types a sample has one value of each; with one it may have one for each time it was seen.
      const mineOnly = sampleTypes.length > 1 ? values.slice(0, 1) : values;
      const weight = mineOnly.length > 0 ? mineOnly.reduce((a, b) => a + b, 0) : times;
      tree.add(node, 0, weight);
      if (whole(sample.linkIndex) > 0) linked += weight;
      records++;
      samples +=
        mine.unit === 'count'
          ? weight
          : mine.unit === 'nanoseconds' && periodNs > 0
            ? weight / periodNs
            : Math.max(1, times);
    }
  }
  if (!type || records === 0)
    throw new MalformedProfile(
      'There is no sample in it',
      'resourceProfiles',
      'Export a time in which there was load.',
    );
  const table = listedFrames(frames);
  return {
    format: 'otlp-profiles',
    runtime: runtimeOf(table),
    sampleTypes: [type],
    primary: 0,
    frames: table,
    tree: tree.build(),
    samples: Math.round(samples),
    records,
    ...(periodNs > 0 ? { periodNs } : {}),
    ...(durationNs > 0 ? { durationNs } : {}),
    ...(startNs > 0n ? { startNs } : {}),
    ...(linked > 0 ? { inRequests: linked } : {}),
    events: [],
    threads: [],
    labels: [],
    truncatedStacks: 0,
    notes: other > 0 ? [`${other} profiles of other types than ${type.name} were left out`] : [],
  };
}

/** Where a sample's stack stands: by number in the dictionary, or as a range of the profile's own list. */
function locationsOf(
  sample: JsonObject,
  profile: JsonObject,
  stack: (index: number) => readonly unknown[],
): readonly unknown[] {
  if ('stackIndex' in sample) return stack(whole(sample.stackIndex));
  if ('locationsLength' in sample && Array.isArray(profile.locationIndices)) {
    const from = whole(sample.locationsStartIndex);
    return profile.locationIndices.slice(from, from + whole(sample.locationsLength));
  }
  throw new MalformedProfile(
    'This version of OTLP profiles is not known',
    'sample',
    `Known is ${KNOWN_OTLP}.`,
  );
}

/** OTLP JSON writes 64-bit numbers as text. */
const whole = (value: unknown): number => {
  const n = typeof value === 'string' ? Number(value) : value;
  return typeof n === 'number' && Number.isFinite(n) ? n : 0;
};

/** Nanoseconds since 1970 do not fit a number exactly. */
const bigint = (value: unknown): bigint =>
  typeof value === 'bigint' ? value : typeof value === 'string' && /^\d+$/.test(value) ? BigInt(value) : 0n;
