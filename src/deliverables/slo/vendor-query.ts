import { bare, type Expr, type Matcher, type Selector } from '../../evidence/readers/promql/ast.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import type { SloPlan } from './plan.js';

/** Counts of events as sums and differences of counters: what every vendor's language can say. */
export interface CountedSum {
  sign: 1 | -1;
  selector: Selector;
}

/** Bad and all as sums of counters; `undefined` with thresholds, joins and functions that only PromQL has. */
export function countersOf(p: SloPlan): { bad: CountedSum[]; total: CountedSum[] } | undefined {
  if (p.rates?.weight !== 'events' || p.by.length > 0) return undefined;
  const [bad, total] = [p.rates.asked.bad('5m'), p.rates.asked.total('5m')].map((q) =>
    termsOf(parsePromql(q), 1),
  );
  return bad && total ? { bad, total } : undefined;
}

/** A query as sums and differences of counted series. */
export function termsOf(expr: Expr, sign: 1 | -1 = 1): CountedSum[] | undefined {
  const e = bare(expr);
  if (e.kind === 'aggregate' && e.op === 'sum' && !e.by && !e.without) return termsOf(e.expr, sign);
  if (e.kind === 'call' && (e.name === 'rate' || e.name === 'increase')) {
    const [of] = e.args;
    const s = of ? bare(of) : undefined;
    return s?.kind === 'selector' && s.metric !== '' ? [{ sign, selector: s }] : undefined;
  }
  if (e.kind !== 'binary') return undefined;
  // What absent series are replaced with, and the seconds of an increase, change no counted sum.
  if (e.op === 'or') return termsOf(e.left, sign);
  if (e.op === '/') return bare(e.right).kind === 'number' ? termsOf(e.left, sign) : undefined;
  if (e.op !== '+' && e.op !== '-') return undefined;
  const left = termsOf(e.left, sign);
  const right = termsOf(e.right, e.op === '+' ? sign : sign === 1 ? -1 : 1);
  return left && right ? [...left, ...right] : undefined;
}

/** A matcher as texts and beginnings of texts: all that vendors' filters have. */
export interface Choice {
  values: string[];
  prefixes: string[];
}
/** What needs no quoting in any of the languages. */
const PLAIN = /^[\p{L}\p{N} ./:@_-]*$/u;
export function choiceOf(m: Matcher): Choice | undefined {
  if (m.op === '=' || m.op === '!=')
    return PLAIN.test(m.value) ? { values: [m.value], prefixes: [] } : undefined;
  const source = /^\([^()]*\)$/.test(m.value) ? m.value.slice(1, -1) : m.value;
  const choice: Choice = { values: [], prefixes: [] };
  for (const part of source.split('|')) {
    const prefix =
      /^(\d)(?:\.\.|xx|\\d\\d|\[0-9\]\{2\})$/.exec(part)?.[1] ?? /^([\w/-]+)\.[*+]$/.exec(part)?.[1];
    if (prefix) choice.prefixes.push(prefix);
    else if (/^[\w/-]+$/.test(part)) choice.values.push(part);
    else return undefined;
  }
  return choice;
}
export const isNegative = (m: Matcher): boolean => m.op === '!=' || m.op === '!~';

/** Each matcher by a function of the language; `undefined` when one cannot be said. */
export function filtersOf(
  s: Selector,
  say: (label: string, choice: Choice, negative: boolean) => string,
): string[] | undefined {
  const out: string[] = [];
  for (const m of s.matchers) {
    const choice = choiceOf(m);
    if (!choice) return undefined;
    out.push(say(m.label, choice, isNegative(m)));
  }
  return out;
}
