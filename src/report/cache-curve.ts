import type { CacheStudy } from '../facts/cache-study/study.js';
import { at, axes, drawing, path } from './capacity/axes.js';

/** The hit ratio by room as one SVG: the LRU curve, today's room on it, and what other policies would hit there. */
export function cacheCurveSvg(study: CacheStudy): string {
  const size = study.policies[0]?.size ?? 0;
  const shown = study.curve.filter((r) => r.size <= Math.max(4 * size, study.objects / 2));
  const last = shown[shown.length - 1];
  const a = axes({
    xTo: last?.size ?? 1,
    yTo: 100,
    xTitle: 'room in objects',
    yTitle: 'look-ups served, %',
  });
  const line = path([[a.x(0), a.y(0)], ...shown.map((r) => [a.x(r.size), a.y(100 * r.hitRatio)] as const)]);
  const here = study.curve.find((r) => r.size === size);
  const best = study.policies[0];
  const marks = study.policies
    .filter((p) => ['sieve', 's3fifo', 'arc', 'redis-lfu'].includes(p.policy))
    .map(
      (p) =>
        `<circle class="goodfill" cx="${at(a.x(p.size))}" cy="${at(a.y(100 * p.hitRatio))}" r="3"><title>${p.policy}</title></circle>`,
    );
  const label = here
    ? `<line class="mark" x1="${at(a.x(size))}" x2="${at(a.x(size))}" y1="${at(a.y(0))}" y2="${at(a.y(100))}"/><circle class="point" cx="${at(a.x(size))}" cy="${at(a.y(100 * here.hitRatio))}" r="4.5"/><text class="strong" x="${at(a.x(size) + 8)}" y="${at(a.y(100 * here.hitRatio) + 16)}">today ${(100 * here.hitRatio).toFixed(1)} %</text>`
    : '';
  const words = here
    ? `With room for ${size} of ${study.objects} objects LRU serves ${(100 * here.hitRatio).toFixed(1)} % of look-ups${best ? `; the best policy there, ${best.policy}, ${(100 * best.hitRatio).toFixed(1)} %` : ''}.`
    : `Hit ratio by room over ${study.objects} objects.`;
  return drawing(a, words, `${a.frame}<path class="line" d="${line}"/>${marks.join('')}${label}`);
}
