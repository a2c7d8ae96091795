import { describe, expect, test } from 'vitest';
import {
  addExponentialWaits,
  addWait,
  waitQuantile,
  waitRecord,
} from '../../../src/models/queues/wait-record.js';
import { seededRandom } from '../../../src/models/random.js';

describe('a record of waits', () => {
  test('tells quantiles within its classes of one per cent', () => {
    const random = seededRandom(1);
    const waits = Array.from({ length: 10_000 }, () => -Math.log(1 - random()));
    const record = waitRecord(0.1);
    for (const w of waits) addWait(record, w, 1);
    waits.sort((a, b) => a - b);
    for (const q of [0.5, 0.9, 0.99]) {
      const exact = waits[Math.floor(q * waits.length)] ?? Number.NaN;
      expect(Math.abs(waitQuantile(record, q) / exact - 1)).toBeLessThan(0.01);
    }
  });

  test('holds exponential waits of some as their formula says, and none of the others', () => {
    const record = waitRecord(0.1);
    addExponentialWaits(record, 7, 0.3, 4);
    expect(waitQuantile(record, 0.99)).toBeCloseTo(Math.log(0.3 / 0.01) / 4, 4);
    expect(waitQuantile(record, 0.69)).toBe(0);
    expect(record.total).toBe(7);
  });

  test('what was taken out again is not there', () => {
    const record = waitRecord(0.1);
    addWait(record, 0.02, 100);
    addExponentialWaits(record, 7, 0.3, 4);
    addExponentialWaits(record, -7, 0.3, 4);
    expect(waitQuantile(record, 0.999)).toBeCloseTo(0.02, 3);
  });

  test('service without variation and free workers leave nobody waiting', () => {
    const record = waitRecord(0.1);
    addExponentialWaits(record, 1, 0.3, Number.POSITIVE_INFINITY);
    expect(waitQuantile(record, 0.999)).toBe(0);
  });

  test('a wait beyond all classes is the longest of them', () => {
    const record = waitRecord(1e-3);
    addWait(record, 1e15, 1);
    expect(waitQuantile(record, 0.5)).toBeGreaterThan(1e6);
  });
});
