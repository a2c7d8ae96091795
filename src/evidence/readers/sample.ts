import { type JsonHead, jsonHead } from './json-head.js';

/** The first bytes of a file, unpacked, as recognisers look at them. */
export interface Sample {
  bytes: Uint8Array;
  /** The sample holds the entire file. */
  whole: boolean;
  /** UTF-8 text without control characters, or `undefined` for binary content. */
  text: string | undefined;
  /** Non-empty lines; the last one only when it is complete. At most 50. */
  lines: readonly string[];
  /** The first lines that are complete JSON values, each on its own. */
  jsonLines: readonly unknown[];
  /** The first JSON value, as far as the sample goes; `undefined` when the text does not begin as JSON. */
  json: JsonHead | undefined;
}

export const SAMPLE_BYTES = 256 * 1024;
const LINES = 50;
/** Control characters that text has no use for. Tabs, line ends and form feeds may occur. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: binary content is what is looked for
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** Looks at the first bytes of a file. */
export function sampleOf(bytes: Uint8Array, whole: boolean): Sample {
  const text = textOf(bytes, whole);
  if (text === undefined) return { bytes, whole, text, lines: [], jsonLines: [], json: undefined };
  const split = text.split(/\r?\n/);
  if (!whole) split.pop();
  const lines = split.filter((l) => l.trim() !== '').slice(0, LINES);
  return { bytes, whole, text, lines, jsonLines: leadingJson(lines), json: headOf(text) };
}

function textOf(bytes: Uint8Array, whole: boolean): string | undefined {
  // A cut can fall inside a character of up to four bytes.
  for (let cut = 0; cut <= (whole ? 0 : 3); cut++) {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, bytes.length - cut));
      return CONTROL.test(text) ? undefined : text;
    } catch {
      // Not UTF-8 at this cut.
    }
  }
  return undefined;
}

function leadingJson(lines: readonly string[]): unknown[] {
  const values: unknown[] = [];
  for (const line of lines) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== 'object' || value === null) return values;
      values.push(value);
    } catch {
      return values;
    }
  }
  return values;
}

function headOf(text: string): JsonHead | undefined {
  const first = text.trimStart().charAt(0);
  return first === '{' || first === '[' ? jsonHead(text) : undefined;
}

export type JsonObject = Readonly<Record<string, unknown>>;
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** The value as an array; an empty one when it is none. */
export const arrayOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * The objects a JSON file begins with: its lines, the elements of its top-level array, or its one object.
 * What a recogniser of record formats looks at.
 */
export function leadingObjects(sample: Sample): JsonObject[] {
  if (sample.jsonLines.length > 1) return sample.jsonLines.filter(isObject);
  const value = sample.json?.value;
  if (Array.isArray(value)) return value.slice(0, LINES).filter(isObject);
  return isObject(value) ? [value] : [];
}
