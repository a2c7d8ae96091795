import { describe, expect, it } from 'vitest';
import { anomalyRules, measureBand, type Watched } from '../../../src/deliverables/slo/anomaly.js';
import { readRuleFile } from '../../../src/experiments/rules/rule-file.js';
import { backtest } from '../../../src/experiments/slo/backtest.js';
import { readHistory } from '../../../src/experiments/slo/history.js';

const STEP_MS = 300_000;
const DAY = 288;
const start = Date.UTC(2026, 0, 1);
/** Six days of a daily wave with a small saw-tooth on it; `change` may alter or remove a value. */
const history = (change: (i: number, v: number) => number | undefined): string =>
  `time,metric,value\n${Array.from({ length: 6 * DAY }, (_, i) => {
    const v = change(i, 100 + 50 * Math.sin((2 * Math.PI * i) / DAY) + ((i * 7) % 11) - 5);
    return v === undefined ? '' : `${new Date(start + i * STEP_MS).toISOString()},queue,${v}`;
  })
    .filter((l) => l !== '')
    .join('\n')}`;
const watched: Watched = { name: 'queue', query: 'sum(queue)', season: 'day' };
const replay = (text: string) =>
  backtest(readRuleFile(anomalyRules(watched, 5)), readHistory(text), [], STEP_MS).firings.map(
    (f) => f.alert,
  );

describe('a seasonal band', () => {
  it('is silent on a signal that does what it does every day', () => {
    expect(replay(history((_, v) => v))).toEqual([]);
  });
  it('tells a level that this hour does not have', () => {
    expect(replay(history((i, v) => (i >= 5 * DAY + 60 && i < 5 * DAY + 90 ? v * 2 : v)))).toEqual([
      'Anomaly_queue',
    ]);
  });
  it('tells a series that is gone', () => {
    expect(replay(history((i, v) => (i >= 5 * DAY + 60 && i < 5 * DAY + 90 ? undefined : v)))).toContain(
      'Absent_queue',
    );
  });
  it('says how often it would have alarmed, and nothing of a history that is too short', () => {
    const measured = measureBand(watched, () => readHistory(history((_, v) => v)));
    expect(measured?.chosen).toMatchObject({ alarms: 0 });
    expect(
      measureBand({ ...watched, season: 'week' }, () => readHistory(history((_, v) => v))),
    ).toBeUndefined();
  });
});
