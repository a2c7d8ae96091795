import type { Scope } from './javascript-bindings.js';
import { slowPattern } from './slow-pattern.js';
import { isNode, type Operation, type SyntaxNode } from './syntax.js';

type Found = Omit<Operation, 'line' | 'endLine' | 'loops'>;

/** Whole names of functions, then names of methods, with the cause they stand for and what they cost (1..5). */
const FUNCTIONS: readonly (readonly [RegExp, string, number])[] = [
  [/^JSON\.parse$/, 'json-parse', 5],
  [/^JSON\.stringify$/, 'json-stringify', 5],
  [/^(?:globalThis\.)?structuredClone$|^v8\.(?:de)?serialize$|cloneDeep$/, 'structured-clone', 5],
  [/^Atomics\.wait$/, 'blocking-wait', 5],
  [/^(?:eval|Function)$|^vm\./, 'code-evaluation', 4],
  [/^console\./, 'logging', 4],
  [/^(?:fs\.)?\w+Sync$/, 'synchronous-call', 4],
  [/^Buffer\.(?:from|concat|alloc\w*|compare)$/, 'buffer-copying', 3],
  [/^(?:atob|btoa|(?:en|de)codeURI(?:Component)?|escape|unescape)$/, 'text-encoding', 3],
  [/^Intl\./, 'locale-formatting', 4],
  [/^(?:BigInt)(?:\.as\w+)?$/, 'big-integers', 3],
  [
    /^Object\.(?:keys|values|entries|fromEntries|getOwnPropertyNames|assign|defineProperty|freeze)$/,
    'object-copying',
    2,
  ],
  [/^(?:Reflect\.\w+|Proxy)$/, 'reflection', 3],
  [/^(?:Error|\w+Error)$|^Error\.captureStackTrace$/, 'exceptions', 3],
  [/^Date(?:\.parse|\.UTC)?$/, 'date-handling', 2],
  [/^Array\.from$|^Array$/, 'list-building', 2],
  [/^(?:Map|Set|WeakMap|WeakSet)$/, 'hash-tables', 2],
  [/^URL$|^url\.parse$|^URLSearchParams$/, 'url-parsing', 4],
  [/^crypto\.(?:pbkdf2|scrypt|hkdf)Sync$/, 'key-derivation', 5],
  [/^Math\.|^Number$|^parse(?:Int|Float)$/, 'computation', 1],
];
const METHODS: readonly (readonly [RegExp, string, number])[] = [
  [/^(?:sort|toSorted)$/, 'sorting', 5],
  [/^(?:match|matchAll|search)$/, 'regular-expression', 4],
  [/^(?:localeCompare|toLocale\w+|normalize)$/, 'locale-formatting', 4],
  [/^(?:shift|unshift|splice|copyWithin)$/, 'list-shifting', 3],
  [/^(?:indexOf|lastIndexOf|includes|find|findIndex|findLast|some|every)$/, 'list-scanning', 3],
  [/^(?:concat|slice|toSpliced|with|flat|fill|copy)$/, 'list-copying', 2],
  [/^(?:map|filter|reduce|reduceRight|flatMap|forEach|push|entries)$/, 'list-building', 1],
  [/^(?:join|repeat|padStart|padEnd)$/, 'string-building', 2],
  [/^(?:substring|substr|toUpperCase|toLowerCase|trim\w*|startsWith|endsWith)$/, 'text-handling', 2],
  [/^(?:emit|dispatchEvent)$/, 'event-dispatch', 3],
  [/^(?:toISOString|toUTCString|toGMTString|getTimezoneOffset)$/, 'date-handling', 2],
  [/^(?:toFixed|toPrecision)$/, 'number-formatting', 2],
  [/^(?:encode|decode|encodeInto)$/, 'text-encoding', 3],
  [/^(?:get|set|has|add)$/, 'hash-tables', 1],
  [/^(?:digest|update)$/, 'hashing', 3],
];

/** What a call is known to cost; nothing for calls of code that has frames of its own. */
export function callOperation(node: SyntaxNode, kinds: Scope): Found | undefined {
  if (!/^(?:Optional)?CallExpression$|^NewExpression$/.test(node.type) || !isNode(node.callee))
    return undefined;
  const { callee } = node;
  const whole = dottedName(callee);
  const isMember = /MemberExpression$/.test(callee.type) && isNode(callee.property);
  const method = isMember && isNode(callee.property) ? String(callee.property.name ?? '') : '';
  const args = Array.isArray(node.arguments) ? node.arguments.filter(isNode) : [];
  const pattern = patternUse(method, callee, args, kinds);
  if (pattern) return pattern;
  for (const [name, cause, weight] of FUNCTIONS)
    if (whole !== '' && name.test(whole)) return { cause, api: whole, weight };
  if (method === '') return undefined;
  const on =
    isNode(callee.object) && callee.object.type === 'Identifier'
      ? kinds.get(String(callee.object.name))
      : undefined;
  if (on?.kind === 'table' && /^(?:get|set|has|add|delete)$/.test(method))
    return { cause: 'hash-tables', api: `.${method}()`, weight: 2 };
  if (on?.kind === 'text' && /^(?:indexOf|includes|slice|concat)$/.test(method))
    return { cause: 'text-handling', api: `.${method}()`, weight: 2 };
  for (const [name, cause, weight] of METHODS)
    if (name.test(method)) return { cause, api: `.${method}()`, weight };
  return method === 'split' || method === 'replace'
    ? { cause: 'text-handling', api: `.${method}()`, weight: 2 }
    : undefined;
}

/** A pattern that is run: its own `test` and `exec`, or handed to a method of a text. */
function patternUse(
  method: string,
  callee: SyntaxNode,
  args: readonly SyntaxNode[],
  kinds: Scope,
): Found | undefined {
  const ofOwn = method === 'test' || method === 'exec';
  const ofText = /^(?:match|matchAll|replace|replaceAll|search|split)$/.test(method);
  if (!ofOwn && !ofText) return undefined;
  const target = ofOwn ? callee.object : args[0];
  if (!isNode(target)) return undefined;
  const bound = target.type === 'Identifier' ? kinds.get(String(target.name)) : undefined;
  const isPattern = target.type === 'RegExpLiteral' || bound?.kind === 'pattern';
  if (!isPattern && !(method === 'test' && bound === undefined)) return undefined;
  const source = target.type === 'RegExpLiteral' ? String(target.pattern) : bound?.pattern;
  const slow = source === undefined ? undefined : slowPattern(source);
  return {
    cause: 'regular-expression',
    api: source === undefined ? `.${method}()` : `/${source}/`,
    weight: slow ? 5 : 4,
    ...(slow ? { detail: slow } : {}),
  };
}

/** Work without a call: building texts, copying by spread, throwing, large integers, calling itself. */
export function operatorOperation(
  node: SyntaxNode,
  kinds: Scope,
  loops: number,
  inFunction: string,
): Found | undefined {
  switch (node.type) {
    case 'AssignmentExpression':
      return node.operator === '+=' && (isText(node.left, kinds) || isText(node.right, kinds))
        ? { cause: 'string-building', api: '+= of a text', weight: 3 }
        : undefined;
    case 'BinaryExpression':
      if (node.operator === '+' && (isText(node.left, kinds) || isText(node.right, kinds)))
        return { cause: 'string-building', api: '+ of texts', weight: 1 };
      return isBigInt(node.left, kinds) || isBigInt(node.right, kinds)
        ? { cause: 'big-integers', api: `${String(node.operator)} of big integers`, weight: 3 }
        : loops > 0 && /^[*/%]|\*\*$/.test(String(node.operator))
          ? { cause: 'computation', api: 'arithmetic in a loop', weight: 1 }
          : undefined;
    case 'TemplateLiteral':
      return Array.isArray(node.expressions) && node.expressions.length > 0
        ? { cause: 'string-building', api: 'a template text', weight: 1 }
        : undefined;
    case 'SpreadElement':
      return { cause: 'list-copying', api: 'spread (...)', weight: 3 };
    case 'ForInStatement':
      return { cause: 'object-copying', api: 'for … in', weight: 2 };
    case 'ForOfStatement':
      return isNode(node.right) &&
        node.right.type === 'CallExpression' &&
        bindingOf(node.right.callee, kinds) === 'generator'
        ? { cause: 'generators', api: 'for … of a generator', weight: 2 }
        : undefined;
    case 'MemberExpression':
      return bindingOf(node.object, kinds) === 'proxy'
        ? { cause: 'reflection', api: 'a Proxy', weight: 3 }
        : undefined;
    case 'UnaryExpression':
      return node.operator === 'delete'
        ? { cause: 'dictionary-objects', api: 'delete', weight: 3 }
        : undefined;
    case 'ThrowStatement':
      return { cause: 'exceptions', api: 'throw', weight: 3 };
    case 'YieldExpression':
      return { cause: 'generators', api: 'yield', weight: 2 };
    case 'AwaitExpression':
      return loops > 0 ? { cause: 'promises', api: 'await in a loop', weight: 2 } : undefined;
    case 'CallExpression':
      return isNode(node.callee) && node.callee.type === 'Identifier' && node.callee.name === inFunction
        ? { cause: 'recursion', api: `${inFunction}() calling itself`, weight: 2 }
        : undefined;
    default:
      return undefined;
  }
}

function isText(value: unknown, kinds: Scope): boolean {
  if (!isNode(value)) return false;
  if (value.type === 'StringLiteral' || value.type === 'TemplateLiteral') return true;
  if (value.type === 'Identifier') return kinds.get(String(value.name))?.kind === 'text';
  return (
    value.type === 'BinaryExpression' &&
    value.operator === '+' &&
    (isText(value.left, kinds) || isText(value.right, kinds))
  );
}

const bindingOf = (node: unknown, kinds: Scope): string | undefined =>
  isNode(node) && node.type === 'Identifier' ? kinds.get(String(node.name))?.kind : undefined;

function isBigInt(value: unknown, kinds: Scope): boolean {
  if (!isNode(value)) return false;
  if (value.type === 'BigIntLiteral') return true;
  return value.type === 'Identifier' && kinds.get(String(value.name))?.kind === 'bigint';
}

/** `a.b.c` of plain names; empty for anything computed. */
export function dottedName(node: SyntaxNode): string {
  if (node.type === 'Identifier') return String(node.name);
  if (
    /MemberExpression$/.test(node.type) &&
    isNode(node.object) &&
    isNode(node.property) &&
    node.computed !== true
  ) {
    const object = dottedName(node.object);
    return object === '' ? '' : `${object}.${String(node.property.name ?? '')}`;
  }
  return '';
}
