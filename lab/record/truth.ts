import type { Fault } from '../faults/fault.js';
import type { Outcome } from '../load/generator.js';
import { meanShare, type Share, shareOf, type Tail, tailOf } from './tail.js';

/** Latencies of one pass over all conditions: healthy, every fault together, and all but one, by the one left out. */
export type Pass = { healthy: Outcome[]; incident: Outcome[]; without: Map<string, Outcome[]> };

const latencies = (outcomes: readonly Outcome[]): number[] => outcomes.map((o) => o.latencyMs);

const rounded = <T extends Record<string, number>>(values: T, digits: number): T =>
  Object.fromEntries(Object.entries(values).map(([k, v]) => [k, Number(v.toFixed(digits))])) as T;

function measure(pass: Pass, fault: Fault): { without: Tail; share: Share } {
  const outcomes = pass.without.get(fault.id);
  if (!outcomes) throw new Error(`no run without ${fault.id}`);
  const without = tailOf(latencies(outcomes));
  return {
    without,
    share: shareOf(tailOf(latencies(pass.healthy)), tailOf(latencies(pass.incident)), without),
  };
}

/**
 * What each fault truly cost: its share of the excess of the tail, as the mean over passes and pass by pass, the
 * largest first by the mean above the 95th percentile. Shares need not add to 1: faults make one another worse.
 */
export function truthOf(passes: readonly Pass[], faults: readonly Fault[]) {
  const measured = faults.map((fault) => {
    const each = passes.map((pass) => measure(pass, fault));
    return {
      id: fault.id,
      title: fault.title,
      settings: fault.settings,
      deploy: fault.deploy,
      share: rounded(meanShare(each.map((m) => m.share)), 4),
      passes: each.map((m) => ({ without: rounded(m.without, 2), share: rounded(m.share, 4) })),
    };
  });
  measured.sort((a, b) => b.share.meanAboveP95 - a.share.meanAboveP95);
  return {
    what: 'share = (incident − with this fault off) / (incident − healthy), same seeded load; latencies in ms from the intended start',
    passes: passes.map((pass) => ({
      healthy: rounded(tailOf(latencies(pass.healthy)), 2),
      incident: rounded(tailOf(latencies(pass.incident)), 2),
    })),
    faults: measured,
  };
}
