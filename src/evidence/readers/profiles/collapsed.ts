import { createCallTree } from '../../../models/call-tree.js';
import type { Sample } from '../sample.js';
import { createByteInterner, HASH_START, hashByte } from './byte-interner.js';
import { MalformedProfile, profileReader } from './profile-reader.js';
import { runtimeOf, textFrames } from './stack-frames.js';
import { eachLine, leadingLines } from './text-lines.js';

const SPACE = 32;
const SEMICOLON = 59;
const TAB = 9;
const POINT = 46;
/** A stack, root first, and its weight; a difference profile has two weights. */
const LINE = /^(?:\S.*?)? (-?\d+(?:\.\d+)?)(?: (-?\d+(?:\.\d+)?))?\s*$/;
const TWO_WEIGHTS = /^\S.*? -?\d+(?:\.\d+)? -?\d+(?:\.\d+)?\s*$/;
/** Share of bad lines beyond which the file is something else. */
const MAX_BAD_SHARE = 0.1;

function recognise(sample: Sample): { confidence: number; by: string } | undefined {
  const lines = leadingLines(sample).filter((l) => !l.startsWith('#'));
  if (lines.length === 0) return undefined;
  const good = lines.filter((l) => LINE.test(l));
  const deep = good.filter((l) => l.includes(';'));
  if (good.length < lines.length * 0.9 || deep.length === 0) return undefined;
  const share = deep.length / lines.length;
  if (share < 0.3) return undefined;
  return {
    confidence: share > 0.6 ? 0.95 : 0.8,
    by: 'lines of frames between semicolons that end in a number',
  };
}

/** Brendan Gregg's collapsed stacks; what py-spy, perf, async-profiler and many others write. */
export default profileReader({
  id: 'collapsed',
  title: 'collapsed stacks',
  looksFor: 'collapsed stacks (frames between semicolons, then a count)',
  recognise,
  async parse({ sample, bytes }) {
    const first = leadingLines(sample).filter((l) => !l.startsWith('#'));
    const isDifference = first.length > 0 && first.every((l) => TWO_WEIGHTS.test(l));
    const names = createByteInterner();
    const tree = createCallTree(isDifference ? 2 : 1);
    let records = 0;
    let bad = 0;
    let firstBad = 0;
    let weights = 0;

    const number = (buffer: Buffer, start: number, end: number): number => {
      let at = start;
      const negative = buffer[at] === 45;
      if (negative) at++;
      let value = 0;
      let digits = 0;
      for (; at < end; at++) {
        const c = (buffer[at] as number) - 48;
        if (c < 0 || c > 9) break;
        value = value * 10 + c;
        digits++;
      }
      if (at < end && buffer[at] === POINT) return Number(buffer.toString('latin1', start, end));
      return digits === 0 || at < end ? Number.NaN : negative ? -value : value;
    };

    await eachLine(bytes, (buffer, start, lineEnd, line) => {
      let end = lineEnd;
      while (end > start && isBlank(buffer[end - 1])) end--;
      if (end === start || buffer[start] === 35) return;
      let cut = end - 1;
      while (cut > start && !isBlank(buffer[cut])) cut--;
      let second = Number.NaN;
      let value = number(buffer, cut + 1, end);
      if (isDifference && cut > start) {
        second = value;
        const before = cut;
        cut--;
        while (cut > start && !isBlank(buffer[cut])) cut--;
        value = number(buffer, cut + 1, before);
      }
      if (
        cut < start ||
        !isBlank(buffer[cut]) ||
        Number.isNaN(value) ||
        (isDifference && Number.isNaN(second))
      ) {
        bad++;
        if (firstBad === 0) firstBad = line;
        if (bad > 20 && bad > (records + bad) * MAX_BAD_SHARE) throw notStacks(bad, records + bad, firstBad);
        return;
      }
      let node = 0;
      let from = start;
      let hash = HASH_START;
      for (let at = start; at < cut; at++) {
        const c = buffer[at] as number;
        if (c !== SEMICOLON) {
          hash = hashByte(hash, c);
          continue;
        }
        if (at > from) node = tree.child(node, names.internHashed(buffer, from, at, hash));
        from = at + 1;
        hash = HASH_START;
      }
      if (cut > from) node = tree.child(node, names.internHashed(buffer, from, cut, hash));
      tree.add(node, 0, value);
      if (isDifference) tree.add(node, 1, second);
      weights += Math.abs(value);
      records++;
    });
    if (records === 0 || bad > (records + bad) * MAX_BAD_SHARE) throw notStacks(bad, records + bad, firstBad);
    const frames = textFrames(names);
    return {
      format: 'collapsed',
      runtime: runtimeOf(frames),
      sampleTypes: isDifference
        ? [
            { name: 'before', unit: 'count' },
            { name: 'after', unit: 'count' },
          ]
        : [{ name: 'samples', unit: 'count' }],
      primary: isDifference ? 1 : 0,
      frames,
      tree: tree.build(),
      samples: weights,
      records,
      events: [],
      threads: [],
      labels: [],
      truncatedStacks: 0,
      notes: bad > 0 ? [`${bad} lines without a weight were left out, the first is line ${firstBad}`] : [],
    };
  },
});

const isBlank = (c: number | undefined): boolean => c === SPACE || c === TAB;

const notStacks = (bad: number, all: number, line: number): MalformedProfile =>
  new MalformedProfile(
    all === 0 ? 'There is no stack in it' : `${bad} of ${all} lines are no collapsed stack`,
    line > 0 ? `first in line ${line}` : 'whole file',
    'Each line is frames between semicolons, a space and a count. Check how it was written.',
  );
