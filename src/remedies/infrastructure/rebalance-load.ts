import {
  type Advice,
  type Block,
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
import { instancesOf } from '../../readings/parts.js';
import { fixedBecause, partName, sceneOf } from '../design/scene.js';
import { shippingNote } from '../design/wording.js';

const blocked = (context: Context, about: Subject): Text | undefined =>
  fixedBecause(context, componentOf(context, about));

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const own = componentOf(context, target.subject);
  const who = partName(own, say`${name(target.subject.name)}`);
  const members =
    context.facts.find({ name: ['shards', 'partitions', 'instances'], subject: target.subject }) ??
    (own ? instancesOf(context, own) : undefined);
  const skew = context.facts.find({ name: 'skew.share' });
  const kept = own?.subject.kind !== 'service';
  const busiest = context.facts
    .every({ name: ['cpu.utilisation', 'throughput', 'queue.depth'] })
    .filter((f) => f.subject.kind === 'host')
    .sort((a, b) => b.value - a.value)[0];
  return {
    title: say`Spread the load of ${who} evenly over its ${members ? say`${num(members)} ${members.name}` : 'members'}`,
    description: kept
      ? say`Find what pins the load to one member of ${who}: a hot key, an old placement, members of unequal size; move that one thing (its key, its shard, its range) instead of adding members, which moves everything a little and the hot one not at all.`
      : say`Requests to ${who} go to the member with the fewest in work and not to the next in a row; long connections are renewed from time to time, so that new instances get their share.`,
    benefit: busiest
      ? say`${name(busiest.subject.name)} shows ${num(busiest)}; the tail of ${scene.app} is that of the fullest member, and comes down to the mean with it.`
      : say`The tail of ${scene.app} is that of the fullest member of ${who}${skew ? say`, with ${num(skew)} of the traffic on the hottest few` : ''}; spread evenly, the capacity that is paid for can be used.`,
    riskText: say`Moving data of ${who} costs disk and network while it lasts: one shard at a time, outside of the busy hours; a changed rule sends many keys to members that do not have them yet.`,
    effortText: say`Hours to days, by how ${who} places its load.${shippingNote(context)}`,
    verification: say`Busiest against mean member of ${who}, in requests and in processor use, over one peak: within a quarter of each other.`,
    design: [
      ...placement(own?.product, who),
      bullets([
        say`Unequal machines under ${who} need weights; equal shares fill the small one first.`,
        say`Watch the ratio busiest ÷ mean of ${who} as one number, and alert on it before its mean is high.`,
      ]),
    ],
  };
}

function placement(product: string | undefined, who: Text): Block[] {
  switch (product) {
    case 'redis':
    case 'valkey':
    case 'elasticache':
      return [
        code(
          'bash',
          say`redis-cli --cluster check "$NODE"                       # slots and keys of each master
redis-cli --cluster rebalance "$NODE" --cluster-use-empty-masters --cluster-weight "$NODE_ID=$WEIGHT"
redis-cli -h "$HOT_NODE" --hotkeys                         # a single key cannot be spread by slots`,
          say`${who}`,
        ),
      ];
    case 'elasticsearch':
    case 'opensearch':
      return [
        code(
          'bash',
          say`curl -s "$SEARCH_URL/_cat/allocation?v&s=shards:desc"; curl -s "$SEARCH_URL/_cat/shards?v&s=store:desc"
curl -s -X PUT "$SEARCH_URL/_cluster/settings" -H 'Content-Type: application/json' \\
  -d '{"persistent":{"cluster.routing.allocation.balance.shard":"<weight>","cluster.routing.use_adaptive_replica_selection":true}}'
curl -s -X POST "$SEARCH_URL/_cluster/reroute" -H 'Content-Type: application/json' -d @move-one-shard.json`,
          say`${who}: shards ÷ nodes has to come out even, per index and not only in all`,
        ),
      ];
    case 'kafka':
      return [
        code(
          'bash',
          say`kafka-log-dirs.sh --bootstrap-server "$BROKERS" --describe | grep '^{' > sizes.json
kafka-reassign-partitions.sh --bootstrap-server "$BROKERS" --reassignment-json-file move.json --execute --throttle "$BYTES_A_SECOND"
kafka-leader-election.sh --bootstrap-server "$BROKERS" --election-type preferred --all-topic-partitions`,
          say`${who}`,
        ),
      ];
    default:
      return [
        code(
          'nginx',
          say`upstream app {
  least_conn;                 # fewest in work, not the next in a row; Envoy: LEAST_REQUEST, ALB: least_outstanding_requests
  server <each instance> max_fails=<few> fail_timeout=<seconds>;
}`,
          say`In front of ${who}`,
        ),
      ];
  }
}

export default {
  id: 'rebalance-load',
  layer: 'infrastructure',
  title: 'Even load over the members',
  effort: 'hours',
  risk: 'medium',
  section: 'capacity',
  retiming: { kind: 'scale', factor: [0.5, 0.9] },
  blocked,
  advise,
} satisfies Remedy;
