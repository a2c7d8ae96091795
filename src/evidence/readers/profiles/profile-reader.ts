import type { Profile } from '../../../domain/index.js';
import type { EvidenceReader, Recognition } from '../reader.js';
import type { Sample } from '../sample.js';

/** What a profile reader is given: the unpacked bytes of one file. */
export interface ProfileInput {
  sample: Sample;
  bytes: AsyncIterable<Uint8Array>;
}

/** One profile format. One file each, in this folder. */
export interface ProfileFormat {
  id: string;
  title: string;
  looksFor: string;
  recognise(sample: Sample): Recognition | undefined;
  /** The format is known by name but not read: why, and what to do instead. */
  notRead?: { why: string; todo: string };
  /** Throws `MalformedProfile` when the content is not what it began as. */
  parse(input: ProfileInput): Promise<Profile>;
}

/** A profile format that is also read as evidence of an investigation. */
export interface ProfileReader extends EvidenceReader {
  parse(input: ProfileInput): Promise<Profile>;
}

/** What was wrong with a profile, where, and what to do. */
export class MalformedProfile extends Error {
  constructor(
    readonly what: string,
    /** "line 12", "byte 4 096". */
    readonly at: string,
    readonly todo: string,
  ) {
    super(`${what} (${at})`);
  }
}

export const AGAIN = 'Copy or record it again; a copy that was cut off cannot be read.';

export function profileReader(format: ProfileFormat): ProfileReader {
  if (format.notRead) return format;
  return {
    ...format,
    async read({ sample, bytes, sink }) {
      sink.profile(await format.parse({ sample, bytes }));
    },
  };
}
