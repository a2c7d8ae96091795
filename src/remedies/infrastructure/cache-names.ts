import {
  type Advice,
  bullets,
  type Context,
  code,
  name,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName } = scene;
  const time = context.facts.find({ name: 'dns.delay.p99' });
  const cluster = context.components.find((c) => c.product === 'kubernetes');
  return {
    title: say`Answer name look-ups of ${serviceName} on its own host`,
    description: say`A resolver with a cache on each host answers ${serviceName} in a fraction of a millisecond; full names end the list of suffixes that are tried for each call; and kept connections make most look-ups needless.`,
    benefit: time
      ? say`A look-up of ${num(time)} leaves the calls of ${serviceName}; a lost query no longer waits for its time-out.`
      : say`Calls of ${serviceName} no longer wait for a resolver that queues; how long look-ups take was not said.`,
    riskText: say`A cache keeps an old address for as long as its record says: callees of ${serviceName} that move by name need a short life there.`,
    effortText: say`Hours: an add-on ${cluster ? say`in ${name(cluster.subject.name)}` : say`on the hosts of ${serviceName}`}, and names with a dot at the end in its configuration.${shippingNote(context)}`,
    verification: say`Look-up time of ${serviceName} as a histogram: nothing beyond a few milliseconds, and none near whole seconds.`,
    design: [
      code(
        'yaml',
        say`# NodeLocal DNSCache on each node, and fewer suffixes
dnsPolicy: ClusterFirst
dnsConfig:
  options:
    - { name: ndots, value: "1" }          # full names are asked for once, not once for each suffix
    - { name: single-request-reopen }`,
        say`Names of ${serviceName}`,
      ),
      bullets([
        say`Runtimes differ in what they keep: check what ${serviceName} does with a name after its first look-up.`,
        say`Look-ups in ${serviceName} share threads with files and compression in some runtimes; a slow resolver then stops those too.`,
      ]),
    ],
  };
}

export default {
  id: 'cache-names',
  layer: 'infrastructure',
  title: 'Name look-ups answered on the host',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  advise,
} satisfies Remedy;
