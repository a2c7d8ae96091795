import { type Network, networkOf } from '../../capacity/network.js';
import { emptyCase } from '../../case/index.js';
import { collect } from '../../evidence/collect.js';
import { openStore, type Store } from '../../evidence/store/index.js';
import { type RecordedSteps, recordedSteps } from '../../facts/load-steps.js';
import { measure } from '../../facts/measure.js';
import { findRequests } from '../../facts/requests.js';
import { KNOWLEDGE } from '../../knowledge/index.js';
import { contextOf } from '../../method/context.js';
import type { CapacityStep } from '../../models/capacity/steps.js';
import { EXIT, UserError } from '../exit.js';
import { sortInputs } from '../inputs.js';

/** What recorded telemetry says of how far a system goes. */
export interface FromTelemetry {
  recorded?: RecordedSteps;
  network?: Network;
  problems: string[];
}

/** Reads traces and metrics of files and folders, or those of a store that is kept (a folder, or ClickHouse by URL). */
export async function readTelemetry(
  paths: readonly string[],
  kept: string | undefined,
): Promise<FromTelemetry> {
  if (kept !== undefined && paths.length > 0)
    throw new UserError(
      EXIT.badInput,
      'Telemetry was named, and a store to read: nothing is written into a store from here.',
      paths.join(', '),
      'Name the one or the other; `kneepoint investigate --store` puts telemetry into a store.',
    );
  const url = kept !== undefined && /^https?:/.test(kept);
  const store = await openStore(kept === undefined ? {} : url ? { url: kept } : { directory: kept });
  try {
    const { evidence } = sortInputs(paths, [], []);
    const { sources, problems } = await collect(evidence, store, { redact: true });
    const recorded = await recordedSteps(store, await findRequests(store));
    return {
      ...(recorded ? { recorded } : {}),
      ...(await networkIn(store, sources)),
      problems: problems.filter((p) => p.severity === 'error').map((p) => `${p.where}: ${p.what} ${p.todo}`),
    };
  } finally {
    await store.close();
  }
}

async function networkIn(
  store: Store,
  sources: Parameters<typeof measure>[1],
): Promise<{ network?: Network }> {
  const { measured } = await measure(store, sources, emptyCase());
  const network = networkOf(contextOf(emptyCase(), KNOWLEDGE, measured));
  return network ? { network } : {};
}

/** Highest rate over lowest below which the steps of a running system tell nothing of other rates. */
const LEAST_SPREAD = 1.3;
const LEAST_STEPS = 3;

/** Whether the load changed enough for a model to be fitted. */
export function changedEnough(steps: readonly CapacityStep[]): boolean {
  const rates = steps.map((s) => s.throughput);
  return steps.length >= LEAST_STEPS && Math.max(...rates) >= LEAST_SPREAD * Math.min(...rates);
}

export const noTelemetry = (paths: readonly string[], problems: readonly string[]): UserError =>
  new UserError(
    EXIT.badInput,
    `The telemetry tells no rate together with a busy share.${problems[0] ? ` ${problems[0]}` : ''}`,
    paths.join(', ') || '--store',
    'Give traces or request histograms of the service, and metrics of its processors or event loop over the same time.',
  );
