import {
  type Block,
  bullets,
  code,
  type Deliverable,
  name,
  plain,
  say,
  type Text,
} from '../../domain/index.js';
import { fold, type Lookup, type Piece } from '../page.js';
import { tally } from '../words.js';

/**
 * Lines of a file that the report shows; the file has the rest. Kinds that are not listed are named with their
 * command alone: they are for their tool, and repeat what the designs say.
 */
const SHOWN_LINES: Partial<Record<Deliverable['kind'], number>> = {
  runbook: 9,
  load: 12,
  scaling: 8,
};

export const deliverablesOf = (look: Lookup, ...kinds: Deliverable['kind'][]): Deliverable[] =>
  look.result.deliverables.filter((d) => kinds.includes(d.kind));

/** The files of a section: the first of each kind by its telling lines, folded; the others in one line each. */
export function deliverablePieces(deliverables: readonly Deliverable[]): Piece[] {
  const shown = deliverables.filter(
    (d, i) => (SHOWN_LINES[d.kind] ?? 0) > 0 && deliverables.findIndex((x) => x.kind === d.kind) === i,
  );
  const named = deliverables.filter((d) => !shown.includes(d));
  const out = shown.map(excerpt);
  if (named.length > 0)
    out.push(bullets(named.map((d) => say`${d.title}: ${name(d.path)}, by ${name(plain(d.use))}`)));
  return out;
}

function excerpt(d: Deliverable): Piece {
  const most = SHOWN_LINES[d.kind] ?? 0;
  const lines = plain(d.text).split('\n').length;
  const blocks: Block[] = [code('sh', d.use), code(d.language, firstLines(d.text, most))];
  return fold(say`${d.title}: ${name(d.path)} (${tally(lines)} lines)`, blocks);
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
