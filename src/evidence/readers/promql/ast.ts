/** PromQL as a tree. `from` and `to` are places in the text it was read from. */
export type Expr =
  | NumberLiteral
  | StringLiteral
  | Selector
  | Subquery
  | Call
  | Aggregate
  | Binary
  | Unary
  | Paren;

interface Place {
  from: number;
  to: number;
}
export interface NumberLiteral extends Place {
  kind: 'number';
  value: number;
}
export interface StringLiteral extends Place {
  kind: 'string';
  value: string;
}
export interface Matcher {
  label: string;
  op: '=' | '!=' | '=~' | '!~';
  value: string;
}
export interface Selector extends Place {
  kind: 'selector';
  /** Metric name, or what `__name__` must equal; empty without. */
  metric: string;
  matchers: Matcher[];
  offsetMs: number;
  /** Present for a range. */
  rangeMs?: number;
  /** Place of the duration between the brackets. */
  range?: Place;
  /** Place of the selector without its range and offset. */
  instant: Place;
}
export interface Subquery extends Place {
  kind: 'subquery';
  expr: Expr;
  rangeMs: number;
  stepMs: number | undefined;
  offsetMs: number;
}
export interface Call extends Place {
  kind: 'call';
  name: string;
  args: Expr[];
}
export interface Aggregate extends Place {
  kind: 'aggregate';
  op: string;
  param?: Expr;
  expr: Expr;
  by?: string[];
  without?: string[];
}
export interface Binary extends Place {
  kind: 'binary';
  op: string;
  bool: boolean;
  left: Expr;
  right: Expr;
  matching?: { on: boolean; labels: string[]; group?: 'left' | 'right'; include: string[] };
}
export interface Unary extends Place {
  kind: 'unary';
  negative: boolean;
  expr: Expr;
}
export interface Paren extends Place {
  kind: 'paren';
  expr: Expr;
}

/** An expression without the parentheses around it. */
export function bare(e: Expr): Exclude<Expr, Paren> {
  let at = e;
  while (at.kind === 'paren') at = at.expr;
  return at;
}

export function children(e: Expr): Expr[] {
  switch (e.kind) {
    case 'call':
      return e.args;
    case 'aggregate':
      return e.param ? [e.param, e.expr] : [e.expr];
    case 'binary':
      return [e.left, e.right];
    case 'unary':
    case 'paren':
    case 'subquery':
      return [e.expr];
    default:
      return [];
  }
}

/** The expression and everything in it, outer first. */
export function* walk(e: Expr): Generator<Expr> {
  yield e;
  for (const child of children(e)) yield* walk(child);
}

export const selectorsOf = (e: Expr): Selector[] =>
  [...walk(e)].filter((x): x is Selector => x.kind === 'selector');
