import { durationText } from '../../evidence/readers/promql/duration.js';
import { grafanaDashboard, type Panel } from '../dashboard/panels.js';
import type { SloPlan } from './plan.js';
import { short } from './rules.js';

/** A Grafana dashboard of promises: what is left, how fast it goes, what share is bad; a row each. */
export const dashboardOf = (plans: readonly SloPlan[], title: string, runbook = 'runbook.md'): unknown =>
  grafanaDashboard({
    uid: `kneepoint-slo-${title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 20)}`,
    title: `${title}: promises`,
    description:
      'What is left of each budget, how fast it goes, and what share is bad now. Lines are where alerts fire.',
    tags: ['kneepoint', 'slo'],
    refresh: '1m',
    from: 'now-24h',
    marks: [],
    rows: plans.map((p) => ({
      title: `${p.spec.service}: ${p.spec.name}, ${short(p.spec.objective * 100)} %`,
      panels: panelsOf(p, `${runbook}#${p.spec.id}`),
    })),
  });

function panelsOf(p: SloPlan, runbook: string): Panel[] {
  const s = `{slo="${p.spec.id}"}`;
  const windows = [...new Set([...p.alerts.flatMap((a) => [a.longS]), 300])].sort((a, b) => a - b);
  const burn = (w: string): string =>
    `slo:bad:rate${w}${s} / (slo:total:rate${w}${s} > 0) / ${short(p.budget)}`;
  const page = p.alerts.find((a) => a.severity === 'page' && !a.outage);
  return [
    {
      type: 'stat',
      title: 'Budget left',
      description: 'Share of the budget of the period; below nothing the promise is broken.',
      unit: 'percentunit',
      width: 5,
      targets: [{ expr: `slo:budget_remaining:ratio${s}`, legend: 'left' }],
      runbook,
      line: { value: 0, above: false },
    },
    {
      type: 'timeseries',
      title: 'Burn rate: how many times as fast as allowed',
      description: 'One is just what the budget lasts for. The line is where the fastest page fires.',
      unit: 'none',
      width: 10,
      targets: windows.map((w) => ({ expr: burn(durationText(w)), legend: durationText(w) })),
      runbook,
      line: { value: page?.factor ?? 1, above: true },
    },
    {
      type: 'timeseries',
      title: p.counting === 'slices' ? 'Share of bad minutes' : 'Share of bad events',
      description: 'Over five minutes; the line is the share that the promise allows.',
      unit: 'percentunit',
      width: 9,
      targets: [{ expr: `slo:bad:rate5m${s} / (slo:total:rate5m${s} > 0)`, legend: 'bad' }],
      runbook,
      line: { value: p.budget, above: true },
    },
  ];
}
