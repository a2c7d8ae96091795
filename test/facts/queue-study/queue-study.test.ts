import { describe, expect, test } from 'vitest';
import { type ArrivalsError, readArrivals } from '../../../src/facts/queue-study/arrivals.js';
import { studyQueue } from '../../../src/facts/queue-study/study.js';
import { poissonArrivals } from '../../../src/models/queues/simulate.js';
import { seededRandom } from '../../../src/models/random.js';

const minutes = (counts: number[]): string =>
  `timestamp,count\n${counts.map((c, i) => `${new Date(Date.UTC(2026, 0, 1) + i * 60_000).toISOString()},${c}`).join('\n')}\n`;
/** Few messages that take long: 5 of them at work on average, 25 at the peak. */
const burst = [
  ...new Array<number>(30).fill(12),
  ...new Array<number>(5).fill(60),
  ...new Array<number>(30).fill(12),
];
const question = { serviceSeconds: 25, serviceVariation: 1, objective: { quantile: 0.99, seconds: 60 } };

describe('arrivals', () => {
  test('counts by minute become rates; minutes without a row had none', () => {
    const text =
      'timestamp,count\n2026-01-01T00:00:00Z,120\n2026-01-01T00:01:00Z,60\n2026-01-01T00:03:00Z,30\n';
    const read = readArrivals(text);
    expect(read.stepSeconds).toBe(60);
    expect(read.ratePerSecond).toEqual([2, 1, 0, 0.5]);
  });

  test('the unit of the time is told by its size', () => {
    const at = (factor: number): string =>
      [0, 60, 120].map((s) => `${(1_767_225_600 + s) * factor},60`).join('\n');
    for (const factor of [1, 1e3, 1e6, 1e9]) expect(readArrivals(`ts,n\n${at(factor)}`).stepSeconds).toBe(60);
  });

  test('single times tell how much gaps vary: Poisson 1, even 0', () => {
    const poisson = poissonArrivals([5, 5, 5, 5, 5], 600, seededRandom(3));
    expect(readArrivals([...poisson].map((t) => String(t + 1.7e9)).join('\n')).gapVariation).toBeCloseTo(
      1,
      0,
    );
    const even = Array.from({ length: 2000 }, (_, i) => String(1.7e9 + i / 4)).join('\n');
    expect(readArrivals(even).gapVariation).toBeLessThan(0.01);
  });

  test.each([
    ['', /empty/, 1],
    ['timestamp,colour\n2026-01-01,red\n', /No column/, 1],
    ['timestamp,count\n2026-01-01T00:00:00Z,5\nsoon,7\n', /holds no time/, 3],
    ['timestamp,count\n2026-01-01T00:01:00Z,5\n2026-01-01T00:00:00Z,5\n', /goes back/, 3],
    ['timestamp,count\n2026-01-01T00:00:00Z,-5\n2026-01-01T00:01:00Z,5\n', /holds no time/, 2],
    [
      'timestamp,count\n1970-01-01T00:00:00Z,1\n1970-01-01T00:00:01Z,1\n1970-01-01T00:00:02Z,1\n2026-01-01T00:00:00Z,1\n',
      /span/,
      2,
    ],
  ])('%j is refused with its line', (text, message, line) => {
    expect(() => readArrivals(text)).toThrow(message);
    try {
      readArrivals(text);
    } catch (error) {
      expect((error as ArrivalsError).line).toBe(line);
    }
  });
});

describe('a study of a queue', () => {
  test('names the fewest workers that keep the objective, and what follows from them', () => {
    const study = studyQueue(readArrivals(minutes(burst)), { ...question, workers: 6 });
    expect(study.needed?.objectiveSeconds.high).toBeLessThanOrEqual(60);
    expect(study.now?.objectiveSeconds.low).toBeGreaterThan(60);
    expect(study.needed?.workers).toBeGreaterThan(10);
    expect(study.settings.map((s) => s.name)).toEqual([
      'workers',
      'queue bound',
      'visibility time-out',
      'prefetch or batch',
      'retries',
      'repeats',
      'concurrency limit of a caller',
      'alert',
    ]);
  });

  test('more workers never wait longer', () => {
    const waits = [8, 12, 16, 20, 30].map(
      (workers) =>
        studyQueue(readArrivals(minutes(burst)), { ...question, workers }).now?.p99Seconds.middle ?? 0,
    );
    expect(waits.every((w, i) => i === 0 || w <= (waits[i - 1] ?? 0))).toBe(true);
  });

  test('a peak beyond the workers is replayed by who is let in; one that they carry is not', () => {
    const over = studyQueue(readArrivals(minutes(burst)), { ...question, workers: 12 });
    const endless = over.admission?.find((a) => a.rule === 'all wait');
    expect(endless?.late).toBeGreaterThan(0);
    for (const a of over.admission ?? []) expect(a.goodput + a.late + a.refused).toBeCloseTo(1, 9);
    expect(studyQueue(readArrivals(minutes(burst)), { ...question, workers: 40 }).admission).toBeUndefined();
  });

  test('workers that cannot keep up on average are said to be', () => {
    expect(studyQueue(readArrivals(minutes(burst)), { ...question, workers: 2 }).now?.stable).toBe(false);
  });
});
