import type { Network } from '../../capacity/network.js';
import { networkError } from '../../capacity/network-error.js';
import type { CapacityStep } from '../../models/capacity/steps.js';
import { short } from '../../report/load-run.js';
import { columns, percent } from './words.js';

/** What a request asks of each part: a table. */
export function networkTable(n: Network): string[] {
  return [
    `What a request asks of each part, at ${short(n.rate)}/s${n.meanMs === undefined ? '' : ` and ${short(n.meanMs)} ms on average`}`,
    ...columns([
      ['', 'calls a request', 'work ms', 'busy', 'full at'],
      ...n.stations.map((s) => [
        s.name,
        s.visits === undefined ? '–' : short(s.visits),
        short(s.demandMs),
        percent(s.busy, 1),
        `${short(s.fullAt)}/s${s.soft ? ' at least' : ''}`,
      ]),
      ...n.delays.map((d) => [d.name, short(d.visits), `${short(d.visits * d.eachMs)} passed`, '–', '–']),
    ]),
    ...n.stations.filter((s) => s.soft).map((s) => `  ${s.name}: to be checked, ${s.soft}.`),
    ...(n.delays.length > 0
      ? [
          '  Passed: time of the calls themselves; how busy those parts are is not in the telemetry: untested.',
        ]
      : []),
  ];
}

/** The network with its error on the steps of highest load. */
export function networkLines(network: Network, steps: readonly CapacityStep[]): string[] {
  const error = networkError(network, steps);
  const off = [
    ...(error.busy === undefined ? [] : [`busy shares by ${percent(error.busy, 1)}`]),
    ...(error.mean === undefined ? [] : [`mean latency by ${percent(error.mean, 1)}`]),
  ];
  return [
    ...networkTable(network),
    ...(off.length > 0
      ? [
          `  Held back were the ${error.steps} highest steps: from the others the network is off there in ${off.join(' and ')}.`,
        ]
      : []),
  ];
}
