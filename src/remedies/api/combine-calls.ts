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
import { partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const pattern = context.telemetry?.patterns.find(
    (p) => p.kind === 'chatty' && p.subject.id === target.subject.id,
  );
  const caller = pattern ? say`${name(pattern.service)}` : scene.serviceName;
  const callee =
    pattern || target.subject.kind === 'service' || target.subject.kind === 'dependency'
      ? say`${name(target.subject.name)}`
      : partName(scene.database, say`the peer of ${caller}`);
  const calls = pattern?.facts.calls;
  return {
    title: calls
      ? say`Ask ${callee} for all at once instead of in ${num(calls)} calls`
      : say`Ask ${callee} for all that a request of ${caller} needs at once`,
    description: say`${caller} needs several small answers of ${callee} for one request; one endpoint that takes the list of what is wanted and answers all of it replaces the row of calls. Where ${callee} cannot be changed, a batch endpoint of its protocol or a pipeline does the same.`,
    benefit: pattern
      ? say`${num(pattern.saving)} of a slow request are the ways to ${callee} and back; one of them stays.`
      : say`The ways from ${caller} to ${callee} and back fall from one a thing to one a request; how many they are was not said.`,
    riskText: say`One slow part delays the whole answer of ${callee}: give the parts a deadline together, and let ${caller} take a partial answer. The old endpoints stay until nobody calls them.`,
    effortText: say`A few days: the endpoint in ${callee}, the caller in ${caller}, and tests that count the calls.${shippingNote(context)}`,
    verification: say`Calls to ${callee} in one request of ${caller}, asserted in the build and counted in traces; the route’s median falls by the ways that are gone.`,
    design: [
      bullets([
        say`Bound the list that ${callee} takes, and answer an error for each part, not for the whole.`,
        say`Load what ${callee} needs for the list in one statement: a loop behind the new endpoint only moves the row of calls.`,
        say`Keep the connection from ${caller} to ${callee} open meanwhile: it halves the way of each call at once.`,
      ]),
    ],
  };
}

export default {
  id: 'combine-calls',
  layer: 'api',
  title: 'One coarser call instead of many small ones',
  effort: 'days',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'drop' },
  advise,
} satisfies Remedy;
