import { type Binary, bare, type Expr, selectorsOf, walk } from '../../evidence/readers/promql/ast.js';
import { durationMs } from '../../evidence/readers/promql/duration.js';
import type { Rule, RuleGroup } from './rule-file.js';

/** A known defect of a rule: which, where, what it does, what to write instead. */
export interface RuleDefect {
  defect:
    | 'zero-traffic'
    | 'absent-errors'
    | 'unweighted-period'
    | 'no-minimum'
    | 'unreachable'
    | 'one-window'
    | 'no-runbook';
  rule: string;
  line: number;
  what: string;
  todo: string;
}

/** Looks for the defects that rules of promises are known for. Each is a statement about the expression, not about its name. */
export function lintRules(groups: readonly RuleGroup[]): RuleDefect[] {
  return groups.flatMap((g) => g.rules).flatMap((r) => (r.kind === 'record' ? ofRecord(r) : ofAlert(r)));
}

const nodes = (e: Expr): Expr[] => [...walk(e)];
const divisions = (e: Expr): Binary[] =>
  nodes(e).filter(
    (x): x is Binary => x.kind === 'binary' && x.op === '/' && isSeries(x.left) && isSeries(x.right),
  );
const isSeries = (e: Expr): boolean => selectorsOf(e).length > 0;
/** Divisors that drop nothing: `x > 0` or `x != 0`. */
const guarded = (e: Expr): boolean => {
  const b = bare(e);
  return b.kind === 'binary' && ['>', '!=', '>='].includes(b.op) && bare(b.right).kind === 'number';
};
/** Counters and what is made of them can stand still; a size cannot. */
const countsEvents = (e: Expr): boolean =>
  nodes(e).some(
    (x) =>
      (x.kind === 'call' && ['rate', 'increase', 'irate'].includes(x.name)) ||
      // A bare `…_count` is a level (sessions, items); one that was recorded (`a:errors:count5m`) is of events.
      (x.kind === 'selector' && /rate|total|:\w*count/i.test(x.metric)),
  );
const failure = /error|fail|bad|5\.\.|5xx|[45]\\d|5\[/i;
const readsFailures = (e: Expr): boolean =>
  selectorsOf(e).some(
    (s) =>
      failure.test(s.metric) ||
      s.matchers.some((m) => failure.test(m.value) && (m.op === '=' || m.op === '=~')),
  );

function ofRecord(r: Rule): RuleDefect[] {
  const out: RuleDefect[] = [];
  const at = { rule: r.name, line: r.line };
  for (const d of divisions(r.expr)) {
    if (countsEvents(d.right) && !guarded(d.right))
      out.push({
        ...at,
        defect: 'zero-traffic',
        what: 'with no traffic it records NaN, and every mean over it is NaN for the whole period',
        todo: 'divide by (total > 0), or record bad and total apart',
      });
    const left = bare(d.left);
    if (
      left.kind !== 'binary' &&
      readsFailures(d.left) &&
      selectorsOf(d.left).some((s) => s.rangeMs !== undefined) &&
      left.kind !== 'selector' &&
      !/over_time/.test(r.text)
    )
      out.push({
        ...at,
        defect: 'absent-errors',
        what: 'while no failure has been counted yet it records nothing, and the budget is missing',
        todo: 'write (bad or 0 * total) / (total > 0)',
      });
  }
  for (const e of nodes(r.expr))
    if (e.kind === 'call' && e.name === 'avg_over_time') {
      const [of] = e.args;
      const s = of ? bare(of) : undefined;
      if (
        s?.kind === 'selector' &&
        /ratio|error_?rate|sli_/i.test(s.metric) &&
        (s.rangeMs ?? 0) >= 7 * 86_400_000
      )
        out.push({
          ...at,
          defect: 'unweighted-period',
          what: 'a mean of shares weighs an idle night like a busy day',
          todo: 'sum_over_time(bad rate) / sum_over_time(total rate)',
        });
    }
  return out;
}

function ofAlert(r: Rule): RuleDefect[] {
  const out: RuleDefect[] = [];
  const at = { rule: r.name, line: r.line };
  const comparisons = nodes(r.expr).filter(
    (x): x is Binary => x.kind === 'binary' && ['>', '>='].includes(x.op),
  );
  const shares = comparisons.filter(
    (c) => isShare(c.left) && number(c.right) !== undefined && number(c.right) !== 0,
  );
  for (const c of shares) {
    const limit = number(c.right);
    if (limit !== undefined && limit >= 1)
      out.push({
        ...at,
        defect: 'unreachable',
        what: `a share is at most 1, and this asks for more than ${Number(limit.toPrecision(4))}: it never fires`,
        todo: 'take a lower factor, or a stricter objective',
      });
  }
  // A share of levels (connections of those allowed) is as true of few as of many.
  const ofEvents = shares.filter((c) => bare(c.left).kind === 'selector' || countsEvents(c.left));
  const counts = comparisons.some((c) => !isShare(c.left) && (number(c.right) ?? 0) > 0);
  if (ofEvents.length > 0 && !counts)
    out.push({
      ...at,
      defect: 'no-minimum',
      what: 'in an idle hour one failed request is a large share, and pages',
      todo: 'add: and (bad rate * window in seconds >= 5)',
    });
  if (ofEvents.length === 1 && r.forMs === 0 && !isBrief(r))
    out.push({
      ...at,
      defect: 'one-window',
      what: 'with one window it fires on until the window has forgotten the outage',
      todo: 'add the same condition over a twelfth of the window',
    });
  if (shares.length > 0 && !Object.keys(r.annotations).some((k) => /runbook/i.test(k)))
    out.push({
      ...at,
      defect: 'no-runbook',
      what: 'it does not say what to do',
      todo: 'add the annotation runbook_url',
    });
  return out;
}

/** Windows of five minutes forget soon enough by themselves. */
const isBrief = (r: Rule): boolean => {
  const windows = [...r.text.matchAll(/(\d+[smhdw])\b/g)].map((m) => durationMs(m[1] ?? '') ?? 0);
  return windows.length > 0 && windows.every((w) => w <= 300_000);
};

/** A share: a division of series, or a record that is called one. */
const isShare = (e: Expr): boolean => {
  const b = bare(e);
  if (b.kind === 'selector') return /ratio|error_?rate|share|sli_error/i.test(b.metric);
  return b.kind === 'binary' && b.op === '/' && isSeries(b.left) && isSeries(b.right);
};

/** Value of an expression without series. */
function number(e: Expr): number | undefined {
  const b = bare(e);
  if (b.kind === 'number') return b.value;
  if (b.kind !== 'binary') return undefined;
  const [x, y] = [number(b.left), number(b.right)];
  if (x === undefined || y === undefined) return undefined;
  return { '*': x * y, '+': x + y, '-': x - y, '/': x / y }[b.op];
}
