import { describe, expect, it } from 'vitest';
import { lintRules } from '../../../src/experiments/rules/lint.js';
import { readRuleFile } from '../../../src/experiments/rules/rule-file.js';

const defectsOf = (rule: Record<string, unknown>): string[] =>
  lintRules(readRuleFile(JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] })))
    .map((d) => d.defect)
    .sort();
const alert = (expr: string, more: Record<string, unknown> = {}): string[] =>
  defectsOf({ alert: 'A', expr, annotations: { runbook_url: 'x' }, ...more });
const bad = (w: string): string => `sum(rate(http_requests_total{code=~"5.."}[${w}]))`;
const total = (w: string): string => `sum(rate(http_requests_total[${w}]))`;

describe('known defects of rules', () => {
  it.each([
    [
      'a record that is NaN without traffic',
      `(${bad('5m')} or 0 * ${total('5m')}) / ${total('5m')}`,
      ['zero-traffic'],
    ],
    [
      'a record that is nothing until something fails',
      `${bad('5m')} / (${total('5m')} > 0)`,
      ['absent-errors'],
    ],
    ['a mean of shares over a month', 'avg_over_time(slo:sli_error:ratio[30d])', ['unweighted-period']],
  ])('are found: %s', (_, expr, defects) => {
    expect(defectsOf({ record: 'slo:sli_error:ratio5m', expr })).toEqual(defects);
  });

  it.each([
    ['a share that few requests make', `${bad('5m')} / (${total('5m')} > 0) > 0.01`, {}, ['no-minimum']],
    [
      'a threshold that no share reaches',
      `${bad('5m')} / (${total('5m')} > 0) > 14.4 * 0.1`,
      {},
      ['no-minimum', 'unreachable'],
    ],
    [
      'one long window',
      `${bad('6h')} / (${total('6h')} > 0) > 0.01 and ${bad('6h')} * 21600 >= 5`,
      {},
      ['one-window'],
    ],
    [
      'no word of what to do',
      `${bad('5m')} / (${total('5m')} > 0) > 0.01 and ${bad('5m')} * 300 >= 5`,
      { annotations: {} },
      ['no-runbook'],
    ],
  ])('are found in alerts: %s', (_, expr, more, defects) => {
    expect(alert(expr, more)).toEqual(defects);
  });

  it('are none where both windows are asked, and a number of bad ones', () => {
    const over = (w: string): string => `${bad(w)} / (${total(w)} > 0) > 0.01`;
    expect(alert(`${over('1h')} and ${over('5m')} and ${bad('1h')} * 3600 >= 5`)).toEqual([]);
  });

  it('are none of a share of levels: ninety of a hundred connections are many, whatever the traffic', () => {
    expect(alert('sum(pg_stat_activity_count) / max(pg_settings_max_connections) > 0.9')).toEqual([]);
  });
});
