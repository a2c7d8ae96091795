import {
  type Advice,
  bullets,
  type Context,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
  table,
} from '../../domain/index.js';
import { ATTEMPTS, RETRY_BUDGET } from '../design/chosen.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { callee, serviceName } = scene;
  const who = partName(callee, say`what ${serviceName} calls`);
  const about = callee?.subject ?? target.subject;
  const attempts =
    context.facts.find({ name: 'retry.count', subject: about }) ??
    context.facts.find({ name: 'retry.count' });
  const seen =
    context.facts.find({ name: 'retry.ratio', subject: about }) ??
    context.facts.find({ name: 'retry.ratio' });
  const factor = figure(
    scene,
    'design.loadWithBudget',
    [1 + RETRY_BUDGET.value, 'factor'],
    'all first attempts + retry budget',
    [RETRY_BUDGET],
    about,
  );
  const layers = context.links.filter((l) => l.to === about.id).length;
  const meshed = context.components.find(
    (c) => c.product !== undefined && context.knowledge.fact(c.product, 'retry.count'),
  );
  const mesh = meshed?.product
    ? context.knowledge.fact(meshed.product, 'retry.count', meshed.version)
    : undefined;
  return {
    title: say`Let ${serviceName} alone retry ${who}, within a budget of ${num(RETRY_BUDGET)}`,
    description: say`One layer owns the retries of ${who}; the others pass the failure on. ${serviceName} may try ${num(ATTEMPTS)} times in all, only while its retries of the last minute stay below ${num(RETRY_BUDGET)} of its requests, and only calls that are safe to repeat.`,
    benefit: say`In the worst case ${who} sees ${num(factor)} of the first attempts${attempts ? say`, against up to ${num(attempts)} per request now` : ''}${seen ? say` (retries per request as said: ${num(seen)})` : ''}; an overload ${atLoad(scene)} is no longer fed by its own failures.`,
    riskText: say`Single failures that a second or third try used to hide become visible to users of ${serviceName}. That is the true error rate of ${who}; fix it there.`,
    effortText: say`Hours: client options of ${serviceName}, the proxies between, and the client applications’ own retry settings.${shippingNote(context)}`,
    verification: say`Return errors from ${who} for half of the calls in a test: calls received ÷ requests sent stays at or below ${num(factor)}.`,
    design: [
      table(
        ['Layer in front', 'Retries of it'],
        [
          [
            say`clients of ${scene.app}`,
            say`only after a pause with full jitter, not on a “come back later” of ${serviceName}`,
          ],
          [
            say`proxies and mesh${meshed ? say` (${name(meshed.subject.name)})` : ''}`,
            mesh
              ? say`off: its default is ${num(mesh)} further tries, on top of those of ${serviceName}`
              : say`off for ${who}`,
          ],
          [
            say`${serviceName}`,
            say`owner: ${num(ATTEMPTS)} tries in all, budget ${num(RETRY_BUDGET)}, the second on another instance`,
          ],
          [say`library inside ${who}`, say`off, or counted in the same budget`],
        ],
        layers > 1 ? say`${who} has several callers; each of them needs its own budget.` : undefined,
      ),
      bullets([
        say`Never retry what ${who} refused for load or quota before the time it names, nor anything whose deadline has passed.`,
        say`Repeating a write to ${who} needs an id that it recognises; without one, its writes get a single try.`,
        say`Count retries of ${who} as a metric of their own: it is the first to move when overload begins.`,
      ]),
    ],
  };
}

export default {
  id: 'retry-budget',
  layer: 'dependency',
  title: 'One owner of retries, with a budget',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.4, 0.9], growth: [0.1, 0.6] },
  advise,
} satisfies Remedy;
