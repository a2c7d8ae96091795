import { join, say, type Text } from '../../domain/index.js';
import type { Chart, ChartRow, Look } from '../page.js';
import { escapeHtml } from './escape.js';
import { type Anchors, inline, literal, unitOf } from './marks.js';

const LOOK_WORDS: Record<Look, string> = {
  before: 'before',
  now: 'now',
  excess: 'excess by cause',
  saving: 'asked for',
  unknown: 'unexplained',
  wait: 'waiting',
  client: 'client',
  api: 'own code',
  cache: 'cache',
  database: 'database',
  infrastructure: 'infrastructure',
  dependency: 'call to another service',
};

/**
 * The bars of a chart: labels and values are text that wraps, only the marks are SVG, placed in per cent, so that
 * nothing shrinks on a phone. The scale line is one image with the chart in words; the bars are decoration beside it.
 */
export function chartRows(chart: Chart, anchors: Anchors): string {
  const summary = literal(summaryOf(chart));
  const groups = chart.groups.map((group) => {
    const title = group.title ? `<p class="lane">${inline(group.title, anchors)}</p>` : '';
    return `${title}${group.rows.map((r, i) => row(chart, r, group.rows[i - 1], group.rows[i + 1], anchors)).join('')}`;
  });
  return `<div class="plot">${scale(chart, summary, anchors)}${groups.join('')}</div>${legend(chart)}`;
}

/** The whole chart in words, for those who do not see it. */
export const summaryOf = (chart: Chart): Text =>
  say`${chart.title}. ${join(
    chart.groups.flatMap((g) => g.rows).map((r) => say`${r.label} ${r.value}`),
    '; ',
  )}.`;

/** The names of the upright lines above the first row; its label says the whole chart. */
function scale(chart: Chart, summary: string, anchors: Anchors): string {
  const texts = chart.lines.map((l) => {
    const at = percent(l.at, chart.max);
    const side = l.at / chart.max > 0.5 ? 'end' : 'start';
    const shift = side === 'end' ? -5 : 5;
    return `<text x="${at}" dx="${shift}" y="14" text-anchor="${side}" aria-hidden="true">${svgText(l.label, anchors)}</text><line class="target" x1="${at}" x2="${at}" y1="2" y2="100%"/>`;
  });
  const named = chart.lines.length > 0 ? ' named' : '';
  return `<div class="bar-row scale${named}"><span></span><span class="marks"><svg role="img" aria-label="${escapeHtml(summary)}">${texts.join('')}</svg></span><span></span></div>`;
}

/** Inside an image there are no links; a number names its fact all the same. */
const svgText = (text: Text, anchors: Anchors): string =>
  text
    .map((s) =>
      typeof s === 'object' && 'n' in s && anchors.has(s.ref)
        ? `<tspan data-fact="${anchors.get(s.ref)}"${unitOf(s)}>${escapeHtml(s.n)}</tspan>`
        : escapeHtml(literal([s])),
    )
    .join('');

function row(
  chart: Chart,
  r: ChartRow,
  above: ChartRow | undefined,
  below: ChartRow | undefined,
  anchors: Anchors,
): string {
  const height = r.strong ? 20 : 14;
  const rects = r.marks.map((m) => {
    const width = Math.max(0, m.to - m.from);
    return `<rect class="m-${m.look}" x="${percent(m.from, chart.max)}" width="${percent(width, chart.max)}" y="50%" height="${height}" transform="translate(0,${-height / 2})"/>`;
  });
  const steps = chart.steps
    ? [hair(chart, above, '0', '50%'), hair(chart, below ? r : undefined, '50%', '100%')]
    : [];
  const lines = chart.lines.map(
    (l) =>
      `<line class="target" x1="${percent(l.at, chart.max)}" x2="${percent(l.at, chart.max)}" y1="0" y2="100%"/>`,
  );
  return `<div class="bar-row${r.strong ? ' strong' : ''}"><span class="bar-label">${inline(r.label, anchors)}</span><span class="marks"><svg aria-hidden="true" focusable="false">${steps.join('')}${rects.join('')}${lines.join('')}</svg></span><span class="bar-value">${inline(r.value, anchors)}</span></div>`;
}

/** A hairline from where a bar ends to where the next one starts. */
function hair(chart: Chart, r: ChartRow | undefined, y1: string, y2: string): string {
  const end = r?.marks[r.marks.length - 1]?.to;
  if (end === undefined) return '';
  const at = percent(end, chart.max);
  return `<line class="hair" x1="${at}" x2="${at}" y1="${y1}" y2="${y2}"/>`;
}

function legend(chart: Chart): string {
  const used = new Set(chart.groups.flatMap((g) => g.rows.flatMap((r) => r.marks.map((m) => m.look))));
  if (used.size < 2) return '';
  const items = (Object.keys(LOOK_WORDS) as Look[])
    .filter((look) => used.has(look))
    .map(
      (look) =>
        `<li><svg class="swatch" aria-hidden="true" focusable="false"><rect class="m-${look}" width="100%" height="100%"/></svg>${chart.legend?.[look] ?? LOOK_WORDS[look]}</li>`,
    );
  return `<ul class="legend">${items.join('')}</ul>`;
}

const percent = (value: number, max: number): string =>
  `${Math.max(0, Math.min(100, (value / max) * 100)).toFixed(2)}%`;

const stripes = (id: string, look: string, inner: string, size = 6): string =>
  `<pattern id="p-${id}" width="${size}" height="${size}" patternUnits="userSpaceOnUse"><rect width="${size}" height="${size}" class="${look}"/>${inner}</pattern>`;

/** The patterns that the marks are filled with; one for each look that colour alone should not tell. */
export const PATTERNS = `<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>${[
  stripes('unknown', 'pf-none', '<path class="ps-unknown" d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"/>'),
  stripes('wait', 'pf-wait', '<path class="ps-paper" d="M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2"/>'),
  stripes('now', 'pf-now', ''),
  stripes('client', 'pf-client', '<circle class="pd-paper" cx="3" cy="3" r="1"/>'),
  stripes('cache', 'pf-cache', '<path class="ps-paper" d="M0,3 h6"/>'),
  stripes('database', 'pf-database', '<path class="ps-paper" d="M3,0 v6"/>'),
  stripes('infrastructure', 'pf-infrastructure', '<path class="ps-paper" d="M0,3 h6 M3,0 v6"/>'),
  stripes('dependency', 'pf-dependency', '<path class="ps-paper" d="M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2"/>'),
].join('')}</defs></svg>`;
