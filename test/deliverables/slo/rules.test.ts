import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dashboardOf } from '../../../src/deliverables/slo/dashboard.js';
import { planOf } from '../../../src/deliverables/slo/plan.js';
import { testFile } from '../../../src/deliverables/slo/rule-tests.js';
import { ruleFile } from '../../../src/deliverables/slo/rules.js';
import { runbookOf } from '../../../src/deliverables/slo/runbook.js';
import { datadog, dynatrace, newRelic } from '../../../src/deliverables/slo/vendors.js';
import { parsePromql } from '../../../src/evidence/readers/promql/parse.js';
import { readSloSpecs } from '../../../src/evidence/readers/slo/read.js';
import { lintRules } from '../../../src/experiments/rules/lint.js';
import { readRuleFile } from '../../../src/experiments/rules/rule-file.js';
import { runRuleTests } from '../../../src/experiments/rules/unit-test.js';

const folder = fileURLToPath(new URL('../../../bench/slo/specs/', import.meta.url));
const specs = readdirSync(folder)
  .sort()
  .flatMap((f) => readSloSpecs(readFileSync(`${folder}${f}`, 'utf8')));
const plans = specs.map((s) => [s.id, planOf(s)] as const);

describe('rules of a promise', () => {
  it.each(plans)('do what they ship tests for, and have no known defect: %s', (_, plan) => {
    const rules = readRuleFile(ruleFile([plan]));
    const { text, untested } = testFile([plan]);
    expect(untested).toEqual([]);
    expect(runRuleTests(text, rules).failures).toEqual([]);
    expect(lintRules(rules)).toEqual([]);
  });

  const [, availability] = plans.find(([id]) => id === 'web-availability-28d') ?? [];
  if (!availability) throw new Error('no availability');
  const rules = ruleFile([availability]);
  it.each([
    ['the guard against few events', /\* 3600 >= 5/, '* 3600 >= 0'],
    ['absent failures read as none', / or 0 \* \(sum\(rate\(requests_total\[\w+\]\)\)\)/g, ''],
    ['the short window', /and \(slo:bad:rate5m[^\n]*/, ''],
    ['the factor of its period', /> 0\.01344\)/g, '> 0.0144)'],
  ])('are noticed to have lost %s', (_, part, without) => {
    const broken = rules.replace(part, without);
    expect(broken).not.toBe(rules);
    expect(runRuleTests(testFile([availability]).text, readRuleFile(broken)).failures).not.toEqual([]);
  });

  it('leave out an alert that cannot fire, and say so', () => {
    const [, loose] = plans.find(([id]) => id === 'web-loose') ?? [];
    expect(loose && ruleFile([loose])).toContain('# Left out: WebLooseBurn1h. 14.4 × 0.1 = 1.44');
  });

  it('take names of the author for words, not for templates or YAML', () => {
    const [spec] = specs;
    if (!spec) throw new Error('no spec');
    const hostile = 'x: "{{ evil }}" \' # & *a\n- b';
    const plan = planOf({ ...spec, service: hostile, name: hostile, labels: { 'a-b': hostile } });
    const rules = readRuleFile(ruleFile([plan])).flatMap((g) => g.rules);
    expect(
      rules.some((r) => Object.values({ ...r.labels, ...r.annotations }).some((v) => v.includes('{{'))),
    ).toBe(false);
    expect(rules.find((r) => r.kind === 'alert')?.labels.a_b).toContain('# & *a');
  });

  it('count nothing while planned work lasts', () => {
    const [spec] = specs;
    if (!spec) throw new Error('no spec');
    const text = ruleFile([planOf({ ...spec, exclude: 'maintenance_active == 1' })]);
    expect(text).toContain('unless on () count_over_time((maintenance_active == 1)[2m:1m])');
    expect(() => readRuleFile(text)).not.toThrow();
  });
});

describe('what is written beside the rules', () => {
  const all = plans.map(([, p]) => p);
  it('is a dashboard whose panels have ids, units, descriptions and queries that parse', () => {
    const { panels } = dashboardOf(all, 'web') as {
      panels: {
        id: number;
        type: string;
        description?: string;
        targets?: { expr: string; refId: string }[];
      }[];
    };
    expect(new Set(panels.map((p) => p.id)).size).toBe(panels.length);
    for (const p of panels.filter((x) => x.type !== 'row')) {
      expect(p.description).not.toBe('');
      for (const t of p.targets ?? []) expect(() => parsePromql(t.expr)).not.toThrow();
    }
  });
  it('is a runbook with an entry for every alert that the rules name', () => {
    const text = runbookOf(all).toLowerCase();
    for (const plan of all)
      for (const rule of readRuleFile(ruleFile([plan]))
        .flatMap((g) => g.rules)
        .filter((r) => r.kind === 'alert')) {
        const anchor = rule.annotations.runbook_url?.split('#')[1] ?? '';
        expect(text).toContain(`### ${anchor}\n`);
      }
  });
  it('are objects of vendors, or the reason why not', () => {
    for (const make of [datadog, newRelic, dynatrace]) {
      const { json, left } = make(all);
      expect(Array.isArray(json) && json.length).toBeGreaterThan(0);
      expect(left.some((l) => l.startsWith('web-p99-gauge'))).toBe(true);
    }
  });
});
