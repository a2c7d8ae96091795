import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planOf, type SloPlan } from '../../src/deliverables/slo/plan.js';
import { testFile } from '../../src/deliverables/slo/rule-tests.js';
import { ruleFile } from '../../src/deliverables/slo/rules.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { readRuleFile } from '../../src/experiments/rules/rule-file.js';
import { runRuleTests } from '../../src/experiments/rules/unit-test.js';

export interface Outcome {
  name: string;
  passed: boolean;
  detail: string;
}

export const hasPromtool = (): boolean => spawnSync('promtool', ['--version']).status === 0;

/** What promtool says of rules and their tests; empty when it is content. */
export function promtool(rules: string, tests: string): string {
  const cwd = mkdtempSync(join(tmpdir(), 'kneepoint-slo-'));
  try {
    writeFileSync(join(cwd, 'rules.yml'), rules);
    writeFileSync(join(cwd, 'tests.yml'), tests);
    for (const args of [
      ['check', 'rules', 'rules.yml'],
      ['test', 'rules', 'tests.yml'],
    ]) {
      const { status, stdout, stderr } = spawnSync('promtool', args, { cwd, encoding: 'utf8' });
      if (status !== 0) return `${stdout}\n${stderr}`.trim();
    }
    return '';
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Every promise of a file: rules that pass promtool, tests that hold, and none that could not be written. */
export function checkSpecs(text: string, file: string, withPromtool: boolean): Outcome[] {
  let plans: SloPlan[];
  try {
    plans = readSloSpecs(text).map(planOf);
  } catch (error) {
    return [{ name: file, passed: false, detail: error instanceof Error ? error.message : String(error) }];
  }
  return plans.map((p): Outcome => {
    const { text: tests, untested } = testFile([p]);
    const { failures } = runRuleTests(tests, readRuleFile(ruleFile([p])));
    // One at a time: promtool runs every rule of a file for every test.
    const said = withPromtool ? promtool(ruleFile([p]), tests) : '';
    const wrong = [
      ...failures.map((f) => `${f.test}: ${f.what}`),
      ...untested,
      ...(said === '' ? [] : [`promtool: ${said.slice(0, 500)}`]),
    ];
    return { name: `${file} ${p.spec.id}`, passed: wrong.length === 0, detail: wrong[0] ?? '' };
  });
}
