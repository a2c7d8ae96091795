import { bullets, heading, name, paragraph, quote, say, type Text } from '../../domain/index.js';
import type { Lookup, Piece, Section } from '../page.js';
import { deliverablePieces, deliverablesOf } from '../parts/deliverables.js';
import { designPieces, designsOf } from '../parts/designs.js';
import { readingPieces, readingsOf } from '../parts/readings.js';

/** What the target load needs, what it costs, what is traded, and how to scale. */
export function capacity(look: Lookup): Section {
  const { result } = look;
  const limits = result.case.constraints;
  const content: Piece[] = [
    ...readingPieces(readingsOf(look, ['capacity', 'cost'])),
    ...designPieces(designsOf(look, 'capacity')),
    ...(result.extras.capacity ?? []),
    ...deliverablePieces(deliverablesOf(look, 'scaling')),
  ];
  const pieces: Piece[] = content.length > 0 ? content : [paragraph(missing(look))];
  if (limits.length > 0)
    pieces.push(
      heading(say`What must hold`),
      bullets(limits.map((c) => say`${c.kind.replaceAll('-', ' ')}: ${quote(c.text)}`)),
    );
  return { id: 'capacity', title: 'Cost, trade-offs and capacity', pieces };
}

function missing(look: Lookup): Text {
  const app = name(look.result.case.appName || 'the system');
  const lacks: string[] = [];
  if (!look.facts.find({ name: 'throughput' })) lacks.push('its request rate now');
  if (!look.facts.find({ name: 'throughput', phase: ['target', 'planned'] }))
    lacks.push('the rate to plan for');
  if (!look.facts.find({ name: 'cpu.utilisation' })) lacks.push('how busy its processors are');
  if (!look.facts.find({ name: 'instances' })) lacks.push('how many instances run');
  if (!look.facts.find({ name: ['cost.monthly', 'cost.change'] })) lacks.push('what it costs or may cost');
  return lacks.length > 0
    ? say`No capacity can be planned for ${app} yet; missing are ${lacks.join(', ')}.`
    : say`The numbers given for ${app} are there, but no resource of it is tied to the load; name which host is busy and what limits it.`;
}
