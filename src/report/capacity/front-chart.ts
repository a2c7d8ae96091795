import type { CostFront } from '../../capacity/options.js';
import { at, axes, drawing } from './axes.js';

/** Bill against p99, all options; those within the limits filled, those of the front named. */
export function frontChart(
  front: CostFront,
  objectiveMs: number | undefined,
  limit: number | undefined,
): string {
  const shown = front.options.filter((o) => o.p99 && Number.isFinite(o.p99.value) && o.billChange <= 1);
  const yTo = Math.max(objectiveMs ?? 0, 1) * 3 || Math.max(...shown.map((o) => o.p99?.value ?? 0), 1);
  const area = axes({
    xTo: Math.max(...shown.map((o) => o.billChange * 100), 20),
    yTo,
    xTitle: 'rise of the bill, per cent',
    yTitle: 'p99, ms',
  });
  const dots = shown
    .map((o) => {
      const best = front.front.includes(o);
      const x = area.x(o.billChange * 100);
      const y = area.y(o.p99?.value ?? 0);
      return `<circle class="${best ? 'goodfill' : 'point'}" cx="${at(x)}" cy="${at(y)}" r="${best ? 6 : 2.5}"/>${best ? `<text x="${at(x + 9)}" y="${at(y - 8 - 16 * front.front.indexOf(o))}">${Math.round(o.cut * 100)} % less work</text>` : ''}`;
    })
    .join('');
  const lines = [
    ...(objectiveMs === undefined
      ? []
      : [
          `<line class="mark" x1="62" x2="${area.width - 16}" y1="${at(area.y(objectiveMs))}" y2="${at(area.y(objectiveMs))}"/>`,
        ]),
    ...(limit === undefined
      ? []
      : [
          `<line class="mark" x1="${at(area.x(limit * 100))}" x2="${at(area.x(limit * 100))}" y1="14" y2="${area.height - 44}"/>`,
        ]),
  ].join('');
  return drawing(
    area,
    `${front.feasible} of ${front.options.length} options fit every limit.`,
    area.frame + lines + dots,
  );
}
