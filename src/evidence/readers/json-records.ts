import { isAscii } from 'node:buffer';
import { asBuffer } from './byte-source.js';
import { jsonHead } from './json-head.js';
import type { ReaderInput } from './reader.js';

/** One JSON value of a file. */
export interface JsonRecord {
  value: unknown;
  /** 1-based line on which it begins. */
  line: number;
  /** The array it is an element of: `data`, `result.resourceSpans`; empty for a line or a whole document. */
  path: string;
}

/** Longest line or array element that is taken into memory. */
export const MAX_VALUE_BYTES = 64 * 1024 * 1024;
const MAX_REPORTED = 5;

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;

type Input = Pick<ReaderInput, 'bytes' | 'name' | 'problem'>;

/**
 * The JSON values of a file in bounded memory. Files of one value a line are read line by line, and a bad line is
 * skipped and named. Any other file is taken as documents: elements of the arrays named in `arrays` (dotted paths
 * of at most two keys; `''` for a top-level array) come one by one, and a document that has none comes whole.
 */
export async function* jsonRecords(input: Input, arrays: readonly string[]): AsyncGenerator<JsonRecord> {
  const { isLines, bytes } = await lookAtLines(input.bytes);
  if (!isLines) {
    yield* byDocument({ ...input, bytes }, arrays);
    return;
  }
  const reader = lineReader(input);
  yield* reader.records(bytes);
  reader.finish();
}

/** What was looked at: the chunks taken for it, and all bytes from the start. One of the two is to be used. */
interface Looked {
  taken: readonly Buffer[];
  bytes: AsyncIterable<Uint8Array>;
}

/** Whether the first line is a JSON value of its own and others follow. */
export async function lookAtLines(chunks: AsyncIterable<Uint8Array>): Promise<Looked & { isLines: boolean }> {
  const { first, ...looked } = await firstLine(chunks);
  return { isLines: first !== undefined && isValue(first), ...looked };
}

/** The first line that is not blank when another line follows it. */
async function firstLine(chunks: AsyncIterable<Uint8Array>): Promise<Looked & { first: string | undefined }> {
  const source = chunks[Symbol.asyncIterator]();
  const taken: Buffer[] = [];
  let size = 0;
  let first: string | undefined;
  while (first === undefined && size <= MAX_VALUE_BYTES) {
    const next = await source.next();
    if (next.done) break;
    const chunk = asBuffer(next.value);
    taken.push(chunk);
    size += chunk.length;
    if (chunk.includes(NEWLINE)) first = lineWithText(Buffer.concat(taken));
  }
  const bytes = {
    async *[Symbol.asyncIterator]() {
      yield* taken;
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
    },
  };
  return { first, taken, bytes };
}

function lineWithText(bytes: Buffer): string | undefined {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    const line = bytes.toString('utf8', start, end);
    if (line.trim() !== '') return line;
    start = end + 1;
  }
  return undefined;
}

function isValue(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

export interface LineReader {
  /** The values of lines from `firstLine` on; only of those that `wanted` says (by their number from 0). */
  records(
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    firstLine?: number,
    wanted?: (index: number) => boolean,
  ): AsyncGenerator<JsonRecord>;
  /** Tells what more was wrong than was told already. */
  finish(): void;
}

/** Reads one value a line; bad lines are skipped and named. */
export function lineReader(input: Pick<Input, 'name' | 'problem'>): LineReader {
  const errors = errorReport(input);
  return {
    async *records(chunks, firstLine = 1, wanted = () => true) {
      const tooLong = (line: number, size: number): void => errors.tooLong(firstLine + line - 1, size);
      for await (const { bytes, line } of lines(chunks, tooLong)) {
        if (!wanted(line - 1)) continue;
        const text = textOf(bytes);
        if (text.trim() === '') continue;
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          errors.malformed(text, firstLine + line - 1);
          continue;
        }
        yield { value, line: firstLine + line - 1, path: '' };
      }
    },
    finish: errors.finish,
  };
}

/** Lines of a byte stream; lines longer than the limit are dropped and told. */
export async function* lines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  tooLong: (line: number, bytes: number) => void,
): AsyncGenerator<{ bytes: Buffer; line: number }> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let line = 1;
  const take = (last: Buffer): Buffer => {
    const whole = pending.length === 0 ? last : Buffer.concat([...pending, last]);
    pending = [];
    pendingBytes = 0;
    return whole;
  };
  for await (const chunk of chunks) {
    const buffer = asBuffer(chunk);
    let start = 0;
    for (let end = buffer.indexOf(NEWLINE); end >= 0; end = buffer.indexOf(NEWLINE, start)) {
      const size = pendingBytes + end - start;
      if (size > MAX_VALUE_BYTES) {
        tooLong(line, size);
        pending = [];
        pendingBytes = 0;
      } else yield { bytes: take(buffer.subarray(start, end)), line };
      line++;
      start = end + 1;
    }
    const rest = buffer.length - start;
    pendingBytes += rest;
    if (pendingBytes > MAX_VALUE_BYTES) pending = [];
    else if (rest > 0) pending.push(buffer.subarray(start));
  }
  if (pendingBytes > MAX_VALUE_BYTES) tooLong(line, pendingBytes);
  else if (pendingBytes > 0) yield { bytes: take(Buffer.alloc(0)), line };
}

/** Text of UTF-8 bytes; without special characters, which is usual, the faster way. */
const textOf = (bytes: Buffer): string =>
  isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');

async function* byDocument(input: Input, arrays: readonly string[]): AsyncGenerator<JsonRecord> {
  const errors = errorReport(input);
  const splitter = documentSplitter(new Set(arrays));
  for await (const chunk of input.bytes) {
    for (const piece of splitter.push(asBuffer(chunk))) {
      if (piece.bytes === undefined) errors.tooLong(piece.line, piece.size);
      else {
        const text = textOf(piece.bytes);
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          errors.malformed(text, piece.line, piece.offset);
          continue;
        }
        yield { value, line: piece.line, path: piece.path };
      }
    }
    if (splitter.broken()) break;
  }
  const rest = splitter.end();
  if (rest) errors.unfinished(rest);
  errors.finish();
}

interface Piece {
  /** Absent when it was too long. */
  bytes: Buffer | undefined;
  size: number;
  path: string;
  line: number;
  offset: number;
}

interface Splitter {
  push(chunk: Buffer): Piece[];
  broken(): boolean;
  end(): { line: number; offset: number; text: string } | undefined;
}

/** Cuts documents into array elements by depth, without parsing them. */
function documentSplitter(arrays: ReadonlySet<string>): Splitter {
  let depth = 0;
  let inString = false;
  let escaped = false;
  let line = 1;
  let offset = 0;
  /** Bytes of the value being collected, before the current chunk. */
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let start: { line: number; offset: number } | undefined;
  /** The array that is being split: its path and the depth of its elements. */
  let array: { path: string; depth: number } | undefined;
  let splitHere = false;
  /** Keys of the shallow objects that are open, and the text of the string being read when it can be a key. */
  let keys: string[] = [];
  let keyBytes: number[] | undefined;
  let broken = false;

  const begin = (): void => {
    start = { line, offset };
    kept = [];
    keptBytes = 0;
  };
  /** Ends the value; `from` is where it begins in this chunk, `to` its end. */
  const finish = (chunk: Buffer, from: number, to: number, path: string): Piece => {
    const size = keptBytes + to - from;
    const piece: Piece = {
      bytes: size > MAX_VALUE_BYTES ? undefined : Buffer.concat([...kept, chunk.subarray(from, to)]),
      size,
      path,
      line: start?.line ?? line,
      offset: start?.offset ?? offset,
    };
    start = undefined;
    kept = [];
    keptBytes = 0;
    return piece;
  };

  return {
    push(chunk: Buffer): Piece[] {
      const pieces: Piece[] = [];
      const base = offset;
      let from = 0;
      for (let i = 0; i < chunk.length; i++) {
        const c = chunk[i] as number;
        offset = base + i;
        if (inString && !keyBytes) {
          // Jumps from quote to quote; one after an odd number of backslashes does not end the string.
          const quote = chunk.indexOf(QUOTE, i);
          const end = quote < 0 ? chunk.length : quote;
          let slashes = 0;
          while (end - 1 - slashes >= i && chunk[end - 1 - slashes] === BACKSLASH) slashes++;
          const carried = escaped && slashes === end - i ? 1 : 0;
          const odd = (slashes + carried) % 2 === 1;
          inString = quote < 0 || odd;
          escaped = quote < 0 && odd;
          i = end;
          continue;
        }
        if (inString) {
          if (escaped) escaped = false;
          else if (c === BACKSLASH) escaped = true;
          else if (c === QUOTE) {
            inString = false;
            if (keyBytes) keys[depth - 1] = Buffer.from(keyBytes).toString('utf8');
            keyBytes = undefined;
            continue;
          }
          if (keyBytes && keyBytes.length < 64) keyBytes.push(c);
          continue;
        }
        if (c === NEWLINE) line++;
        if (c === 32 || c === 9 || c === NEWLINE || c === 13) continue;
        // A value begins: an element of the array being split, or a top-level document.
        if (
          start === undefined &&
          c !== 44 &&
          c !== 93 &&
          c !== 125 &&
          (array ? depth === array.depth : depth === 0)
        ) {
          begin();
          from = i;
        }
        if (c === QUOTE) {
          inString = true;
          if (!array && depth >= 1 && depth <= 2) keyBytes = [];
        } else if (c === 123 || c === 91) {
          if (c === 91 && !array && depth <= 2) {
            const path = keys.slice(0, depth).join('.');
            if (arrays.has(path)) {
              array = { path, depth: depth + 1 };
              splitHere = true;
              start = undefined;
              kept = [];
              keptBytes = 0;
            }
          }
          depth++;
          if (!array) keys.length = Math.min(keys.length, depth - 1);
        } else if (c === 125 || c === 93) {
          if (array && depth === array.depth && c === 93) {
            if (start) pieces.push(finish(chunk, from, i, array.path));
            array = undefined;
          }
          depth--;
          if (depth < 0) {
            broken = true;
            return pieces;
          }
          if (depth === 0) {
            if (!splitHere && start) pieces.push(finish(chunk, from, i + 1, ''));
            start = undefined;
            splitHere = false;
            keys = [];
          }
        } else if (c === 44 && array && depth === array.depth && start) {
          pieces.push(finish(chunk, from, i, array.path));
        }
      }
      if (start) {
        keptBytes += chunk.length - from;
        if (keptBytes > MAX_VALUE_BYTES) kept = [];
        else kept.push(Buffer.from(chunk.subarray(from)));
      }
      offset = base + chunk.length;
      return pieces;
    },
    broken: () => broken,
    end() {
      if (depth === 0 && !inString && start === undefined && !broken) return undefined;
      return { line, offset, text: Buffer.concat(kept).subarray(0, 4096).toString('utf8') };
    },
  };
}

/** Collects what was wrong with values, and tells the first few of each kind and the count of the rest. */
function errorReport(input: Pick<Input, 'name' | 'problem'>) {
  let malformed = 0;
  let long = 0;
  return {
    malformed(text: string, line: number, offset?: number): void {
      if (++malformed > MAX_REPORTED) return;
      const head = jsonHead(text);
      const isCut = head.state === 'cut';
      const before = isCut ? text : text.slice(0, head.end);
      const newlines = before.split('\n').length - 1;
      const byte =
        Buffer.byteLength(newlines > 0 ? before.slice(before.lastIndexOf('\n') + 1) : before) +
        (isCut ? 0 : 1);
      const where = `${input.name}, line ${line + newlines}, byte ${byte} of the line`;
      input.problem({
        severity: 'warning',
        what: isCut ? 'The JSON ends in the middle of a value.' : 'This is not valid JSON.',
        where:
          offset === undefined ? where : `${where} (byte ${offset + Buffer.byteLength(before)} of the file)`,
        todo: 'This value was left out; the rest was read. Correct or export it again.',
      });
    },
    tooLong(line: number, size: number): void {
      if (++long > MAX_REPORTED) return;
      input.problem({
        severity: 'error',
        what: `One value has ${size} bytes; at most ${MAX_VALUE_BYTES} are taken into memory. It was left out.`,
        where: `${input.name}, line ${line}`,
        todo: 'Export with one record or one request a line, or in smaller batches.',
      });
    },
    unfinished(rest: { line: number; offset: number; text: string }): void {
      input.problem({
        severity: 'error',
        what: 'The JSON document does not end properly: it is cut off, or a bracket is missing or too many.',
        where: `${input.name}, line ${rest.line}, byte ${rest.offset}`,
        todo: 'What came before was read. Export the file again.',
      });
    },
    finish(): void {
      const more = Math.max(0, malformed - MAX_REPORTED) + Math.max(0, long - MAX_REPORTED);
      if (more > 0)
        input.problem({
          severity: 'warning',
          what: `${more} more values were not valid JSON or too long, and were left out.`,
          where: input.name,
          todo: 'Check how the file was written.',
        });
    },
  };
}
