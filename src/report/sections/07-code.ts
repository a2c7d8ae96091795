import { name, paragraph, say } from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { componentsOf, named, toolsFor } from '../parts/components.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { designPieces, designsOf } from '../parts/designs.js';

/** Changes in code: calls, loops, concurrency, memory. */
export function codeLevel(look: Lookup): Section {
  const pieces: Piece[] = [
    ...designPieces(designsOf(look, 'code')),
    ...(look.result.extras.code ?? []),
    ...deliverablePieces(deliverablesOf(look, 'code')),
  ];
  return {
    id: 'code',
    title: 'Code-level improvements',
    pieces: pieces.length > 0 ? pieces : [paragraph(missing(look))],
  };
}

function missing(look: Lookup) {
  const services = componentsOf(look, 'service', 'gateway');
  const profiler = toolsFor(look, 'profiler', 'apm');
  const app = name(look.result.case.appName || 'the system');
  const what = services.length > 0 ? named(services, '') : say`${app}`;
  return profiler
    ? say`No finding points into the code of ${what}. A processor profile from ${profiler}, taken at low and at high load and compared, would.`
    : say`No finding points into the code of ${what}, and no profiler was named; its runtime and one processor profile under load would fill this section.`;
}
