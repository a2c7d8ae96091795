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
  return [...byNode(context), ...byPair(context)];
}

/** "CPU 70 %, but two nodes sit at 95 %": two figures of one part, said of the same time. */
function byPair(context: Context): Reading[] {
  return context.components
    .filter(
      (c) =>
        ['search', 'database', 'cache', 'queue', 'host', 'service'].includes(c.subject.kind) &&
        c.subject.id !== context.app.id,
    )
    .flatMap((c) => {
      const said = context.facts
        .every({ name: 'cpu.utilisation', phase: ['any', 'incident', 'peak'] })
        .filter((f) => f.value > 0 && f.value <= 1)
        .filter(
          (f) =>
            f.subject.id === c.subject.id ||
            (f.subject.kind === 'host' && f.subject.service === c.subject.name),
        );
      const [a, b] = said;
      if (said.length !== 2 || !a || !b || a.phase !== b.phase) return [];
      const [most, rest] = a.value > b.value ? [a, b] : [b, a];
      if (most.value < 1.15 * rest.value || most.value < 0.7) return [];
      const usable = calc(
        'cpu.usable',
        c.subject,
        [rest.value / most.value, 'ratio'],
        'the others ÷ the busiest',
        [rest, most],
      );
      const over = calc(
        'cpu.overRest',
        c.subject,
        [most.value / rest.value, 'factor'],
        'the busiest ÷ the others',
        [most, rest],
      );
      return reading('uneven-nodes', {
        id: `pair@${c.subject.id}`,
        topic: 'saturation',
        layer: 'infrastructure',
        subject: c.subject,
        headline: say`Some nodes of ${name(c.subject.name)} are at ${num(most)} CPU and the others at ${num(rest)}: ${name(c.subject.name)} is full when ${num(usable, { digits: 2 })} of it is used, so balance is worth up to ${num(over, { digits: 2 })} capacity before any node is added.`,
        arithmetic: [],
        assumptions: [say`Both figures are of the same minutes and of nodes that are alike.`],
        bearings: [
          bearing(
            context,
            'uneven-load',
            c.subject,
            1.5,
            say`${num(most)} on some nodes, ${num(rest)} on the others`,
          ),
        ],
        weight: 0.83,
      });
    });
}

function byNode(context: Context): Reading[] {
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
