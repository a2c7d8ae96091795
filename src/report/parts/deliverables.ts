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
  runbook: 24,
  load: 36,
  alerts: 24,
  dashboard: 0,
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
    // A dashboard is for its tool: nobody reads it as text.
    if (most === 0) return [paragraph(say`${caption} (${tally(lines)} lines). ${d.use}`)];
    const blocks: Block[] = [paragraph(d.use), code(d.language, firstLines(fromFirst(d), most))];
    if (lines > most) blocks.push(paragraph(say`The other lines are in ${name(d.path)}.`));
    return [fold(say`${caption} (${tally(lines)} lines)`, blocks)];
  });
}

/** Alert rules start with the sums they are made of; what a reader wants to see is the first alert. */
function fromFirst(d: Deliverable): Text {
  if (d.kind !== 'alerts') return d.text;
  const at = d.text.findIndex((s) => typeof s === 'string' && /^ *- alert:/m.test(s));
  const first = d.text[at];
  if (typeof first !== 'string') return d.text;
  return [first.slice(first.search(/^ *- alert:/m)), ...d.text.slice(at + 1)];
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
