import { PromqlError, parsePromql } from '../promql/parse.js';
import { FileError, isObject, type YamlDocument, type YamlPath } from '../yaml-file.js';

/** A value of a YAML document that knows its path, for errors with a line. */
export interface Node {
  value: unknown;
  path: YamlPath;
  line: number;
  get(key: string | number): Node;
}

export const nodeAt = (doc: YamlDocument): Node => inside(doc, doc.value, []);

const inside = (doc: YamlDocument, value: unknown, path: YamlPath): Node => ({
  value,
  path,
  line: doc.lineOf(path),
  get: (key) => inside(doc, childOf(value, key), [...path, key]),
});
function childOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value) && typeof key === 'number') return value[key];
  return isObject(value) ? value[key] : undefined;
}

const called = (n: Node): string => n.path.join('.') || 'the document';
export const wrong = (n: Node, what: string, todo: string): FileError =>
  new FileError(`${called(n)} ${what}`, n.line, todo);

export function textAt(n: Node, todo: string): string {
  if (typeof n.value === 'string' && n.value.trim() !== '') return n.value.trim();
  throw wrong(n, n.value === undefined ? 'is missing' : 'is no text', todo);
}
export const optionalText = (n: Node): string =>
  typeof n.value === 'string'
    ? n.value.trim()
    : n.value === undefined || n.value === null
      ? ''
      : String(n.value);

export function numberAt(n: Node, todo: string): number {
  const value = typeof n.value === 'string' && n.value.trim() !== '' ? Number(n.value) : n.value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(n, n.value === undefined ? 'is missing' : 'is no number', todo);
}

export function listAt(n: Node, todo: string): Node[] {
  if (!Array.isArray(n.value) || n.value.length === 0) throw wrong(n, 'is no list, or an empty one', todo);
  return n.value.map((_, i) => n.get(i));
}

/** A share between 0 and 1, from a percentage or a share. */
export function objectiveAt(n: Node, scale: 1 | 100): number {
  const value = Number(
    (numberAt(n, scale === 100 ? 'Write a percentage: 99.9' : 'Write a share: 0.999') / scale).toPrecision(
      12,
    ),
  );
  if (value > 0 && value < 1) return value;
  throw wrong(
    n,
    value === 1
      ? 'promises that nothing ever fails: there is no budget to alert on'
      : `is ${n.value}, which is not between 0 and ${scale}`,
    scale === 100 ? 'Write a percentage below 100, like 99.9.' : 'Write a share below 1, like 0.999.',
  );
}

/** Stands for the window in queries; read as a duration so that they can be parsed. */
const WINDOW = /\{\{\s*-?\s*\.?\s*window\s*-?\s*\}\}|\$\{?window\}?|\$__rate_interval|\$__range/gi;

/** The query with a real duration where the window stands. */
export const withWindow = (query: string, window: string): string => query.replace(WINDOW, window);
export const hasWindow = (query: string): boolean => query.search(WINDOW) >= 0;

/** A query that parses. */
export function queryAt(n: Node, todo: string): string {
  const text = textAt(n, todo);
  try {
    parsePromql(withWindow(text, '5m'));
    return text;
  } catch (error) {
    if (error instanceof PromqlError)
      throw wrong(n, `is no PromQL: ${error.message}`, 'Try the query in Prometheus first.');
    throw error;
  }
}
