import { heading, name, paragraph, say } from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { componentsOf, named } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { designPieces, designsOf } from '../parts/designs.js';
import { readingPieces, readingsOf } from '../parts/readings.js';

/** Statements, indexes, pools, replicas, partitions. */
export function database(look: Lookup): Section {
  const files = deliverablePieces([
    ...deliverablesOf(look, 'sql'),
    ...deliverablesOf(look, 'config').filter((d) => !d.path.startsWith('telemetry/')),
  ]);
  const pieces: Piece[] = [
    ...readingPieces(readingsOf(look, ['database'])),
    ...designPieces(designsOf(look, 'database')),
    ...(look.result.extras.database ?? []),
    ...(files.length > 0 ? [heading(say`Statements to run`), ...files] : []),
  ];
  return {
    id: 'database',
    title: 'Database and query tuning',
    pieces: pieces.length > 0 ? pieces : [paragraph(missing(look))],
  };
}

function missing(look: Lookup) {
  const parts = componentsOf(look, 'database', 'search', 'storage', 'statement');
  const app = name(look.result.case.appName || 'the system');
  return parts.length > 0
    ? say`${named(parts, '')}: no statement, plan, connection count or wait was given or measured. Statistics per statement over one slow window, and the connection limit, would fill this section for ${app}.`
    : say`${app} names no database; if it has one: its product, its statistics per statement and its connection limit.`;
}
