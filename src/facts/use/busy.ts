import type { Fact } from '../../domain/index.js';
import {
  factOf,
  type Gathered,
  grouped,
  labelOf,
  matching,
  overStates,
  type ResourceFacts,
  serviceOf,
} from './gather.js';
import { byPool, POOL_USE, poolOf } from './pools.js';
import { atWork, PROCESSOR_SHARE, PROCESSOR_STATES } from './processor.js';
import { merged, type Series, toRatio } from './series.js';

const PROCESSOR_TIME =
  /^(?:process_cpu(?:_time)?(?:_seconds)?(?:_total)?|(?:jvm|container|k8s_(?:pod|container|node)|system)_cpu_time(?:_seconds)?(?:_total)?|container_cpu_usage_seconds_total|node_cpu_seconds_total|process_cpu_seconds_total)$/;
const LOOP_SHARE = /event_?loop_utili[sz]ation/;
const LOOP_TIME = /^nodejs_eventloop_time(?:_seconds)?(?:_total)?$/;
const LOOP_STATES = ['nodejs.eventloop.state', 'state'];

/**
 * Busy shares on average, which the utilisation law turns into the work of a request; the 95th percentile, by which
 * saturation is judged, is that of a busy moment and not of the rate over the whole window.
 */
export const busyShares: ResourceFacts = (g) => [
  ...byService(matching(g, PROCESSOR_TIME, 'counter')).flatMap((all) => processorTime(g, all)),
  ...[...grouped(matching(g, PROCESSOR_SHARE, 'level'), (s) => `${s.service}\n${s.name}`).values()].flatMap(
    (all) => {
      const value = overStates(all, PROCESSOR_STATES, atWork, (s) => s.mean * toRatio(s));
      return all[0] && value !== undefined
        ? factOf(g, 'cpu.utilisation.mean', serviceOf(all[0]), value, 'ratio', all)
        : [];
    },
  ),
  ...byService(matching(g, LOOP_TIME, 'counter')).flatMap((all) => loopTime(g, all)),
  ...byService(matching(g, LOOP_SHARE, 'level')).flatMap((all) =>
    all[0]
      ? [
          ...factOf(g, 'eventloop.utilisation.mean', serviceOf(all[0]), meanOf(all), 'ratio', all),
          ...factOf(g, 'eventloop.count', serviceOf(all[0]), instancesOf(all), 'count', all),
        ]
      : [],
  ),
  ...poolRates(g),
];

const byService = (all: readonly Series[]): Series[][] => [...grouped(all, (s) => s.service).values()];
const instancesOf = (all: readonly Series[]): number => Math.max(...all.map((s) => s.instances));
const meanOf = (all: readonly Series[]): number =>
  all.reduce((a, s) => a + s.mean * toRatio(s) * s.points, 0) / all.reduce((a, s) => a + s.points, 0);

/** Seconds of work a second: all states but the idle ones, all instances. */
function processorTime(g: Gathered, all: readonly Series[]): Fact[] {
  const working = all.filter((s) => {
    const state = labelOf(s, ...PROCESSOR_STATES);
    return state === undefined || atWork(state.toLowerCase());
  });
  const [first] = working;
  // Two names for the same time (a total beside its states) would count it twice: the first name stands.
  const same = working.filter((s) => s.name === first?.name && s.seconds > 0);
  return first
    ? factOf(
        g,
        'cpu.used',
        serviceOf(first),
        same.reduce((a, s) => a + s.rate, 0),
        'cores',
        same,
      )
    : [];
}

/** Active share of the time of event loops. */
function loopTime(g: Gathered, all: readonly Series[]): Fact[] {
  const time = (state: string): number =>
    all.filter((s) => labelOf(s, ...LOOP_STATES) === state).reduce((a, s) => a + s.increase, 0);
  const whole = time('active') + time('idle');
  return all[0] && whole > 0
    ? [
        ...factOf(g, 'eventloop.utilisation.mean', serviceOf(all[0]), time('active') / whole, 'ratio', all),
        ...factOf(g, 'eventloop.count', serviceOf(all[0]), instancesOf(all), 'count', all),
      ]
    : [];
}

/** How often members of a pool are taken: their time in use is a histogram of each taking. */
const poolRates = (g: Gathered): Fact[] =>
  byPool(matching(g, POOL_USE, 'histogram')).flatMap((all) => {
    const whole = merged(all);
    return whole && whole.seconds > 0
      ? factOf(g, 'pool.rate', poolOf(whole), whole.count / whole.seconds, '1/s', all)
      : [];
  });
