import { parse } from 'yaml';
import { durationMs } from '../../evidence/readers/promql/duration.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import { isObject, texts } from '../../evidence/readers/yaml-file.js';
import { newEngine } from './engine.js';
import { evaluateVector } from './evaluate.js';
import type { RuleGroup } from './rule-file.js';
import { append, keyOf, type Labels, newStorage, seriesFor } from './series.js';

/** A check of a promtool test that did not hold. */
export interface Failure {
  test: string;
  what: string;
}

/**
 * Runs a test file of `promtool test rules` with our own evaluator: expressions and alerts by their labels.
 * Returns the number of checks and those that failed. Input series are numbers and counters, no native histograms.
 */
export function runRuleTests(
  text: string,
  groups: readonly RuleGroup[],
): { checks: number; failures: Failure[] } {
  const file: unknown = parse(text);
  const failures: Failure[] = [];
  let checks = 0;
  const tests = isObject(file) && Array.isArray(file.tests) ? file.tests.filter(isObject) : [];
  const every = durationMs(String((isObject(file) && file.evaluation_interval) || '1m')) ?? 60_000;
  for (const [i, test] of tests.entries()) {
    const name = String(test.name ?? `test ${i + 1}`);
    const interval = durationMs(String(test.interval ?? '1m')) ?? 60_000;
    const storage = newStorage();
    for (const s of listOf(test.input_series)) {
      const series = seriesFor(storage, metricOf(String(s.series)));
      expandValues(String(s.values)).forEach((v, k) => {
        if (v !== 'none') append(series, k * interval, v === 'stale' ? undefined : v);
      });
    }
    const queries = listOf(test.promql_expr_test);
    const alerts = listOf(test.alert_rule_test);
    const timeOf = (c: Record<string, unknown>): number => durationMs(String(c.eval_time ?? '0')) ?? 0;
    const end = Math.max(0, ...[...queries, ...alerts].map(timeOf));
    const pending = [
      ...queries.map((c) => ({ at: timeOf(c), check: () => query(c, storage, timeOf(c)) })),
      ...alerts.map((c) => ({ at: timeOf(c), check: () => alert(c, storage, timeOf(c)) })),
    ].sort((a, b) => a.at - b.at);
    // Rules must not see what lies ahead: evaluation only looks back, so that all samples may be stored at once.
    const engine = newEngine(groups, storage);
    for (let t = 0; t <= end; t += every) {
      engine.step(t);
      while (pending[0] && pending[0].at < t + every) {
        const what = pending.shift()?.check();
        checks++;
        if (what) failures.push({ test: name, what });
      }
    }
  }
  return { checks, failures };
}

const listOf = (x: unknown): Record<string, unknown>[] => (Array.isArray(x) ? x.filter(isObject) : []);

/** `name{a="b"}` as labels. */
export function metricOf(text: string): Labels {
  const e = parsePromql(text);
  if (e.kind !== 'selector') throw new Error(`${text} is no series`);
  return {
    ...(e.metric ? { __name__: e.metric } : {}),
    ...Object.fromEntries(e.matchers.map((m) => [m.label, m.value])),
  };
}

/** promtool's notation: `a+bxn` is n + 1 values, `axn` repeats, `_` is no sample. */
export function expandValues(text: string): (number | 'none' | 'stale')[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((item): (number | 'none' | 'stale')[] => {
      if (item === 'stale') return ['stale'];
      const gap = /^_(?:x(\d+))?$/.exec(item);
      if (gap) return Array.from({ length: gap[1] ? Number(gap[1]) : 1 }, () => 'none' as const);
      const run = /^(-?[\d.eE]+?(?:[eE][+-]?\d+)?)(?:([+-])([\d.]+(?:[eE][+-]?\d+)?))?x(\d+)$/.exec(item);
      if (!run) return [Number(item)];
      const from = Number(run[1]);
      const step = run[3] ? Number(`${run[2]}${run[3]}`) : 0;
      return Array.from({ length: Number(run[4]) + 1 }, (_, k) => from + step * k);
    });
}

const CLOSE = 1e-9;
const same = (a: number, b: number): boolean =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) || Math.abs(a - b) <= CLOSE * Math.max(1, Math.abs(b));

function query(
  c: Record<string, unknown>,
  storage: ReturnType<typeof newStorage>,
  at: number,
): string | undefined {
  const got = new Map(
    evaluateVector(parsePromql(String(c.expr)), storage, at).map((s) => [keyOf(s.labels), s.value]),
  );
  const wanted = new Map(
    listOf(c.exp_samples).map((s) => [
      keyOf(/^\s*\{?\s*\}?\s*$/.test(String(s.labels ?? '')) ? {} : metricOf(String(s.labels))),
      Number(s.value),
    ]),
  );
  const equal =
    got.size === wanted.size &&
    [...wanted].every(([k, v]) => {
      const g = got.get(k);
      return g !== undefined && same(g, v);
    });
  return equal
    ? undefined
    : `${String(c.expr)} at ${String(c.eval_time)}: expected ${shown(wanted)}, got ${shown(got)}`;
}

function alert(
  c: Record<string, unknown>,
  storage: ReturnType<typeof newStorage>,
  at: number,
): string | undefined {
  const name = String(c.alertname);
  const firing = evaluateVector(parsePromql('ALERTS{alertstate="firing"}'), storage, at)
    .filter((s) => s.labels.alertname === name)
    .map(({ labels: { __name__: _, alertname: __, alertstate: ___, ...rest } }) => keyOf(rest))
    .sort();
  const wanted = listOf(c.exp_alerts)
    .map((a) => keyOf(texts(a.exp_labels)))
    .sort();
  return JSON.stringify(firing) === JSON.stringify(wanted)
    ? undefined
    : `${name} at ${String(c.eval_time)}: ${wanted.length} expected, ${firing.length} firing`;
}

const shown = (m: ReadonlyMap<string, number>): string =>
  m.size === 0 ? 'nothing' : [...m.values()].map(String).join(', ');
