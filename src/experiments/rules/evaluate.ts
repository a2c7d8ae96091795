import {
  type Binary,
  bare,
  type Call,
  type Expr,
  type Matcher,
  type Selector,
} from '../../evidence/readers/promql/ast.js';
import { histogramQuantile } from './histogram.js';
import { RANGE_FUNCTIONS, windowOf } from './range-functions.js';
import { anchored } from './regex.js';
import { append, countUntil, type Labels, type Series, type Storage } from './series.js';
import {
  aggregate,
  combine,
  EvaluationError,
  nameless,
  type Vector,
  withScalar,
  withVector,
} from './vectors.js';

export interface EvaluateOptions {
  /** True: ranges leave out their start, as in Prometheus 3. */
  leftOpen?: boolean;
  /** How old an instant sample may be. */
  lookbackMs?: number;
  /** Step of a subquery that names none. */
  stepMs?: number;
}
interface At {
  storage: Storage;
  timeMs: number;
  options: EvaluateOptions;
}
type Value = number | Vector;

const LOOKBACK_MS = 300_000;

/**
 * Value of a PromQL expression over stored series at a time: the part of the language that rules of objectives use.
 * Throws `EvaluationError` for what Prometheus refuses, and for functions that are not known here.
 */
export function evaluate(e: Expr, storage: Storage, timeMs: number, options: EvaluateOptions = {}): Value {
  return value(e, { storage, timeMs, options });
}

/** The same as a vector; a number becomes one sample without labels. */
export function evaluateVector(
  e: Expr,
  storage: Storage,
  timeMs: number,
  options: EvaluateOptions = {},
): Vector {
  const v = evaluate(e, storage, timeMs, options);
  return typeof v === 'number' ? [{ labels: {}, value: v }] : v;
}

function value(e: Expr, at: At): Value {
  switch (e.kind) {
    case 'number':
      return e.value;
    case 'paren':
      return value(e.expr, at);
    case 'unary': {
      const v = value(e.expr, at);
      if (!e.negative) return v;
      return typeof v === 'number' ? -v : v.map((s) => ({ labels: nameless(s.labels), value: -s.value }));
    }
    case 'selector':
      if (e.rangeMs !== undefined) throw new EvaluationError('a range stands where one value is needed');
      return instant(e, at);
    case 'binary':
      return binary(e, at);
    case 'aggregate':
      return aggregate(
        e,
        vector(e.expr, at),
        e.param ? (e.param.kind === 'string' ? e.param.value : scalar(e.param, at)) : undefined,
      );
    case 'call':
      return call(e, at);
    default:
      throw new EvaluationError(`a ${e.kind} stands where a value is needed`);
  }
}

function vector(e: Expr, at: At): Vector {
  const v = value(e, at);
  if (typeof v === 'number') throw new EvaluationError('a number stands where series are needed');
  return v;
}
function scalar(e: Expr, at: At): number {
  const v = value(e, at);
  if (typeof v !== 'number') throw new EvaluationError('series stand where a number is needed');
  return v;
}

const holds = (has: string, m: Matcher): boolean => {
  if (m.op === '=') return has === m.value;
  if (m.op === '!=') return has !== m.value;
  return anchored(m.value).test(has) === (m.op === '=~');
};
const matches = (labels: Labels, s: Selector): boolean =>
  s.matchers.every((m) => holds(labels[m.label] ?? '', m));

/** Series that a selector finds. */
export function find(s: Selector, storage: Storage): Series[] {
  const named = s.metric ? [storage.byName.get(s.metric)] : [...storage.byName.values()];
  return named.flatMap((of) => (of ? [...of.values()].filter((x) => matches(x.labels, s)) : []));
}

function instant(s: Selector, at: At): Vector {
  const time = at.timeMs - s.offsetMs;
  const oldest = time - (at.options.lookbackMs ?? LOOKBACK_MS);
  return find(s, at.storage).flatMap((series) => {
    const place = countUntil(series, time) - 1;
    if (place < 0 || series.stale.has(place)) return [];
    const when = series.timesMs[place] as number;
    if (when < oldest || (at.options.leftOpen && when === oldest)) return [];
    return [{ labels: series.labels, value: series.values[place] as number }];
  });
}

function binary(e: Binary, at: At): Value {
  const left = value(e.left, at);
  const right = value(e.right, at);
  if (typeof left === 'number' && typeof right === 'number') {
    const v = combine(e.op, e.bool, left, right);
    if (v === undefined) throw new EvaluationError('two numbers are compared with bool only');
    return v;
  }
  if (typeof left === 'number') return withScalar(e, right as Vector, left, true);
  if (typeof right === 'number') return withScalar(e, left, right, false);
  return withVector(e, left, right);
}

const MATH: Readonly<Record<string, (x: number, a: number, b: number) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  sqrt: Math.sqrt,
  exp: Math.exp,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sgn: Math.sign,
  clamp_min: (x, a) => Math.max(a, x),
  clamp_max: (x, a) => Math.min(a, x),
  clamp: (x, a, b) => Math.max(a, Math.min(b, x)),
  round: (x, to) => {
    const nearest = Number.isNaN(to) ? 1 : to;
    return Math.floor(x / nearest + 0.5) * nearest;
  },
};
const CALENDAR: Readonly<Record<string, (d: Date) => number>> = {
  minute: (d) => d.getUTCMinutes(),
  hour: (d) => d.getUTCHours(),
  day_of_week: (d) => d.getUTCDay(),
  day_of_month: (d) => d.getUTCDate(),
  month: (d) => d.getUTCMonth() + 1,
  year: (d) => d.getUTCFullYear(),
};

function call(e: Call, at: At): Value {
  const [first, second, third] = e.args;
  const range = RANGE_FUNCTIONS[e.name];
  if (range) {
    // quantile_over_time takes its parameter first.
    const of = e.args.at(-1);
    const parameter = e.args.length > 1 && first ? scalar(first, at) : Number.NaN;
    if (!of) throw new EvaluationError(`${e.name} needs a range`);
    return rangeCall(bare(of), at, e.name === 'last_over_time', (w) => range(w, parameter));
  }
  const math = MATH[e.name];
  if (math && first) {
    const a = second ? scalar(second, at) : Number.NaN;
    const b = third ? scalar(third, at) : Number.NaN;
    return vector(first, at).map((s) => ({ labels: nameless(s.labels), value: math(s.value, a, b) }));
  }
  const calendar = CALENDAR[e.name];
  if (calendar) {
    const of = first ? vector(first, at) : [{ labels: {}, value: at.timeMs / 1000 }];
    return of.map((s) => ({ labels: nameless(s.labels), value: calendar(new Date(s.value * 1000)) }));
  }
  if (e.name === 'time') return at.timeMs / 1000;
  if (e.name === 'timestamp' && first)
    return vector(first, at).map((s) => ({ labels: nameless(s.labels), value: at.timeMs / 1000 }));
  if (e.name === 'vector' && first) return [{ labels: {}, value: scalar(first, at) }];
  if (e.name === 'scalar' && first) {
    const v = vector(first, at);
    return v.length === 1 ? (v[0]?.value ?? Number.NaN) : Number.NaN;
  }
  if (e.name === 'absent' && first)
    return vector(first, at).length > 0 ? [] : [{ labels: implied(first), value: 1 }];
  if (e.name === 'absent_over_time' && first) {
    const inner = rangeCall(bare(first), at, true, () => 1);
    return inner.length > 0 ? [] : [{ labels: implied(first), value: 1 }];
  }
  if (e.name === 'histogram_quantile' && first && second)
    return histogramQuantile(scalar(first, at), vector(second, at));
  if (e.name === 'label_replace' && first) return labelReplace(e, vector(first, at));
  if ((e.name === 'sort' || e.name === 'sort_desc') && first) return vector(first, at);
  throw new EvaluationError(`the function ${e.name} is not known here`);
}

/** Labels that `absent` can know: those that must equal something. */
function implied(e: Expr): Labels {
  const s = bare(e);
  if (s.kind !== 'selector') return {};
  return Object.fromEntries(s.matchers.filter((m) => m.op === '=').map((m) => [m.label, m.value]));
}

function rangeCall(
  of: Expr,
  at: At,
  keepsName: boolean,
  f: (w: ReturnType<typeof windowOf>) => number | undefined,
): Vector {
  const leftOpen = at.options.leftOpen === true;
  const over = (series: readonly Series[], rangeMs: number, offsetMs: number): Vector =>
    series.flatMap((s) => {
      const end = at.timeMs - offsetMs;
      const v = f(windowOf(s, end - rangeMs, end, leftOpen));
      return v === undefined ? [] : [{ labels: keepsName ? s.labels : nameless(s.labels), value: v }];
    });
  if (of.kind === 'selector' && of.rangeMs !== undefined)
    return over(find(of, at.storage), of.rangeMs, of.offsetMs);
  if (of.kind !== 'subquery') throw new EvaluationError('a range is needed');
  const step = of.stepMs ?? at.options.stepMs ?? 60_000;
  const end = at.timeMs - of.offsetMs;
  const made = new Map<string, Series>();
  for (let t = Math.ceil((end - of.rangeMs) / step) * step; t <= end; t += step)
    for (const s of asVector(value(of.expr, { ...at, timeMs: t }))) {
      const key = JSON.stringify(Object.entries(s.labels).sort());
      const series =
        made.get(key) ??
        ({ labels: s.labels, timesMs: [], values: [], stale: new Set(), sums: [], falls: [] } as Series);
      append(series, t, s.value);
      made.set(key, series);
    }
  return over([...made.values()], of.rangeMs, of.offsetMs);
}
const asVector = (v: Value): Vector => (typeof v === 'number' ? [{ labels: {}, value: v }] : v);

function labelReplace(e: Call, v: Vector): Vector {
  const [target = '', replacement = '', source = '', regex = ''] = e.args
    .slice(1)
    .map((a) => (a.kind === 'string' ? a.value : ''));
  return v.map((s) => {
    const found = anchored(regex).exec(s.labels[source] ?? '');
    if (!found) return s;
    const text = replacement.replace(/\$(\d+)/g, (_, i: string) => found[Number(i)] ?? '');
    return { labels: { ...s.labels, [target]: text }, value: s.value };
  });
}
