import { type DailyPeaks, forecastPeak } from '../../models/capacity/load-forecast.js';
import { at, axes, drawing, path } from './axes.js';

/** Daily peaks, their forecast with its interval, and the rate at which capacity is planned to end. */
export function calendarChart(d: DailyPeaks, days: number, planningRate: number | undefined): string {
  const ahead = Array.from({ length: days }, (_, i) => ({
    day: d.peaks.length + i,
    e: forecastPeak(d, i + 1),
  }));
  const yTo = Math.max(...d.peaks, ...ahead.map((a) => a.e.high), planningRate ?? 0) * 1.1;
  const area = axes({ xTo: d.peaks.length + days, yTo, xTitle: 'days', yTitle: 'peak, requests a second' });
  const band = [
    ...ahead.map((a) => [area.x(a.day), area.y(a.e.high)] as const),
    ...[...ahead].reverse().map((a) => [area.x(a.day), area.y(a.e.low)] as const),
  ];
  const line =
    planningRate === undefined
      ? ''
      : `<line class="mark" x1="62" x2="${area.width - 16}" y1="${at(area.y(planningRate))}" y2="${at(area.y(planningRate))}"/><text class="strong" x="70" y="${at(area.y(planningRate) - 6)}">capacity at the planning share</text>`;
  return drawing(
    area,
    `Daily peaks of ${d.peaks.length} days and the forecast of ${days} more.`,
    `${area.frame}<path class="other" d="${path(d.peaks.map((p, i) => [area.x(i), area.y(p)]))}"/><path class="area" d="${path(band)}Z"/><path class="line" d="${path(ahead.map((a) => [area.x(a.day), area.y(a.e.value)]))}"/>${line}`,
  );
}
