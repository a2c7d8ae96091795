/** What a text holds as JSON, up to its first error or its end. */
export interface JsonHead {
  /** The value read so far; open objects and arrays hold what was complete. */
  value: unknown;
  /** Where reading stopped: after the value, at the error, or at the end of the text. */
  end: number;
  state: 'complete' | 'cut' | 'error';
}

const SPACE = /[\s]/;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON strings may not hold them unescaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const LITERALS: [string, unknown][] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

interface Open {
  container: Record<string, unknown> | unknown[];
  key: string | undefined;
  /** What may come next. */
  next: 'first' | 'value' | 'key' | 'colon' | 'comma';
}

/**
 * Reads JSON that may be cut off or wrong: for recognising a format by its first bytes, and for finding where a
 * text stops being JSON. Slow beside JSON.parse; meant for heads and for error messages.
 */
export function jsonHead(text: string, start = 0): JsonHead {
  const stack: Open[] = [];
  let root: unknown;
  let at = start;
  const place = (value: unknown): void => {
    const open = stack.at(-1);
    if (!open) root = value;
    else if (Array.isArray(open.container)) open.container.push(value);
    else if (open.key !== undefined && open.key !== '__proto__') open.container[open.key] = value;
    if (open) open.next = 'comma';
  };
  const stop = (state: JsonHead['state']): JsonHead => ({ value: root, end: at, state });
  for (;;) {
    while (at < text.length && SPACE.test(text.charAt(at))) at++;
    if (at >= text.length) return stop('cut');
    const c = text.charAt(at);
    const open = stack.at(-1);
    if (open && closes(open, c)) {
      stack.pop();
      at++;
      if (stack.length === 0) return stop('complete');
      continue;
    }
    if (open?.next === 'comma') {
      if (c !== ',') return stop('error');
      open.next = Array.isArray(open.container) ? 'value' : 'key';
      at++;
      continue;
    }
    if (open?.next === 'colon') {
      if (c !== ':') return stop('error');
      open.next = 'value';
      at++;
      continue;
    }
    const wantsKey = open && !Array.isArray(open.container) && open.next !== 'value';
    if (wantsKey && c !== '"') return stop('error');
    if (c === '{' || c === '[') {
      const container = c === '{' ? {} : [];
      place(container);
      stack.push({ container, key: undefined, next: 'first' });
      at++;
      continue;
    }
    const scalar = readScalar(text, at);
    if (scalar === 'cut' || scalar === 'error') return stop(scalar);
    at = scalar.end;
    if (wantsKey && open) {
      open.key = String(scalar.value);
      open.next = 'colon';
      continue;
    }
    place(scalar.value);
    if (stack.length === 0) return stop('complete');
  }
}

const closes = (open: Open, c: string): boolean =>
  (open.next === 'first' || open.next === 'comma') && c === (Array.isArray(open.container) ? ']' : '}');

function readScalar(text: string, at: number): { value: unknown; end: number } | 'cut' | 'error' {
  const c = text.charAt(at);
  if (c === '"') {
    STRING.lastIndex = at;
    const found = STRING.exec(text);
    if (found) return { value: JSON.parse(found[0]) as string, end: STRING.lastIndex };
    const rest = text.slice(at + 1).replace(/\\./gs, '');
    return rest.includes('"') || /[^\P{Cc}\u007f]/u.test(rest) ? 'error' : 'cut';
  }
  for (const [word, value] of LITERALS) {
    if (text.startsWith(word, at)) return { value, end: at + word.length };
    if (word.startsWith(text.slice(at))) return 'cut';
  }
  NUMBER.lastIndex = at;
  const found = NUMBER.exec(text);
  if (!found) return text.slice(at) === '-' ? 'cut' : 'error';
  return { value: Number(found[0]), end: NUMBER.lastIndex };
}
