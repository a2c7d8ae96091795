import type { Json } from '../text.js';

/** What a panel shows, whoever it is made for; texts may carry numbers of facts. */
export interface Panel {
  type: 'timeseries' | 'stat' | 'text';
  title: Json;
  description: Json;
  unit: string;
  targets: readonly { expr: Json; legend: string }[];
  /** Markdown, in place of queries. */
  content?: Json;
  /** Value at which the line is drawn, and on which side it is bad. */
  line?: { value: Json; above: boolean };
  min?: number;
  /** Columns of the grid's 24. */
  width: number;
  /** The entry of the runbook. */
  runbook?: string;
}
export interface Row {
  title: Json;
  panels: readonly Panel[];
  /** Closed until it is asked for. */
  collapsed?: boolean;
}

const DATASOURCE = { type: 'prometheus', uid: '$'.concat('{datasource}') };
const COLUMNS = 24;
const HEIGHT = 8;

/** A Grafana dashboard around rows of panels: one data source to choose, deploys marked across all. */
export function grafanaDashboard(head: {
  uid: string;
  title: Json;
  description: Json;
  tags: string[];
  refresh: string;
  from: string;
  /** Where the runbook stands, for the link on top. */
  runbook?: string;
  /** Queries whose series are marked across all panels. */
  marks: readonly { name: string; expr: string; titleFormat: string }[];
  rows: readonly Row[];
}): Json {
  return {
    uid: head.uid,
    title: head.title,
    description: head.description,
    tags: head.tags,
    timezone: 'utc',
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: head.refresh,
    time: { from: head.from, to: 'now' },
    links: head.runbook === undefined ? [] : [runbookLink(head.runbook)],
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
          name: 'Deploys and flags',
          datasource: { type: 'grafana', uid: '-- Grafana --' },
          enable: true,
          iconColor: 'purple',
          target: { type: 'tags', tags: ['deploy'], matchAny: true, limit: 100 },
        },
        ...head.marks.map((m) => ({ ...m, datasource: DATASOURCE, enable: true, iconColor: 'orange' })),
      ],
    },
    panels: layOut(head.rows),
  };
}

const runbookLink = (url: string): Json => ({
  title: 'Runbook',
  type: 'link',
  url,
  targetBlank: true,
  icon: 'doc',
  tags: [],
  asDropdown: false,
  includeVars: false,
  keepTime: false,
  tooltip: '',
});

/** Panels from left to right while they fit; ids in reading order. Those of a closed row stand inside it. */
function layOut(rows: readonly Row[]): Json[] {
  const out: Json[] = [];
  let y = 0;
  let id = 1;
  for (const row of rows) {
    const rowId = id++;
    const top = y;
    y += 1;
    let x = 0;
    const panels = row.panels.map((panel): Json => {
      if (x + panel.width > COLUMNS) {
        x = 0;
        y += HEIGHT;
      }
      const made = panelJson(panel, id++, { h: HEIGHT, w: panel.width, x, y });
      x += panel.width;
      return made;
    });
    if (panels.length > 0) y += HEIGHT;
    const collapsed = row.collapsed === true;
    out.push({
      id: rowId,
      type: 'row',
      title: row.title,
      collapsed,
      gridPos: { h: 1, w: COLUMNS, x: 0, y: top },
      panels: collapsed ? panels : [],
    });
    if (!collapsed) out.push(...panels);
  }
  return out;
}

function panelJson(p: Panel, id: number, gridPos: Json): Json {
  if (p.type === 'text')
    return {
      id,
      type: 'text',
      title: p.title,
      description: p.description,
      gridPos,
      options: { mode: 'markdown', content: p.content },
    };
  const colours = p.line?.above === false ? ['red', 'green'] : ['green', 'red'];
  const [base = 'green', beyond = 'red'] = colours;
  return {
    id,
    type: p.type,
    title: p.title,
    description: p.description,
    datasource: DATASOURCE,
    gridPos,
    links: p.runbook === undefined ? [] : [{ title: 'Runbook', url: p.runbook, targetBlank: true }],
    fieldConfig: {
      defaults: {
        unit: p.unit,
        min: p.min,
        thresholds: {
          mode: 'absolute',
          steps: [{ color: base, value: null }, ...(p.line ? [{ color: beyond, value: p.line.value }] : [])],
        },
        color: { mode: p.type === 'stat' ? 'thresholds' : 'palette-classic' },
        custom:
          p.type === 'timeseries'
            ? {
                drawStyle: 'line',
                lineWidth: 2,
                fillOpacity: 0,
                spanNulls: false,
                thresholdsStyle: { mode: p.line ? 'line' : 'off' },
              }
            : undefined,
      },
      overrides: [],
    },
    options:
      p.type === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
            graphMode: 'area',
            colorMode: 'value',
            textMode: 'auto',
            orientation: 'auto',
            justifyMode: 'auto',
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
