/** How a string or number of JSON is redacted, by its key. */
export type ByKey = (key: string, value: string) => string;

/** Names of OTLP's wrappers of values: the key they belong to stands before them, as the value of `key`. */
const WRAPPER = new Set([
  'value',
  'values',
  'arrayValue',
  'kvlistValue',
  'stringValue',
  'intValue',
  'doubleValue',
  'boolValue',
  'type',
  'vType',
  'vStr',
]);
const QUOTE = 34;
const BACKSLASH = 92;

/** Where an object of JSON begins in a text, or −1. */
export function jsonStart(text: string, from = 0): number {
  for (let at = text.indexOf('{', from); at >= 0; at = text.indexOf('{', at + 1)) {
    const open = skipBlanks(text, at + 1);
    if (text.charCodeAt(open) !== QUOTE) continue;
    const close = closing(text, open + 1);
    if (close < text.length && text.charCodeAt(skipBlanks(text, close + 1)) === 58) return at;
  }
  return -1;
}

/**
 * Redacts the strings of JSON between `from` and where its first object ends; all else stays, byte for byte. A string that
 * is cut off runs to the end. One pass.
 */
export function redactJson(text: string, from: number, byKey: ByKey): { text: string; end: number } {
  let out = '';
  let done = from;
  let depth = 0;
  let key = '';
  let before = '';
  let named = '';
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      if (--depth <= 0) {
        i++;
        break;
      }
    } else if (code === QUOTE) {
      const open = i + 1;
      const close = closing(text, open);
      const after = skipBlanks(text, close + 1);
      if (text.charCodeAt(after) === 58) {
        before = key;
        key = text.slice(open, close);
        if (key !== 'key' && !WRAPPER.has(key)) named = '';
        i = after;
        const numberAt = skipBlanks(text, after + 1);
        const first = text.charCodeAt(numberAt);
        if (first >= 48 && first <= 57) {
          let end = numberAt + 1;
          while (end < text.length && isNumberCode(text.charCodeAt(end))) end++;
          const value = text.slice(numberAt, end);
          const made = byKey(named !== '' && WRAPPER.has(key) ? named : key, value);
          if (made !== value) {
            out += `${text.slice(done, numberAt)}"${made}"`;
            done = end;
          }
          i = end - 1;
        }
        continue;
      }
      const raw = text.slice(open, close);
      if (key === 'key') named = raw;
      else {
        const isWrapped = WRAPPER.has(key);
        const said = isWrapped ? (named !== '' ? named : WRAPPER.has(before) ? '' : before) : key;
        const made = redactString(said, raw, byKey);
        if (made !== raw) {
          out += text.slice(done, open) + made;
          done = close;
        }
      }
      i = close;
    }
  }
  return { text: out + text.slice(done, i), end: Math.min(i, text.length) };
}

function redactString(key: string, raw: string, byKey: ByKey): string {
  if (raw.length === 0) return raw;
  if (!raw.includes('\\')) return byKey(key, raw);
  let value: string;
  try {
    value = JSON.parse(`"${raw}"`) as string;
  } catch {
    return byKey(key, raw);
  }
  const made = byKey(key, value);
  return made === value ? raw : JSON.stringify(made).slice(1, -1);
}

/** The index of the quote that ends a string that begins at `from`, or the length of the text. */
function closing(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (at - 1 - backslashes >= from && text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

function skipBlanks(text: string, from: number): number {
  let i = from;
  while (i < text.length && text.charCodeAt(i) <= 32) i++;
  return i;
}

const isNumberCode = (code: number): boolean => (code >= 48 && code <= 57) || code === 46;
