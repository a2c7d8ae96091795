import type { CapacityFit } from '../../models/capacity/fit.js';
import { meanOf } from '../../models/capacity/steps.js';
import { short } from '../load-run.js';
import { at, axes, drawing, path } from './axes.js';

const POINTS = 60;

/** Mean latency over throughput: what was measured, the model, its interval, and the knee. */
export function kneeCurve(fit: CapacityFit): string {
  const limit = Number.isFinite(fit.capacity.value) ? fit.capacity.value : fit.measuredTo * 1.3;
  const xTo = Math.max(limit, fit.measuredTo) * 1.05;
  const timed = fit.steps.flatMap((s) => {
    const mean = meanOf(s) ?? (s.concurrency ? (s.concurrency / s.throughput) * 1000 : undefined);
    return mean === undefined ? [] : [{ x: s.throughput, y: mean }];
  });
  const least = fit.chosen.model.meanMs(xTo / 1000);
  const yTo = Math.max(...timed.map((t) => t.y), Number.isFinite(least) ? least * 6 : 0, 1) * 1.1;
  const area = axes({
    xTo,
    yTo,
    xTitle: 'requests a second',
    yTitle: 'mean latency, ms',
  });
  const curve = Array.from({ length: POINTS }, (_, i) => {
    const x = (limit * (i + 0.5)) / POINTS;
    return { x, e: fit.meanAt(x) };
  });
  const upper = curve.map(({ x, e }) => [area.x(x), area.y(Math.min(e.high, yTo))] as const);
  const lower = curve.map(({ x, e }) => [area.x(x), area.y(Math.min(e.low, yTo))] as const);
  const band = `<path class="area" d="${path([...upper, ...lower.reverse()].filter(([, y]) => Number.isFinite(y)))}Z"/>`;
  const line = `<path class="line" d="${path(curve.filter(({ e }) => e.value <= yTo).map(({ x, e }) => [area.x(x), area.y(e.value)]))}"/>`;
  const dots = timed
    .map((t) => `<circle class="point" cx="${at(area.x(t.x))}" cy="${at(area.y(t.y))}" r="4"/>`)
    .join('');
  const knee = Number.isFinite(fit.knee.value)
    ? `<line class="mark" x1="${at(area.x(fit.knee.value))}" x2="${at(area.x(fit.knee.value))}" y1="14" y2="${area.height - 44}"/><text class="strong" x="${at(area.x(fit.knee.value) - 6)}" y="28" text-anchor="end">knee ${short(fit.knee.value)}/s</text>`
    : '';
  return drawing(
    area,
    `Mean latency by throughput; ${timed.length} steps measured up to ${short(fit.measuredTo)} a second, knee at ${short(fit.knee.value)} a second.`,
    area.frame + band + line + dots + knee,
  );
}
