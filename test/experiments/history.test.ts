import { describe, expect, it } from 'vitest';
import { historyChanges } from '../../src/experiments/history/changes.js';
import { HistoryFault, readHistory } from '../../src/experiments/history/read.js';
import { seededRandom } from '../../src/models/random.js';

const noise = (seed: number) => {
  const random = seededRandom(seed);
  return () => random() + random() + random() - 1.5;
};
const table = (n: number, columns: Record<string, (i: number) => number>): string =>
  [
    ['time', 'commit', ...Object.keys(columns)].join(','),
    ...Array.from({ length: n }, (_, i) =>
      [
        new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
        `c${i}`,
        ...Object.values(columns).map((f) => f(i)),
      ].join(','),
    ),
  ].join('\n');

describe('a history', () => {
  it('tells where a metric got worse, by how much, and between which commits', () => {
    const z = noise(1);
    const changes = historyChanges(
      readHistory(table(80, { p99: (i) => 100 + z() + (i >= 50 ? 10 : 0) }), 'h.csv'),
    );
    expect(changes).toMatchObject([
      { series: 'p99', direction: 'worse', kind: 'step', after: 'c49', until: 'c50' },
    ]);
    expect(changes[0]?.shift).toBeCloseTo(0.1, 1);
  });
  it('says when a change went away', () => {
    const z = noise(2);
    const changes = historyChanges(
      readHistory(table(90, { throughput: (i) => 500 + 5 * z() - (i >= 40 && i < 60 ? 60 : 0) }), 'h.csv'),
    );
    expect(changes).toMatchObject([{ direction: 'worse', wentAwayAt: 60 }, { direction: 'better' }]);
  });
  it('says when a cost only moved', () => {
    const [a, b] = [noise(3), noise(4)];
    const changes = historyChanges(
      readHistory(
        table(70, {
          parse_ms: (i) => 40 + a() + (i >= 30 ? 8 : 0),
          render_ms: (i) => 50 + b() - (i >= 30 ? 8 : 0),
        }),
        'h.csv',
      ),
    );
    expect(changes.map((c) => c.movedTo)).toEqual([['render_ms'], ['parse_ms']]);
  });
  it('leaves out what is too small to matter', () => {
    const z = noise(5);
    const text = table(80, { p99: (i) => 1000 + z() + (i >= 40 ? 5 : 0) });
    expect(historyChanges(readHistory(text, 'h.csv'))).toEqual([]);
  });
  it('reads rows that come newest first', () => {
    const lines = table(30, { p99: (i) => i }).split('\n');
    const [header = '', ...rows] = lines;
    const [series] = readHistory([header, ...rows.reverse()].join('\n'), 'h.csv');
    expect(series?.points[0]).toMatchObject({ value: 0, label: 'c0' });
  });
  it('reads the data of github-action-benchmark, with the direction of its unit', () => {
    const data = {
      entries: {
        Go: [1, 2, 3].map((k) => ({
          commit: { id: `abc${k}` },
          date: k * 1000,
          tool: 'go',
          benches: [
            { name: 'Sum', value: k, unit: 'ns/op' },
            { name: 'Rate', value: 10 * k, unit: 'ops/sec' },
          ],
        })),
      },
    };
    const read = readHistory(`window.BENCHMARK_DATA = ${JSON.stringify(data)};`, 'data.js');
    expect(read).toMatchObject([
      { name: 'Go Sum', worse: 'higher', points: [{ label: 'abc1' }, {}, {}] },
      { name: 'Go Rate', worse: 'lower' },
    ]);
  });
  it.each([
    ['', 'empty'],
    ['{"entries"', 'cut off'],
    ['{"a":1}', 'no history'],
    ['a,b\n1,2', 'no column for the time'],
    ['time,p99\n2026-01-01,1\n2026-01-02,x', 'no number'],
    ['time,p99\n2026-01-01', 'cut off'],
    ['time,name\n2026-01-01,x', 'No column holds numbers'],
  ])('that is damaged is told with its place: %j', (text, what) => {
    expect(() => readHistory(text, 'h.csv')).toThrow(HistoryFault);
    expect(() => readHistory(text, 'h.csv')).toThrow(what);
  });
});
