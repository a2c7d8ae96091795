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
  steps,
  type Text,
  table,
} from '../../domain/index.js';
import { classShares } from '../../readings/load.js';
import { hotBase, ofWhat } from '../../readings/skew.js';
import { PLANNING } from '../design/arithmetic.js';
import { whole } from '../design/code-text.js';
import { constraintsOf, figure, partName, sceneOf, schemaFixed } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { database, goal } = scene;
  const db = partName(database, say`the partitioned store of ${scene.app}`);
  const skew = context.facts.find({ name: 'skew.share' });
  const who =
    skew && skew.subject.kind === 'keyspace' ? say`${name(skew.subject.name)}` : say`the hottest key`;
  const base = skew && goal ? hotBase(context, skew, goal) : undefined;
  const hot =
    skew && base
      ? figure(
          scene,
          'partition.hotRate',
          [base.value * skew.value, '1/s'],
          'rate × share on the hottest',
          [base, skew],
          database?.subject,
        )
      : undefined;
  const unit = database?.product
    ? context.knowledge.fact(database.product, 'capacity.writeUnit', database.version)
    : undefined;
  const size =
    context.facts.find({ name: 'payload.mean', subject: database?.subject.id ?? '' }) ??
    context.facts.find({ name: 'payload.mean' });
  const perWrite =
    unit && size && size.value < 100 * unit.value
      ? figure(
          scene,
          'capacity.unitsPerWrite',
          [Math.ceil(size.value / unit.value), 'factor'],
          'item size ÷ write unit, rounded up',
          [size, unit],
          database?.subject,
        )
      : undefined;
  const limit = database?.product
    ? context.knowledge.fact(database.product, 'partition.writeLimit', database.version)
    : undefined;
  const wanted =
    hot && perWrite
      ? figure(
          scene,
          'partition.hotUnits',
          [hot.value * perWrite.value, '1/s'],
          'writes a second × units a write',
          [hot, perWrite],
          database?.subject,
        )
      : hot;
  const shards =
    wanted && limit
      ? figure(
          scene,
          'design.keyShards',
          [Math.max(2, Math.ceil(wanted.value / limit.value / PLANNING.value)), 'count'],
          'wanted ÷ limit of a partition ÷ planning utilisation, rounded up, at least two',
          [wanted, limit, PLANNING],
          database?.subject,
        )
      : undefined;
  const keep = constraintsOf(context, 'consistency')[0];
  const writes = classShares(context).find((c) => c.kind === 'write');
  return {
    title: shards
      ? say`Spread ${who} of ${db} over ${num(shards)} key parts`
      : say`Spread ${who} of ${db} over several partitions`,
    description: say`Writes of ${skew ? say`${who}, ${num(skew)} of ${ofWhat(context, skew)},` : 'one key'} go to one partition of ${db}, whose ceiling is fixed${limit ? say` at ${num(limit)}` : ''}; capacity of the table as a whole does not raise it; the key gets a suffix, chosen by a hash of the entry’s own id, for the few keys that need it.`,
    benefit:
      wanted && limit && skew
        ? say`${atLoad(scene)} the hottest key wants ${num(wanted)} where a partition gives ${num(limit)}${perWrite && unit && size ? say` (${num(size)} an item: ${num(perWrite)} units of ${num(unit)} a write)` : ''}. ${shards ? say`${num(shards)} parts bring each below ${num(PLANNING)} of it.` : ''}`
        : say`Throttling of ${db} on ${who} ends without buying capacity that idles elsewhere. The share of the hottest key and the limit of a partition of ${db}, which give the number of parts, ${skew ? 'are not both known' : 'were not said'}.`,
    riskText: say`A read of everything under a split key of ${db} asks all its parts and joins them. ${keep ? say`${quote(keep.text)}: keep the balance or total as one item with a condition, written in the same transaction as its entries, or as running totals per part that a reader sums.` : say`Totals and order over all parts of ${who} need a rule of their own.`}`,
    effortText: say`Days to weeks: writers of ${scene.serviceName} first, readers able to read both forms, then old entries, then the flag for ${who}.${shippingNote(context)}`,
    verification: say`Throttled requests of ${db} by key (its hot-key insight) fall to nothing at the next peak, with consumed capacity of the table unchanged.`,
    design: [
      table(['Figure', '> Value'], [
        ...(base
          ? [
              [
                say`${writes ? say`${name(writes.subject.name)}` : 'rate'} ${atLoad(scene)}`,
                say`${num(base)}`,
              ],
            ]
          : []),
        ...(skew ? [[say`share of ${who}`, say`${num(skew)}`]] : []),
        ...(wanted ? [[say`wanted of one partition`, say`${num(wanted)}`]] : []),
        [
          say`limit of one partition of ${db}`,
          limit ? say`${num(limit)}` : say`measure: where throttling or latency sets in`,
        ],
        ...(shards ? [[say`parts of the key, at ${num(PLANNING)} of the limit`, say`${num(shards)}`]] : []),
      ] as Text[][]),
      code(
        'text',
        say`partition key   <key>#<hash(entry id) mod parts>     parts = ${shards ? whole(shards) : { name: '<from the table above>' }} for listed keys, one for all others
sort key        <time>#<entry id>                    unchanged
write           condition: entry id not there yet    a repeat changes nothing
read            all parts of the key in parallel, merged by sort key`,
        say`Keys of ${db}`,
      ),
      steps([
        say`List the keys that need it in configuration of ${scene.serviceName}, starting with ${who}; a key is split before its peak, not during it.`,
        say`Batch runs of ${scene.app} write in an order shuffled by key, at a rate below ${limit ? num(limit) : say`the limit of a partition`} for each key.`,
        say`Retries of throttled writes to ${db} take full jitter and count in the retry budget; immediate ones hit the same partition again.`,
      ]),
      bullets([
        say`What this does not cure: more table capacity, more shards or more instances of ${scene.serviceName} leave the ceiling of one key where it is.`,
      ]),
    ],
  };
}

export default {
  id: 'spread-hot-partition',
  layer: 'database',
  title: 'Split hot keys',
  effort: 'days',
  risk: 'medium',
  section: 'database',
  retiming: { kind: 'scale', factor: [0.1, 0.6], growth: [0, 0.4] },
  blocked: (context, about) =>
    about.kind === 'search'
      ? say`${name(about.name)} answers a query from any copy: popular queries are kept in a cache, not spread by key.`
      : schemaFixed(context),
  advise,
} satisfies Remedy;
