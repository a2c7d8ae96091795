import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';

/** Whole shards on whole nodes: when they do not divide, some nodes carry one more than others. */
function read(context: Context): Reading[] {
  return context.components
    .filter((c) => ['search', 'database', 'cache'].includes(c.subject.kind))
    .flatMap((c) => {
      const shards = context.facts.find({ name: 'shards', subject: c.subject });
      const nodes = context.facts.find({ name: 'instances', subject: c.subject });
      const replicas = context.facts.find({ name: 'replicas', subject: c.subject });
      if (
        !shards ||
        !nodes ||
        nodes.value < 2 ||
        shards.value < 1 ||
        !Number.isInteger(shards.value * nodes.value)
      )
        return [];
      const copies = calc(
        'placement.copies',
        c.subject,
        [shards.value * (1 + (replicas?.value ?? 0)), 'count'],
        replicas ? 'shards × (first copy + replicas)' : 'shards',
        [shards, ...(replicas ? [replicas] : [])],
      );
      const mean = calc(
        'placement.mean',
        c.subject,
        [copies.value / nodes.value, 'count'],
        'copies ÷ nodes',
        [copies, nodes],
      );
      const most = calc(
        'placement.most',
        c.subject,
        [Math.ceil(mean.value), 'count'],
        'copies ÷ nodes, rounded up',
        [copies, nodes],
      );
      const least = calc(
        'placement.least',
        c.subject,
        [Math.floor(mean.value), 'count'],
        'copies ÷ nodes, rounded down',
        [copies, nodes],
      );
      if (most.value === least.value || copies.value < 2) return [];
      const fuller = calc(
        'placement.fullNodes',
        c.subject,
        [copies.value - nodes.value * least.value, 'count'],
        'copies − nodes × fewest',
        [copies, nodes, least],
      );
      const over = calc(
        'placement.over',
        c.subject,
        [most.value / mean.value - 1, 'ratio'],
        'most ÷ mean − all',
        [most, mean],
      );
      if (over.value < 0.05) return [];
      const because = say`${num(copies)} shard copies on ${num(nodes)} nodes do not divide`;
      return reading('placement-balance', {
        id: c.subject.id,
        topic: 'saturation',
        layer: 'infrastructure',
        subject: c.subject,
        headline: say`${num(copies)} shard copies of ${name(c.subject.name)} do not divide by ${num(nodes)} nodes: ${num(fuller)} nodes carry ${num(most)}, the others ${num(least)}, so even with equal shards some work ${num(over, { digits: 2 })} more than the mean and fill first.`,
        arithmetic: [
          table(
            ['Quantity', '> Value'],
            [
              [say`Shards`, say`${num(shards)}`],
              ...(replicas ? [[say`Replicas of each`, say`${num(replicas)}`]] : []),
              [say`Nodes`, say`${num(nodes)}`],
              [say`Copies on a node, mean`, say`${num(mean)}`],
            ],
          ),
        ],
        assumptions: [
          say`Shards are alike in size and traffic, and searches take primaries and replicas alike.`,
        ],
        bearings: [bearing(context, 'uneven-load', c.subject, 0.8, because)],
        weight: 0.62,
      });
    });
}

export default {
  id: 'placement-balance',
  about: 'Shard copies that do not divide by the nodes, and how much more the fuller nodes carry.',
  read,
} satisfies ReadingEntry;
