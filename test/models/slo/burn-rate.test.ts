import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { burnAlerts, burnFactor, burnPairs } from '../../../src/models/slo/burn-rate.js';
import { detectionS, exhaustionS, resetS, spentAtDetection } from '../../../src/models/slo/detection.js';

const DAY = 86_400;

describe('burn-rate factors', () => {
  it('are those of the period: 14.4 holds for 30 days, 13.44 for 28', () => {
    expect(burnAlerts(0.999, 30 * DAY).alerts.map((a) => a.factor)).toEqual([14.4, 6, 1]);
    expect(burnAlerts(0.999, 28 * DAY).alerts.map((a) => a.factor)).toEqual([13.44, 5.6, 0.933333333333]);
    expect(burnFactor(0.02, 90 * DAY, 3600)).toBe(43.2);
  });

  it('are refused where no share of bad events can reach them', () => {
    const { alerts, refused } = burnAlerts(0.9, 30 * DAY);
    expect(alerts.map((a) => a.factor)).toEqual([6, 1]);
    expect(refused).toMatchObject([{ factor: 14.4, threshold: 1.44, reason: 'unreachable' }]);
  });

  it('leave no page that would fire while the budget still lasts the period', () => {
    expect(burnAlerts(0.99, DAY).refused.every((r) => r.factor <= 1)).toBe(true);
  });

  it('have a ticket near the allowed speed for every period', () => {
    for (const days of [1, 7, 14, 28, 30, 90, 365]) {
      const ticket = burnPairs(days * DAY).at(-1);
      expect(burnFactor(ticket?.spent ?? 0, days * DAY, ticket?.longS ?? 1)).toBeGreaterThan(0.7);
      expect(burnFactor(ticket?.spent ?? 0, days * DAY, ticket?.longS ?? 1)).toBeLessThan(1.5);
    }
  });
});

describe('detection and reset', () => {
  const [page] = burnAlerts(0.999, 30 * DAY).alerts;
  if (!page) throw new Error('no page');

  it('of a complete outage come after 52 and 296 seconds', () => {
    expect(detectionS(page, 1)).toBeCloseTo(51.84, 6);
    expect(resetS(page, 1, 3600)).toBeCloseTo(300 * (1 - 0.0144), 6);
  });

  it('never come for a share that cannot reach the threshold, nor for an outage that ends before', () => {
    expect(detectionS(page, 0.0144)).toBeUndefined();
    expect(resetS(page, 1, 40)).toBeUndefined();
  });

  it('agree with windows that are filled minute by minute', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.integer({ min: 70, max: 300 }), (percent, minutes) => {
        const share = percent / 100;
        const within = (window: number, t: number): number =>
          (share * Math.max(0, Math.min(t, minutes * 60) - Math.max(0, t - window))) / window;
        const fires = (t: number): boolean =>
          within(page.longS, t) > page.threshold && within(page.shortS, t) > page.threshold;
        const found = detectionS(page, share);
        if (found === undefined) return;
        expect(fires(found - 1)).toBe(false);
        expect(fires(found + 1)).toBe(true);
        const reset = resetS(page, share, minutes * 60);
        if (reset === undefined) return;
        expect(fires(minutes * 60 + reset - 1)).toBe(true);
        expect(fires(minutes * 60 + reset + 1)).toBe(false);
      }),
    );
  });

  it('spend the same share of the budget whatever the speed', () => {
    expect(spentAtDetection(page, 1, 30 * DAY)).toBeCloseTo(0.02, 9);
    expect(spentAtDetection(page, 0.05, 30 * DAY)).toBeCloseTo(0.02, 9);
    expect(exhaustionS(0.999, 30 * DAY, 0.0144)).toBeCloseTo(50 * 3600, 6);
  });
});
