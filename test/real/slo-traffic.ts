import { seededRandom } from '../../src/models/random.js';

/** An SLO of events for which rules are written and then replayed. */
export const SPEC = `version: prometheus/v1
service: shop
slos:
  - name: all
    objective: 99
    sli: {events: {error_query: 'sum(rate(events_total{result="bad"}[{{.window}}]))', total_query: 'sum(rate(events_total[{{.window}}]))'}}
`;
export const MINUTES = 240;

/** Traffic that comes and goes, with failures in stretches of random length and share, and a restart of the counters. */
export function traffic(seed: number): { good: number[]; bad: number[] } {
  const random = seededRandom(seed);
  const good: number[] = [];
  const bad: number[] = [];
  let share = 0;
  for (let m = 0, [g, b] = [0, 0]; m <= MINUTES; m++) {
    if (random() < 0.06) share = random() < 0.5 ? 0 : random() ** 2;
    if (m === 150) [g, b] = [0, 0];
    const events = m > 200 && m < 215 ? 0 : Math.floor(random() * 600);
    b += Math.round(events * share);
    g += events - Math.round(events * share);
    good.push(g);
    bad.push(b);
  }
  return { good, bad };
}
