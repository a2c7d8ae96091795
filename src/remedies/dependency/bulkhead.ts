import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { instancesOf } from '../../readings/parts.js';
import { acquireTimeout, callRate, deadline, PLANNING } from '../design/arithmetic.js';
import { limited } from '../design/call-snippets.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf, timeOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { callee, serviceName, goal, service } = scene;
  const who = partName(callee, say`the slow callee`);
  const about = callee?.subject ?? target.subject;
  const time = callee ? (deadline(scene, callee) ?? timeOf(context, callee)) : undefined;
  const calls = callee ? callRate(scene, callee) : undefined;
  const own = calls?.rate ?? goal?.rate;
  const total =
    time && own
      ? figure(
          scene,
          'design.slots',
          [Math.ceil(littlesLaw(own.value, inSeconds(time)) / PLANNING.value), 'count'],
          'calls a second × deadline ÷ planning utilisation (Little’s law)',
          [own, time, PLANNING],
          about,
        )
      : undefined;
  const instances = service ? instancesOf(context, service) : undefined;
  const each =
    total && instances
      ? figure(
          scene,
          'design.slotsPerInstance',
          [Math.max(1, Math.ceil(total.value / instances.value)), 'count'],
          'slots ÷ instances, rounded up',
          [total, instances],
          about,
        )
      : total;
  const wait = acquireTimeout(scene);
  const size = each
    ? instances
      ? say`${num(each)} calls of each of the ${num(instances)} instances of ${serviceName}`
      : say`${num(each)} calls of all instances of ${serviceName} together`
    : say`a number of calls in flight that follows from its rate × its deadline`;
  return {
    title: say`Keep ${who} in a compartment of its own inside ${serviceName}`,
    description: say`At most ${size} may be in ${who} at once${calls?.asWrites ? say`, taking the call as part of the write share of ${num(calls.asWrites)}` : ''}; the next waits ${wait ? say`no longer than ${num(wait)}` : 'a short, fixed time'} and is then refused. Requests of ${serviceName} that do not need ${who} never queue behind those that do.`,
    benefit: say`A stall of ${who} takes these slots and nothing else: threads, connections and memory of ${serviceName} stay with the rest of its work ${atLoad(scene)}.`,
    riskText: say`Too small a compartment refuses good calls to ${who} at peak. ${total && own && time ? say`It holds what ${num(own)} × ${num(time)} keeps in flight, at a planned use of ${num(PLANNING)}.` : say`Size it from measured calls in flight to ${who}, not from a guess.`}`,
    effortText: say`Hours: one limiter around the client of ${who}, a metric for slots in use and refusals.${shippingNote(context)}`,
    verification: say`Slots of ${who} in use stay below their number at peak with no refusals; with ${who} stopped, the routes of ${serviceName} that do not use it keep their p99.`,
    design: [
      ...(callee && each
        ? limited(
            languageOf(context, service),
            callee.subject.name,
            each,
            wait,
            say`Calls of ${serviceName} in flight to ${name(callee.subject.name)}`,
          )
        : []),
      bullets([
        say`The connection pool towards ${who} has the same size; a larger one only moves the queue into ${who}.`,
        say`Acquire the slot before any database connection or lock of ${serviceName}, and release it before the answer is written.`,
        say`Without the figures of ${who} (calls a second, time): measure calls in flight over a peak and take their highest minute ÷ ${num(PLANNING)}.`,
      ]),
    ],
  };
}

export default {
  id: 'bulkhead',
  layer: 'dependency',
  title: 'A compartment for a slow callee',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.6, 1] },
  advise,
} satisfies Remedy;
