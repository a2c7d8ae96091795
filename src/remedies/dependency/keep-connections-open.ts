import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { PLANNING } from '../design/arithmetic.js';
import { keptConnections } from '../design/code-snippets.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf, timeOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, callee, database, goal } = scene;
  const toStore = target.subject.kind === 'database';
  const whom = toStore ? database : callee;
  const who = partName(whom, say`what it calls`);
  const time = whom ? timeOf(context, whom) : undefined;
  const calls = whom
    ? (context.facts.find({ name: 'throughput', subject: whom.subject }) ?? goal?.rate)
    : goal?.rate;
  const size =
    time && calls
      ? figure(
          scene,
          'design.kept',
          [Math.ceil(littlesLaw(calls.value, inSeconds(time)) / PLANNING.value), 'count'],
          'calls a second × time of a call ÷ planning utilisation (Little’s law)',
          [calls, time, PLANNING],
          whom?.subject,
        )
      : undefined;
  const opened = context.facts.find({ name: 'connections.rate' });
  const setup = context.facts.find({ name: 'connect.delay.p99' });
  return {
    title: say`Keep connections of ${serviceName} to ${who} open between calls`,
    description: say`One client for ${who} in each process of ${serviceName}, made at start, with as many kept connections as calls are in flight; it closes idle ones before ${who} does, and renews them from time to time so that a moved address is noticed.`,
    benefit: target.claim
      ? say`Up to ${num(target.claim)} of slow requests is setting up connections to ${who}.`
      : say`Each call of ${serviceName} saves name look-up, connect and handshake with ${who}${setup ? say` (${num(setup)} in its tail)` : ''}${opened ? say`; ${num(opened)} connections are opened now` : ''}, and ${who} saves the processors of its handshakes.`,
    riskText: say`A kept connection that ${who} has closed fails the next call: the idle time of ${serviceName} has to be shorter than that of ${who} and of everything between, and a call that surely did not arrive may be tried once more.`,
    effortText: say`Hours: options of the client in ${serviceName}, and a look at who builds one for each request.${shippingNote(context)}`,
    verification: say`Connections opened from ${serviceName} to ${who} a second fall to a few while calls do not; handshakes in ${who} with them.`,
    design: [
      ...(toStore
        ? []
        : keptConnections(
            languageOf(context, service),
            whom?.subject.name ?? 'callee',
            size,
            say`${serviceName} to ${who}${size ? say`: ${num(size)} in all ${atLoad(scene)}` : ''}; divide by its processes`,
          )),
      bullets([
        say`Idle time-outs grow from ${serviceName} outwards: client, then proxy, then ${who}. The other way round, calls end in resets.`,
        say`After a deploy of ${who}, connections of ${serviceName} lie on old instances: a longest life for each spreads them again.`,
        say`${toStore ? say`Pools of ${serviceName} to ${who} keep their smallest size open, so that a burst does not begin with handshakes.` : say`HTTP/2 carries many calls on one connection of ${serviceName}; a balancer that spreads connections then needs several of them.`}`,
      ]),
    ],
  };
}

export default {
  id: 'keep-connections-open',
  layer: 'dependency',
  title: 'Kept connections',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.05, 0.3], growth: [0, 0.1] },
  advise,
} satisfies Remedy;
