import {
  bullets,
  type Change,
  type Component,
  type Context,
  name,
  quote,
  type Reading,
  type ReadingEntry,
  say,
  type Trap,
} from '../domain/index.js';
import { bearing, reading } from './compose.js';

const UPGRADES: readonly Change['mechanisms'][number][] = [
  'orm-upgrade',
  'runtime-upgrade',
  'library-upgrade',
  'infrastructure-change',
  'config-change',
  'pool-change',
  'cache-change',
];

/** Documented traps of products that a recent change touched: the first things to look at after an upgrade. */
function read(context: Context): Reading[] {
  return context.changes
    .filter((c) => c.mechanisms.some((m) => UPGRADES.includes(m)))
    .flatMap((change) =>
      touched(context, change).flatMap((component) => {
        const traps =
          component.product === undefined
            ? []
            : relevant(context.knowledge.traps(component.product, component.version), context);
        return traps.length === 0 ? [] : ofTraps(context, change, component, traps.slice(0, 3));
      }),
    )
    .slice(0, 3);
}

const touched = (context: Context, change: Change): Component[] =>
  context.components.filter((c) => change.touches.includes(c.subject.id));

/** A trap counts when the figures as said leave it open; one whose text is empty says nothing. */
const relevant = (traps: readonly Trap[], context: Context): Trap[] =>
  traps.filter((t) => t.title !== '' && t.hypotheses.length > 0 && context.symptoms.length > 0);

function ofTraps(context: Context, change: Change, component: Component, traps: Trap[]): Reading[] {
  const first = traps[0] as Trap;
  return reading('upgrade-traps', {
    id: `${change.subject.id}/${component.subject.id}`,
    topic: 'change',
    layer: component.layer,
    subject: component.subject,
    headline: say`${quote(change.summary)} touches ${name(component.subject.name)}, of which it is known: ${name(first.title)}${traps.length > 1 ? say`, and more below` : ''}.`,
    arithmetic: [bullets(traps.map((t) => say`${name(t.title)}: ${name(t.text)}`))],
    assumptions: [
      say`Documented behaviour of the product, not seen in this case; the source of each is in the knowledge data.`,
    ],
    bearings: [...new Set(traps.flatMap((t) => t.hypotheses))].map((h) =>
      bearing(
        context,
        h,
        component.subject,
        0.3,
        say`known of ${name(component.subject.name)}: ${name(traps.find((t) => t.hypotheses.includes(h))?.title ?? '')}`,
      ),
    ),
    weight: 0.5,
  });
}

export default {
  id: 'upgrade-traps',
  about: 'Documented traps of products that a recent change touched.',
  read,
} satisfies ReadingEntry;
