import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  type Text,
} from '../../domain/index.js';
import { rate as wholeRate } from '../../readings/compose.js';
import { WINDOW_BYTES } from '../design/chosen.js';
import { dialectOf } from '../design/language.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { goal, serviceName, database } = scene;
  const size =
    context.facts.find({ name: ['payload.max', 'payload.mean'], subject: target.subject }) ??
    context.facts.find({ name: ['payload.max', 'payload.mean'] });
  const about = [target.subject, size?.subject].find((s) => s && !['service', 'system'].includes(s.kind));
  const what: Text = about ? say`${name(about.name)}` : serviceName;
  const rows = context.facts.find({ name: 'rows.perCall' });
  const fits =
    size && size.value > WINDOW_BYTES.value
      ? figure(
          scene,
          'payload.windows',
          [size.value / WINDOW_BYTES.value, 'factor'],
          'answer ÷ what TCP sends before it waits',
          [size, WINDOW_BYTES],
        )
      : undefined;
  const stream =
    size && goal
      ? figure(
          scene,
          'network.throughput.at',
          [size.value * goal.rate.value, 'bytes/s'],
          'answer × requests a second',
          [size, goal.rate],
        )
      : undefined;
  return {
    title: say`Send of ${what} the part that is shown, a page at a time`,
    description: say`${what} answers with a page and a cursor to the next one; clients ask for what they show, and for changes since the last answer instead of everything again. Pages continue after a key, not after a count, so that page thousand costs ${partName(database, say`the store`)} as much as the first.`,
    benefit: size
      ? say`An answer has ${num(size)}${fits ? say`, ${num(fits)} of what leaves before the first wait for an acknowledgement` : ''}${stream && goal ? say`; ${atLoad(scene)} that is ${num(stream)}` : ''}. A page brings it, its serialisation and its memory in ${serviceName} down with the share that is shown.`
      : say`Bytes, serialisation and rows read for one answer of ${what} fall to the share that is shown. Its size was not said.`,
    riskText: say`Clients that rely on the whole list of ${what} break: give the new form a version or a parameter, and take the old one away when its use has ended.`,
    effortText: say`One to three days for ${what}, and the time until its clients have followed.${shippingNote(context)}`,
    verification: say`Bytes and rows${rows ? say` (${num(rows)} a call now)` : ''} of an answer of ${what}, p95 by route, and time to the first byte on a slow phone: all fall.`,
    design: [
      ...(dialectOf(database)
        ? [
            code(
              'sql',
              say`-- continue after the last key of the page before; an index on (owner, created_at, id) serves it without sorting
SELECT <columns shown> FROM <table>
 WHERE owner = :owner AND (created_at, id) < (:last_created_at, :last_id)
 ORDER BY created_at DESC, id DESC
 LIMIT :page_size;`,
              say`A page of ${what} on ${partName(database, say`the store`)}`,
            ),
          ]
        : []),
      bullets([
        say`The server of ${what} sets the largest page; a client that asks for more gets that.`,
        say`Polling of ${what}${goal ? say` at ${wholeRate(goal.rate)}` : ''}: answer “nothing new” from an ETag or a version before the list is built.`,
        say`Large parts that seldom change (geometry, images, texts) go under names of their own with a long life at the edge, and ${what} refers to them.`,
      ]),
    ],
  };
}

export default {
  id: 'paginate-results',
  layer: 'client',
  title: 'Pages and changes instead of whole lists',
  effort: 'days',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.2, 0.7] },
  advise,
} satisfies Remedy;
