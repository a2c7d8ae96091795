import { describe, expect, it } from 'vitest';
import { anomalyRules, measureBand, type Watched } from '../../../src/deliverables/slo/anomaly.js';
import { anomalyMonitors } from '../../../src/deliverables/slo/anomaly-vendors.js';
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
  it('tells a step that stays within the band, by the hours that it lasts', () => {
    const stepped = history((i, v) => (i >= 5 * DAY ? v + 14 : v));
    expect(replay(stepped)).toEqual(['Shift_queue']);
  });
  it('tells no step of a wiggle of an hour', () => {
    expect(replay(history((i, v) => (i >= 5 * DAY && i < 5 * DAY + 12 ? v + 14 : v)))).toEqual([]);
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

describe('a vendor’s own band', () => {
  it('asks for the same series: sums of rates', () => {
    const made = anomalyMonitors({ ...watched, query: 'sum(rate(orders_total{shop="a"}[5m]))' }, 4);
    expect(JSON.stringify(made?.datadog)).toContain('anomalies(sum:orders_total{shop:a}.as_count(), ');
    expect(JSON.stringify(made?.newRelic)).toContain(
      "SELECT filter(sum(orders_total), WHERE shop IN ('a')) FROM Metric",
    );
    expect(JSON.stringify(made?.dynatrace)).toContain('orders_total.count:filter(eq(');
  });
  it('asks for the same series: an aggregate of a gauge', () => {
    const made = anomalyMonitors({ ...watched, query: 'max(queue_depth)' }, 4);
    expect(JSON.stringify(made?.datadog)).toContain('anomalies(max:queue_depth{*}, ');
    expect(JSON.stringify(made?.newRelic)).toContain('SELECT max(queue_depth) FROM Metric');
    expect(JSON.stringify(made?.dynatrace)).toContain('"queue_depth:splitBy():max"');
  });
  it.each(['sum(rate(a_total[5m])) / sum(rate(b_total[5m]))', 'a - b', 'sum(queue{x="\\""})'])(
    'is not written where its language cannot say the query, or it is none: %s',
    (query) => {
      let made: unknown;
      try {
        made = anomalyMonitors({ ...watched, query }, 4);
      } catch {
        made = undefined;
      }
      expect(made).toBeUndefined();
    },
  );
});
