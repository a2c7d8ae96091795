import { describe, expect, it } from 'vitest';
import { planOf } from '../../../src/deliverables/slo/plan.js';
import { ruleFile } from '../../../src/deliverables/slo/rules.js';
import { readSloSpecs } from '../../../src/evidence/readers/slo/read.js';
import { FileError } from '../../../src/evidence/readers/yaml-file.js';
import { readRuleFile } from '../../../src/experiments/rules/rule-file.js';
import { backtest } from '../../../src/experiments/slo/backtest.js';
import { readHistory } from '../../../src/experiments/slo/history.js';

const SPEC = `version: prometheus/v1
service: shop
slos:
  - name: all
    objective: 99.9
    sli: {events: {error_query: 'sum(rate(events_total{result="bad"}[{{.window}}]))', total_query: 'sum(rate(events_total[{{.window}}]))'}}
`;
const minute = (m: number): string => new Date(Date.UTC(2026, 0, 1) + m * 60_000).toISOString();
/** Twelve hours at ten requests a second; half fail for half an hour, and a single minute is bad once. */
const table = `time,total,bad\n${Array.from({ length: 720 }, (_, m) => `${minute(m)},600,${m >= 300 && m < 330 ? 300 : m === 600 ? 30 : 0}`).join('\n')}`;
const rules = readRuleFile(ruleFile(readSloSpecs(SPEC).map(planOf)));
const at = (m: number): number => Date.UTC(2026, 0, 1) + m * 60_000;

describe('a replay', () => {
  it('says when an incident would have been paged, and that nothing else would', () => {
    const result = backtest(rules, readHistory(table), [
      { name: 'half down', startMs: at(300), endMs: at(330) },
      { name: 'unnoticed', startMs: at(600), endMs: at(601) },
    ]);
    expect(result.incidents[0]?.detectedAfterS).toBeLessThanOrEqual(180);
    expect(result.incidents[1]?.detectedAfterS).toBeUndefined();
    expect(result).toMatchObject({ precision: 1, recall: 0.5 });
    expect(result.pages).toHaveLength(1);
  });

  it('reads the same past from JSON of Prometheus and from OpenMetrics', () => {
    const json = JSON.stringify({
      status: 'success',
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { __name__: 'up', job: 'a' },
            values: [
              [1.5, '1'],
              [61.5, '0'],
            ],
          },
        ],
      },
    });
    const text = 'up{job="a"} 1 1.5\nup{job="a"} 0 61.5\n# EOF\n';
    expect(readHistory(json)).toEqual(readHistory(text));
  });

  it.each([
    ['time,total,bad\n2026-01-01T00:00:00Z,5,9', 2],
    ['time,total,bad\nyesterday,5,1', 2],
    ['time,colour\n1,red', 1],
    ['up 1', 1],
    ['{"data":', 1],
    ['', 1],
  ])('of what is no history says the line: %s', (text, line) => {
    try {
      readHistory(text);
      throw new Error('it was read');
    } catch (error) {
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).line).toBe(line);
    }
  });
});
