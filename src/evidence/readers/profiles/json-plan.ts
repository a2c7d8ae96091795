import { AGAIN, MalformedProfile } from './profile-reader.js';

/** What to do with a value of a JSON document; values without a rule are passed over unread. */
export type JsonRule =
  /** The value as it is. */
  | { value: (value: unknown) => void }
  /** Each element of an array, one at a time. */
  | { each: (value: unknown, byte: number) => void }
  /** Each number of an array of numbers. */
  | { numbers: (value: number) => void }
  /** The members of an object. */
  | { members: Readonly<Record<string, JsonRule>> }
  /** The members of each object in an array. */
  | { eachMembers: Readonly<Record<string, JsonRule>>; begin?: () => void; end?: () => void };

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const BACKSLASH = 92;
/** A single value beyond this is not taken into memory. */
const MAX_VALUE_BYTES = 384 * 1024 * 1024;
const MAX_DEPTH = 64;

/**
 * Walks a JSON document once, in memory that grows with the largest value that a rule asks for and not with the
 * document. Throws `MalformedProfile` with the byte where it stops being JSON.
 */
export async function readJson(chunks: AsyncIterable<Uint8Array>, rule: JsonRule): Promise<void> {
  const source = chunks[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);
  let at = 0;
  let base = 0;
  let ended = false;

  const wrong = (what: string): MalformedProfile =>
    ended && at >= buffer.length
      ? new MalformedProfile('The file ends in the middle', `byte ${base + at}`, AGAIN)
      : new MalformedProfile(
          what,
          `byte ${base + at}`,
          'Check that the file is JSON as the profiler wrote it.',
        );

  /** Takes the next chunk; what lies before `keep` is dropped. False at the end. */
  const fill = async (keep: number): Promise<boolean> => {
    if (ended) return false;
    const next = await source.next();
    if (next.done) {
      ended = true;
      return false;
    }
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    buffer = keep >= buffer.length ? chunk : Buffer.concat([buffer.subarray(keep), chunk]);
    base += keep;
    at -= keep;
    return true;
  };
  /** The next byte that is not white space; −1 at the end. */
  const peek = async (): Promise<number> => {
    for (;;) {
      while (at < buffer.length && isSpace(buffer[at])) at++;
      if (at < buffer.length) return buffer[at] as number;
      if (!(await fill(at))) return -1;
    }
  };

  /** Where the value at `at` ends, with the bytes from its start kept (or not, when it is passed over). */
  const end = async (keep: boolean): Promise<number> => {
    const scan: Scan = { depth: 0, inText: false, bare: false, position: at };
    for (;;) {
      const stop = scanValue(buffer, scan);
      if (stop >= 0) return stop;
      if (keep && buffer.length - at > MAX_VALUE_BYTES) throw wrong('A single value is too large to be read');
      // A backslash at the very end may quote what comes first in the next chunk: look at it again from there.
      const from = keep ? at : Math.max(at, scan.position - 2);
      if (!keep) at = from;
      const before = base;
      if (!(await fill(from))) {
        if (scan.bare && scan.depth === 0) return buffer.length;
        at = buffer.length;
        throw wrong('The file ends in the middle');
      }
      scan.position -= base - before;
    }
  };
  const parsed = (start: number, stop: number): unknown => {
    try {
      return JSON.parse(buffer.toString('utf8', start, stop));
    } catch {
      throw wrong('This is no JSON value');
    }
  };

  const list = async (each: () => Promise<void>): Promise<void> => {
    if ((await peek()) !== OPEN_LIST) throw wrong('A list was expected here');
    at++;
    if ((await peek()) === CLOSE_LIST) {
      at++;
      return;
    }
    for (;;) {
      await each();
      const next = await peek();
      at++;
      if (next === CLOSE_LIST) return;
      if (next !== COMMA) {
        at--;
        throw wrong('A comma or the end of a list was expected here');
      }
    }
  };

  const numbers = async (take: (value: number) => void): Promise<void> => {
    if ((await peek()) !== OPEN_LIST) throw wrong('A list was expected here');
    at++;
    for (;;) {
      // Whole numbers that lie in the buffer, without leaving this loop.
      while (at < buffer.length) {
        const c = buffer[at] as number;
        if (c === COMMA || isSpace(c)) {
          at++;
          continue;
        }
        if (c === CLOSE_LIST) {
          at++;
          return;
        }
        let p = at;
        const negative = c === 45;
        if (negative) p++;
        let value = 0;
        const digitsFrom = p;
        let d = (buffer[p] as number) - 48;
        while (p < buffer.length && d >= 0 && d <= 9) {
          value = value * 10 + d;
          d = (buffer[++p] as number) - 48;
        }
        if (p >= buffer.length && !ended) break;
        const next = buffer[p];
        if (
          p > digitsFrom &&
          p - digitsFrom < 16 &&
          (next === COMMA || next === CLOSE_LIST || isSpace(next))
        ) {
          take(negative ? -value : value);
          at = p;
          continue;
        }
        while (p < buffer.length && buffer[p] !== COMMA && buffer[p] !== CLOSE_LIST) p++;
        if (p >= buffer.length && !ended && p - at < 64) break;
        const text = buffer.toString('latin1', at, Math.min(p, at + 64)).trim();
        if (text === '' || !Number.isFinite(Number(text))) throw wrong('A number was expected here');
        take(Number(text));
        at = p;
      }
      if (!(await fill(at))) throw wrong('The file ends in the middle');
    }
  };

  const object = async (rules: Readonly<Record<string, JsonRule>>, depth: number): Promise<void> => {
    if ((await peek()) !== OPEN_OBJECT) throw wrong('An object was expected here');
    at++;
    if ((await peek()) === CLOSE_OBJECT) {
      at++;
      return;
    }
    for (;;) {
      if ((await peek()) !== QUOTE) throw wrong('A name in quotes was expected here');
      const stop = await end(true);
      const key = parsed(at, stop);
      at = stop;
      if ((await peek()) !== COLON) throw wrong('A colon was expected here');
      at++;
      await value(Object.hasOwn(rules, String(key)) ? rules[String(key)] : undefined, depth + 1);
      const next = await peek();
      at++;
      if (next === CLOSE_OBJECT) return;
      if (next !== COMMA) {
        at--;
        throw wrong('A comma or the end of an object was expected here');
      }
    }
  };

  const value = async (r: JsonRule | undefined, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw wrong('This is nested too deeply');
    const first = await peek();
    if (first < 0) throw wrong('The file ends in the middle');
    if (r === undefined || first === 110) {
      at = await end(false);
      return;
    }
    if ('value' in r) {
      const stop = await end(true);
      const v = parsed(at, stop);
      at = stop;
      r.value(v);
    } else if ('numbers' in r) await numbers(r.numbers);
    else if ('members' in r) await object(r.members, depth);
    else if ('eachMembers' in r)
      await list(async () => {
        r.begin?.();
        await object(r.eachMembers, depth + 1);
        r.end?.();
      });
    else
      await list(async () => {
        await peek();
        const stop = await end(true);
        const start = at;
        const v = parsed(start, stop);
        at = stop;
        r.each(v, base + start);
      });
  };

  if ((await peek()) === 0xef) at += 3;
  await value(rule, 0);
  const after = await peek();
  if (after >= 0) throw wrong('There is more after the end of the document');
}

interface Scan {
  depth: number;
  inText: boolean;
  /** A number or word: it ends where something else begins. */
  bare: boolean;
  position: number;
}

/** Goes on from `scan.position`; the end of the value, or −1 when it lies beyond the buffer. */
function scanValue(buffer: Buffer, scan: Scan): number {
  let p = scan.position;
  for (;;) {
    if (scan.inText) {
      const quote = closingQuote(buffer, p);
      if (quote < 0) {
        // Come back to a place before any backslash that may belong to what follows.
        let back = buffer.length;
        while (back > p && buffer[back - 1] === BACKSLASH) back--;
        scan.position = back;
        return -1;
      }
      p = quote + 1;
      scan.inText = false;
      if (scan.depth === 0) return p;
      continue;
    }
    if (p >= buffer.length) {
      scan.position = p;
      return -1;
    }
    const c = buffer[p] as number;
    if (c === QUOTE) scan.inText = true;
    else if (c === OPEN_LIST || c === OPEN_OBJECT) scan.depth++;
    else if (c === CLOSE_LIST || c === CLOSE_OBJECT) {
      if (scan.depth === 0) return p;
      scan.depth--;
      if (scan.depth === 0) return p + 1;
    } else if (scan.depth === 0) {
      if (c === COMMA || isSpace(c)) return p;
      scan.bare = true;
    }
    p++;
  }
}

function closingQuote(buffer: Buffer, from: number): number {
  for (let p = buffer.indexOf(QUOTE, from); p >= 0; p = buffer.indexOf(QUOTE, p + 1)) {
    let slashes = 0;
    while (p - 1 - slashes >= from && buffer[p - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return p;
  }
  return -1;
}

const isSpace = (c: number | undefined): boolean => c === 32 || c === 10 || c === 13 || c === 9;
