import type { Profile } from '../domain/index.js';
import { openFile } from './open.js';
import { profileReaderOf } from './readers/profiles/by-content.js';
import { MalformedProfile } from './readers/profiles/profile-reader.js';
import type { Recognition } from './readers/reader.js';

export { MalformedProfile } from './readers/profiles/profile-reader.js';

export interface ReadProfile {
  profile: Profile;
  title: string;
  recognition: Recognition;
}

/**
 * Reads one profile from a file, whatever its format, told by its content. Throws `MalformedProfile` when it is no
 * profile, could be two, or is damaged; errors of the file system are thrown as they are.
 */
export async function readProfile(path: string): Promise<ReadProfile> {
  const open = await openFile(path);
  const { reader, recognition } = profileReaderOf(open.sample);
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
