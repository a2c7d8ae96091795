import type { LoadResult } from '../../../domain/load-result.js';
import type { Recognition } from '../reader.js';
import type { Sample } from '../sample.js';

/** One format of load-test results. One file each, in this folder. */
export interface LoadReader {
  id: string;
  /** The format's name in reports: "k6 JSON points". */
  title: string;
  /** For the message about a file that nothing recognised. */
  looksFor: string;
  /** Looks at the content alone; never at the file's name. */
  recognise(sample: Sample): Recognition | undefined;
  /** Throws a `LoadFault` on damage that would make the numbers wrong. */
  read(input: LoadInput): Promise<LoadResult>;
}

export interface LoadInput {
  bytes: AsyncIterable<Uint8Array>;
  /** Names the file in faults. */
  name: string;
}

/** Why a result cannot be used: what was wrong, where, what to do. */
export class LoadFault extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(`${what} (${where}). ${todo}`);
  }
}

/** A fault at a line of the file that is read. */
export const faultAt = (input: LoadInput, line: number, what: string): LoadFault =>
  new LoadFault(what, `${input.name}, line ${line}`, 'Export the result again, or cut the damaged end off.');

/** Text files without line structure end here: 64 MiB of summary is no summary. */
const MAX_SUMMARY_BYTES = 64 * 1024 * 1024;

/** A small file as one text. */
export async function textOf(input: LoadInput): Promise<string> {
  return (await bytesOf(input)).toString('utf8');
}

/** A small file as bytes. */
export async function bytesOf(input: LoadInput): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of input.bytes) {
    size += part.length;
    if (size > MAX_SUMMARY_BYTES)
      throw new LoadFault(
        `The file is larger than ${MAX_SUMMARY_BYTES / 1024 / 1024} MiB`,
        input.name,
        'Give the summary of the run, not its raw data.',
      );
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The lines of a text file, numbered from 1, without their ends. The last one counts even when it has no end. */
export async function* textLines(
  input: LoadInput,
): AsyncGenerator<{ text: string; line: number; ended: boolean }> {
  const decoder = new TextDecoder();
  let rest = '';
  let line = 0;
  for await (const part of input.bytes) {
    const pieces = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = pieces.pop() ?? '';
    if (rest.length > MAX_SUMMARY_BYTES) throw faultAt(input, line + 1, 'The line never ends');
    for (const text of pieces)
      yield { text: text.endsWith('\r') ? text.slice(0, -1) : text, line: ++line, ended: true };
  }
  rest += decoder.decode();
  if (rest !== '') yield { text: rest, line: ++line, ended: false };
}

/** The one JSON value of a small file. */
export async function jsonOf(input: LoadInput): Promise<unknown> {
  const text = await textOf(input);
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(String(error))?.[1];
    const where = at === undefined ? 'at its end' : `at line ${text.slice(0, Number(at)).split('\n').length}`;
    throw new LoadFault(
      `The JSON is cut off or damaged ${where}`,
      `${input.name}, byte ${at ?? text.length}`,
      'Export the result again.',
    );
  }
}
