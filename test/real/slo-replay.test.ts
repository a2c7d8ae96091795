import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { planOf } from '../../src/deliverables/slo/plan.js';
import { ruleFile } from '../../src/deliverables/slo/rules.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { readRuleFile } from '../../src/experiments/rules/rule-file.js';
import { append, newStorage, seriesFor } from '../../src/experiments/rules/series.js';
import { backtest } from '../../src/experiments/slo/backtest.js';
import { MINUTES, SPEC, traffic } from './slo-traffic.js';
import { has, run } from './tools.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!has('promtool'))('a replay', () => {
  it.each([1, 2])('agrees with Prometheus on every evaluation of every alert, seed %i', (seed) => {
    const rules = ruleFile(readSloSpecs(SPEC).map(planOf));
    const { good, bad } = traffic(seed);
    const storage = newStorage();
    for (const [result, values] of Object.entries({ good, bad })) {
      const series = seriesFor(storage, { __name__: 'events_total', result });
      values.forEach((v, m) => {
        append(series, m * 60_000, v);
      });
    }
    const groups = readRuleFile(rules);
    const { firings } = backtest(groups, { storage, startMs: 0, endMs: MINUTES * 60_000, counts: true }, []);
    expect(firings.length).toBeGreaterThan(1);
    const alerts = groups.flatMap((g) => g.rules).filter((r) => r.kind === 'alert');
    const checks = alerts.flatMap((a) =>
      Array.from({ length: MINUTES / 2 }, (_, k) => 2 * k).map((m) => ({
        expr: `count(ALERTS{alertname="${a.name}",alertstate="firing"})`,
        eval_time: `${m}m`,
        exp_samples: firings.some(
          (f) => f.alert === a.name && f.startMs <= m * 60_000 && m * 60_000 <= f.endMs,
        )
          ? [{ labels: '{}', value: 1 }]
          : [],
      })),
    );
    writeFileSync(join(folder, 'rules.yml'), rules);
    writeFileSync(
      join(folder, 'tests.yml'),
      stringify({
        rule_files: ['rules.yml'],
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: [
              { series: 'events_total{result="good"}', values: good.join(' ') },
              { series: 'events_total{result="bad"}', values: bad.join(' ') },
            ],
            promql_expr_test: checks,
          },
        ],
      }),
    );
    const tested = run('promtool', ['test', 'rules', 'tests.yml'], { cwd: folder });
    expect(tested.output).not.toContain('FAILED');
    expect(tested.status).toBe(0);
  });
});
