import type { Fact, Result } from '../../src/domain/index.js';
import { burnFactor } from '../../src/models/slo/burn-rate.js';
import type { BurnPhase } from '../answers.js';

const DAY_S = 86_400;
/** A budget is counted over a month where nobody says otherwise. */
export const PERIOD_S = 30 * DAY_S;
/** A page fires when a fiftieth of the month's budget goes in an hour. */
export const PAGE_FACTOR = burnFactor(0.02, PERIOD_S, 3600);

/** A promise: at most a share of requests may be bad. */
export interface Objective {
  id: string;
  kind: 'errors' | 'latency';
  /** Share of requests that may be bad. */
  allowed: number;
  /** Above it a request is bad, ms; of latency. */
  slowerThanMs?: number;
  percentile?: number;
}

/** Objectives that were stated: a share of errors, percentiles of the latency. The strictest of each kind. */
export function objectivesOf({ facts }: Pick<Result, 'facts'>): Objective[] {
  const stated = facts.filter((f) => f.phase === 'target' && f.basis === 'stated');
  const strictest = (name: string): Fact | undefined =>
    stated.filter((f) => f.name === name).sort((a, b) => a.value - b.value)[0];
  const errors = strictest('errors.ratio');
  const latency = [50, 90, 95, 99, 99.9].flatMap((percentile): Objective[] => {
    const fact = strictest(`latency.p${percentile}`);
    return fact && fact.value > 0
      ? [
          {
            id: fact.id,
            kind: 'latency',
            allowed: 1 - percentile / 100,
            slowerThanMs: fact.value,
            percentile,
          },
        ]
      : [];
  });
  return [
    ...(errors && errors.value > 0 && errors.value < 1
      ? [{ id: errors.id, kind: 'errors' as const, allowed: errors.value }]
      : []),
    ...latency.reverse(),
  ];
}

/** How fast a budget goes in one time: 1 uses it up exactly at the end of the period. */
export interface Burn {
  bad: number;
  total: number;
  rate: number;
  /** Seconds after which a full budget is gone; nothing when it lasts the period. */
  goneAfterS?: number;
}

export function burnIn(phase: BurnPhase, { kind, allowed }: Objective): Burn {
  const bad = kind === 'errors' ? phase.errors : phase.slow;
  const rate = phase.total === 0 ? 0 : bad / phase.total / allowed;
  return {
    bad,
    total: phase.total,
    rate,
    ...(rate > 1 ? { goneAfterS: PERIOD_S / rate } : {}),
  };
}

/** Burn rate by slice: seconds since the phase began. */
export const burnOver = (phase: BurnPhase, { kind, allowed }: Objective): [number, number][] =>
  phase.slices.map((s) => [s.at, (kind === 'errors' ? s.errors : s.slow) / Math.max(1, s.total) / allowed]);
