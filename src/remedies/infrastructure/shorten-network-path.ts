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
  say,
} from '../../domain/index.js';
import { constraintsOf, figure, partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, database, cache, callee } = scene;
  const trip = context.facts.find({ name: 'network.roundTrip' });
  const calls = context.facts.find({ name: 'calls.perRequest' });
  const lost = context.facts.find({ name: 'network.retransmissions' });
  const sum =
    trip && calls
      ? figure(scene, 'network.waits', [trip.value * calls.value, 'ms'], 'round trip × calls of a request', [
          trip,
          calls,
        ])
      : undefined;
  const far = partName(database, partName(cache, partName(callee, say`what it calls`)));
  const region = constraintsOf(context, 'no-new-region')[0];
  return {
    title: say`Bring ${serviceName} nearer to ${far}, and make fewer round trips`,
    description: say`Fewer round trips first (one statement for a list, pipelines to a cache, kept connections), then nearer ones: instances of ${serviceName} prefer ${far} in their own zone, and what is lost on the way is found hop by hop.`,
    benefit:
      sum && trip && calls
        ? say`${num(calls)} round trips of ${num(trip)} are ${num(sum)} of a request before anything is worked on.`
        : say`Each round trip between ${serviceName} and ${far} that is saved, saves its ${trip ? say`${num(trip)}` : 'time'}${lost ? say`; ${num(lost)} of segments are sent again now, and each waits a fifth of a second or more` : ''}.`,
    riskText: say`Keeping traffic in a zone makes load uneven when ${serviceName} has unequal numbers there, and a lost zone moves all of it at once: keep room for that.${region ? say` ${quote(region.text)} holds: zones of the region in use, no new one.` : ''}`,
    effortText: say`Hours for routing by zone in front of ${far}, days for fewer round trips of ${serviceName}.${shippingNote(context)}`,
    verification: say`Connect time between ${serviceName} and ${far}, calls a request, and segments sent again: each before and after, at one load.`,
    design: [
      code(
        'bash',
        say`mtr --report --tcp --port "$PORT" "$FAR_HOST"; ss -ti dst "$FAR_HOST" | grep -oE 'rtt:[^ ]+|retrans:[^ ]+'
ethtool -S "$INTERFACE" | grep -iE 'drop|exceeded'          # allowances of the machine that were used up
kubectl annotate service "$SERVICE" service.kubernetes.io/topology-mode=Auto`,
        say`Way from ${serviceName} to ${far}`,
      ),
      bullets([
        say`Pipelines and lists: ${cache ? say`${name(cache.subject.name)} takes many keys in one call` : say`${far} takes many keys in one call`}; twenty look-ups of ${serviceName} in a row are twenty round trips.`,
        say`Reads of ${serviceName} may go to a copy in their own zone; writes go where the primary is, and pay for it once.`,
      ]),
    ],
  };
}

export default {
  id: 'shorten-network-path',
  layer: 'infrastructure',
  title: 'Fewer and shorter round trips',
  effort: 'days',
  risk: 'medium',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.5, 0.95] },
  advise,
} satisfies Remedy;
