import {
  type Context,
  type Fact,
  name,
  num,
  type Reading,
  type ReadingEntry,
  say,
  table,
} from '../domain/index.js';
import { bearing, calc, reading } from './compose.js';
import { NOW } from './load.js';

const NAMES = ['cpu.utilisation', 'disk.utilisation', 'memory.utilisation', 'throughput', 'connections.used'];
const UNEVEN = 1.25;

/** The busiest of several equal nodes sets the ceiling: what the fleet could carry if the load were even. */
function read(context: Context): Reading[] {
  return NAMES.flatMap((n) => {
    const groups = new Map<string, Fact[]>();
    for (const f of context.facts.every({ name: n, phase: NOW, subjectKind: ['host', 'keyspace'] })) {
      const key = f.subject.service ?? '';
      const list = groups.get(key) ?? [];
      if (!list.some((x) => x.subject.id === f.subject.id)) groups.set(key, [...list, f]);
    }
    return [...groups.values()].filter((g) => g.length >= 2).flatMap((g) => ofNodes(context, n, g));
  });
}

function ofNodes(context: Context, factName: string, nodes: Fact[]): Reading[] {
  const sorted = [...nodes].sort((a, b) => b.value - a.value);
  const [most, least] = [sorted[0], sorted[sorted.length - 1]];
  if (!most || !least) return [];
  const mean = calc(
    `${factName}.mean`,
    most.subject,
    [nodes.reduce((s, f) => s + f.value, 0) / nodes.length, most.unit],
    'sum ÷ nodes',
    nodes,
  );
  const over = calc(
    `${factName}.overMean`,
    most.subject,
    [most.value / mean.value, 'factor'],
    'busiest ÷ mean',
    [most, mean],
  );
  if (!(over.value >= UNEVEN)) return [];
  const usable = calc(
    `${factName}.usable`,
    most.subject,
    [mean.value / most.value, 'ratio'],
    'mean ÷ busiest',
    [mean, most],
  );
  const because = say`${name(most.subject.name)} at ${num(most)}, mean ${num(mean)}`;
  return reading('uneven-nodes', {
    id: `${factName}@${most.subject.id}`,
    topic: 'saturation',
    layer: 'infrastructure',
    subject: most.subject,
    headline: say`${name(most.subject.name)} is at ${num(most)} while the mean of the nodes is ${num(mean)} and ${name(least.subject.name)} is at ${num(least)}: it is full when ${num(usable)} of the whole is used, so balance is worth ${num(over, { digits: 2 })} capacity before any node is added.`,
    arithmetic: [
      table(
        ['Node', '> Value', '> Over the mean'],
        sorted.map((f) => [
          say`${name(f.subject.name)}`,
          say`${num(f)}`,
          say`${num(calc(`${factName}.ratio`, f.subject, [f.value / mean.value, 'factor'], 'node ÷ mean', [f, mean]), { digits: 2 })}`,
        ]),
      ),
    ],
    assumptions: [say`The nodes are alike; a node that is smaller or does other work is not uneven by load.`],
    bearings: [
      bearing(context, 'uneven-load', most.subject, 1.5, because),
      bearing(context, 'hot-partition', most.subject, 0.6, because),
    ],
    weight: 0.83,
  });
}

export default {
  id: 'uneven-nodes',
  about: 'What the busiest of several equal nodes leaves unused in the others.',
  read,
} satisfies ReadingEntry;
