import { durationText } from '../../evidence/readers/promql/duration.js';
import type { SloPlan } from './plan.js';
import { short } from './rules.js';

const DATASOURCE = { type: 'prometheus', uid: '$'.concat('{datasource}') } as const;
const WIDTH = 24;

interface Panel {
  type: 'stat' | 'timeseries';
  title: string;
  description: string;
  unit: string;
  width: number;
  targets: { expr: string; legend: string }[];
  /** Where the line is, and the side that is bad. */
  line: { value: number; above: boolean };
}

/** A Grafana dashboard of promises: what is left, how fast it goes, what share is bad; a row each. */
export function dashboardOf(plans: readonly SloPlan[], title: string, runbook = 'runbook.md'): unknown {
  const panels: unknown[] = [];
  let y = 0;
  let id = 1;
  for (const p of plans) {
    panels.push({
      id: id++,
      type: 'row',
      title: `${p.spec.service}: ${p.spec.name}, ${short(p.spec.objective * 100)} %`,
      collapsed: false,
      gridPos: { h: 1, w: WIDTH, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of panelsOf(p)) {
      panels.push(panelJson(panel, id++, { h: 8, w: panel.width, x, y }, `${runbook}#${p.spec.id}`));
      x += panel.width;
    }
    y += 8;
  }
  return {
    uid: `kneepoint-slo-${title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 20)}`,
    title: `${title}: promises`,
    description:
      'What is left of each budget, how fast it goes, and what share is bad now. Lines are where alerts fire.',
    tags: ['kneepoint', 'slo'],
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '1m',
    time: { from: 'now-24h', to: 'now' },
    links: [],
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          refresh: 1,
          hide: 0,
          includeAll: false,
          multi: false,
          options: [],
          current: {},
          regex: '',
        },
      ],
    },
    annotations: {
      list: [
        {
          name: 'Deploys',
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          iconColor: 'purple',
          target: { type: 'tags', tags: ['deploy'], matchAny: true, limit: 100 },
        },
      ],
    },
    panels,
  };
}

function panelsOf(p: SloPlan): Panel[] {
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
      line: { value: 0, above: false },
    },
    {
      type: 'timeseries',
      title: 'Burn rate: how many times as fast as allowed',
      description: 'One is just what the budget lasts for. The line is where the fastest page fires.',
      unit: 'none',
      width: 10,
      targets: windows.map((w) => ({ expr: burn(durationText(w)), legend: durationText(w) })),
      line: { value: page?.factor ?? 1, above: true },
    },
    {
      type: 'timeseries',
      title: p.counting === 'slices' ? 'Share of bad minutes' : 'Share of bad events',
      description: 'Over five minutes; the line is the share that the promise allows.',
      unit: 'percentunit',
      width: 9,
      targets: [{ expr: `slo:bad:rate5m${s} / (slo:total:rate5m${s} > 0)`, legend: 'bad' }],
      line: { value: p.budget, above: true },
    },
  ];
}

function panelJson(p: Panel, id: number, gridPos: unknown, runbook: string): unknown {
  const colours = p.line.above ? ['green', 'red'] : ['red', 'green'];
  return {
    id,
    type: p.type,
    title: p.title,
    description: p.description,
    datasource: DATASOURCE,
    gridPos,
    links: [{ title: 'Runbook', url: runbook, targetBlank: true }],
    fieldConfig: {
      defaults: {
        unit: p.unit,
        thresholds: {
          mode: 'absolute',
          steps: [
            { color: colours[0], value: null },
            { color: colours[1], value: p.line.value },
          ],
        },
        color: { mode: p.type === 'stat' ? 'thresholds' : 'palette-classic' },
        ...(p.type === 'timeseries'
          ? { custom: { drawStyle: 'line', lineWidth: 2, fillOpacity: 0, thresholdsStyle: { mode: 'line' } } }
          : {}),
      },
      overrides: [],
    },
    options:
      p.type === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
            colorMode: 'value',
            graphMode: 'area',
          }
        : {
            legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
            tooltip: { mode: 'multi', sort: 'desc' },
          },
    targets: p.targets.map((t, i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: DATASOURCE,
      editorMode: 'code',
      range: true,
      expr: t.expr,
      legendFormat: t.legend,
    })),
  };
}
