import {
  type Advice,
  bullets,
  type Context,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  say,
  steps,
} from '../../domain/index.js';
import { AIM } from '../../readings/load.js';
import { growthOf, growthTable, scalingManifest } from '../design/capacity-blocks.js';
import { LEAD, SCALE_DOWN } from '../design/chosen.js';
import { constraintsOf, costFixed, figure, partName, sceneOf, storeNotService } from '../design/scene.js';
import { atLoad, shippingNote, whenItHappens } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, cache, database } = scene;
  const g = growthOf(scene);
  const ramp = context.facts.find({ name: 'burst.ramp', phase: [...AIM, 'peak', 'any'] });
  const delay = context.facts.find({ name: 'scaleout.delay' });
  const duration = context.facts.find({ name: 'burst.duration' });
  const late =
    ramp && delay && delay.value > ramp.value
      ? figure(
          scene,
          'scaleout.late',
          [delay.value - ramp.value, 's'],
          'time until new capacity serves − ramp of the load',
          [delay, ramp],
        )
      : undefined;
  const size = g.instances
    ? say`${num(g.instances.then)} instances`
    : g.growth
      ? say`${num(g.growth)} of today’s capacity`
      : say`the capacity of the peak`;
  // More instances bring more connections to a server that has none left.
  const full = context.symptoms.some((s) => s.kind === 'connections-exhausted');
  return {
    ...(full ? { risk: 'medium' as const } : {}),
    title: say`Have ${size} of ${serviceName} running ${num(LEAD)} before the crowd`,
    description: say`The time of the load${whenItHappens(context)} is known, so capacity follows the calendar and not a metric: up ${num(LEAD)} before, warm, checked, and down again ${num(SCALE_DOWN)} after the last wave.${late && delay && ramp ? say` An autoscaler needs ${num(delay)} and the load ${num(ramp)}: for ${num(late)} everyone would meet the capacity of a quiet day.` : ''}`,
    benefit:
      g.cpu && g.growth
        ? say`${num(g.cpu.then)} ${atLoad(scene)} becomes what ${num(g.growth)} of today’s capacity carries calmly, from the first second on.`
        : say`The first minutes of the event meet warm capacity of ${serviceName} instead of starting instances. How much is needed follows from its processor use at a known rate, which was not said.`,
    riskText: say`${full ? say`Not before the connections of ${partName(database, say`its store`)} are bounded: each instance of ${serviceName} opens more, and they are used up already. ` : ''}Too little of ${serviceName} is an outage in public, too much is rent for some hours${g.cost && g.hours ? say` (${num(g.cost)} allows ${num(g.hours, { digits: 2 })} hours a week of it, if this tier were the whole bill)` : ''}. ${partName(database, say`What stands behind ${serviceName}`)} does not grow with it: rehearse at the full rate.`,
    effortText: say`Half a day for the schedule, a day for the rehearsal of ${scene.app}.${shippingNote(context)}`,
    verification: say`Rehearsal: ${scene.goal ? num(scene.goal.rate) : say`the expected rate`}${ramp ? say` within ${num(ramp)}` : ''}, with cold and with warm caches; p99 of ${serviceName} holds from the first second and no instance starts during the ramp.`,
    design: [
      growthTable(scene, g),
      ...scalingManifest(context, scene, g, true),
      steps([
        say`A week before: the full rate against ${scene.app}, behind every limit that others own; ask providers for their quota in writing.`,
        say`${num(LEAD)} before: capacity up, ${cache ? say`${partName(cache, [])} warmed` : 'caches warmed'}, pools filled by a trickle of real routes.`,
        say`During: no deploys, no batch jobs of ${scene.app}, admission limit on; one person watches, one decides.`,
        say`After, in steps of ${serviceName}: down once ${num(SCALE_DOWN)} were calm${duration ? say` (the burst lasts ${num(duration)})` : ''}.`,
      ]),
      bullets([
        say`Also outside of ${serviceName}: balancers, name servers, NAT ports, log and trace quotas scale with the same crowd.`,
        ...constraintsOf(context, 'cost-limit').map(
          (c) => say`${quote(c.text)}: renting by the hour is what keeps it.`,
        ),
      ]),
    ],
  };
}

export default {
  id: 'prescale-for-event',
  layer: 'api',
  title: 'Capacity by the calendar',
  effort: 'hours',
  risk: 'low',
  section: 'capacity',
  retiming: { kind: 'scale', factor: [0.4, 0.9] },
  blocked: (context, about) => storeNotService(about) ?? costFixed(context, 'Rented capacity'),
  advise,
} satisfies Remedy;
