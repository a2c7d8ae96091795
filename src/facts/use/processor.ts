import {
  factOf,
  type Gathered,
  grouped,
  matching,
  overStates,
  type ResourceFacts,
  serviceOf,
} from './gather.js';
import { type Series, toRatio } from './series.js';

export const PROCESSOR_STATES = ['cpu.mode', 'process.cpu.state', 'state', 'mode', 'cpu_mode'];
export const atWork = (state: string): boolean => !['idle', 'iowait', 'wait', 'steal'].includes(state);
export const PROCESSOR_SHARE =
  /^(?:process|system|container|jvm|k8s_(?:pod|node|container)|host|node)_cpu_(?:utili[sz]ation|percent|usage_percent|recent_utili[sz]ation|limit_utili[sz]ation)|^(?:process|system)_cpu_usage$|^k8s_\w+_cpu_limit_utili[sz]ation$|^(?:\w+_)?cpu(?:_(?:usage|util|utili[sz]ation|percent|pct|load))?$/;

/** Utilisation of a limit that came with a deploy is no rise over that of a machine before it. */
function comparableFirst(g: Gathered, groups: Series[][]): Series[][] {
  const is = (all: readonly Series[]): boolean => all[0] !== undefined && (g.comparable?.(all[0]) ?? true);
  return [...groups.filter(is), ...groups.filter((all) => !is(all))];
}

/** Busy share of the processors, and of periods throttled by a quota. */
export const processor: ResourceFacts = (g) => [
  ...comparableFirst(g, [
    ...grouped(matching(g, PROCESSOR_SHARE, 'level'), (s) => `${s.service}\n${s.name}`).values(),
  ]).flatMap((all) => {
    const [first] = all;
    const value = overStates(all, PROCESSOR_STATES, atWork, (s) => s.p95 * toRatio(s));
    return first && value !== undefined
      ? factOf(g, 'cpu.utilisation', serviceOf(first), value, 'ratio', all)
      : [];
  }),
  ...[
    ...grouped(
      matching(g, /cfs_throttled_periods|throttling_data_throttled_periods|nr_throttled$/, 'counter'),
      (s) => s.service,
    ).values(),
  ].flatMap((throttled) => {
    const [first] = throttled;
    const periods = matching(g, /cfs_periods|throttling_data_periods|nr_periods$/, 'counter').filter(
      (s) => s.service === first?.service,
    );
    const sum = (all: typeof throttled): number => all.reduce((a, s) => a + s.increase, 0);
    return first && sum(periods) > 0
      ? factOf(g, 'cpu.throttled', serviceOf(first), sum(throttled) / sum(periods), 'ratio', [
          ...throttled,
          ...periods,
        ])
      : [];
  }),
  ...[
    ...grouped(
      matching(
        g,
        /(?:system|process|machine)_cpu_(?:logical_count|count|cores)|^machine_cpu_cores$/,
        'level',
      ),
      (s) => s.service,
    ).values(),
  ].flatMap((all) =>
    all[0] ? factOf(g, 'cpu.cores', serviceOf(all[0]), Math.max(...all.map((s) => s.max)), 'cores', all) : [],
  ),
];
