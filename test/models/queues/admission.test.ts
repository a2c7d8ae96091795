import { describe, expect, test } from 'vitest';
import { type Admission, simulateAdmission } from '../../../src/models/queues/admission.js';
import { exponentialService, poissonArrivals, simulateQueue } from '../../../src/models/queues/simulate.js';
import { seededRandom } from '../../../src/models/random.js';

const WORKERS = 10;
const SERVICE = 0.1;
/** A minute within capacity, two of 1.6 times what the workers can do, two within. */
const overload = poissonArrivals([70, 160, 160, 70, 70], 60, seededRandom(2));
const run = (rule: Admission) =>
  simulateAdmission(overload, exponentialService(SERVICE, seededRandom(5)), WORKERS, 1, rule);

describe('who is let in', () => {
  test('letting everybody wait is the queue itself', () => {
    const arrivals = poissonArrivals([80], 120, seededRandom(1));
    const times: number[] = [];
    const random = seededRandom(3);
    const service = Array.from(arrivals, () => -SERVICE * Math.log(1 - random()));
    const { waits } = simulateQueue(arrivals, (i) => service[i] ?? 0, WORKERS);
    waits.forEach((w, i) => {
      times.push(w + (service[i] ?? 0));
    });
    times.sort((a, b) => a - b);
    const all = simulateAdmission(arrivals, (i) => service[i] ?? 0, WORKERS, 1, { kind: 'all' });
    expect(all.p99Seconds).toBeCloseTo(times[Math.floor(0.99 * times.length)] ?? 0, 9);
    expect(all.refused).toBe(0);
  });

  test('under overload an endless queue answers nearly all too late; every rule keeps most of the capacity useful', () => {
    const endless = run({ kind: 'all' });
    expect(endless.late).toBeGreaterThan(0.5);
    const rules: Admission[] = [
      { kind: 'bounded', queue: 60 },
      { kind: 'deadline', seconds: 0.7 },
      { kind: 'aimd', lateSeconds: 0.7, from: 20, most: 500 },
      { kind: 'gradient', from: 20, most: 500 },
    ];
    for (const rule of rules) {
      const limited = run(rule);
      expect(limited.goodput, rule.kind).toBeGreaterThan(1.5 * endless.goodput);
      expect(limited.late, rule.kind).toBeLessThan(0.1);
    }
  });

  test('nothing is refused by a limit when all is well', () => {
    const calm = poissonArrivals([60], 120, seededRandom(7));
    for (const rule of [
      { kind: 'bounded', queue: 200 },
      { kind: 'deadline', seconds: 0.9 },
      { kind: 'aimd', lateSeconds: 0.9, from: 30, most: 500 },
    ] as const)
      expect(
        simulateAdmission(calm, exponentialService(SERVICE, seededRandom(5)), WORKERS, 1, rule).refused,
      ).toBe(0);
  });

  test('every arrival is answered, late or refused', () => {
    for (const rule of [
      { kind: 'all' },
      { kind: 'bounded', queue: 3 },
      { kind: 'deadline', seconds: 0.3 },
    ] as const) {
      const r = run(rule);
      expect(r.goodput + r.late + r.refused).toBeCloseTo(1, 9);
    }
  });
});
