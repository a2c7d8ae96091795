import { type DESIGN_SECTIONS, name, type Recommendation, say } from '../../domain/index.js';
import { type Lookup, note, type Piece } from '../page.js';
import { tally } from '../words.js';

type DesignSection = (typeof DESIGN_SECTIONS)[number];

export const designsOf = (look: Lookup, section: DesignSection): Recommendation[] =>
  look.result.recommendations.filter((r) => r.section === section);

/** The recommendations that are designed in this section, each with its rank, benefit and design. */
export function designPieces(recommendations: readonly Recommendation[]): Piece[] {
  return recommendations.map((r) =>
    note(say`${r.title} (change ${tally(r.rank)} of section 4)`, [
      { kind: 'paragraph', text: r.benefit },
      ...r.design,
    ]),
  );
}

/** What a section says when the catalogue has no design for this case. */
export const standing = (look: Lookup): string => look.result.case.appName || 'the system';

export const app = (look: Lookup): { name: string } => name(standing(look));
