import type { Fact } from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';
import { busyShares } from './busy.js';
import { caches } from './caches.js';
import type { ResourceFacts } from './gather.js';
import { memory } from './memory.js';
import { memoryTrendFacts } from './memory-trends.js';
import { pools } from './pools.js';
import { processor } from './processor.js';
import { queues } from './queues.js';
import { replicas } from './replicas.js';
import { servedRequests } from './requests.js';
import { runtime } from './runtime.js';
import { loadSeries, type Series } from './series.js';
import { sessions } from './sessions.js';

const FAMILIES: readonly ResourceFacts[] = [
  processor,
  memory,
  runtime,
  pools,
  sessions,
  caches,
  queues,
  replicas,
  servedRequests,
  busyShares,
];

/** Utilisation, saturation and rates that metrics tell, by phase; one fact a name and subject. */
export async function resourceFacts(
  store: Store,
  phases: Phases,
  sources: readonly string[],
): Promise<Fact[]> {
  const series = await loadSeries(store, phases);
  const comparable = inBothPhases(series);
  const facts = (['incident', 'baseline'] as const).flatMap((phase) => {
    const of = series.filter((s) => s.phase === phase);
    return FAMILIES.flatMap((family) => family({ phase, series: of, sources, comparable }));
  });
  facts.push(...(await memoryTrendFacts(store, sources, facts)));
  // Several metrics may tell the same; the first family and name wins.
  return [...new Map([...facts].reverse().map((f) => [f.id, f])).values()].reverse();
}

function inBothPhases(series: readonly Series[]): (s: Series) => boolean {
  const keyOf = (s: Series): string => JSON.stringify([s.service, s.name]);
  const [incident, baseline] = (['incident', 'baseline'] as const).map(
    (phase) => new Set(series.filter((s) => s.phase === phase).map(keyOf)),
  );
  return (s) => incident?.has(keyOf(s)) === baseline?.has(keyOf(s));
}
