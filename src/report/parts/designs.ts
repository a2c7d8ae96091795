import { type DESIGN_SECTIONS, name, type Recommendation, say } from '../../domain/index.js';
import { aside, type Lookup, note, type Piece } from '../page.js';
import { tally } from '../words.js';

type DesignSection = (typeof DESIGN_SECTIONS)[number];

export const designsOf = (look: Lookup, section: DesignSection): Recommendation[] =>
  look.result.recommendations.filter((r) => r.section === section);

/** Designs shown open in one section; the others are folded. */
const DESIGNS = 2;
const DESIGNS_OF: Partial<Record<DesignSection, number>> = { capacity: 1 };

/** The recommendations that are designed in this section, each with its rank and design; section 4 has its benefit. */
export function designPieces(recommendations: readonly Recommendation[]): Piece[] {
  const section = recommendations[0]?.section;
  const most = (section && DESIGNS_OF[section]) ?? DESIGNS;
  const order = [...recommendations].sort((a, b) => a.rank - b.rank);
  const later = order.slice(most);
  const first = order
    .slice(0, most)
    .map((r) => note(say`${r.title} (change ${tally(r.rank)} of section 4)`, r.design));
  return [
    ...first,
    ...later.map((r) => aside(say`Designed as well: ${r.title} (change ${tally(r.rank)})`, r.design)),
  ];
}

/** What a section says when the catalogue has no design for this case. */
export const standing = (look: Lookup): string => look.result.case.appName || 'the system';

export const app = (look: Lookup): { name: string } => name(standing(look));
