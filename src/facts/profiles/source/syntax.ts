/** A piece of work that a line does: a call that may cost much, a loop without a body, the building of a text. */
export interface Operation {
  /** Id of the cause it stands for. */
  cause: string;
  /** As a reader knows it: `JSON.parse`, `.sort()`. */
  api: string;
  line: number;
  endLine: number;
  /** How much an operation of this kind costs beside others on the same line, 1..5. */
  weight: number;
  /** Loops around it within its function. */
  loops: number;
  /** Says more of it: what makes a pattern slow. */
  detail?: string;
}

/** One function of a source file, or the file's top level. */
export interface SourceFunction {
  name: string;
  /** 1-based; where the function begins, and where its parameters do (what V8 calls its position). */
  line: number;
  column: number;
  parametersLine: number;
  parametersColumn: number;
  endLine: number;
  isTopLevel: boolean;
  /** The call it is handed to: `sort` for `list.sort((a, b) => a - b)`. */
  handedTo: Operation | undefined;
  operations: Operation[];
  /** It reads a clock and compares: what a waiting loop asks. */
  isClockTest: boolean;
  /** It does nothing: its time is that of calling it. */
  isEmpty: boolean;
}

/** A node of Babel's tree, as far as it is looked at. */
export interface SyntaxNode {
  type: string;
  start: number;
  end: number;
  loc: { start: { line: number; column: number }; end: { line: number; column: number } };
  [member: string]: unknown;
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** The child nodes, in the order of the text. */
export function* childNodes(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [key, value] of Object.entries(node)) {
    if (key === 'loc' || key === 'extra' || key.endsWith('Comments')) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield item;
    } else if (isNode(value)) yield value;
  }
}
