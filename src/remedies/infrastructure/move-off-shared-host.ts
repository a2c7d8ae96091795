import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  quote,
  type Remedy,
  type RemedyTarget,
  type Subject,
  say,
  type Text,
} from '../../domain/index.js';
import { componentOf } from '../../readings/compose.js';
import { kebab } from '../design/code-text.js';
import { constraintsOf, costLimit, partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function blocked(context: Context, about: Subject): Text | undefined {
  const hit = constraintsOf(context, 'hardware-limit').find((c) =>
    /no (?:new|other|different|more) (?:hosts?|machines?|hardware|instance types?)/i.test(c.text),
  );
  return hit ? say`Another host for ${name(about.name)} is ruled out: ${quote(hit.text)}` : undefined;
}

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const who = partName(componentOf(context, target.subject), say`${name(target.subject.name)}`);
  const steal =
    context.facts.find({ name: ['cpu.steal', 'cpu.pressure'], subject: target.subject }) ??
    context.facts.find({ name: ['cpu.steal', 'cpu.pressure'] });
  const cost = costLimit(context);
  return {
    title: say`Give ${who} a host whose processors it does not share`,
    description: say`Move ${who} from burstable or crowded hosts to ones with their own processors, keep jobs off its nodes, and spread its instances so that no single host holds many of them.`,
    benefit: steal
      ? say`${num(steal)} of the time in which ${who} was ready to run went to others; on its own processors it runs at once.`
      : say`Instances of ${who} become equally quick on all hosts; how much processor time was taken was not said.`,
    riskText: say`Own processors cost more an hour${cost ? say`, against a limit of ${num(cost)}` : ''}: move what users wait for, and leave jobs of ${scene.app} where they are.`,
    effortText: say`Hours for a node pool and a rule; ${who} moves one instance at a time.${shippingNote(context)}`,
    verification: say`Stolen time of ${who} near nothing, and p99 by instance even over its hosts.`,
    design: [
      code(
        'yaml',
        say`# a node pool of machines with their own processors, tainted so that jobs stay away
spec:
  nodeSelector: { pool: steady }
  tolerations: [{ key: pool, value: steady, effect: NoSchedule }]
  topologySpreadConstraints:
    - { maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: { matchLabels: { app: ${kebab(target.subject.name, 'service')} } } }
  priorityClassName: user-facing`,
        say`${who} on nodes of its own; on machines without Kubernetes, another machine family`,
      ),
      bullets([
        say`Burstable machines under ${who}: watch their credits as a metric; at nothing they run at a fraction without any other sign.`,
        say`Replace a slow host before you look for a cause in ${who}: the fault of a single machine is not worth a day.`,
      ]),
    ],
  };
}

export default {
  id: 'move-off-shared-host',
  layer: 'infrastructure',
  title: 'Hosts with their own processors',
  effort: 'hours',
  risk: 'low',
  section: 'capacity',
  retiming: { kind: 'scale', factor: [0.5, 0.95] },
  blocked,
  advise,
} satisfies Remedy;
