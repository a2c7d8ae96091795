import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { componentOf } from '../../readings/compose.js';
import { MEMORY_ROOM } from '../design/chosen.js';
import { kebab, whole } from '../design/code-text.js';
import { costLimit, figure, hardwareRuledOut, partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

const blocked = (context: Context, about: Subject): Text | undefined =>
  hardwareRuledOut(context, 'More memory', about, /memory|ram|\bGi?B\b/i);

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const own = componentOf(context, target.subject);
  const who = partName(own, say`${name(target.subject.name)}`);
  const used = context.facts.find({
    name: 'memory.used',
    subject: target.subject,
    phase: ['incident', 'peak', 'any', 'steady'],
  });
  const share = context.facts.find({
    name: 'memory.utilisation',
    subject: target.subject,
    phase: ['incident', 'peak', 'any', 'steady'],
  });
  const limit = context.facts.find({ name: 'memory.limit', subject: target.subject });
  const kills = context.facts.find({ name: 'memory.oomKills' });
  const peak =
    used ??
    (share && limit
      ? figure(scene, 'memory.used.derived', [share.value * limit.value, 'bytes'], 'share in use × limit', [
          share,
          limit,
        ])
      : undefined);
  const then = peak
    ? figure(
        scene,
        'design.memory',
        [peak.value / MEMORY_ROOM.value, 'bytes'],
        'memory in use at peak ÷ share that may be used',
        [peak, MEMORY_ROOM],
      )
    : undefined;
  const cost = costLimit(context);
  return {
    title: then
      ? say`Give ${who} ${num(then)} of memory, and bound what it may hold`
      : say`Give ${who} memory for its peak, and bound what it may hold`,
    description: say`${who} needs room above what it holds at its largest; and what it holds needs a bound, or the new limit is reached as well; heap, buffers and caches inside the process get sizes that add up to less than the limit.`,
    benefit: kills
      ? say`${num(kills)} processes of ${who} were ended for memory; each took its requests with it and left its load to the others.`
      : say`Processes of ${who} are no longer ended at their limit${share ? say` (${num(share)} in use)` : ''}, and those that are left no longer carry the load of the ended ones.`,
    riskText: say`Where ${who} leaks, more memory postpones the end and makes it larger. ${cost ? say`Memory is paid for all hours, against a limit of ${num(cost)}.` : say`Fewer instances of ${who} fit on a node.`}`,
    effortText: say`Minutes for the limit of ${who}, hours for the sizes inside it.${shippingNote(context)}`,
    verification: say`No process of ${who} ended for memory over a week; memory at peak at ${num(MEMORY_ROOM)} of the limit or less, and level.`,
    design: [
      code(
        'yaml',
        say`# ${kebab(target.subject.name, 'service')}
resources:
  requests: { memory: "${then ? whole(then) : { name: '<peak ÷ share that may be used>' }}" }
  limits:   { memory: "${then ? whole(then) : { name: '<the same>' }}" }   # equal: the node does not promise what it has not
env:
  - { name: MEMORY_FOR_HEAP, value: "<limit less buffers, threads, code>" }`,
        say`Memory of ${who}`,
      ),
      bullets([
        say`Bodies that ${who} accepts and results that it reads have a largest size; a single export must not fill a process.`,
        say`Alert at ${num(MEMORY_ROOM)} of the limit of ${who}, and on each restart with its reason.`,
      ]),
    ],
  };
}

export default {
  id: 'raise-memory-limit',
  layer: 'infrastructure',
  title: 'Memory for the peak, and a bound',
  effort: 'minutes',
  risk: 'low',
  section: 'capacity',
  blocked,
  advise,
} satisfies Remedy;
