import {
  bullets,
  code,
  heading,
  list,
  name,
  paragraph,
  plain,
  type Recommendation,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { type Lookup, note, type Piece, type Section } from '../page.js';
import { titleOf } from '../parts/findings.js';
import { readingPieces, readingsOf } from '../parts/readings.js';
import { tally } from '../words.js';

/** The changes in order of what they bring for their work and risk, then each in detail. */
export function optimisations(look: Lookup): Section {
  const { result } = look;
  const recommendations = [...result.recommendations].sort((a, b) => a.rank - b.rank);
  const pieces: Piece[] =
    recommendations.length === 0
      ? [paragraph(none(look))]
      : [
          table(
            ['#', 'Change', 'Description', 'Expected benefit', 'Risk', 'Effort', 'Verification'],
            recommendations.map((r) => [
              say`${tally(r.rank)}`,
              r.title,
              r.section
                ? say`${r.description} Design: section ${tally(SECTION_OF[r.section])}.`
                : r.description,
              r.benefit,
              r.approvals.length > 0
                ? say`${r.risk}: ${r.riskText} Approval: ${list(r.approvals.map((role) => say`${name(role)}`))}.`
                : say`${r.risk}: ${r.riskText}`,
              effort(r),
              r.verification,
            ]),
          ),
          ...recommendations.flatMap((r) => detail(look, r)),
        ];
  const budget = readingsOf(look, ['budget']);
  if (budget.length > 0) pieces.push(heading(say`Latency and error budget`), ...readingPieces(budget));
  return {
    id: 'optimisations',
    title: 'Optimisations in priority order',
    pieces: [...pieces, ...(result.extras.optimisations ?? [])],
  };
}

/** The effort in a word, unless its explanation begins with that word. */
const effort = (r: Recommendation): Text =>
  plain(r.effortText).toLowerCase().startsWith(r.effort) ? r.effortText : say`${r.effort}: ${r.effortText}`;

const SECTION_OF = { caching: 5, database: 6, code: 7, capacity: 10 } as const;

/** What the table has no room for: the command that verifies a change, and designs that no other section holds. */
function detail(look: Lookup, r: Recommendation): Piece[] {
  const pieces: Piece[] = [];
  if (r.findings.length > 0 && (r.verifyCommand || !r.section))
    pieces.push(bullets([say`Against: ${list(r.findings.slice(0, 4).map((id) => titleOf(look, id)))}`]));
  if (r.verifyCommand) pieces.push(code('sh', r.verifyCommand, say`Verify`));
  if (!r.section) pieces.push(...r.design);
  return pieces.length > 0 ? [note(say`${tally(r.rank)}. ${r.title}`, pieces)] : [];
}

function none(look: Lookup): Text {
  const { result } = look;
  const app = name(result.case.appName || 'the system');
  if (result.verdict.kind === 'no-cause')
    return say`Nothing to change: no cause was found in ${app}, and a change without a cause cannot be verified.`;
  const first = result.measurements[0];
  return first
    ? say`No change is worth making in ${app} before a cause stands. First measure ${first.signal}: section 2 has the command.`
    : say`No change is worth making in ${app} before a cause stands; the gaps behind section 10 say what is missing.`;
}
