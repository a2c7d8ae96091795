import type { EvaluateOptions } from './evaluate.js';
import { evaluateVector } from './evaluate.js';
import type { Rule, RuleGroup } from './rule-file.js';
import { append, keyOf, type Labels, type Series, type Storage, seriesFor } from './series.js';

/** One time that an alert with one set of labels was firing. */
export interface Firing {
  alert: string;
  labels: Labels;
  startMs: number;
  /** Last evaluation at which it fired. */
  endMs: number;
}

interface Active {
  labels: Labels;
  sinceMs: number;
  firing: Firing | undefined;
  keepUntilMs: number;
}
interface RuleState {
  rule: Rule;
  /** What the last evaluation wrote; what is not written again ends. */
  written: Map<string, Series>;
  active: Map<string, Active>;
}

export interface Engine {
  storage: Storage;
  /** Evaluates every group in order at a time; times must rise. */
  step(timeMs: number): void;
  /** Closed and open firings so far, in the order they began. */
  firings: readonly Firing[];
}

/** Runs rule groups as Prometheus does: records are stored, alerts wait for their `for`, what is gone is marked as ended. */
export function newEngine(
  groups: readonly RuleGroup[],
  storage: Storage,
  options: EvaluateOptions = {},
): Engine {
  const states = groups.map((g) => ({
    intervalMs: g.intervalMs,
    lastMs: Number.NEGATIVE_INFINITY,
    rules: g.rules.map((rule): RuleState => ({ rule, written: new Map(), active: new Map() })),
  }));
  const firings: Firing[] = [];
  return {
    storage,
    firings,
    step(timeMs) {
      for (const group of states) {
        if (group.intervalMs !== undefined && timeMs - group.lastMs < group.intervalMs) continue;
        group.lastMs = timeMs;
        for (const state of group.rules) run(state, storage, timeMs, options, firings);
      }
    },
  };
}

function run(
  state: RuleState,
  storage: Storage,
  timeMs: number,
  options: EvaluateOptions,
  firings: Firing[],
): void {
  const { rule } = state;
  const result = evaluateVector(rule.expr, storage, timeMs, options);
  const now = new Map<string, Series>();
  const write = (labels: Labels, value: number): void => {
    const series = seriesFor(storage, labels);
    append(series, timeMs, value);
    now.set(keyOf(labels), series);
  };
  if (rule.kind === 'record')
    for (const s of result) write(cleaned({ ...s.labels, ...rule.labels, __name__: rule.name }), s.value);
  else
    alert(
      state,
      result.map((s) => s.labels),
      timeMs,
      write,
      firings,
    );
  for (const [key, series] of state.written) if (!now.has(key)) append(series, timeMs, undefined);
  state.written = now;
}

function alert(
  { rule, active }: RuleState,
  results: readonly Labels[],
  timeMs: number,
  write: (labels: Labels, value: number) => void,
  firings: Firing[],
): void {
  const seen = new Set<string>();
  for (const found of results) {
    const { __name__: _, ...own } = found;
    const labels = cleaned({ ...own, ...rule.labels, alertname: rule.name });
    const key = keyOf(labels);
    seen.add(key);
    const a = active.get(key) ?? { labels, sinceMs: timeMs, firing: undefined, keepUntilMs: 0 };
    active.set(key, a);
    a.keepUntilMs = timeMs + rule.keepFiringMs;
    if (!a.firing && timeMs - a.sinceMs >= rule.forMs) {
      a.firing = { alert: rule.name, labels, startMs: timeMs, endMs: timeMs };
      firings.push(a.firing);
    }
  }
  for (const [key, a] of [...active]) {
    if (!seen.has(key) && !(a.firing && timeMs < a.keepUntilMs)) {
      active.delete(key);
      continue;
    }
    if (a.firing) a.firing.endMs = timeMs;
    write({ ...a.labels, __name__: 'ALERTS', alertstate: a.firing ? 'firing' : 'pending' }, 1);
  }
}

/** An empty label is no label. Templates in labels are kept as they are written. */
const cleaned = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([, v]) => v !== ''));
