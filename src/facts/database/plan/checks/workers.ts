import { name, num, say } from '../../../../domain/index.js';
import { nodeName, numberOf, type PlanCheck } from '../finding.js';

/** Workers that were planned and did not come. */
export const missingWorkers: PlanCheck = ({ plan, times, figure }) =>
  plan.nodes.flatMap((node) => {
    const planned = numberOf(node, 'Workers Planned');
    const launched = numberOf(node, 'Workers Launched');
    if (node.more['Workers Launched'] === undefined || launched >= planned) return [];
    return [
      {
        id: 'missing-workers',
        node,
        reason: say`${name(nodeName(node))} was planned with ${num(figure('workers-planned', planned, 'count', node))} workers and got ${num(figure('workers-launched', launched, 'count', node))}: all others were busy.`,
        remedy: say`Raise max_parallel_workers (and max_worker_processes) where cores are free; otherwise lower max_parallel_workers_per_gather, so that plans count on what they get.`,
        recoverable: figure(
          'recoverable',
          times.inclusiveMs(node) * (1 - (launched + 1) / (planned + 1)),
          'ms',
          node,
        ),
      },
    ];
  });
