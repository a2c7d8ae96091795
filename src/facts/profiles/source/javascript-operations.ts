import { isFunction, type Scope, scopeOf } from './javascript-bindings.js';
import { callOperation, operatorOperation } from './javascript-calls.js';
import { childNodes, isNode, type Operation, type SourceFunction, type SyntaxNode } from './syntax.js';

const LOOPS = new Set([
  'WhileStatement',
  'DoWhileStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
]);
/** Methods that call a function for each element. */
const ITERATES =
  /^(?:map|forEach|filter|reduce|reduceRight|some|every|find|findIndex|findLast|flatMap|sort|toSorted|from|replace|replaceAll)$/;

/** All functions below a program node with what they do, the top level first. */
export function operationsIn(program: SyntaxNode): SourceFunction[] {
  const functions: SourceFunction[] = [];
  const visitFunction = (
    node: SyntaxNode,
    name: string,
    handedTo: Operation | undefined,
    baseLoops: number,
    around: Scope | undefined,
  ): void => {
    const kinds = scopeOf(node, around);
    const fn = sourceFunction(node, name, handedTo);
    functions.push(fn);
    const bodies = node.type === 'Program' ? [...childNodes(node)] : [node.body].filter(isNode);
    fn.isClockTest = node.type !== 'Program' && isClockTest(node.body);
    for (const body of bodies) walk(body, fn, baseLoops, kinds, visitFunction);
  };
  visitFunction(program, '(top level)', undefined, 0, undefined);
  return functions;
}

type VisitFunction = (
  node: SyntaxNode,
  name: string,
  handedTo: Operation | undefined,
  baseLoops: number,
  around: Scope | undefined,
) => void;

function walk(
  root: SyntaxNode,
  fn: SourceFunction,
  baseLoops: number,
  kinds: Scope,
  visitFunction: VisitFunction,
): void {
  const open: { node: SyntaxNode; loops: number; name: string; handedTo: Operation | undefined }[] = [
    { node: root, loops: baseLoops, name: '', handedTo: undefined },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, loops, name, handedTo } = next;
    if (isFunction(node)) {
      visitFunction(node, nameOf(node, name), handedTo, handedTo ? 1 : 0, kinds);
      continue;
    }
    const inLoop = LOOPS.has(node.type) ? loops + 1 : loops;
    if (LOOPS.has(node.type)) {
      const waiting = emptyLoop(node);
      if (waiting) fn.operations.push({ ...waiting, ...linesOf(node), loops });
    }
    const call = callOperation(node, kinds);
    if (call) fn.operations.push({ ...call, ...linesOf(node), line: callLine(node), loops });
    const operator = operatorOperation(node, kinds, loops, fn.name);
    if (operator) fn.operations.push({ ...operator, ...linesOf(node), loops });
    const handed = iterationOf(node, call, loops);
    for (const child of childNodes(node)) {
      const isArgument = Array.isArray(node.arguments) && node.arguments.includes(child);
      open.push({
        node: child,
        loops: node.type === 'ForStatement' && child === node.init ? loops : inLoop,
        name: bindingName(node),
        handedTo: isArgument ? handed : undefined,
      });
    }
  }
}

/** The operation that a function argument of this call takes part in. */
function iterationOf(
  node: SyntaxNode,
  call: Omit<Operation, 'line' | 'endLine' | 'loops'> | undefined,
  loops: number,
): Operation | undefined {
  if (node.type !== 'CallExpression' || !isNode(node.callee)) return undefined;
  const property = node.callee.property;
  const method = isNode(property) ? String(property.name ?? '') : '';
  if (!ITERATES.test(method)) return undefined;
  return {
    cause: call?.cause ?? 'own-code',
    api: call?.api ?? `.${method}()`,
    weight: call?.weight ?? 1,
    ...linesOf(node),
    line: callLine(node),
    loops,
  };
}

const linesOf = (node: SyntaxNode): { line: number; endLine: number } => ({
  line: node.loc.start.line,
  endLine: node.loc.end.line,
});

/** A chained call is on the line of its method's name. */
function callLine(node: SyntaxNode): number {
  const callee = node.callee;
  const property = isNode(callee) ? callee.property : undefined;
  return isNode(property) ? property.loc.start.line : node.loc.start.line;
}

function sourceFunction(node: SyntaxNode, name: string, handedTo: Operation | undefined): SourceFunction {
  const start = node.loc.start;
  const parameters = parametersStart(node);
  return {
    name,
    line: start.line,
    column: start.column + 1,
    parametersLine: parameters.line,
    parametersColumn: parameters.column + 1,
    endLine: node.loc.end.line,
    isTopLevel: node.type === 'Program',
    handedTo,
    operations: [],
    isClockTest: false,
    isEmpty: node.type !== 'Program' && isEmptyBody(node.body),
  };
}

/** V8 gives the position of the opening bracket; an arrow begins there, a function after its name. */
function parametersStart(node: SyntaxNode): { line: number; column: number } {
  const id = isNode(node.id) ? node.id : isNode(node.key) ? node.key : undefined;
  if (node.type === 'ArrowFunctionExpression' || node.type === 'Program') return node.loc.start;
  if (id) return id.loc.end;
  // `function (` and `async function* (`: the bracket follows the word, with or without a space.
  return { line: node.loc.start.line, column: node.loc.start.column + 'function'.length };
}

const nameOf = (node: SyntaxNode, binding: string): string => {
  const id = isNode(node.id) ? node.id : isNode(node.key) ? node.key : undefined;
  return id && typeof id.name === 'string' ? id.name : binding;
};

function bindingName(node: SyntaxNode): string {
  const target =
    node.type === 'VariableDeclarator' ? node.id : node.type === 'ObjectProperty' ? node.key : undefined;
  return isNode(target) && typeof target.name === 'string' ? target.name : '';
}

function isEmptyBody(body: unknown): boolean {
  if (!isNode(body)) return false;
  return (
    body.type === 'EmptyStatement' ||
    (body.type === 'BlockStatement' && Array.isArray(body.body) && body.body.length === 0)
  );
}

/** A loop that only asks whether it may go on. */
function emptyLoop(node: SyntaxNode): Omit<Operation, 'line' | 'endLine' | 'loops'> | undefined {
  return isEmptyBody(node.body) ? { cause: 'busy-wait', api: 'a loop without a body', weight: 4 } : undefined;
}

const CLOCK = /^(?:Date\.now|performance\.now|process\.(?:hrtime|uptime)(?:\.bigint)?)$/;

/** `() => Date.now() < end`, with or without `return`. */
function isClockTest(body: unknown): boolean {
  if (!isNode(body)) return false;
  if (body.type === 'BlockStatement')
    return Array.isArray(body.body) &&
      body.body.length === 1 &&
      isNode(body.body[0]) &&
      body.body[0].type === 'ReturnStatement'
      ? isClockTest(body.body[0].argument)
      : false;
  if (body.type !== 'BinaryExpression') return false;
  return [body.left, body.right].some((side) => isNode(side) && readsClock(side));
}

function readsClock(node: SyntaxNode): boolean {
  if (node.type === 'CallExpression' && isNode(node.callee)) return CLOCK.test(dotted(node.callee));
  return node.type === 'BinaryExpression' && [node.left, node.right].some((s) => isNode(s) && readsClock(s));
}

function dotted(node: SyntaxNode): string {
  if (node.type === 'Identifier') return String(node.name);
  if (node.type === 'MemberExpression' && isNode(node.object) && isNode(node.property))
    return `${dotted(node.object)}.${dotted(node.property)}`;
  return '';
}
