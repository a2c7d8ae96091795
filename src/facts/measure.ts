import type { Case, Problem, Result, Source } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import type { Measured } from '../method/context.js';
import type { Forecasting } from '../method/forecast.js';
import { phasesByRole } from './phases.js';
import { findRequests } from './requests.js';
import { traceSlowRequests } from './traced.js';

/** What the store gives to the method. */
export interface Measurement {
  measured: Measured;
  forecasting?: Forecasting;
  paths: Result['paths'];
  problems: Problem[];
}

export async function measure(store: Store, sources: readonly Source[], theCase: Case): Promise<Measurement> {
  const phases = phasesByRole(sources);
  const requests = await findRequests(store);
  const traced = requests
    ? await traceSlowRequests({
        store,
        requests,
        phases,
        targetPercentile: theCase.facts.some((f) => f.phase === 'target' && f.name === 'latency.p99')
          ? 99
          : undefined,
        sources: sources.map((s) => s.id),
        fact: () => undefined,
      })
    : undefined;
  return {
    measured: {
      facts: [],
      components: [],
      links: [],
      changes: [],
      ...(traced ? { telemetry: traced.telemetry } : {}),
    },
    paths: [],
    problems: [],
  };
}
