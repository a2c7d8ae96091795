import { type ObservedRequest, observedLoad } from '../../src/experiments/load/observe.js';
import { planOfObserved, seenOf } from '../../src/experiments/load/observed-plan.js';
import { scriptLoad } from '../../src/experiments/load/scripts/index.js';
import type { ScriptLoad } from '../../src/experiments/load/scripts/observed-script.js';

export const OBSERVED_REQUESTS = 400;

/** Eight seconds of a shop: twenty a second, then eighty; a quarter are orders. */
export function observedForTools(): ScriptLoad {
  const requests = Array.from(
    { length: OBSERVED_REQUESTS },
    (_, i): ObservedRequest => ({
      atMs: i < 80 ? i * 50 : 4000 + (i - 80) * 12.5,
      method: i % 4 === 0 ? 'POST' : 'GET',
      path: i % 4 === 0 ? '/orders' : `/items/${1 + ((i * i) % 7)}`,
      ...(i % 4 === 0 ? { bodyBytes: 300 } : {}),
    }),
  );
  const seen = observedLoad(requests);
  if (!seen) throw new Error('no load');
  return scriptLoad(planOfObserved(seen, 'http://127.0.0.1:9', 5000), seenOf(seen));
}
