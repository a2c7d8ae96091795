import type { Aggregate, Binary } from '../../evidence/readers/promql/ast.js';
import { quantile } from '../../models/quantile.js';
import { keyOf, type Labels } from './series.js';

export interface Sample {
  labels: Labels;
  value: number;
}
export type Vector = Sample[];

/** An expression that Prometheus would refuse while it runs. */
export class EvaluationError extends Error {}

export const without = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([k]) => !names.includes(k)));
export const only = (labels: Labels, names: readonly string[]): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([k]) => names.includes(k)));
export const nameless = (labels: Labels): Labels =>
  '__name__' in labels ? without(labels, ['__name__']) : labels;

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '^': (a, b) => a ** b,
};
const COMPARISON: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
};

/** Value of `a op b`; `undefined` where a comparison filters it out. */
export function combine(op: string, bool: boolean, a: number, b: number, kept = a): number | undefined {
  const arithmetic = ARITHMETIC[op];
  if (arithmetic) return arithmetic(a, b);
  const holds = COMPARISON[op]?.(a, b);
  if (holds === undefined) throw new EvaluationError(`the operator ${op} is not known`);
  return bool ? Number(holds) : holds ? kept : undefined;
}

const isComparison = (op: string): boolean => op in COMPARISON;

/** A vector and a number; `swapped` when the number stands on the left. */
export function withScalar(e: Binary, v: Vector, scalar: number, swapped: boolean): Vector {
  return v.flatMap((s): Sample[] => {
    const value = swapped
      ? combine(e.op, e.bool, scalar, s.value, s.value)
      : combine(e.op, e.bool, s.value, scalar, s.value);
    if (value === undefined) return [];
    return [{ labels: isComparison(e.op) && !e.bool ? s.labels : nameless(s.labels), value }];
  });
}

const signature = (e: Binary, labels: Labels): string => {
  const m = e.matching;
  if (!m) return keyOf(nameless(labels));
  return keyOf(m.on ? only(labels, m.labels) : without(labels, ['__name__', ...m.labels]));
};

/** Two vectors: set operators, one to one, and many to one. */
export function withVector(e: Binary, left: Vector, right: Vector): Vector {
  if (e.op === 'and' || e.op === 'unless') {
    const there = new Set(right.map((s) => signature(e, s.labels)));
    return left.filter((s) => there.has(signature(e, s.labels)) === (e.op === 'and'));
  }
  if (e.op === 'or') {
    const there = new Set(left.map((s) => signature(e, s.labels)));
    return [...left, ...right.filter((s) => !there.has(signature(e, s.labels)))];
  }
  const group = e.matching?.group;
  const [many, one] = group === 'right' ? [right, left] : [left, right];
  const ones = new Map<string, Sample>();
  for (const s of one) {
    const key = signature(e, s.labels);
    if (ones.has(key))
      throw new EvaluationError('many-to-many matching: several series match on the "one" side');
    ones.set(key, s);
  }
  const seen = new Set<string>();
  return many.flatMap((s): Sample[] => {
    const key = signature(e, s.labels);
    const other = ones.get(key);
    if (!other) return [];
    if (!group && seen.has(key))
      throw new EvaluationError('many-to-one matching must be asked for with group_left or group_right');
    seen.add(key);
    const [a, b] = group === 'right' ? [other, s] : [s, other];
    const value = combine(e.op, e.bool, a.value, b.value, a.value);
    if (value === undefined) return [];
    return [{ labels: resultLabels(e, s.labels, other.labels), value }];
  });
}

function resultLabels(e: Binary, many: Labels, one: Labels): Labels {
  const m = e.matching;
  const base = isComparison(e.op) && !e.bool && !m ? many : nameless(many);
  if (!m) return base;
  if (m.group) {
    const taken = Object.fromEntries(m.include.flatMap((l) => (one[l] ? [[l, one[l] as string]] : [])));
    return { ...without(nameless(many), m.include), ...taken };
  }
  return m.on ? only(many, m.labels) : without(nameless(many), m.labels);
}

/** sum, avg and the like by groups of labels. */
export function aggregate(e: Aggregate, v: Vector, param: number | string | undefined): Vector {
  const groups = new Map<string, { labels: Labels; samples: Sample[] }>();
  for (const s of v) {
    const base = e.by ? only(s.labels, e.by) : e.without ? without(s.labels, ['__name__', ...e.without]) : {};
    const labels = e.op === 'count_values' ? { ...base, [String(param)]: formatted(s.value) } : base;
    const key = keyOf(labels);
    const group = groups.get(key) ?? { labels, samples: [] };
    group.samples.push(s);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ labels, samples }) => {
    const values = samples.map((s) => s.value);
    if (e.op === 'topk' || e.op === 'bottomk') {
      const sign = e.op === 'topk' ? -1 : 1;
      return [...samples].sort((a, b) => sign * (a.value - b.value)).slice(0, Number(param));
    }
    return [{ labels, value: reduced(e.op, values, Number(param)) }];
  });
}

const formatted = (x: number): string =>
  Number.isFinite(x) ? String(x) : x > 0 ? '+Inf' : x < 0 ? '-Inf' : 'NaN';

function reduced(op: string, values: number[], param: number): number {
  const sum = values.reduce((a, b) => a + b, 0);
  const mean = sum / values.length;
  const variance = (): number => values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length;
  switch (op) {
    case 'sum':
      return sum;
    case 'avg':
      return mean;
    case 'count':
    case 'count_values':
      return values.length;
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'group':
      return 1;
    case 'stddev':
      return Math.sqrt(variance());
    case 'stdvar':
      return variance();
    case 'quantile':
      return quantile(Float64Array.from(values).sort(), param);
    default:
      throw new EvaluationError(`the aggregation ${op} is not known`);
  }
}
