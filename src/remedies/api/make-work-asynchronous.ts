import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { BACKOFF_FIRST, BACKOFF_MOST, BATCH, DELIVERIES, JITTER } from '../design/chosen.js';
import { outbox } from '../design/code-snippets.js';
import { languageOf } from '../design/language.js';
import { nothingNew, partName, sceneOf } from '../design/scene.js';
import { aimWords, shippingNote, writeClasses } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, queue, database } = scene;
  const db = partName(database, say`its store`);
  const none = nothingNew(context, 'A broker');
  const through: Text = queue
    ? say`${partName(queue, say`the queue`)}`
    : none
      ? say`a table of ${db}`
      : say`an outbox table of ${db}, and a broker later if it is worth one`;
  const delay = context.facts.find({ name: 'queue.delay', phase: ['target', 'planned'] });
  return {
    title: say`Answer for ${serviceName} first, and do through ${through} what nobody waits for`,
    description: say`The request of ${serviceName} writes what it decided and a note of what remains, in one commit on ${db}; workers do the rest (messages, projections, counters, calls that only inform); the user gets the answer when the decision is safe, not when its consequences are.`,
    benefit: target.claim
      ? say`Up to ${num(target.claim)} of slow requests leaves the path of ${serviceName}; the work itself remains, at the pace that ${through} allows.`
      : say`What ${serviceName} does after its decision no longer counts against ${aimWords(scene)}, and bursts are worked off at a steady pace instead of at once.`,
    riskText: say`Workers run at least once, so each piece of work of ${serviceName} carries an id that makes its repeat harmless. ${delay ? say`It may be done ${num(delay)} later, and no later.` : say`How late ${serviceName} may do it has to be said for each kind, and watched.`}`,
    effortText: say`Three to five days for the first kind of work of ${serviceName}: outbox, worker, dead letters, a panel for its age.${shippingNote(context)}`,
    verification: say`Spans of that work leave the traces of ${writeClasses(context)}; stop the workers for a while: ${serviceName} keeps ${aimWords(scene)}, and afterwards nothing is missing or doubled.`,
    design: [
      table(
        ['Work after the decision', 'Where', 'Repeats', 'If it fails for good'],
        [
          [
            say`messages and notices of ${scene.app}`,
            through,
            say`harmless by message id`,
            say`dead letter, after ${num(DELIVERIES)} tries`,
          ],
          [
            say`read models, counters, search documents`,
            through,
            say`harmless by version of the row`,
            say`rebuilt from ${db}`,
          ],
          [
            say`calls that only inform a callee`,
            through,
            say`harmless by request id`,
            say`dead letter, a person decides`,
          ],
          [say`what the user’s answer depends on`, say`stays in the request`, say`—`, say`error to the user`],
        ],
        say`What may leave the requests of ${serviceName}`,
      ),
      ...outbox(languageOf(context, service), 'after commit', BATCH, say`Outbox of ${serviceName} on ${db}`),
      bullets([
        say`Pauses between tries: ${num(BACKOFF_FIRST)}, doubled up to ${num(BACKOFF_MOST)}, spread by ±${num(JITTER)}.`,
        say`Bound what waits in ${through}: when the oldest is older than promised, new work of the least important kind is refused at the door of ${serviceName}.`,
        say`Alert on the age of the oldest piece, by kind; its number means nothing in a burst of ${scene.app}.`,
      ]),
    ],
  };
}

export default {
  id: 'make-work-asynchronous',
  layer: 'api',
  title: 'Do afterwards what nobody waits for',
  effort: 'days',
  risk: 'medium',
  section: 'caching',
  retiming: { kind: 'drop' },
  advise,
} satisfies Remedy;
