import type { Block, Text } from '../../domain/index.js';
import type { Chart, Piece } from '../page.js';
import { chartRows } from './chart.js';
import { escapeHtml } from './escape.js';
import { type Anchors, codeText, inline, inlineUnlinked, literal } from './marks.js';
import { planTree } from './plan.js';

/** A cell with more text than this makes its table one of prose: stacked into cards on a phone. */
const PROSE_CELL = 44;
const FILTER_FROM = 13;

export const pieces = (all: readonly Piece[], anchors: Anchors): string =>
  all.map((p) => piece(p, anchors)).join('\n');

export function piece(p: Piece, anchors: Anchors): string {
  switch (p.kind) {
    case 'note':
      return `<div class="note"><p class="lead">${inline(p.lead, anchors)}</p>${pieces(p.pieces, anchors)}</div>`;
    case 'aside':
      return block({ kind: 'details', summary: p.lead, blocks: p.blocks }, anchors);
    case 'chart':
      return figure(p.chart, anchors, 'h3');
    default:
      return block(p, anchors);
  }
}

export function figure(chart: Chart, anchors: Anchors, level: 'h2' | 'h3'): string {
  const data = `<details class="data"><summary>The data as a table</summary>${block(chart.table, anchors)}</details>`;
  return `<figure id="${chart.id}"><figcaption><${level}>${inline(chart.title, anchors)}</${level}><p class="how">${inline(chart.howToRead, anchors)}</p></figcaption>${chartRows(chart, anchors)}${data}</figure>`;
}

export function block(b: Block, anchors: Anchors): string {
  switch (b.kind) {
    case 'paragraph':
      return `<p>${inline(b.text, anchors)}</p>`;
    case 'heading':
      return `<h3>${inline(b.text, anchors)}</h3>`;
    case 'list': {
      const tag = b.ordered ? 'ol' : 'ul';
      return `<${tag}>${b.items.map((i) => `<li>${inline(i, anchors)}</li>`).join('')}</${tag}>`;
    }
    case 'table':
      return table(b, anchors);
    case 'code': {
      const caption = b.caption ? `<p class="code-caption">${inline(b.caption, anchors)}</p>` : '';
      return `<div class="code">${caption}<pre tabindex="0"><code${b.language ? ` class="language-${b.language.replace(/[^\w+#-]/g, '')}"` : ''}>${codeText(b.text, anchors)}</code></pre></div>`;
    }
    case 'plan':
      return planTree(b, anchors);
    case 'details':
      return `<details><summary>${inlineUnlinked(b.summary, anchors)}</summary><div class="folded">${b.blocks.map((x) => block(x, anchors)).join('\n')}</div></details>`;
  }
}

/** Numeric tables scroll sideways when they must; tables of prose become cards on a phone. */
export function table(
  b: Extract<Block, { kind: 'table' }>,
  anchors: Anchors,
  ids: (row: number) => string | undefined = () => undefined,
): string {
  const caption = b.caption ? `<caption>${inlineUnlinked(b.caption, anchors)}</caption>` : '';
  const wordy = b.rows.some((r) => r.some((c) => length(c) > PROSE_CELL));
  const numeric = b.columns.some((c) => c.align === 'right');
  const prose = (b.columns.length > 2 && wordy) || (b.columns.length > 3 && !numeric);
  const head = b.columns.map(
    (c) =>
      `<th scope="col"${prose ? ' role="columnheader"' : ''}${c.align === 'right' ? ' class="r"' : ''}>${escapeHtml(c.title)}</th>`,
  );
  const rows = b.rows.map((cells, at) => {
    const id = ids(at);
    const tds = cells.map((cell, i) => {
      const column = b.columns[i];
      const kinds = [column?.align === 'right' ? 'r' : '', length(cell) > PROSE_CELL ? 'long' : ''];
      const kind = kinds.filter((k) => k !== '').join(' ');
      const label = prose && column?.title ? ` data-label="${escapeHtml(column.title)}"` : '';
      return `<td${prose ? ' role="cell"' : ''}${kind ? ` class="${kind}"` : ''}${label}>${inline(cell, anchors)}</td>`;
    });
    return `<tr${prose ? ' role="row"' : ''}${id ? ` id="${id}"` : ''}>${tds.join('')}</tr>`;
  });
  const filter = b.rows.length >= FILTER_FROM ? ' data-filter' : '';
  const label = escapeHtml(
    b.caption
      ? literal(b.caption)
      : b.columns
          .map((c) => c.title)
          .filter((t) => t)
          .join(', '),
  );
  const inner = prose
    ? `<table class="prose" role="table"${filter}>${caption}<thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">${rows.join('')}</tbody></table>`
    : `<table${filter}>${caption}<thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return `<div class="table" role="group" aria-label="Table: ${label}" tabindex="0">${inner}</div>`;
}

const length = (text: Text): number => literal(text).length;
