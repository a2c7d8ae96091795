import { type CapacityStep, meanOf } from '../models/capacity/steps.js';
import { type Network, networkAt } from './network.js';

/**
 * How far the network is off on the steps of highest load when it knows only the others: their busy shares by demand, their mean
 * latency by the queues.
 */
export function networkError(
  n: Network,
  steps: readonly CapacityStep[],
): { busy?: number; mean?: number; steps: number } {
  const ordered = [...steps].sort((a, b) => a.throughput - b.throughput);
  const count = Math.max(1, Math.floor(ordered.length / 3));
  const seen = networkOver(n, ordered.slice(0, -count));
  const held = ordered.slice(-count);
  const busy = held.flatMap((s) => {
    const state = networkAt(seen, s.throughput);
    return (s.resources ?? []).flatMap((r) => {
      const own = state.stations.find((x) => x.name === r.name);
      return own && r.busy > 0 ? [Math.abs(own.busy / r.busy - 1)] : [];
    });
  });
  const mean = held.flatMap((s) => {
    const got = meanOf(s);
    const said = networkAt(seen, s.throughput).meanMs;
    return got === undefined || said === undefined || !Number.isFinite(said)
      ? []
      : [Math.abs(said / got - 1)];
  });
  return {
    ...(busy.length > 0 ? { busy: average(busy) } : {}),
    ...(mean.length > 0 ? { mean: average(mean) } : {}),
    steps: held.length,
  };
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The network as these steps alone show it. */
function networkOver(n: Network, steps: readonly CapacityStep[]): Network {
  const rate = average(steps.map((s) => s.throughput));
  const timed = steps.flatMap((s) => meanOf(s) ?? []);
  return {
    ...n,
    rate,
    ...(timed.length > 0 ? { meanMs: average(timed) } : {}),
    stations: n.stations.map((station) => {
      const busy = steps.flatMap((s) => s.resources?.find((r) => r.name === station.name)?.busy ?? []);
      if (busy.length === 0) return { ...station, busy: (station.busy * rate) / n.rate };
      const own = average(busy);
      return {
        ...station,
        busy: own,
        demandMs: (own * (station.servers ?? 1) * 1000) / rate,
        fullAt: rate / own,
      };
    }),
  };
}
