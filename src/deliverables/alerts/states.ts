import { constant, type Fact } from '../../domain/index.js';
import type { Parts } from '../parts.js';
import { statedLimit, type Watch, watchesOf } from '../signals/index.js';
import { type BurnAlert, burnFacts, type RefusedAlert } from './burn.js';
import { type CountedOver, countedOver } from './period.js';

/** A promise that a value stays below a limit, counted in minutes: how full something gets, how old something may be. */
export interface StatePromise {
  id: string;
  kind: 'saturation' | 'freshness';
  watch: Watch;
  limit: Fact;
  /** Share of minutes that may be beyond it. */
  budget: Fact;
  alerts: BurnAlert[];
  refused: RefusedAlert[];
  over: CountedOver;
}

const BAD_MINUTES = constant(
  'slo.badMinutes',
  0.01,
  'ratio',
  'Kneepoint: one minute in a hundred may be beyond a limit of how full or how old, until the case says how many',
);

/**
 * A promise for each sign whose limit the case itself states ("CPU below 70 %", "lag under 30 s") and whose series are
 * there or unknown: usual limits of ours are signs, and nobody promised them.
 */
export function statePromises(parts: Parts): StatePromise[] {
  const over = countedOver(parts.context);
  return watchesOf(parts).flatMap((watch): StatePromise[] => {
    const limit = watch.absent ? undefined : statedLimit(parts, watch);
    if (!limit) return [];
    const id = watch.id.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
    return [
      {
        id,
        kind: watch.unit === 's' ? 'freshness' : 'saturation',
        watch,
        limit,
        budget: BAD_MINUTES,
        over,
        ...burnFacts(id, BAD_MINUTES, over.lengthS),
      },
    ];
  });
}
