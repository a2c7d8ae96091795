import { name, num, quote, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck, textOf } from '../finding.js';

/** Fewer thrown away than this is no waste worth an index. */
const LEAST_REMOVED = 1000;
const LEAST_SHARE = 0.9;

/** A scan that reads many rows and throws nearly all away: an index on the filter reads only what is kept. */
export const filterWaste: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const loops = node.loops ?? 0;
    // Rows checked again because the bitmap forgot them are a matter of memory, not of the index.
    const lossy = numberOf(node, 'Lossy Heap Blocks') > 0;
    const removedEach =
      numberOf(node, 'Rows Removed by Filter') +
      (lossy ? 0 : numberOf(node, 'Rows Removed by Index Recheck'));
    const removed = removedEach * loops;
    const kept = (node.rows ?? 0) * loops;
    const filter = textOf(node, 'Filter') ?? textOf(node, 'Recheck Cond');
    const share = removed / Math.max(1, removed + kept);
    if (node.relation === undefined || filter === undefined || removed < LEAST_REMOVED || share < LEAST_SHARE)
      return [];
    const bySeq = /Seq Scan/.test(node.kind);
    const cast = castOf(filter);
    return [
      {
        id: 'filter-waste',
        node,
        reason: say`${name(nodeName(node))} reads ${num(figure('scanned', removed + kept, 'count', node))} rows and throws ${num(figure('removed-share', share, 'ratio', node))} of them away by ${quote(filter)}.`,
        remedy: cast
          ? say`The value is of another type than ${name(cast.column)}, which is turned into ${name(cast.type)} row by row, so no index on it is of use: pass the value as the type of the column (a driver that sends every number as numeric or every day as timestamp does this), then index the condition.`
          : bySeq
            ? say`An index that answers this condition reads only the rows that are kept. Ask for its design with the workload, so that it serves other statements too; a condition that most rows meet gets none.`
            : say`Add the columns of this condition to the index ${name(node.index ?? 'used')}, behind those it is searched by.`,
        recoverable: figure('recoverable', times.exclusiveMs(node) * share, 'ms', node),
      },
    ];
  });

/**
 * A column that is turned into another type to be compared. To text is left out: varchar is shown so, and its index serves.
 */
function castOf(filter: string): { column: string; type: string } | undefined {
  const found =
    /\(\(?"?(\w+)"?\)?\)?::(numeric|double precision|real|bigint|date|timestamp(?: with(?:out)? time zone)?) (?:=|<|>|<=|>=) /.exec(
      filter,
    );
  return found?.[1] && found[2] ? { column: found[1], type: found[2] } : undefined;
}
