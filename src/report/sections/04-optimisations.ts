import {
  bullets,
  code,
  heading,
  list,
  name,
  paragraph,
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
              r.description,
              r.benefit,
              say`${r.risk}: ${r.riskText}`,
              say`${r.effort}: ${r.effortText}`,
              r.verification,
            ]),
          ),
          heading(say`Each change in detail`),
          ...recommendations.map((r) => detail(look, r)),
        ];
  const budget = readingsOf(look, ['budget']);
  if (budget.length > 0) pieces.push(heading(say`Latency and error budget`), ...readingPieces(budget));
  return {
    id: 'optimisations',
    title: 'Optimisations in priority order',
    pieces: [...pieces, ...(result.extras.optimisations ?? [])],
  };
}

const SECTION_OF = { caching: '5', database: '6', code: '7', capacity: '10' } as const;

function detail(look: Lookup, r: Recommendation): Piece {
  const items: Text[] = [];
  if (r.findings.length > 0)
    items.push(say`Against: ${list(r.findings.slice(0, 4).map((id) => titleOf(look, id)))}`);
  if (r.approvals.length > 0)
    items.push(say`Needs approval by ${list(r.approvals.map((role) => say`${name(role)}`))}`);
  if (r.section) items.push(say`Design: section ${SECTION_OF[r.section]}`);
  const pieces: Piece[] = [];
  if (items.length > 0) pieces.push(bullets(items));
  if (r.verifyCommand) pieces.push(code('sh', r.verifyCommand, say`Verify`));
  if (!r.section) pieces.push(...r.design);
  return note(say`${tally(r.rank)}. ${r.title}`, pieces);
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
