import { SourceMap } from 'node:module';
import type { Place } from '../attribution.js';
import { type Sources, sourceMapOf } from '../source/find-source.js';
import {
  functionAround,
  functionAt,
  hottestOperation,
  type JavaScriptSource,
  type Operation,
  readJavaScript,
  type SourceFunction,
} from '../source/javascript.js';

interface FrameAt {
  name: string;
  file: string;
  line: number;
  column: number;
}

export type LineMeaning =
  | { kind: 'operation'; operation: Operation }
  /** The line only calls other code of the program. */
  | { kind: 'call-only' }
  /** The line looks at a clock; `inlined`: it belongs to another function than the frame. */
  | { kind: 'clock'; inlined: boolean }
  /** The function does nothing: the time is that of calling it. */
  | { kind: 'empty' }
  /** The line is none of the function: optimised code counts an inlined callee's lines as its own. */
  | { kind: 'inlined'; own: Operation | undefined }
  | { kind: 'unknown' };

/** What the source says of frames and lines of V8. */
export interface NodeSource {
  operationAt(frame: FrameAt, line: number): LineMeaning;
  linePlace(frame: FrameAt, line: number): Place;
  placeOf(frame: FrameAt, line: number, call?: RegExp): Place;
  callPlace(frame: FrameAt, names: readonly string[], cause: string): Place;
  emptyLoop(frame: FrameAt): { operation: Operation; place: Place } | undefined;
}

interface Loaded {
  code: JavaScriptSource;
  map: SourceMap | undefined;
}

/** What Node's own function is called in the program: the frame's name is one of a helper. */
const CALLED_AS: Readonly<Record<string, RegExp>> = {
  compression: /(?:gzip|gunzip|deflate|inflate|brotli|unzip|zstd)/i,
  hashing: /^(?:digest|update|createHash|createHmac|hash)$/,
  'key-derivation': /(?:pbkdf2|scrypt|hkdf|argon2)/i,
  'synchronous-file-access': /Sync$/,
  'synchronous-child-process': /Sync$/,
  'module-loading': /^(?:require|import)$/,
  logging: /^(?:log|info|warn|error|debug|trace|dir)$/,
  'structured-clone': /^(?:structuredClone|serialize|deserialize)$/,
  'deep-comparison': /(?:[dD]eep|isDeepStrictEqual)/,
  'object-formatting': /^(?:inspect|format)$/,
};

export function createNodeSource(sources: Sources): NodeSource {
  const loaded = new Map<string, Loaded | undefined>();
  const load = (file: string): Loaded | undefined => {
    if (!loaded.has(file)) loaded.set(file, read(file));
    return loaded.get(file);
  };
  const read = (file: string): Loaded | undefined => {
    const found = sources.text(file);
    if (!found) return undefined;
    const code = readJavaScript(found.text, found.path);
    if (!code) return undefined;
    const payload = sourceMapOf(found);
    return {
      code,
      map: payload ? new SourceMap(payload as ConstructorParameters<typeof SourceMap>[0]) : undefined,
    };
  };
  const fnOf = (code: JavaScriptSource, at: FrameAt): SourceFunction | undefined =>
    functionAt(code, at.line, at.column) ?? (at.line > 0 ? functionAround(code, at.line) : undefined);

  /** The place as the programmer wrote it: through the source map when there is one. */
  const written = (source: Loaded | undefined, at: FrameAt, line: number, name = at.name): Place => {
    const entry = source?.map?.findEntry(Math.max(0, line - 1), 0);
    const origin = entry && 'originalSource' in entry ? entry : undefined;
    if (origin?.originalSource !== undefined && typeof origin.originalLine === 'number') {
      const text = sources.text(origin.originalSource)?.text.split(/\r?\n/)[origin.originalLine];
      return { function: name, file: origin.originalSource, line: origin.originalLine + 1, ...shown(text) };
    }
    return { function: name, file: at.file, line, ...shown(source?.code.lines[line - 1]) };
  };

  return {
    operationAt(at, line) {
      const source = load(at.file);
      const fn = source && fnOf(source.code, at);
      if (!source || !fn) return { kind: 'unknown' };
      const inside = line === 0 || (line >= fn.line && line <= fn.endLine);
      const holder = inside ? fn : functionAround(source.code, line);
      if (holder?.isClockTest) return { kind: 'clock', inlined: !inside };
      if (!inside) return { kind: 'inlined', own: hottest(fn.operations) };
      if (fn.isEmpty) return { kind: 'empty' };
      const wanted = line === 0 ? fn.line : line;
      const found = hottestOperation(fn, wanted) ?? (line === 0 ? hottest(fn.operations) : undefined);
      const around = fn.handedTo;
      // The function that a sort calls is part of the sort.
      if (around && around.weight >= 4 && (!found || found.weight < 4))
        return { kind: 'operation', operation: around };
      if (found && found.cause !== 'own-code') return { kind: 'operation', operation: found };
      return isCallOnly(source.code.lines[wanted - 1]) ? { kind: 'call-only' } : { kind: 'unknown' };
    },
    linePlace(at, line) {
      return written(load(at.file), at, line);
    },
    placeOf(at, line, call) {
      const source = load(at.file);
      const fn = source && fnOf(source.code, at);
      const here = fn && call ? lineOfCall(source.code, fn, call) : undefined;
      return written(source, at, here ?? line);
    },
    callPlace(at, names, cause) {
      const source = load(at.file);
      const fn = source && fnOf(source.code, at);
      if (!source || !fn) return written(source, at, at.line);
      const wanted = CALLED_AS[cause];
      for (const name of [...names].reverse()) {
        const line = /^\w+$/.test(name) ? lineOfCall(source.code, fn, new RegExp(`^${name}$`)) : undefined;
        if (line !== undefined) return written(source, at, line);
      }
      const line = wanted ? lineOfCall(source.code, fn, wanted) : undefined;
      return written(source, at, line ?? at.line);
    },
    emptyLoop(at) {
      const source = load(at.file);
      const fn = source && fnOf(source.code, at);
      const operation = fn?.operations.find((o) => o.cause === 'busy-wait');
      return operation ? { operation, place: written(source, at, operation.line) } : undefined;
    },
  };
}

const hottest = (operations: readonly Operation[]): Operation | undefined =>
  [...operations].sort((a, b) => b.weight + b.loops - (a.weight + a.loops) || a.line - b.line)[0];

/** `run(x)` and `S[name]()`: a statement that is one call and nothing else. */
function isCallOnly(text: string | undefined): boolean {
  if (text === undefined) return false;
  const statement = text
    .trim()
    .replace(/;$/, '')
    .replace(/^(?:return|await|void)\s+/, '');
  return /^[\w$.[\]'"]+\(.*\)$/s.test(statement) && !/\b(?:for|while|if|function|=>)\b/.test(statement);
}

/** The first line of a function on which a call of this name stands. */
function lineOfCall(code: JavaScriptSource, fn: SourceFunction, name: RegExp): number | undefined {
  for (let line = fn.line; line <= fn.endLine; line++) {
    const text =
      line === fn.line && fn.endLine === fn.line
        ? (code.lines[line - 1] ?? '')
        : (code.lines[line - 1] ?? '');
    for (const [, word] of text.matchAll(/([\w$]+)\s*\(/g))
      if (word !== undefined && name.test(word)) return line;
  }
  return undefined;
}

const MAX_SHOWN = 160;
const shown = (text: string | undefined): { text?: string } =>
  text === undefined ? {} : { text: text.trim().slice(0, MAX_SHOWN) };
