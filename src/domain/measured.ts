import type { Change, Component, Link } from './case.js';
import type { Retiming, Telemetry } from './catalogue.js';
import type { Fact } from './fact.js';
import type { Recorded } from './recorded.js';

/** What telemetry adds to a case. */
export interface Measured {
  facts: readonly Fact[];
  components: readonly Component[];
  links: readonly Link[];
  changes: readonly Change[];
  telemetry?: Telemetry;
  recorded?: Recorded;
}

/**
 * What the facts step offers for forecasts: the recorded slow and normal requests, re-timed with a finding's claimed
 * cells changed. Returns p99 as it is and as it would be (an 80 % interval), or nothing when it cannot tell.
 */
export interface CausePart {
  /** p99 before the trouble, ms. */
  before: Fact;
  /** Share of the excess that the cause claims; and with its part of what nothing explains. */
  claimed: Fact;
  withUnexplained: Fact;
  /** And with what causes claim that may follow from this one: the most that can go with it. */
  withFollowing: Fact;
}

/** Re-times recorded requests. */
export interface Forecasting {
  retime(
    claims: readonly { cell: string; share: number }[],
    retiming: Retiming,
    /** How much of the rise since the baseline is the cause’s, where there is one. */
    part?: CausePart,
  ): { now: Fact; then: Fact } | undefined;
}
