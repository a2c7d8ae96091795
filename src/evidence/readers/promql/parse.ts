import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import type { Aggregate, Binary, Expr, Matcher, Selector } from './ast.js';
import { durationMs } from './duration.js';

/** What was wrong with an expression, and at which character. */
export class PromqlError extends Error {
  constructor(
    what: string,
    readonly at: number,
  ) {
    super(what);
  }
}

/** Reads PromQL with the grammar of Prometheus. Throws `PromqlError`. */
export function parsePromql(text: string): Expr {
  const top = parser.parse(text).topNode;
  top.cursor().iterate((node) => {
    if (!node.type.isError) return;
    const near = text.slice(node.from, node.from + 20).split('\n')[0] ?? '';
    throw new PromqlError(near === '' ? 'it ends too soon' : `"${near}" is not expected here`, node.from);
  });
  const first = kids(top).find((n) => n.name !== 'LineComment');
  if (!first) throw new PromqlError('it is empty', 0);
  return read(first, text);
}

function kids(node: SyntaxNode): SyntaxNode[] {
  const out: SyntaxNode[] = [];
  for (let k = node.firstChild; k; k = k.nextSibling) if (k.name !== 'LineComment') out.push(k);
  return out;
}
const textOf = (n: SyntaxNode, text: string): string => text.slice(n.from, n.to);
const named = (node: SyntaxNode, ...names: string[]): SyntaxNode | undefined =>
  kids(node).find((k) => names.includes(k.name));

function read(node: SyntaxNode, text: string): Expr {
  const place = { from: node.from, to: node.to };
  switch (node.name) {
    case 'NumberDurationLiteral':
    case 'NumberDurationLiteralInDurationContext':
      return { kind: 'number', value: numberOf(textOf(node, text)), ...place };
    case 'StringLiteral':
      return { kind: 'string', value: unquoted(textOf(node, text)), ...place };
    case 'ParenExpr':
      return { kind: 'paren', expr: read(only(node), text), ...place };
    case 'UnaryExpr': {
      const [op, of] = kids(node);
      if (!op || !of) throw new PromqlError('an operand is missing', node.from);
      return { kind: 'unary', negative: textOf(op, text) === '-', expr: read(of, text), ...place };
    }
    case 'VectorSelector':
      return selector(node, text);
    case 'MatrixSelector': {
      const [of, range] = kids(node);
      if (!of || !range) throw new PromqlError('a range is missing', node.from);
      const inner = read(of, text);
      if (inner.kind !== 'selector') throw new PromqlError('a range needs a selector', node.from);
      return {
        ...inner,
        ...place,
        rangeMs: duration(range, text),
        range: { from: range.from, to: range.to },
      };
    }
    case 'SubqueryExpr': {
      const [of, range, step] = kids(node);
      if (!of || !range) throw new PromqlError('a range is missing', node.from);
      return {
        kind: 'subquery',
        expr: read(of, text),
        rangeMs: duration(range, text),
        stepMs: step ? duration(step, text) : undefined,
        offsetMs: 0,
        ...place,
      };
    }
    case 'OffsetExpr': {
      const [of] = kids(node);
      const by = kids(node).at(-1);
      if (!of || !by) throw new PromqlError('an offset is missing', node.from);
      const inner = read(of, text);
      if (inner.kind !== 'selector' && inner.kind !== 'subquery')
        throw new PromqlError('an offset needs a selector', node.from);
      const sign = /offset\s+-/.test(text.slice(of.to, by.to)) ? -1 : 1;
      return { ...inner, ...place, offsetMs: sign * Math.abs(duration(by, text)) };
    }
    case 'FunctionCall': {
      const body = named(node, 'FunctionCallBody');
      return {
        kind: 'call',
        name: textOf(only(node), text),
        args: body ? kids(body).map((k) => read(k, text)) : [],
        ...place,
      };
    }
    case 'AggregateExpr':
      return aggregate(node, text);
    case 'BinaryExpr':
      return binary(node, text);
    default:
      throw new PromqlError(`${textOf(node, text).slice(0, 30)}: this form is not read here`, node.from);
  }
}

function only(node: SyntaxNode): SyntaxNode {
  const [first] = kids(node);
  if (!first) throw new PromqlError('something is missing', node.from);
  return first;
}

function selector(node: SyntaxNode, text: string): Selector {
  const name = named(node, 'Identifier', 'MetricIdentifier');
  const list = named(node, 'LabelMatchers');
  const matchers = (list ? kids(list) : []).map((m): Matcher => {
    const [label, op, value] = kids(m);
    if (!label || !op || !value) throw new PromqlError('a label matcher is not whole', m.from);
    return {
      label: unquoted(textOf(label, text)),
      op: textOf(op, text) as Matcher['op'],
      value: unquoted(textOf(value, text)),
    };
  });
  const own = matchers.find((m) => m.label === '__name__' && m.op === '=');
  return {
    kind: 'selector',
    metric: name ? textOf(name, text) : (own?.value ?? ''),
    matchers: matchers.filter((m) => m !== own),
    offsetMs: 0,
    from: node.from,
    to: node.to,
    instant: { from: node.from, to: node.to },
  };
}

function aggregate(node: SyntaxNode, text: string): Aggregate {
  const op = named(node, 'AggregateOp');
  const body = named(node, 'FunctionCallBody');
  const modifier = named(node, 'AggregateModifier');
  const args = body ? kids(body).map((k) => read(k, text)) : [];
  const expr = args.at(-1);
  if (!op || !expr) throw new PromqlError('an aggregation needs an expression', node.from);
  const labels = modifier ? labelsOf(named(modifier, 'GroupingLabels'), text) : undefined;
  return {
    kind: 'aggregate',
    op: textOf(op, text).toLowerCase(),
    expr,
    ...(args.length > 1 && args[0] ? { param: args[0] } : {}),
    ...(labels && modifier ? { [named(modifier, 'By') ? 'by' : 'without']: labels } : {}),
    from: node.from,
    to: node.to,
  };
}

const labelsOf = (node: SyntaxNode | undefined, text: string): string[] =>
  node ? kids(node).map((l) => unquoted(textOf(l, text))) : [];

function binary(node: SyntaxNode, text: string): Binary {
  const parts = kids(node);
  const left = parts[0];
  const op = parts[1];
  const right = parts.at(-1);
  if (!left || !op || !right || parts.length < 3) throw new PromqlError('an operand is missing', node.from);
  // A comparison with bool and vector matching keep both in one clause.
  const inner = parts.slice(2, -1).flatMap((p) => [p, ...kids(p)]);
  const on = inner.find((p) => p.name === 'On' || p.name === 'Ignoring');
  const side = inner.find((p) => p.name === 'GroupLeft' || p.name === 'GroupRight');
  const lists = inner.filter((p) => p.name === 'GroupingLabels');
  return {
    kind: 'binary',
    op: textOf(op, text).toLowerCase(),
    bool: inner.some((p) => p.name === 'Bool'),
    left: read(left, text),
    right: read(right, text),
    ...(on
      ? {
          matching: {
            on: on.name === 'On',
            labels: labelsOf(lists[0], text),
            ...(side ? { group: side.name === 'GroupLeft' ? ('left' as const) : ('right' as const) } : {}),
            include: labelsOf(lists[1], text),
          },
        }
      : {}),
    from: node.from,
    to: node.to,
  };
}

function duration(node: SyntaxNode, text: string): number {
  const found = durationMs(textOf(node, text).replace(/\s+/g, ''));
  if (found === undefined) throw new PromqlError(`${textOf(node, text)} is no duration`, node.from);
  return found;
}

function numberOf(text: string): number {
  if (/^[+-]?inf$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(text)) return Number.NaN;
  const seconds = durationMs(text);
  return /[smhdwy]$/.test(text) && seconds !== undefined ? seconds / 1000 : Number(text);
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
function unquoted(text: string): string {
  const quote = text.charAt(0);
  if (quote === '`') return text.slice(1, -1);
  if (quote !== '"' && quote !== "'") return text;
  return text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => ESCAPES[c] ?? c);
}
