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
import { littlesLaw } from '../../models/queueing.js';
import { inSeconds } from '../../readings/compose.js';
import { instancesOf } from '../../readings/parts.js';
import { cpuDemand, PLANNING } from '../design/arithmetic.js';
import { admission } from '../design/code-snippets.js';
import { languageOf } from '../design/language.js';
import { figure, partName, sceneOf } from '../design/scene.js';
import { aimWords, atLoad, shippingNote, whenItHappens } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, aim, goal, database } = scene;
  const cpu = cpuDemand(scene);
  const carried = cpu
    ? figure(
        scene,
        'capacity.rate',
        [cpu.at.value / cpu.used.value, '1/s'],
        'rate ÷ processor use at that rate (utilisation law)',
        [cpu.at, cpu.used],
      )
    : undefined;
  const most =
    carried && aim
      ? figure(
          scene,
          'design.inWork',
          [Math.ceil(littlesLaw(carried.value, inSeconds(aim))), 'count'],
          'rate that today’s capacity carries × latency target (Little’s law): more in work cannot all meet it',
          [carried, aim],
        )
      : undefined;
  const instances = service ? instancesOf(context, service) : undefined;
  const each =
    most && instances
      ? figure(
          scene,
          'design.inWorkPerInstance',
          [Math.max(1, Math.floor(most.value / instances.value)), 'count'],
          'requests in work ÷ instances',
          [most, instances],
        )
      : undefined;
  const over =
    carried && goal && goal.rate.value > carried.value
      ? figure(
          scene,
          'capacity.missing',
          [goal.rate.value - carried.value, '1/s'],
          'rate asked for − rate carried',
          [goal.rate, carried],
        )
      : undefined;
  const share =
    over && goal
      ? figure(
          scene,
          'refused.share',
          [over.value / goal.rate.value, 'ratio'],
          'turned away ÷ rate asked for',
          [over, goal.rate],
        )
      : undefined;
  const errors = context.facts.find({ name: 'errors.ratio', phase: 'target' });
  const crowd = context.case.traits.some((t) => t.trait === 'event' || t.trait === 'bursty')
    ? say`a crowd${whenItHappens(context)}`
    : undefined;
  const rows: Text[][] = [
    [say`rate that capacity carries today`, carried ? say`${num(carried)}` : say`rate ÷ processor use at it`],
    [say`in work at once, at most`, most ? say`${num(most)}` : say`that rate × the latency target`],
    ...(each && instances
      ? [[say`in each of ${num(instances)} instances`, say`${num(each)}`]]
      : [[say`in each instance`, say`that ÷ instances of ${serviceName}`]]),
    ...(over ? [[say`turned away ${atLoad(scene)}, until capacity follows`, say`${num(over)}`]] : []),
  ];
  return {
    title: most
      ? say`Let ${serviceName} take in no more than ${num(each ?? most)} requests at once${each ? ' an instance' : ''}`
      : say`Let ${serviceName} refuse early what it cannot answer in time`,
    description: say`${serviceName} counts requests in work and answers the next one with “busy, try again in a moment” before it has parsed, authenticated or taken a connection of ${partName(database, say`its store`)}. What is cheap for callers of ${serviceName} to repeat is refused first, what is half done last.`,
    benefit: over
      ? say`Above ${num(carried ?? over)} somebody waits in vain${whenItHappens(context)}; refusing ${num(over)} keeps ${aimWords(scene)} for all the others, where one queue would miss it for everybody.`
      : say`Beyond its capacity, ${serviceName} keeps ${aimWords(scene)} for those it lets in instead of missing it for all; below it nothing changes.`,
    riskText: say`Whoever is refused by ${serviceName} sees an error${errors ? (share ? say`: ${num(share)} of requests against the ${num(errors)} that the target allows, so this bridges the time until capacity follows and replaces none` : say`, and the target allows ${num(errors)} of them`) : ''}; health checks of ${serviceName} and work that is half done stay outside of the limit.`,
    effortText: say`A day for the limit in ${serviceName}, another for a waiting page and clients that obey it.${shippingNote(context)}`,
    verification: say`Send ${serviceName} more than it carries: admitted requests keep ${aimWords(scene)}, refusals take a few milliseconds, and the rate served does not fall as more arrives.`,
    design: [
      table(['Quantity', '> Value'], rows, say`Admission to ${serviceName}`),
      ...(most
        ? admission(
            languageOf(context, service),
            serviceName[0] && typeof serviceName[0] === 'object' && 'name' in serviceName[0]
              ? serviceName[0].name
              : 'service',
            each ?? most,
            say`In front of everything else in ${serviceName}${each ? ' (each instance)' : ' (all instances together: divide it)'}`,
          )
        : []),
      bullets([
        say`Order of refusal at ${serviceName}: robots and repeats, then polling, then new sessions; never the second half of something begun.`,
        ...(crowd && carried
          ? [
              say`For ${crowd}: a waiting room at the edge lets in ${num(carried)} and tells the others their place; it costs ${serviceName} nothing, and nobody reloads to be first.`,
            ]
          : []),
        say`A queue in front of ${serviceName} may hold at most what ${aimWords(scene)} can wait for; a longer one only serves people who have left.`,
        say`Plan capacity for ${num(PLANNING)}: the limit is for the minutes in which ${serviceName} has not grown yet.`,
      ]),
    ],
  };
}

export default {
  id: 'admission-control',
  layer: 'api',
  title: 'Refuse early what cannot be answered in time',
  effort: 'days',
  risk: 'low',
  section: 'code',
  advise,
} satisfies Remedy;
