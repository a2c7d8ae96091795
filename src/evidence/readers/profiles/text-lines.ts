import type { Sample } from '../sample.js';
import { MalformedProfile } from './profile-reader.js';

const NEWLINE = 10;
const RETURN = 13;
/** Longer lines are no stack that a profiler wrote. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** Told by the byte-order mark, as Windows tools write it. */
function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

/** The first lines of a text file, whatever its encoding; none for binary content. */
export function leadingLines(sample: Sample): readonly string[] {
  const encoding = encodingOf(sample.bytes);
  if (encoding === 'utf-8')
    return sample.text === undefined
      ? []
      : sample.lines.map((l, i) => (i === 0 ? l.replace(/^\ufeff/, '') : l));
  const text = new TextDecoder(encoding).decode(sample.bytes.subarray(0, sample.bytes.length & ~1));
  const lines = text.split(/\r?\n/);
  if (!sample.whole) lines.pop();
  return lines.filter((l) => l.trim() !== '').slice(0, 50);
}

/**
 * Calls `each` with every line of a text stream: a buffer, where the line starts and ends in it (without its line
 * end), and its number. The buffer is valid during the call only. UTF-16 is turned into UTF-8 on the way.
 */
export async function eachLine(
  chunks: AsyncIterable<Uint8Array>,
  each: (bytes: Buffer, start: number, end: number, line: number) => void,
): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  let first = true;
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  const emit = (bytes: Buffer, start: number, end: number): void => {
    line++;
    each(bytes, start, end > start && bytes[end - 1] === RETURN ? end - 1 : end, line);
  };
  for await (const raw of chunks) {
    let chunk = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    if (first && chunk.length > 0) {
      first = false;
      const encoding = encodingOf(chunk);
      if (encoding !== 'utf-8') decoder = new TextDecoder(encoding);
      else if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) chunk = chunk.subarray(3);
    }
    if (decoder) chunk = Buffer.from(decoder.decode(chunk, { stream: true }), 'utf8');
    let start = 0;
    let end = chunk.indexOf(NEWLINE);
    if (rest.length > 0) {
      if (end < 0) {
        rest = Buffer.concat([rest, chunk]);
        if (rest.length > MAX_LINE_BYTES) throw tooLong(line + 1);
        continue;
      }
      const joined = Buffer.concat([rest, chunk.subarray(0, end)]);
      emit(joined, 0, joined.length);
      start = end + 1;
      end = chunk.indexOf(NEWLINE, start);
    }
    for (; end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      emit(chunk, start, end);
      start = end + 1;
    }
    // A copy: the stream may use its memory again.
    rest = Buffer.from(chunk.subarray(start));
    if (rest.length > MAX_LINE_BYTES) throw tooLong(line + 1);
  }
  if (rest.length > 0) emit(rest, 0, rest.length);
}

const tooLong = (line: number): MalformedProfile =>
  new MalformedProfile(
    'This line is longer than any stack that a profiler writes',
    `line ${line}`,
    'Check that this is the output of a profiler and not one long line of something else.',
  );
