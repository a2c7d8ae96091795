import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { planOf, type SloPlan } from '../../src/deliverables/slo/plan.js';
import { ruleFile } from '../../src/deliverables/slo/rules.js';
import { bare, walk } from '../../src/evidence/readers/promql/ast.js';
import { durationMs } from '../../src/evidence/readers/promql/duration.js';
import { NO_CHOICE, type SloSpec } from '../../src/evidence/readers/slo/spec.js';
import { isObject } from '../../src/evidence/readers/yaml-file.js';
import { type Rule, type RuleGroup, readRuleFile } from '../../src/experiments/rules/rule-file.js';
import { runRuleTests } from '../../src/experiments/rules/unit-test.js';
import { type Outcome, promtool } from './behaviour.js';

/**
 * A test file of promtool: its tests hold for the rules it names, and for rules of ours made from the promise that those
 * rules express. Each test counts twice.
 */
export function checkGiven(path: string, file: string, withPromtool: boolean): Outcome[] {
  const text = readFileSync(path, 'utf8');
  const content: unknown = parse(text);
  const tests = isObject(content) && Array.isArray(content.tests) ? content.tests : [];
  const names = isObject(content) && Array.isArray(content.rule_files) ? content.rule_files.map(String) : [];
  const found = names.map((n) => join(dirname(path), n)).filter((p) => existsSync(p));
  if (found.length === 0 || tests.length === 0)
    return [{ name: file, passed: false, detail: 'it names no rule file that is there, or has no tests' }];
  const ruleText = found.map((p) => readFileSync(p, 'utf8')).join('\n');
  const groups = found.flatMap((p) => readRuleFile(readFileSync(p, 'utf8')));
  const plans = plansOf(groups);
  const ours = ruleFile(plans);
  return tests.flatMap((test: unknown, i): Outcome[] => {
    const title = `${file} ${isObject(test) && test.name ? String(test.name) : String(i + 1)}`;
    const one = stringify(
      {
        rule_files: ['rules.yml'],
        evaluation_interval: isObject(content) ? content.evaluation_interval : '1m',
        // Without an order promtool takes groups in a random one, and alerts may see records of the minute before.
        group_eval_order:
          isObject(content) && content.group_eval_order
            ? content.group_eval_order
            : groups.map((g) => g.name),
        tests: [test],
      },
      { lineWidth: 0 },
    );
    const judge = (name: string, rules: string, given: string): Outcome => {
      const own = runRuleTests(given, readRuleFile(rules)).failures.map((f) => f.what);
      const said = withPromtool ? promtool(rules, given) : '';
      return {
        name,
        passed: own.length === 0 && said === '',
        detail: own[0] ?? said.slice(0, 300),
      };
    };
    return [
      ...(found.length === 1 ? [judge(`${title}, rules as given`, ruleText, one)] : []),
      ...(plans.length > 0 ? [judge(`${title}, rules of ours`, ours, renamed(one, groups, plans))] : []),
    ];
  });
}

/** Alerts of the given rules as ours of the same promise, severity and nearest window. */
function renamed(text: string, groups: readonly RuleGroup[], plans: readonly SloPlan[]): string {
  let out = text;
  for (const rule of groups.flatMap((g) => g.rules).filter((r) => r.kind === 'alert')) {
    const plan = plans.find((p) => rule.text.includes(`"${p.spec.id}"`)) ?? plans[0];
    const severity = /ticket|warn|low|minor/i.test(rule.labels.severity ?? '') ? 'ticket' : 'page';
    const longS = longestWindowS(rule);
    const of = (plan?.alerts ?? [])
      .filter((a) => a.severity === severity)
      .sort((a, b) => Math.abs(a.longS - longS) - Math.abs(b.longS - longS))[0];
    if (of) out = out.replaceAll(`alertname="${rule.name}"`, `alertname="${of.name}"`);
  }
  return out;
}
function longestWindowS(rule: Rule): number {
  const windows = [...rule.text.matchAll(/(?:rate|ratio_?rate|ratio)(\d+[smhdw])\b/g)].map(
    (m) => (durationMs(m[1] ?? '') ?? 0) / 1000,
  );
  return windows.length > 0 ? Math.max(...windows) : 3600;
}

/** Promises that a rule file expresses: rates of bad and all under one label, the budget and the period. */
function plansOf(groups: readonly RuleGroup[]): SloPlan[] {
  const rules = groups.flatMap((g) => g.rules);
  const record = (what: RegExp, slo: string): Rule | undefined =>
    rules.find((r) => r.kind === 'record' && what.test(r.name) && (r.labels.slo ?? '') === slo);
  const ids = [...new Set(rules.flatMap((r) => (r.labels.slo ? [r.labels.slo] : [])))];
  return ids.flatMap((id) => {
    const bad = record(/:bad:rate5m$/, id);
    const total = record(/:total:rate5m$/, id);
    const budget = budgetOf(rules.filter((r) => r.labels.slo === id));
    if (!bad || !total || budget === undefined) return [];
    const period = rules
      .map((r) => /ratio(\d+[dw])$/.exec(r.name)?.[1])
      .find((p): p is string => p !== undefined);
    const spec: SloSpec = {
      id,
      name: id,
      service: id,
      description: '',
      objective: 1 - budget,
      indicator: { kind: 'events', bad: withoutFallback(bad), total: total.text },
      budgeting: { method: 'occurrences' },
      period: { kind: 'rolling', seconds: (durationMs(period ?? '30d') ?? 0) / 1000 },
      labels: {},
      annotations: {},
      alertName: '',
      page: NO_CHOICE,
      ticket: NO_CHOICE,
      asked: [],
      exclude: undefined,
      notes: [],
      line: 1,
    };
    return [planOf(spec)];
  });
}

function withoutFallback(rule: Rule): string {
  const e = bare(rule.expr);
  return e.kind === 'binary' && e.op === 'or' ? rule.text.slice(e.left.from, e.left.to) : rule.text;
}

/** The number that the remaining budget is divided by. */
function budgetOf(rules: readonly Rule[]): number | undefined {
  for (const rule of rules.filter((r) => /budget|remaining/.test(r.name)))
    for (const e of walk(rule.expr))
      if (e.kind === 'binary' && e.op === '/') {
        const by = bare(e.right);
        if (by.kind === 'number' && by.value > 0 && by.value < 1) return by.value;
      }
  return undefined;
}
