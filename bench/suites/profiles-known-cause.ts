import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readProfile } from '../../src/evidence/read-profile.js';
import { interpretProfile } from '../../src/facts/profiles/interpret.js';
import { sourcesBelow } from '../../src/facts/profiles/source/find-source.js';
import type { Suite } from '../main.js';
import { isRight } from '../profiles/known-causes.js';

/** Profiles of programs with one cause each: passed when it is first, and at the line of the program. */
export default {
  suite: 'profiles/known-cause',
  about: 'V8 CPU profiles of programs with one known cause, first cause and its line',
  async run(folder) {
    const files = (await readdir(folder)).filter((f) => f.endsWith('.cpuprofile')).sort();
    const program = (await readdir(folder)).find((f) => /\.[cm]?js$/.test(f)) ?? '';
    const lines = (await readFile(join(folder, program), 'utf8')).split(/\r?\n/);
    const sources = sourcesBelow([folder]);
    const failed: string[] = [];
    for (const file of files) {
      const { profile } = await readProfile(join(folder, file));
      const first = interpretProfile(profile, { sources }).causes[0];
      const truth = file.replace(/\.cpuprofile$/, '');
      const line =
        lines.findIndex((l) => new RegExp(`(?:^|[\\s,{])(?:async\\s+)?\\*?${truth}\\s*\\(`).test(l)) + 1;
      const place = first?.places[0]?.place;
      const right = first !== undefined && isRight(truth, first);
      const there = place?.file.endsWith(program) === true && isWithin(lines, line, place.line);
      if (!right || !there)
        failed.push(`${truth}: ${first?.cause} (${first?.api}) at ${place?.line}, its line is ${line}`);
    }
    return { cases: files.length, passed: files.length - failed.length, failed };
  },
} satisfies Suite;

/** From the function's first line to the one before the next function of the same depth. */
function isWithin(lines: readonly string[], first: number, line: number): boolean {
  if (first <= 0 || line < first) return false;
  const indent = /^\s*/.exec(lines[first - 1] ?? '')?.[0].length ?? 0;
  for (let at = first + 1; at <= line; at++) {
    const text = lines[at - 1] ?? '';
    const here = /^\s*/.exec(text)?.[0].length ?? 0;
    if (text.trim() !== '' && here <= indent && !/^\s*[})\]]/.test(text)) return false;
  }
  return true;
}
