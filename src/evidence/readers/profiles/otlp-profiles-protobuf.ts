import type { JsonObject, Sample } from '../sample.js';
import { noShapes, noteShape, type SampleShapes } from './otlp-layouts.js';
import { otlpProfile } from './otlp-messages.js';
import { decodeDictionary, decodeResource, type OtlpResource, withSamples } from './otlp-profiles-wire.js';
import { AGAIN, MalformedProfile, profileReader } from './profile-reader.js';
import { BYTES, streamFields, unsigned, type Wire } from './wire.js';

const RESOURCE_PROFILES = 1;
const DICTIONARY = 2;

/**
 * OpenTelemetry profiles as protobuf: one export request or ProfilesData, as the Collector's file exporter and its
 * receivers write them. The signal is in development; which of its layouts a file has, its samples tell.
 */
export default profileReader({
  id: 'otlp-profiles-protobuf',
  title: 'OTLP profiles protobuf',
  looksFor: 'OTLP profiles in protobuf (resource_profiles with a dictionary)',
  recognise(sample: Sample) {
    return beginsWithProfile(sample.bytes)
      ? {
          confidence: 0.96,
          by: 'protobuf fields of a profile with its sample type, within resource and scope',
        }
      : undefined;
  },
  async parse({ bytes }) {
    let dictionary: JsonObject | undefined;
    const resources: OtlpResource[] = [];
    const shapes: SampleShapes = noShapes();
    await streamFields(bytes, (id, type, w) => {
      if (type !== BYTES) return;
      if (id === RESOURCE_PROFILES) resources.push(decodeResource(w, (s) => noteShape(shapes, s)));
      else if (id === DICTIONARY) dictionary = decodeDictionary(w);
    });
    if (shapes.seen.size === 0)
      throw new MalformedProfile(
        'There is no sample in it',
        'resource_profiles',
        'Export a time in which there was load.',
      );
    if (!dictionary)
      throw new MalformedProfile(
        'The dictionary of the profile is missing',
        'end of file',
        `${AGAIN} Versions before OTLP 1.7 have none and are not read: export as pprof.`,
      );
    return otlpProfile(dictionary, withSamples(resources, shapes));
  },
});

/** The first resource’s first profile begins with a sample type: two or three small numbers. */
function beginsWithProfile(bytes: Uint8Array): boolean {
  let w: Wire | undefined = { bytes, position: 0, end: bytes.length, base: 0 };
  try {
    w = firstMember(w, RESOURCE_PROFILES, [DICTIONARY]);
    w = w && firstMember(w, 2, [1, 3]);
    w = w && firstMember(w, 2, [1, 3]);
    w = w && firstMember(w, 1, []);
    if (!w || w.end > bytes.length || w.end - w.position > 30) return false;
    let numbers = 0;
    while (w.position < w.end) {
      const tag = unsigned(w);
      if (![8, 16, 24].includes(tag)) return false;
      unsigned(w);
      numbers++;
    }
    return numbers > 0;
  } catch {
    return false;
  }
}

/** Opens the first member with this number; only `others` may stand before it. Lengths beyond the sample are allowed. */
function firstMember(w: Wire, wanted: number, others: readonly number[]): Wire | undefined {
  while (w.position < w.end) {
    const tag = unsigned(w);
    const id = Math.floor(tag / 8);
    if (tag % 8 !== BYTES || (id !== wanted && !others.includes(id))) return undefined;
    const length = unsigned(w);
    if (id === wanted) return { ...w, end: Math.min(w.bytes.length, w.position + length) };
    w.position += length;
  }
  return undefined;
}
