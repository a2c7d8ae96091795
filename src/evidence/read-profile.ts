import { gunzipSync } from 'node:zlib';
import type { Profile } from '../domain/index.js';
import { openFile } from './open.js';
import { MalformedProfile, type ProfileReader } from './readers/profiles/profile-reader.js';
import { PROFILE_READERS } from './readers/profiles/registry.js';
import type { Recognition } from './readers/reader.js';
import { SAMPLE_BYTES, type Sample, sampleOf } from './readers/sample.js';

export { MalformedProfile } from './readers/profiles/profile-reader.js';

export interface ReadProfile {
  profile: Profile;
  title: string;
  recognition: Recognition;
}

/** Two formats this close in confidence make a file ambiguous. */
const AMBIGUITY = 0.1;

/**
 * Reads one profile from a file, whatever its format, told by its content. Throws `MalformedProfile` when it is no
 * profile, could be two, or is damaged; errors of the file system are thrown as they are.
 */
export async function readProfile(path: string): Promise<ReadProfile> {
  const open = await openFile(path);
  const { reader, recognition } = choose(open.sample);
  const profile = await reader.parse({ sample: open.sample, bytes: open.bytes });
  const damage = open.damage();
  if (damage)
    throw new MalformedProfile(
      `The gzip archive is ${damage}`,
      'end of file',
      'Copy or record it again; half a profile would give wrong shares.',
    );
  return { profile, title: open.gzip ? `${reader.title}, gzip` : reader.title, recognition };
}

/** Most that a profile in memory may unpack to. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Reads one profile that is in memory, packed by gzip or not. Throws `MalformedProfile` as `readProfile` does. */
export async function readProfileBytes(given: Buffer): Promise<Profile> {
  const bytes = given[0] === 0x1f && given[1] === 0x8b ? unpacked(given) : given;
  const sample = sampleOf(bytes.subarray(0, SAMPLE_BYTES), bytes.length <= SAMPLE_BYTES);
  return choose(sample).reader.parse({
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

function choose(sample: Sample): { reader: ProfileReader; recognition: Recognition } {
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
