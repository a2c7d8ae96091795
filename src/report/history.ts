import type { HistoryChange } from '../experiments/history/changes.js';
import { short } from './load-run.js';

export interface Explained extends HistoryChange {
  /** Commits after the last good and up to the first bad point, newest first: "id subject". */
  commits?: string[];
}

/** One paragraph a change. */
export function historyTerminal(changes: readonly Explained[], series: number, points: number): string {
  const found = changes.length === 0 ? 'No lasting change' : `${changes.length} lasting changes`;
  const head = `${found} in ${series} series of up to ${points} points.`;
  return `${[head, ...changes.map(paragraph)].join('\n')}\n`;
}

function paragraph(c: Explained): string {
  const unit = c.unit ? ` ${c.unit}` : '';
  const interval =
    c.low !== undefined && c.high !== undefined ? ` (${percent(c.low)} to ${percent(c.high)})` : '';
  const lines = [
    `${c.direction === 'worse' ? '▲ worse' : '▽ better'}  ${c.series}: ${short(c.before)} → ${short(c.now)}${unit}, ${percent(c.shift)}${interval}, ${c.kind}`,
    `    between ${c.after || 'the start'} and ${c.until}${c.atMs === undefined ? '' : `, ${new Date(c.atMs).toISOString()}`}`,
  ];
  if (c.wentAwayAt !== undefined) lines.push(`    went away at point ${c.wentAwayAt}`);
  if (c.movedTo)
    lines.push(
      `    the cost moved, it did not grow: ${c.movedTo.join(', ')} changed by as much the other way`,
    );
  for (const commit of c.commits ?? []) lines.push(`    ${commit}`);
  return lines.join('\n');
}

const percent = (share: number): string =>
  `${share > 0 ? '+' : ''}${(share * 100).toFixed(1).replace('-', '−')} %`;
