import type { FrameTable, Profile } from '../../../domain/index.js';

/** Personal data stands in paths and names of threads and labels; text of frames is cut when it is asked for. */
export function redactedProfile(profile: Profile, cut: (text: string) => string): Profile {
  const { frames } = profile;
  const once = new Map<string, string>();
  const text = (written: string): string => {
    const known = once.get(written);
    if (known !== undefined) return known;
    const clean = cut(written);
    if (once.size < 100_000) once.set(written, clean);
    return clean;
  };
  const table: FrameTable = {
    size: frames.size,
    name: (i) => text(frames.name(i)),
    file: (i) => text(frames.file(i)),
    line: frames.line,
    column: frames.column,
  };
  return {
    ...profile,
    frames: table,
    threads: profile.threads.map((t) => ({ ...t, name: text(t.name) })),
    labels: profile.labels.map((l) => ({ ...l, value: text(l.value) })),
  };
}
