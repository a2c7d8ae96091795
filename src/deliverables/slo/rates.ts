import {
  type Binary,
  bare,
  children,
  type Expr,
  type Selector,
  selectorsOf,
  walk,
} from '../../evidence/readers/promql/ast.js';
import { durationMs } from '../../evidence/readers/promql/duration.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import { hasWindow, withWindow } from '../../evidence/readers/slo/node.js';
import type { Indicator } from '../../evidence/readers/slo/spec.js';

/** What an indicator counts, as PromQL by window. */
export interface Rates {
  /** Bad ones a second as the author asked; before absent series are seen to. */
  asked: { bad: (window: string) => string; total: (window: string) => string };
  /** Bad and all a second; bad is 0 and not missing where there are none. */
  bad(window: string): string;
  total(window: string): string;
  /** `time`: a share whose counts are unknown, so that every minute weighs the same. */
  weight: 'events' | 'time';
  /** Labels that the series keep. */
  by: string[];
  /** A bucket whose absence would read as "all are slow", and what is there when it should be. */
  bucket: { missing: string; whole: string } | undefined;
  notes: string[];
}

/** Rates of events or of a share. Not for thresholds: those are slices. */
export function ratesOf(indicator: Exclude<Indicator, { kind: 'threshold' }>): Rates {
  if (indicator.kind === 'events') return eventRates(indicator, []);
  const split = splitRatio(indicator.query, indicator.of);
  if (split) return eventRates(split, ['the share was taken apart into bad and all, so that traffic weighs']);
  return timeRates(indicator);
}

function eventRates(i: Extract<Indicator, { kind: 'events' }>, notes: string[]): Rates {
  const one = 'bad' in i ? i.bad : i.good;
  const by = commonLabels(one, i.total);
  const rate = (query: string) => (w: string) => grouped(perSecond(query, w, i.gauge === true), query, by);
  const total = rate(i.total);
  const part = rate(one);
  const buckets = selectorsOf(parsed(one)).filter((s) => s.matchers.some(isBound));
  const bucket = buckets[0];
  const whole = selectorsOf(parsed(i.total))[0];
  const good = (w: string): string =>
    bucket
      ? `clamp_min((${total(w)}) - (${part(w)}), 0) or 0 * (${total(w)})`
      : // No good ones at all means that all are bad.
        `clamp_min((${total(w)}) - ((${part(w)}) or 0 * (${total(w)})), 0)`;
  return {
    asked: { bad: 'bad' in i ? part : (w) => `(${total(w)}) - (${part(w)})`, total },
    total,
    bad: 'bad' in i ? (w) => `(${part(w)}) or 0 * (${total(w)})` : good,
    weight: 'events',
    by,
    bucket:
      bucket && whole ? { missing: instantText(one, bucket), whole: instantText(i.total, whole) } : undefined,
    notes,
  };
}

/** A bound of a bucket other than the last, which holds everything. */
const isBound = (m: Selector['matchers'][number]): boolean =>
  m.label === 'le' && m.value !== '+Inf' && (m.op === '=' || m.op === '=~');

function timeRates(i: Extract<Indicator, { kind: 'ratio' }>): Rates {
  const share = (w: string): string => {
    const q = overWindow(i.query, w, 'average');
    // Nothing divided by nothing is no share: such minutes do not count.
    return i.of === 'bad' ? `clamp((${q}) >= 0, 0, 1)` : `clamp(1 - ((${q}) >= 0), 0, 1)`;
  };
  return {
    asked: { bad: share, total: (w) => `0 * (${share(w)}) + 1` },
    bad: share,
    total: (w) => `0 * (${share(w)}) + 1`,
    weight: 'time',
    by: [],
    bucket: undefined,
    notes: [
      'a share alone says nothing of traffic: every minute weighs the same, and few events cannot be told from many',
    ],
  };
}

const parsed = (query: string): Expr => parsePromql(withWindow(query, '5m'));
const slice = (text: string, at: { from: number; to: number }): string => text.slice(at.from, at.to);
const instantText = (query: string, s: Selector): string => slice(withWindow(query, '5m'), s.instant);

/** `bad / total`, `good / total`, `1 - good / total` and `1 - bad / total` as two queries. */
function splitRatio(query: string, of: 'bad' | 'good'): Extract<Indicator, { kind: 'events' }> | undefined {
  // A stand-in of the same length keeps the places in the text right.
  const e = bare(parsed(query));
  const text = withWindow(query, '5m');
  const cut = (x: Expr): string => slice(text, x);
  const divided = (x: Expr): { part: string; total: string } | undefined => {
    const b = bare(x);
    if (b.kind !== 'binary' || b.op !== '/' || isScalar(b.left) || isScalar(b.right)) return undefined;
    return { part: cut(b.left), total: cut(b.right) };
  };
  const straight = divided(e);
  const turned =
    e.kind === 'binary' && e.op === '-' && bare(e.left).kind === 'number' ? divided(e.right) : undefined;
  const found = straight ?? turned;
  if (!found) return undefined;
  const bad = (straight !== undefined) === (of === 'bad');
  return bad
    ? { kind: 'events', bad: found.part, total: found.total }
    : { kind: 'events', good: found.part, total: found.total };
}

function isScalar(e: Expr): boolean {
  const b = bare(e);
  if (b.kind === 'number') return true;
  if (b.kind === 'unary') return isScalar(b.expr);
  if (b.kind === 'binary') return isScalar(b.left) && isScalar(b.right);
  return b.kind === 'call' && (b.name === 'scalar' || b.name === 'time');
}

/** Functions whose value grows with the window: divided by it they are rates. */
const GROWS = new Set(['increase', 'delta', 'count_over_time', 'sum_over_time']);

/** A query as a rate a second over a window. */
function perSecond(query: string, window: string, gauge: boolean): string {
  const text = robust(overWindow(query, window, gauge ? 'average' : 'rate'));
  const grows = [...walk(parsePromql(text))].some((e) => e.kind === 'call' && GROWS.has(e.name));
  return grows ? `(${text}) / ${(durationMs(window) ?? 1000) / 1000}` : text;
}

/** Puts the window where the query has its own, or wraps bare series: counters in a rate, others in a mean. */
export function overWindow(query: string, window: string, bareSeries: 'rate' | 'average'): string {
  if (hasWindow(query)) return withWindow(query, window);
  const selectors = selectorsOf(parsePromql(query)).sort((a, b) => b.from - a.from);
  const ranged = selectors.filter((s) => s.range);
  let text = query;
  if (ranged.length > 0) {
    for (const { range } of ranged)
      if (range) text = text.slice(0, range.from) + window + text.slice(range.to);
    return text;
  }
  const f = bareSeries === 'rate' ? 'rate' : 'avg_over_time';
  for (const s of selectors)
    text = `${text.slice(0, s.from)}${f}(${slice(query, s.instant)}[${window}]${query.slice(s.instant.to, s.to)})${text.slice(s.to)}`;
  return text;
}

/** A sum whose one side has no series is the other side: without this a failure counter that is not there yet blinds it. */
function robust(text: string): string {
  const outer = parsePromql(text);
  const e = bare(outer);
  if (e.kind !== 'binary' || (e.op !== '+' && e.op !== '-') || e.matching) return text;
  if (isScalar(e.left) || isScalar(e.right) || !sameLabels(e)) return text;
  const bounded = selectorsOf(e.right).some((s) => s.matchers.some(isBound));
  const left = robust(slice(text, e.left));
  const right = robust(slice(text, e.right));
  if (bounded) return `(${left}) ${e.op} (${right})`;
  return `((${left}) or 0 * (${right})) ${e.op} ((${right}) or 0 * (${left}))`;
}
const sameLabels = (e: Binary): boolean => {
  const [a, b] = [outLabels(e.left), outLabels(e.right)];
  return a !== undefined && b !== undefined && a.join() === b.join();
};

/** Labels that an expression's series have; `undefined` where the series decide. */
export function outLabels(e: Expr): string[] | undefined {
  switch (e.kind) {
    case 'number':
      return [];
    case 'aggregate':
      return e.without ? undefined : [...(e.by ?? [])].sort();
    case 'paren':
    case 'unary':
      return outLabels(e.expr);
    case 'binary':
      if (isScalar(e.left)) return outLabels(e.right);
      return outLabels(e.left);
    case 'call': {
      if (e.name === 'vector') return [];
      const [of] =
        e.name === 'histogram_quantile' || e.name === 'histogram_fraction' ? e.args.slice(-1) : e.args;
      return of ? outLabels(of)?.filter((l) => l !== 'le') : [];
    }
    default:
      return children(e).length === 0 ? undefined : [];
  }
}

/** Labels by which both queries are grouped. */
function commonLabels(a: string, b: string): string[] {
  const [of, all] = [outLabels(parsed(a)), outLabels(parsed(b))];
  return of && all ? all.filter((l) => of.includes(l)) : [];
}

/** The expression summed by the labels, unless it has just those. */
function grouped(text: string, query: string, by: readonly string[]): string {
  const own = outLabels(parsed(query));
  if (own && own.join() === by.join()) return text;
  return by.length > 0 ? `sum by (${by.join(', ')}) (${text})` : `sum(${text})`;
}
