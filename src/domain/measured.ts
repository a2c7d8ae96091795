import type { Change, Component, Link } from './case.js';
import type { Retiming, Telemetry } from './catalogue.js';
import type { Fact } from './fact.js';

/** What telemetry adds to a case. */
export interface Measured {
  facts: readonly Fact[];
  components: readonly Component[];
  links: readonly Link[];
  changes: readonly Change[];
  telemetry?: Telemetry;
}

/**
 * What the facts step offers for forecasts: the recorded slow and normal requests, re-timed with a finding's claimed
 * cells changed. Returns p99 as it is and as it would be (an 80 % interval), or nothing when it cannot tell.
 */
export interface Forecasting {
  retime(
    claims: readonly { cell: string; share: number }[],
    retiming: Retiming,
  ): { now: Fact; then: Fact } | undefined;
}
