import { createReadStream, existsSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { endSchema, type PageLine, pageSchema } from './format.js';

/** What an earlier, interrupted run has of one section. */
export interface Kept {
  pages: ReadonlyMap<string, PageLine>;
  looks: ReadonlyMap<string, unknown>;
  /** The section was finished; nothing is to be asked. */
  finished: boolean;
  /** The line that begins the section is there. */
  begun: boolean;
  used: Used;
}

/** What a section has cost, and what redaction cut from it. */
export interface Used {
  calls: number;
  bytes: number;
  redactions: { kind: string; count: number }[];
}

/** The file of one section while it is being collected: whole pages, one after the other. */
export interface Part {
  kept: Kept;
  /** Writes lines that count only together: all or none is there after a kill. */
  append(lines: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the file of a section, or begins it. What stands behind its last whole page, from a run that was killed, is cut
 * off: those records are asked for again and counted once.
 */
export async function openPart(path: string): Promise<Part> {
  const looked = existsSync(path) ? await lookAt(path) : { kept: NOTHING, wholeBytes: 0 };
  const file: FileHandle = await open(path, existsSync(path) ? 'r+' : 'wx+', 0o600);
  await file.truncate(looked.wholeBytes);
  let at = looked.wholeBytes;
  let writing: Promise<void> = Promise.resolve();
  return {
    kept: looked.kept,
    append(lines) {
      const bytes = Buffer.from(lines.map((l) => `${l}\n`).join(''));
      const from = at;
      // The place is taken before the writing, so that lines of two callers never share one.
      at += bytes.length;
      writing = writing.then(async () => {
        await file.write(bytes, 0, bytes.length, from);
      });
      return writing;
    },
    close: () => file.close(),
  };
}

const NOTHING: Kept = {
  pages: new Map(),
  looks: new Map(),
  finished: false,
  begun: false,
  used: { calls: 0, bytes: 0, redactions: [] },
};
/** Lines that make what stands before them count. */
const COMMITS = /^\{"(page|look|used|gap|section|end)":/;

async function lookAt(path: string): Promise<{ kept: Kept; wholeBytes: number }> {
  const pages = new Map<string, PageLine>();
  const looks = new Map<string, unknown>();
  let finished = false;
  let begun = false;
  let used = NOTHING.used;
  let seenBytes = 0;
  let wholeBytes = 0;
  for await (const line of wholeLines(path)) {
    seenBytes += line.length + 1;
    const text = line.subarray(0, 16).toString('latin1');
    const commit = COMMITS.exec(text)?.[1];
    if (commit === undefined) continue;
    const value = objectOf(line);
    // What cannot be read was damaged from here on.
    if (!value) break;
    if (commit === 'page') {
      const page = pageSchema.safeParse(value.page);
      if (page.success) pages.set(page.data.query, page.data);
    } else if (commit === 'look' && Array.isArray(value.look))
      looks.set(String(value.look[0]), value.look[1]);
    else if (commit === 'used' && isUsed(value.used)) used = value.used;
    else if (commit === 'section') begun = true;
    else if (commit === 'end') finished = true;
    wholeBytes = seenBytes;
  }
  return { kept: { pages, looks, finished, begun, used }, wholeBytes };
}

/** Lines that have their line end; what stands behind the last one was cut off in writing. */
async function* wholeLines(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield bytes.subarray(from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}

function objectOf(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const isUsed = (value: unknown): value is Used => endSchema.safeParse(value).success;
