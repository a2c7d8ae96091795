import { type ParserPlugin, parse } from '@babel/parser';
import { operationsIn } from './javascript-operations.js';
import { isNode, type Operation, type SourceFunction } from './syntax.js';

export type { Operation, SourceFunction } from './syntax.js';

export interface JavaScriptSource {
  lines: readonly string[];
  functions: readonly SourceFunction[];
}

/** Functions and their costly operations; `undefined` when the text cannot be parsed. */
export function readJavaScript(text: string, fileName: string): JavaScriptSource | undefined {
  const typed = /\.[cm]?tsx?$/.test(fileName);
  const plugins: ParserPlugin[] = typed
    ? fileName.endsWith('x')
      ? ['typescript', 'jsx', 'decorators-legacy']
      : ['typescript', 'decorators-legacy']
    : ['jsx', 'decorators-legacy'];
  try {
    const file: unknown = parse(text, {
      sourceType: 'unambiguous',
      allowReturnOutsideFunction: true,
      errorRecovery: true,
      plugins,
    });
    if (!isNode(file) || !isNode(file.program)) return undefined;
    return { lines: text.split(/\r?\n/), functions: operationsIn(file.program) };
  } catch {
    return undefined;
  }
}

/** The function that V8 means by a position: the narrowest whose head holds it. */
export function functionAt(
  source: JavaScriptSource,
  line: number,
  column: number,
): SourceFunction | undefined {
  const exact = source.functions.find((f) => f.parametersLine === line && f.parametersColumn === column);
  if (exact) return exact;
  const holding = source.functions.filter(
    (f) =>
      !f.isTopLevel &&
      (f.line < line || (f.line === line && f.column <= column)) &&
      (f.parametersLine > line || (f.parametersLine === line && f.parametersColumn >= column)),
  );
  const narrowest = holding.sort((a, b) => b.line - a.line || b.column - a.column)[0];
  if (narrowest) return narrowest;
  // Code loaded as CommonJS stands in a wrapper whose position is the start of the file.
  return line <= 1 && column <= 1 ? source.functions.find((f) => f.isTopLevel) : undefined;
}

/** The innermost function that a line belongs to. */
export function functionAround(source: JavaScriptSource, line: number): SourceFunction | undefined {
  return source.functions
    .filter((f) => f.line <= line && f.endLine >= line)
    .sort((a, b) => a.endLine - a.line - (b.endLine - b.line) || b.column - a.column)[0];
}

/** The operation of a function that a hot line most likely spends its time in. */
export function hottestOperation(fn: SourceFunction, line: number): Operation | undefined {
  return fn.operations
    .filter((o) => o.line <= line && o.endLine >= line)
    .sort(
      (a, b) => score(b) - score(a) || a.endLine - a.line - (b.endLine - b.line) || (a.api < b.api ? -1 : 1),
    )[0];
}

const score = (o: Operation): number => o.weight + 1.5 * Math.min(3, o.loops);
