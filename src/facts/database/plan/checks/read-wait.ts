import { name, num, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck } from '../finding.js';

const READ_KEYS = ['I/O Read Time', 'Shared I/O Read Time', 'Local I/O Read Time'];

/** Waiting for pages that were not in memory. Counters include the nodes below, so theirs are taken off. */
export const readWait: PlanCheck = ({ plan, times, figure }) => {
  const below = (key: string, of: (typeof plan.nodes)[number]): number =>
    of.children.reduce((sum, c) => sum + numberOf(c, key), 0);
  return plan.nodes.flatMap((node) => {
    const ms = READ_KEYS.reduce((sum, k) => sum + numberOf(node, k) - below(k, node), 0);
    const pages = numberOf(node, 'Shared Read Blocks') - below('Shared Read Blocks', node);
    if (ms < times.totalMs * 0.3 || ms < 5 || pages < 1) return [];
    return [
      {
        id: 'read-wait',
        node,
        reason: say`${name(nodeName(node))} waited ${num(figure('read-wait', ms, 'ms', node))} for ${num(figure('pages-read', pages, 'count', node))} pages that were not in PostgreSQL's memory.`,
        remedy: say`Run it once more: if the wait is gone, it was a cold cache. If it stays, read fewer pages (an index, fewer columns, a table without bloat) before more memory.`,
        recoverable: figure('recoverable', Math.min(ms, times.exclusiveMs(node) || ms), 'ms', node),
      },
    ];
  });
};
