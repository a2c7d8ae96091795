import { describe, expect, it } from 'vitest';
import { costFront } from '../../src/capacity/options.js';
import type { Today } from '../../src/capacity/today.js';
import { comparePolicies } from '../../src/models/autoscaling/policies.js';
import { fitCapacity } from '../../src/models/capacity/fit.js';
import { dailyPeaks } from '../../src/models/capacity/load-forecast.js';
import { calendarChart } from '../../src/report/capacity/calendar-chart.js';
import { frontChart } from '../../src/report/capacity/front-chart.js';
import { kneeCurve } from '../../src/report/capacity/knee-curve.js';
import { policyScatter, replayChart } from '../../src/report/capacity/replay-chart.js';

const count = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length;
const isWhole = (svg: string): void => {
  expect(svg.startsWith('<svg') && svg.trimEnd().endsWith('</svg>')).toBe(true);
  expect(/NaN|Infinity|undefined/.exec(svg)?.[0]).toBeUndefined();
  // Said to those who do not see it.
  expect(svg).toMatch(/aria-label="[^"]{20,}"/);
};

describe('the charts of capacity', () => {
  it('knee: each step a point, the model with its interval, and where the knee is', () => {
    const fit = fitCapacity(
      [20, 40, 60, 80, 100, 120].map((x) => ({
        throughput: x,
        offered: x,
        meanMs: 10 / (1 - x / 200),
        utilisation: x / 200,
        from: '',
      })),
    );
    const svg = fit ? kneeCurve(fit) : '';
    isWhole(svg);
    expect(count(svg, /class="point"/g)).toBe(6);
    expect(svg).toMatch(/class="area"/);
    expect(svg).toMatch(/knee \d+\/s/);
  });

  it('cost against p99: both limits as lines, and what no other way beats marked', () => {
    const today: Today = {
      name: 'orders',
      rate: 1000,
      objective: { p99: 300 },
      costLimit: 0.15,
      latency: [{ rate: 1000, p99: 250 }],
      resources: [{ name: 'CPU', used: 0.6, at: 1000, scales: 'instances', reached: 'all', ownCode: true }],
      dependencies: [],
    };
    const front = costFront(today, 1300, 1, 10);
    const svg = front ? frontChart(front, 300, 0.15) : '';
    isWhole(svg);
    expect(count(svg, /class="mark"/g)).toBe(2);
    expect(count(svg, /class="goodfill"/g)).toBe(front?.front.filter((o) => o.billChange <= 1).length);
  });

  it('headroom: daily peaks, their forecast with its interval, and the rate where capacity is planned to end', () => {
    const rates = Array.from({ length: 14 * 1440 }, (_, m) => (m % 1440 === 720 ? 100 + m / 1440 : 10));
    const daily = dailyPeaks(rates, 0, 1);
    const svg = daily ? calendarChart(daily, 30, 200) : '';
    isWhole(svg);
    expect(svg).toMatch(/capacity at the planning share/);
    expect(svg).toMatch(/class="area"/);
  });

  it('autoscaler: the replay of the choice beside the default, and every policy by cost and minutes over', () => {
    const workload = {
      serviceSeconds: 0.05,
      coresPerReplica: 2,
      startSeconds: 60,
      objective: { quantile: 0.99, seconds: 0.5 },
    };
    const load = Array.from({ length: 600 }, (_, m) => (m > 200 && m < 260 ? 400 : 80));
    const compared = comparePolicies(load, workload, {
      learn: 0,
      startMinute: 0,
      minReplicas: 2,
      maxReplicas: 100,
    });
    isWhole(replayChart(compared, workload));
    const scatter = policyScatter(compared);
    isWhole(scatter);
    for (const p of compared.played) if (p === compared.chosen) expect(scatter).toContain(p.name);
  });
});
