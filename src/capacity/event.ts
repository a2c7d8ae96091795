import type { Estimate } from '../models/capacity/fit.js';
import { latencyAt } from './latency.js';
import { PLANNING_SHARE } from './plan.js';
import type { Today } from './today.js';
import { contended, limitsInOrder, usedAt } from './what-if.js';

export interface EventInput {
  startMs: number;
  durationMinutes: number;
  /** The load to be ready for, with its interval. */
  load: Estimate;
  /** From the order until new capacity serves. */
  startSeconds: number;
  /** Calls to others, of which those may be left out that an answer can do without. */
  optional: readonly string[];
}

export interface Check {
  what: string;
  needed: string;
  known: string;
  state: 'go' | 'no-go' | 'untested';
}

export interface ReadyPlan {
  capacity: number;
  instances?: { now: number; ordered: number };
  /** What happens when, in minutes before the start (negative) or after it. */
  schedule: { atMinute: number; what: string }[];
  /** Rates of the test, what each shows. */
  test: { rate: number; minutes: number; shows: string }[];
  shed: string[];
  checks: Check[];
}

const WARM_MINUTES = 15;
const LOOK_MINUTES = 30;
const COOL_MINUTES = 10;

/** Parts that others run: they have quotas, and some of them can be done without. */
export const others = (today: Today): Today['dependencies'] => today.dependencies.filter((d) => !d.store);

/** What must be there before an announced load, when, and what decides whether it goes on. */
export function eventPlan(today: Today, input: EventInput): ReadyPlan {
  const { load } = input;
  const resource = contended(today);
  const used = resource ? usedAt(resource, today, load.high, {}) : undefined;
  const capacity = used === undefined ? 1 : Math.max(1, used / PLANNING_SHARE);
  const then = today.instances === undefined ? undefined : Math.ceil(today.instances * capacity - 1e-9);
  const lead = Math.ceil(input.startSeconds / 60) + WARM_MINUTES;
  const fixed = limitsInOrder(today, {}).filter((l) => l.resource.scales === 'fixed');
  const full = resource ? 1 / usedAt(resource, today, 1, { capacity }) : undefined;
  const goal = today.objective.p99;
  const p99 = latencyAt(today, 'p99', load.value, { capacity });
  const number = (v: number): string => String(Number(v.toPrecision(3)));
  const size =
    then === undefined
      ? `${number(capacity)} times today’s instances`
      : `${then} instances (${today.instances} today)`;
  return {
    capacity,
    ...(then !== undefined && today.instances !== undefined
      ? { instances: { now: today.instances, ordered: then } }
      : {}),
    schedule: [
      {
        atMinute: -7 * 1440,
        what: 'test at the full load has passed; limits and quotas of the provider raised for the sizes below',
      },
      {
        atMinute: -1440,
        what: 'freeze: no deploy, flag or schema change until the end; the last good version is named and its rollback tried',
      },
      { atMinute: -lead - LOOK_MINUTES, what: `order ${size}; batch jobs paused` },
      {
        atMinute: -LOOK_MINUTES,
        what: 'look: all serve, pools filled, cache warmed by a trickle of real routes; go or no-go',
      },
      { atMinute: 0, what: 'the event starts; someone watches p99, errors, use and the queue' },
      {
        atMinute: input.durationMinutes + COOL_MINUTES,
        what: 'scale down in steps of a quarter, ten minutes apart, while p99 stays',
      },
      { atMinute: input.durationMinutes + 60, what: 'freeze ends; forecast and what came are compared' },
    ],
    test: [
      {
        rate: load.value * 0.5,
        minutes: 5,
        shows: 'that the test itself is right: latency as on a busy day',
      },
      { rate: load.value * 0.8, minutes: 10, shows: 'where latency starts to rise' },
      {
        rate: load.value,
        minutes: 20,
        shows: 'the forecast load at the objective, caches and pools settled',
      },
      { rate: load.high, minutes: 10, shows: 'the high end of the forecast' },
      {
        rate: load.high * 1.2,
        minutes: 3,
        shows: 'what gives first, and that shedding keeps the rest alive',
      },
    ],
    shed: [
      'batch and background work: off for the event',
      ...(input.optional.length > 0
        ? [
            `calls that an answer can do without, as their owners say beforehand, among ${input.optional.join(', ')}: left out, or the last known value`,
          ]
        : []),
      ...(today.hitRatio === undefined ? [] : ['reads: stale from the cache, with a longer time to live']),
      `new requests above ${full === undefined ? 'what the test shows to be full' : `${number(full)}/s`}: refused at the edge before work is done, with a time to come back`,
      'never: writes that have begun, and payments',
    ],
    checks: [
      {
        what: 'processors at the high end of the forecast',
        needed: `at most ${Math.round(PLANNING_SHARE * 100)} %`,
        known:
          used === undefined
            ? 'use at a known rate is not known'
            : `${number((used / capacity) * 100)} % with ${size}${used > PLANNING_SHARE ? ', once they serve' : ''}`,
        state: used === undefined || used > PLANNING_SHARE ? 'untested' : 'go',
      },
      ...fixed.map((l): Check => {
        const at = usedAt(l.resource, today, load.high, {});
        return {
          what: l.resource.name,
          needed: 'at most 80 % of what there is: it does not grow with instances',
          known: `${number(at * 100)} %${l.resource.soft ? ` (${l.resource.soft})` : ''}`,
          state: l.resource.soft ? 'untested' : at <= 0.8 ? 'go' : 'no-go',
        };
      }),
      {
        what: 'p99 at the forecast load',
        needed: goal === undefined ? 'an objective' : `under ${number(goal)} ms`,
        known:
          p99 === undefined
            ? 'not known'
            : `${number(p99.value)} ms (${number(p99.low)}–${number(p99.high)}) by the model`,
        state: goal === undefined || p99 === undefined ? 'untested' : p99.low > goal ? 'no-go' : 'untested',
      },
      {
        what: 'load test at the forecast load',
        needed: 'valid run, objectives met for 20 minutes',
        known: 'not run',
        state: 'untested',
      },
      {
        what: 'one instance, and one zone, taken away under that load',
        needed: 'objectives met',
        known: 'not run',
        state: 'untested',
      },
      { what: 'rollback tried', needed: `within ${lead} minutes`, known: 'not tried', state: 'untested' },
      {
        what: 'shedding tried',
        needed: 'refused requests cost little, the rest keep the objective',
        known: 'not tried',
        state: 'untested',
      },
      ...others(today).map(
        (d): Check => ({
          what: `${d.name}: its quota`,
          needed: `its share of ${number(load.high)}/s, confirmed by its owner`,
          known: 'not asked',
          state: 'untested',
        }),
      ),
    ],
  };
}
