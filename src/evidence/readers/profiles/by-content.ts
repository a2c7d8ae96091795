import { gunzipSync } from 'node:zlib';
import type { Profile } from '../../../domain/index.js';
import type { Recognition } from '../reader.js';
import { SAMPLE_BYTES, type Sample, sampleOf } from '../sample.js';
import { MalformedProfile, type ProfileReader } from './profile-reader.js';
import { PROFILE_READERS } from './registry.js';

/** Two formats this close in confidence make a file ambiguous. */
const AMBIGUITY = 0.1;
/** Most that a profile in memory may unpack to. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads one profile that is in memory, packed by gzip or not. Throws `MalformedProfile` when it is none, could be two, or is damaged. */
export async function readProfileBytes(given: Buffer): Promise<Profile> {
  const bytes = given[0] === 0x1f && given[1] === 0x8b ? unpacked(given) : given;
  const sample = sampleOf(bytes.subarray(0, SAMPLE_BYTES), bytes.length <= SAMPLE_BYTES);
  return profileReaderOf(sample).reader.parse({
    sample,
    bytes: (async function* () {
      yield bytes;
    })(),
  });
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    throw new MalformedProfile(
      'The gzip archive is damaged or unpacks to too much',
      'its content',
      'Copy or record it again.',
    );
  }
}

/** The reader of a profile, told by its content. Throws `MalformedProfile` when it is no profile or could be two. */
export function profileReaderOf(sample: Sample): { reader: ProfileReader; recognition: Recognition } {
  const found = PROFILE_READERS.flatMap((reader) => {
    const recognition = reader.recognise(sample);
    return recognition ? [{ reader, recognition }] : [];
  }).sort((a, b) => b.recognition.confidence - a.recognition.confidence);
  const [best, second] = found;
  if (!best)
    throw new MalformedProfile(
      sample.bytes.length === 0 ? 'The file is empty' : 'This is no profile of a known format',
      'its first bytes',
      `Give one of: ${PROFILE_READERS.flatMap((r) => (r.notRead ? [] : [r.title])).join(', ')}.`,
    );
  if (second && best.recognition.confidence - second.recognition.confidence < AMBIGUITY)
    throw new MalformedProfile(
      `This could be ${best.reader.title} (${best.recognition.by}) or ${second.reader.title} (${second.recognition.by})`,
      'its first bytes',
      'Write it in a form that only one of the two fits.',
    );
  if (best.reader.notRead)
    throw new MalformedProfile(
      `This is ${best.reader.title}: ${best.reader.notRead.why}`,
      'its first bytes',
      best.reader.notRead.todo,
    );
  return best;
}
