import type { Comparison } from '../../models/autoscaling/policies.js';
import { neededReplicas, type Workload } from '../../models/autoscaling/replay.js';
import { escapeHtml } from '../html/escape.js';
import { short } from '../load-run.js';
import { at, axes, drawing, path } from './axes.js';

const BUCKETS = 420;

/**
 * Replicas over time: what the load needs at full use, what the default and the choice had, and below it the minutes in
 * which each broke the objective. Several minutes share a point on long loads: the highest need, the fewest serving.
 */
export function replayChart(compared: Comparison, workload: Workload): string {
  const { default: base, chosen } = compared;
  const minutes = base.run.steps.length;
  const size = Math.max(1, Math.ceil(minutes / BUCKETS));
  const points = Math.ceil(minutes / size);
  const bucket = (i: number, of: (m: number) => number, pick: (...v: number[]) => number): number =>
    Array.from({ length: Math.min(size, minutes - i * size) }, (_, k) => of(i * size + k)).reduce((a, b) =>
      pick(a, b),
    );
  const rows = Array.from({ length: points }, (_, i) => ({
    minute: i * size,
    need: bucket(i, (m) => neededReplicas(base.run.steps[m]?.ratePerSecond ?? 0, workload, 1), Math.max),
    base: bucket(i, (m) => base.run.steps[m]?.serving ?? 0, Math.max),
    chosen: bucket(i, (m) => chosen.run.steps[m]?.serving ?? 0, Math.max),
  }));
  const days = minutes > 3 * 1440;
  const yTo = Math.max(...rows.map((r) => Math.max(r.need, r.base, r.chosen)), 1) * 1.1;
  const area = axes({
    xTo: minutes,
    yTo,
    xTitle: days ? 'days' : 'minutes',
    yTitle: 'replicas',
    ...(days
      ? {
          xStep: 1440 * Math.max(1, Math.round(minutes / 1440 / 8)),
          xTick: (v: number) => String(Math.round(v / 1440)),
        }
      : {}),
  });
  const line = (kind: string, of: (r: (typeof rows)[number]) => number): string =>
    `<path class="${kind}" d="${path(rows.map((r) => [area.x(r.minute), area.y(of(r))]))}"/>`;
  const offset = area.height + 10;
  const strip = (run: typeof base.run, y: number, css: string, name: string): string =>
    `<text x="62" y="${y - 4}">${escapeHtml(name)}: ${run.violationMinutes} minutes over the objective</text><line class="grid" x1="62" x2="${area.width - 16}" y1="${y + 8}" y2="${y + 8}"/>${run.steps
      .filter((s) => s.violated)
      .map((s) => `<rect class="${css}" x="${at(area.x(s.minute))}" y="${y}" width="1.6" height="16"/>`)
      .join('')}`;
  const legend = `<text x="80" y="28" class="strong">grey: needed at full use · orange: ${escapeHtml(base.name)}, ${short(base.run.replicaHours)} replica hours · green: ${escapeHtml(chosen.name)}, ${short(chosen.run.replicaHours)}</text>`;
  return drawing(
    { width: area.width, height: area.height + 96 },
    `Replicas by time. ${base.name}: ${Math.round(base.run.replicaHours)} replica hours, ${base.run.violationMinutes} minutes over the objective. ${chosen.name}: ${Math.round(chosen.run.replicaHours)} and ${chosen.run.violationMinutes}.`,
    area.frame +
      line('other', (r) => r.need) +
      line('bad', (r) => r.base) +
      line('good', (r) => r.chosen) +
      legend +
      strip(base.run, offset + 10, 'badfill', base.name) +
      strip(chosen.run, offset + 54, 'goodfill', chosen.name),
  );
}

/** Cost against minutes over the objective, one point a policy. */
export function policyScatter(compared: Comparison): string {
  const all = compared.played.filter((p) => p.policy.kind !== 'fixed');
  const xTo = Math.max(...all.map((p) => p.run.replicaHours)) * 1.25;
  const xFrom = Math.min(...all.map((p) => p.run.replicaHours)) * 0.95;
  const yTo = Math.max(...all.map((p) => p.run.violationMinutes), 1) * 1.15;
  const area = axes({ xTo, xFrom, yTo, xTitle: 'replica hours', yTitle: 'minutes over the objective' });
  const dots = all
    .map((p) => {
      const css =
        p.name === compared.chosen.name ? 'goodfill' : p.name === compared.default.name ? 'badfill' : 'point';
      return `<circle class="${css}" cx="${at(area.x(p.run.replicaHours))}" cy="${at(area.y(p.run.violationMinutes))}" r="5"/><text x="${at(area.x(p.run.replicaHours) + 9)}" y="${at(area.y(p.run.violationMinutes) - 3)}">${escapeHtml(p.name)}</text>`;
    })
    .join('');
  return drawing(
    area,
    all
      .map(
        (p) =>
          `${p.name}: ${Math.round(p.run.replicaHours)} replica hours, ${p.run.violationMinutes} minutes`,
      )
      .join('; '),
    area.frame + dots,
  );
}
