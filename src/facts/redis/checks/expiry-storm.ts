import { percent, type RedisCheck } from '../finding.js';

/** A second's expiries this many times the usual, and this share of the keys, are a wave. */
const TIMES_USUAL = 8;
const KEY_SHARE = 0.02;
const FEWEST = 100;
const NEEDED_TICKS = 5;

/** Many keys expire in the same second, and what they held is asked for anew all at once. */
export const expiryStorm: RedisCheck = ({ ticks, keys }) => {
  if (ticks.length < NEEDED_TICKS) return [];
  const rates = ticks.slice(1).map((t, i) => t.expired - (ticks[i]?.expired ?? t.expired));
  const misses = ticks.slice(1).map((t, i) => t.misses - (ticks[i]?.misses ?? t.misses));
  const peak = Math.max(...rates);
  const at = rates.indexOf(peak);
  const usual = median(rates.filter((_, i) => i !== at));
  if (peak < FEWEST || peak < TIMES_USUAL * Math.max(1, usual) || peak < KEY_SHARE * (keys + peak)) return [];
  const around = Math.max(...misses.slice(at, at + 2));
  const others = median(misses.filter((_, i) => i < at - 1 || i > at + 1));
  return [
    {
      id: 'expiry-storm',
      says: `${peak} keys (${percent(peak / (keys + peak))} of all) expired within one second, where ${usual} is usual; misses went to ${around} a second from ${others}.`,
      todo: 'Spread lives over ±10 to 20 % when keys are written, most of all those written together by a warm-up or a batch.',
      numbers: { peak, usual, misses: around, missesUsual: others },
    },
  ];
};

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
