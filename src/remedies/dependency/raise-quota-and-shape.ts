import {
  type Advice,
  bullets,
  type Component,
  type Context,
  type Fact,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  table,
} from '../../domain/index.js';
import { PLANNING } from '../design/arithmetic.js';
import { RETRY_BUDGET } from '../design/chosen.js';
import { figure, partName, type Scene, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

/** The quota of a callee, as said for it or as documented for its product. */
const quotaOf = (context: Context, c: Component | undefined): Fact | undefined =>
  c
    ? (context.facts.find({ name: 'throughput', subject: c.subject, phase: ['target', 'any'] }) ??
      (c.product ? context.knowledge.fact(c.product, 'partition.writeLimit', c.version) : undefined))
    : undefined;

/** The callee with a quota: the subject, else one whose product has one. */
const limitedPart = (scene: Scene): Component | undefined =>
  scene.context.components.find((c) => c.subject.id === scene.target.subject.id && c.kind !== 'service') ??
  scene.context.components.find((c) => c.kind === 'dependency' && quotaOf(scene.context, c)) ??
  scene.callee;

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const part = limitedPart(scene);
  const who = partName(part, say`the limited callee`);
  const quota = quotaOf(context, part);
  const allowed = quota
    ? figure(
        scene,
        'design.shapedRate',
        [quota.value * (1 - RETRY_BUDGET.value), '1/s'],
        'quota − retry budget',
        [quota, RETRY_BUDGET],
        part?.subject,
      )
    : undefined;
  const arrival = scene.goal?.rate;
  return {
    title: say`Ask ${who} for the quota that the load needs, and shape calls to what it allows`,
    description: say`Calls of ${scene.serviceName} to ${who} pass a token bucket that all instances share${allowed ? say`, refilled at ${num(allowed)}` : ''}; what cannot pass waits in a queue with a bound when nobody waits for it, and is answered with a time to come back when somebody does; beside that, a higher quota is asked for in writing, with the date it is needed.`,
    benefit: say`Refusals of ${who} stop being errors${quota ? say`: its limit is ${num(quota)}` : ''}, and retries no longer eat the quota that first attempts need ${atLoad(scene)}.`,
    riskText: say`Work for ${who} that is shaped takes longer; the queue in front of it needs a bound and an owner. A raised quota may have a price${scene.aim ? say`, and does nothing for the p99 of ${scene.serviceName} while calls stay on its path` : ''}.`,
    effortText: say`Hours for the bucket; the raise depends on ${who} and takes days to weeks, so ask first.${shippingNote(context)}`,
    verification: say`Refusals by ${who} a minute fall to nothing at peak; tokens left in the bucket and age of its queue are on the dashboard of ${scene.app}.`,
    design: [
      table(
        ['Figure', '> Value'],
        [
          [say`limit of ${who}`, quota ? say`${num(quota)}` : say`ask in writing: rate, burst, per what`],
          [
            say`rate let through by ${scene.serviceName}`,
            allowed ? say`${num(allowed)}` : say`the limit less the retry budget`,
          ],
          [say`requests ${atLoad(scene)}`, arrival ? say`${num(arrival)}` : say`not said`],
          [say`planned use of the limit`, say`${num(PLANNING)}; above it, ask for more`],
        ],
      ),
      bullets([
        say`Cheapest first: ask ${who} less. Batch where its interface takes lists, keep answers that are the same for many requests, and never ask twice within one request of ${scene.serviceName}.`,
        say`One bucket for all instances (a counter in the shared cache, or a slice each); a bucket per instance multiplies the limit with every scale-out of ${scene.serviceName}.`,
        say`Order by worth: calls that a user waits for first, background calls to ${who} with what is left.`,
        say`When ${who} says when to come back, wait that long; the client library’s own retries are switched off.`,
      ]),
    ],
  };
}

export default {
  id: 'raise-quota-and-shape',
  layer: 'dependency',
  title: 'Raise the quota and shape the calls',
  effort: 'days',
  risk: 'low',
  section: 'caching',
  retiming: { kind: 'scale', factor: [0.2, 0.7] },
  advise,
} satisfies Remedy;
