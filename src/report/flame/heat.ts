import type { Profile } from '../../domain/index.js';
import { escapeHtml } from '../html/escape.js';

const ROWS = 50;
const MOST_COLUMNS = 120;
const CELL = 9;

/**
 * Samples at work by second (columns) and part of the second (rows): a stall shows as a gap or a block that no
 * average tells. Nothing for profiles without order or shorter than two seconds.
 */
export function subsecondHeat(profile: Profile): string | undefined {
  const { timeline, frames, tree } = profile;
  if (!timeline || timeline.timeUs.length === 0) return undefined;
  const seconds = Math.ceil((timeline.timeUs[timeline.timeUs.length - 1] as number) / 1e6);
  if (seconds < 2) return undefined;
  const columns = Math.min(MOST_COLUMNS, seconds);
  const counts = new Float64Array(columns * ROWS);
  const idle = Array.from({ length: frames.size }, (_, f) => frames.name(f) === '(idle)');
  let most = 0;
  for (let i = 0; i < timeline.node.length; i++) {
    const node = timeline.node[i] as number;
    if (node === 0 || idle[tree.frame[node] as number]) continue;
    const us = timeline.timeUs[i] as number;
    const column = Math.floor(us / 1e6);
    if (column >= columns) break;
    const at = column * ROWS + Math.min(ROWS - 1, Math.floor(((us % 1e6) / 1e6) * ROWS));
    counts[at] = (counts[at] as number) + 1;
    most = Math.max(most, counts[at] as number);
  }
  if (most === 0) return undefined;
  const cells: string[] = [];
  for (let c = 0; c < columns; c++)
    for (let r = 0; r < ROWS; r++) {
      const n = counts[c * ROWS + r] as number;
      if (n > 0)
        cells.push(
          `<rect class="h" x="${c * CELL}" y="${(ROWS - 1 - r) * 3}" width="${CELL - 1}" height="3" opacity="${Math.max(0.12, Math.round((n / most) * 100) / 100)}"/>`,
        );
    }
  const label = `Samples at work in each fiftieth of ${columns} seconds; the most in one is ${most}`;
  return `<svg class="heat" viewBox="0 0 ${columns * CELL} ${ROWS * 3}" role="img" aria-label="${escapeHtml(label)}" preserveAspectRatio="none">${cells.join('')}</svg>`;
}
