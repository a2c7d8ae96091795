import { childNodes, isNode, type SyntaxNode } from './syntax.js';

/** What a name was first bound to, where a literal or constructor says so. */
export interface Binding {
  kind: 'text' | 'pattern' | 'list' | 'bigint' | 'table' | 'proxy' | 'generator' | 'other';
  /** The pattern's text, for `pattern`. */
  pattern?: string;
}

/** Names as one function sees them: its own, then those of the functions around it. */
export interface Scope {
  get(name: string): Binding | undefined;
}

export const isFunction = (node: SyntaxNode): boolean =>
  /^(?:FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ObjectMethod|ClassMethod|ClassPrivateMethod)$/.test(
    node.type,
  );

/** The names that a function (or the file) binds, without those of functions within it. */
export function scopeOf(fn: SyntaxNode, around?: Scope): Scope {
  const own = new Map<string, Binding>();
  for (const parameter of Array.isArray(fn.params) ? fn.params : []) {
    const name = isNode(parameter)
      ? isNode(parameter.left)
        ? parameter.left.name
        : parameter.name
      : undefined;
    const given = isNode(parameter) && isNode(parameter.right) ? parameter.right : undefined;
    if (typeof name === 'string') own.set(name, given ? bindingOf(given) : { kind: 'other' });
  }
  const open = fn.type === 'Program' ? [...childNodes(fn)] : [fn.body].filter(isNode);
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.type === 'VariableDeclarator' && isNode(node.id) && typeof node.id.name === 'string')
      own.set(node.id.name, isNode(node.init) ? bindingOf(node.init) : { kind: 'other' });
    if (isFunction(node)) {
      const id = isNode(node.id) ? node.id.name : undefined;
      if (typeof id === 'string')
        own.set(id, node.generator === true ? { kind: 'generator' } : { kind: 'other' });
      continue;
    }
    open.push(...childNodes(node));
  }
  return { get: (name) => own.get(name) ?? around?.get(name) };
}

function bindingOf(init: SyntaxNode): Binding {
  switch (init.type) {
    case 'StringLiteral':
    case 'TemplateLiteral':
      return { kind: 'text' };
    case 'RegExpLiteral':
      return { kind: 'pattern', pattern: String(init.pattern) };
    case 'ArrayExpression':
      return { kind: 'list' };
    case 'BigIntLiteral':
      return { kind: 'bigint' };
    case 'FunctionExpression':
      return init.generator === true ? { kind: 'generator' } : { kind: 'other' };
    case 'NewExpression': {
      const made = isNode(init.callee) ? String(init.callee.name ?? '') : '';
      const first: unknown = Array.isArray(init.arguments) ? init.arguments[0] : undefined;
      if (made === 'RegExp')
        return {
          kind: 'pattern',
          ...(isNode(first) && typeof first.value === 'string' ? { pattern: first.value } : {}),
        };
      if (/^(?:Weak)?(?:Map|Set)$/.test(made)) return { kind: 'table' };
      return { kind: made === 'Array' ? 'list' : made === 'Proxy' ? 'proxy' : 'other' };
    }
    default:
      return { kind: 'other' };
  }
}
