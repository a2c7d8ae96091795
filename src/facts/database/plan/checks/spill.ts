import { bareNumber, type Fact, name, num, say, type Text } from '../../../../domain/index.js';
import type { PlanNode } from '../../../../evidence/readers/plans/index.js';
import { nodeName, numberOf, type PlanCheck, type PlanFinding } from '../finding.js';

const KB = 1024;
/** In memory, rows of a sort take about this much more room than on disk (tuple headers and pointers). */
const MEMORY_PER_DISK = 2.5;
const MOST_WORK_MEM = 1e9;

interface Spill {
  what: Text;
  diskBytes: number;
  /** Memory it would have needed. */
  neededBytes: number;
}

/** Sorts, hashes and hashed aggregates that did not fit work_mem and went through files. */
export const spill: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const found = spillOf(node);
    if (!found) return [];
    const timing = numberOf(node, 'Temp I/O Read Time') + numberOf(node, 'Temp I/O Write Time');
    // Reading and writing files is at most what the node took itself; a sort in memory still has to compare.
    // A hash that was split makes the join above it go through files too.
    const join = node.kind === 'Hash' ? plan.nodes.find((n) => n.children.includes(node)) : undefined;
    const own = times.exclusiveMs(node) + (join ? times.exclusiveMs(join) : 0);
    const ms = Math.max(own * 0.5, Math.min(timing, own));
    const needed = figure('memory-needed', found.neededBytes, 'bytes', node);
    return [
      {
        id: 'spill',
        node,
        reason: say`${name(nodeName(node))} ${found.what} ${num(figure('spilled', found.diskBytes, 'bytes', node))} to temporary files, for want of work_mem.`,
        ...remedyFor(needed, found.neededBytes),
        recoverable: figure('recoverable', ms, 'ms', node),
      },
    ];
  });

/** Bytes that a plan wrote to temporary files because its memory did not hold them; 0 where it did. */
export const spilledBytes = (nodes: readonly PlanNode[]): number =>
  nodes.reduce((sum, node) => sum + (spillOf(node)?.diskBytes ?? 0), 0);

function spillOf(node: PlanNode): Spill | undefined {
  if (node.more['Sort Space Type'] === 'Disk') {
    const bytes = numberOf(node, 'Sort Space Used') * KB;
    return { what: say`sorted by writing`, diskBytes: bytes, neededBytes: bytes * MEMORY_PER_DISK };
  }
  const batches = numberOf(node, 'Hash Batches');
  if (node.kind === 'Hash' && batches > 1) {
    const written = numberOf(node, 'Temp Written Blocks') * 8 * KB;
    const memory = numberOf(node, 'Peak Memory Usage') * KB;
    return {
      what: say`split its table and wrote`,
      diskBytes: written || memory * (batches - 1),
      neededBytes: memory * batches,
    };
  }
  const disk = numberOf(node, 'Disk Usage') * KB;
  if (node.kind === 'Aggregate' && disk > 0)
    return {
      what: say`grouped by writing`,
      diskBytes: disk,
      neededBytes: numberOf(node, 'Peak Memory Usage') * KB + disk * MEMORY_PER_DISK,
    };
  return undefined;
}

/** A statement that needs more memory than a server can spare for each of its connections wants another way. */
function remedyFor(needed: Fact, bytes: number): Pick<PlanFinding, 'remedy' | 'command' | 'commandText'> {
  if (bytes > MOST_WORK_MEM)
    return {
      remedy: say`It would take about ${num(needed)} of work_mem to stay in memory, too much to give: let an index deliver the rows in this order, filter or aggregate before this node, or carry fewer columns into it.`,
    };
  return {
    remedy: say`About ${num(needed)} of work_mem would keep it in memory. Set it for this statement or role alone: every sort and hash of every connection may take as much. Fewer columns or rows into this node help as well.`,
    command: `SET LOCAL work_mem = '${Math.ceil(bytes / 1e6)}MB';`,
    commandText: say`SET LOCAL work_mem = '${bareNumber(needed, 1e-6, (mb) => String(Math.ceil(mb)))}MB';`,
  };
}
