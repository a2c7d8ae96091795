import type { Block, Context } from '../domain/index.js';
import { monitoringBlocks } from './alerts/plan.js';
import { harnessBlocks } from './load/plan.js';
import type { OpenResult } from './parts.js';
import { capacityBlocks } from './scaling/plan.js';

/** What sections 8, 9 and 10 say beside the files: gates, chaos cells, alerts in words, ways to carry the load. */
export function planBlocks(result: OpenResult, context: Context): Record<string, Block[]> {
  const all = {
    harness: harnessBlocks(result, context),
    monitoring: monitoringBlocks(result, context),
    capacity: capacityBlocks(result, context),
  };
  return Object.fromEntries(Object.entries(all).filter(([, blocks]) => blocks.length > 0));
}
