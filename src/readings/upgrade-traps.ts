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
  type Text,
  type Trap,
} from '../domain/index.js';
import { bearing, reading } from './compose.js';

/** Words too common in changes and traps to tie the one to the other. */
const COMMON = new Set(
  'upgraded upgrade version client clients server service services request requests changed change changes switched added raised lowered moved every which default defaults their other query queries time times more less than takes makes after before while under with from into that this them they have only same each when what calls call page pages'.split(
    ' ',
  ),
);

/** Documented traps of the products of the case that a change has words in common with: the first things to look at. */
function read(context: Context): Reading[] {
  const names = new Set(context.components.flatMap((c) => stems(c.subject.name)));
  return context.changes
    .flatMap((change) => {
      const said = new Set(stems(change.summary).filter((w) => !names.has(w)));
      return context.components.flatMap((component) => {
        if (component.product === undefined) return [];
        const traps = context.knowledge
          .traps(component.product, component.version)
          .filter(
            (t) =>
              t.hypotheses.length > 0 &&
              stems(t.title).some((w) => said.has(w)) &&
              new Set(stems(`${t.title} ${t.text}`).filter((w) => said.has(w))).size >= 2,
          );
        return traps.length === 0 ? [] : ofTraps(context, change, component, traps.slice(0, 2));
      });
    })
    .slice(0, 3);
}

/** Beginnings of the longer words of a text. */
const stems = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((w) => w.length >= 4 && !COMMON.has(w))
    .map((w) => w.slice(0, 5));

/** Words of the knowledge data are our own; one with a figure in it is shown as a name. */
const own = (text: string): Text => (/\d/.test(text) ? say`${name(text)}` : say`${text}`);

function ofTraps(context: Context, change: Change, component: Component, traps: Trap[]): Reading[] {
  const first = traps[0] as Trap;
  return reading('upgrade-traps', {
    id: `${change.subject.id}/${component.subject.id}`,
    topic: 'change',
    layer: component.layer,
    subject: component.subject,
    headline: say`${quote(change.summary)} meets what is known of ${name(component.subject.name)}: ${own(first.title)}.`,
    arithmetic: [bullets(traps.map((t) => say`${own(t.title)}: ${own(t.text)}`))],
    assumptions: [
      say`Documented behaviour of the product, not seen in this case; the source of each is in the knowledge data.`,
    ],
    bearings: [...new Set(traps.flatMap((t) => t.hypotheses))].map((h) =>
      bearing(
        context,
        h,
        component.subject,
        0.3,
        say`known of ${name(component.subject.name)}: ${own(traps.find((t) => t.hypotheses.includes(h))?.title ?? '')}`,
      ),
    ),
    weight: 0.5,
  });
}

export default {
  id: 'upgrade-traps',
  about: 'Documented traps of the products in use that a recent change has words in common with.',
  read,
} satisfies ReadingEntry;
