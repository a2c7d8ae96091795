import {
  type Block,
  code,
  type Deliverable,
  name,
  paragraph,
  plain,
  say,
  type Text,
} from '../../domain/index.js';
import { fold, type Lookup, type Piece } from '../page.js';
import { tally } from '../words.js';

/** Files up to this many lines stand open in their section. */
const OPEN_LINES = 30;
/** Of longer files than this (dashboards) the report shows the start; the file has the rest. */
const SHOWN_LINES: Partial<Record<Deliverable['kind'], number>> & { other: number } = {
  runbook: 48,
  load: 40,
  alerts: 30,
  dashboard: 10,
  other: 30,
};
/** Tests of a file and the like speak of the file, not of the case: they are named, not shown. */
const isSupport = (d: Deliverable): boolean => /\.test\./.test(d.path);

export const deliverablesOf = (look: Lookup, ...kinds: Deliverable['kind'][]): Deliverable[] =>
  look.result.deliverables.filter((d) => kinds.includes(d.kind));

/** The files of a section, each with how to use it; long ones folded. */
export function deliverablePieces(deliverables: readonly Deliverable[]): Piece[] {
  return deliverables.flatMap((d): Piece[] => {
    const lines = plain(d.text).split('\n').length;
    const caption = say`${d.title}: ${name(d.path)}`;
    if (isSupport(d)) return [paragraph(say`${caption}. ${d.use}`)];
    const most = SHOWN_LINES[d.kind] ?? SHOWN_LINES.other;
    if (lines <= OPEN_LINES) return [code(d.language, d.text, caption), paragraph(d.use)];
    const blocks: Block[] = [paragraph(d.use), code(d.language, firstLines(d.text, most))];
    if (lines > most)
      blocks.push(paragraph(say`The other ${tally(lines - most)} lines are in ${name(d.path)}.`));
    return [fold(say`${caption} (${tally(lines)} lines)`, blocks)];
  });
}

/** The text up to line `limit`, with its numbers and names kept. */
function firstLines(text: Text, limit: number): Text {
  const out: Text = [];
  let left = limit;
  for (const segment of text) {
    if (left <= 0) break;
    if (typeof segment !== 'string') {
      out.push(segment);
      continue;
    }
    const lines = segment.split('\n');
    if (lines.length - 1 < left) {
      out.push(segment);
      left -= lines.length - 1;
    } else {
      out.push(lines.slice(0, left).join('\n'));
      left = 0;
    }
  }
  return out;
}
