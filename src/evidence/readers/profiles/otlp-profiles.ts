import { createCallTree } from '../../../models/call-tree.js';
import { arrayOf, isObject, type JsonObject } from '../sample.js';
import { readJson } from './json-plan.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { listedFrames, runtimeOf } from './stack-frames.js';

const KNOWN = 'the development schema v1development of OTLP 1.7 to 1.9, with a shared dictionary';

/** OpenTelemetry profiles as JSON. The signal is in development: other shapes of it are refused by name. */
export default profileReader({
  id: 'otlp-profiles',
  title: 'OTLP profiles JSON',
  looksFor: 'OTLP profiles (resourceProfiles with a dictionary)',
  recognise(sample) {
    const head = sample.json?.value;
    return isObject(head) && Array.isArray(head.resourceProfiles)
      ? { confidence: 1, by: 'a list named resourceProfiles' }
      : undefined;
  },
  async parse({ bytes }) {
    let dictionary: JsonObject | undefined;
    const resources: JsonObject[] = [];
    await readJson(bytes, {
      members: {
        dictionary: {
          value: (v) => {
            if (isObject(v)) dictionary = v;
          },
        },
        resourceProfiles: { each: (v) => isObject(v) && resources.push(v) },
      },
    });
    if (!dictionary || !Array.isArray(dictionary.stringTable))
      throw new MalformedProfile(
        'This version of OTLP profiles is not known',
        'dictionary',
        `Known is ${KNOWN}.`,
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
    for (const profile of resources
      .flatMap((r) => arrayOf(r.scopeProfiles))
      .flatMap((s) => (isObject(s) ? arrayOf(s.profiles) : []))
      .filter(isObject)) {
      const sampleType = [profile.sampleType].flat().find(isObject);
      if (!sampleType || !('typeStrindex' in sampleType))
        throw new MalformedProfile(
          'This version of OTLP profiles is not known',
          'sampleType',
          `Known is ${KNOWN}.`,
        );
      const mine = { name: text(sampleType.typeStrindex), unit: text(sampleType.unitStrindex) };
      type ??= mine;
      if (mine.name !== type.name || mine.unit !== type.unit) {
        other++;
        continue;
      }
      durationNs = Math.max(durationNs, whole(profile.durationNano ?? profile.durationNanos));
      for (const sample of arrayOf(profile.samples ?? profile.sample).filter(isObject)) {
        const locations = locationsOf(sample, profile, (i) =>
          arrayOf(entry('stackTable', i).locationIndices),
        );
        let node = 0;
        for (const location of [...locations].reverse())
          for (const frame of framesOf(whole(location))) node = tree.child(node, frame);
        const values = arrayOf(sample.values ?? sample.value).map(whole);
        const times = arrayOf(sample.timestampsUnixNano).length;
        const weight = values.length > 0 ? values.reduce((a, b) => a + b, 0) : times;
        tree.add(node, 0, weight);
        records++;
        samples += mine.unit === 'count' ? weight : Math.max(1, times);
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
      samples,
      records,
      ...(durationNs > 0 ? { durationNs } : {}),
      events: [],
      threads: [],
      labels: [],
      truncatedStacks: 0,
      notes: other > 0 ? [`${other} profiles of other types than ${type.name} were left out`] : [],
    };
  },
});

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
  throw new MalformedProfile('This version of OTLP profiles is not known', 'sample', `Known is ${KNOWN}.`);
}

/** OTLP JSON writes 64-bit numbers as text. */
const whole = (value: unknown): number => {
  const n = typeof value === 'string' ? Number(value) : value;
  return typeof n === 'number' && Number.isFinite(n) ? n : 0;
};
