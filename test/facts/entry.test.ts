import { expect, test } from 'vitest';
import { chooseEntry, slowPercentile } from '../../src/facts/entry.js';
import { LEVELS, type OperationTimes } from '../../src/facts/requests.js';
import { rise } from '../../src/facts/split.js';

const op = (
  operation: string,
  phase: OperationTimes['phase'],
  requests: number,
  ms: number,
): OperationTimes => ({
  service: 'shop',
  operation,
  phase,
  requests,
  quantilesNs: LEVELS.map((level) => ms * 1e6 * (1 + level)),
});

test('the largest growth of time in the tail wins, not the slowest operation', () => {
  const times = [
    op('report', 'incident', 100, 2000),
    op('report', 'baseline', 100, 2000),
    op('buy', 'incident', 1000, 300),
    op('buy', 'baseline', 1000, 100),
  ];
  expect(chooseEntry(times, 95, 3800e6, true)?.operation).toBe('buy');
});

test('an operation that is quick for its system does not win by a few ms', () => {
  const times = [
    op('buy', 'incident', 1000, 100),
    op('buy', 'baseline', 1000, 100),
    op('ping', 'incident', 300, 3),
    op('ping', 'baseline', 300, 1),
  ];
  expect(chooseEntry(times, 95, 190e6, true)?.operation).toBe('buy');
});

test('with few requests more of them count as slow', () => {
  const entry = chooseEntry([op('buy', 'incident', 60, 100), op('buy', 'baseline', 60, 50)], 95, 190e6, true);
  expect(entry?.slowShare).toBeCloseTo(1 / 3, 6);
});

test('the percentile of the target is taken when it leaves requests enough', () => {
  expect(slowPercentile(50_000, 99)).toBe(99);
  expect(slowPercentile(2_000, 99)).toBe(95);
  expect(slowPercentile(50_000, undefined)).toBe(95);
});

test('a lasting rise is found where it begins; a single peak and chance are none', () => {
  const noise = (i: number): number => 100 + ((i * 37) % 11);
  const steps = Array.from({ length: 48 }, (_, i) => (i < 30 ? noise(i) : 2 * noise(i)));
  expect(rise(steps)).toBe(30);
  expect(rise(Array.from({ length: 48 }, (_, i) => noise(i)))).toBeUndefined();
  expect(rise(Array.from({ length: 48 }, (_, i) => (i === 20 ? 900 : noise(i))))).toBeUndefined();
  expect(rise([1, 2, 3])).toBeUndefined();
});
