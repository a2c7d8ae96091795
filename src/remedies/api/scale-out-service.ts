import {
  type Advice,
  bullets,
  type Context,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { connectionRoom, PLANNING } from '../design/arithmetic.js';
import { growthOf, growthTable, scalingManifest } from '../design/capacity-blocks.js';
import { constraintsOf, costFixed, partName, sceneOf, storeNotService } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function blocked(context: Context, about: Subject): Text | undefined {
  const store = storeNotService(about);
  if (store) return store;
  const scene = sceneOf(context, { finding: '', hypothesis: '', subject: about, supported: false });
  const g = growthOf(scene);
  if (g.growth && g.growth.value <= 1 && g.cpu)
    return say`${scene.serviceName} would run at ${num(g.cpu.then)} ${atLoad(scene)} with what is there; more instances would idle.`;
  const cost = costFixed(context, 'Standing capacity');
  if (cost) return cost;
  const fixed = constraintsOf(context, 'hardware-limit').find(
    (c) => !c.subject || c.subject.id === about.id || c.subject.id === context.app.id,
  );
  return fixed &&
    /no (?:more|new|additional) (?:hosts?|servers?|machines?|hardware|instances?)/i.test(fixed.text)
    ? say`${quote(fixed.text)} rules out more instances.`
    : undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, database } = scene;
  const g = growthOf(scene);
  const db = partName(database, say`what stands behind it`);
  const room = database ? connectionRoom(context, database) : undefined;
  const full = context.symptoms.some((s) => s.kind === 'connections-exhausted');
  const more = g.instances
    ? say`from ${num(g.instances.now)} to ${num(g.instances.then)} instances`
    : g.growth
      ? say`to ${num(g.growth)} of today’s capacity`
      : say`by what the load needs`;
  return {
    title: say`Grow ${serviceName} ${more}, for the hours that need it`,
    description: say`${serviceName} holds no state, so capacity can be rented by the hour. ${full ? say`Not before the connections of ${db} are bounded: each instance opens more, and they are already used up.` : say`Check first what each instance takes from ${db}: connections, locks, quota.`}`,
    benefit:
      g.cpu && g.growth
        ? say`${num(g.cpu.used)} at ${num(g.cpu.at)} would be ${num(g.cpu.then)} ${atLoad(scene)}; ${num(g.growth)} of today’s capacity brings it to ${num(PLANNING)}. It helps only if the busy processor is that of ${serviceName}.`
        : say`Queueing in ${serviceName} falls as instances are added, if its processors are what is short. Their use at a known rate was not said.`,
    riskText:
      g.breaks && g.cost && g.growth
        ? say`Running it always would cost more than the ${num(g.cost)} allowed, if this tier were the whole bill; so by schedule${g.hours ? say`, at most ${num(g.hours, { digits: 2 })} hours a week in that worst case` : ''}.`
        : say`More instances of ${serviceName} are more connections to ${db}${room ? say` (room for ${num(room.room)})` : ''}, more empty caches at start, and a larger bill while they run.`,
    effortText: say`Hours: numbers in the platform of ${serviceName}, and a load test at ${scene.goal ? num(scene.goal.rate) : say`the peak rate`}.${shippingNote(context)}`,
    verification: say`Processor use of ${serviceName} at or below ${num(PLANNING)} ${atLoad(scene)}, and connections of ${db} no higher than before.`,
    design: [
      growthTable(scene, g),
      ...scalingManifest(context, scene, g, false),
      bullets([
        say`Scale by what runs out: if ${db} is the busy one, ${serviceName} only asks it faster.`,
        ...(g.cost
          ? [
              say`${num(g.cost)} is the limit on cost: cheaper requests come first, rented hours second, standing capacity last.`,
            ]
          : []),
        ...constraintsOf(context, 'no-new-region', 'hardware-limit').map(
          (c) => say`${quote(c.text)} holds: the growth stays where ${serviceName} runs today.`,
        ),
      ]),
    ],
  };
}

export default {
  id: 'scale-out-service',
  layer: 'api',
  title: 'More instances for the hours that need them',
  effort: 'hours',
  risk: 'medium',
  section: 'capacity',
  retiming: { kind: 'scale', factor: [0.4, 0.9], growth: [0, 0.4] },
  blocked,
  advise,
} satisfies Remedy;
