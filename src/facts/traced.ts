import { type Fact, type Subject, subject, type Telemetry } from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { cacheWrites } from './cache-writes.js';
import { cellFacts, tally } from './cells.js';
import { chooseEntry, type Entry, slowPercentile } from './entry.js';
import { excessOf } from './excess.js';
import { findPatterns } from './patterns/index.js';
import { learnPeers, type Peers } from './peers.js';
import type { Phases } from './phases.js';
import type { Origin } from './query-fact.js';
import { queueOccupants } from './queue-occupants.js';
import { type OperationTimes, operationTimes, overallQuantile, type Requests } from './requests.js';
import { type CellKey, type WalkedTrace, walk } from './sections.js';
import { sampleRequests } from './slow-requests.js';
import { withStalls } from './stalls.js';
import { tailRemoval } from './tail-removal.js';
import { loadTraces } from './traces.js';

/** What walking the sampled requests gave. */
export interface Traced {
  entry: Entry;
  phases: Phases;
  telemetry: Telemetry;
  traces: WalkedTrace[];
  slow: WalkedTrace[];
  origin: Origin;
  /** The cell that a key's time was counted in. */
  cellOf(key: CellKey): string;
  /** Which service answers at an address, as the walked requests show. */
  peers: Peers;
}

export interface TracedInput {
  store: Store;
  requests: Requests;
  phases: Phases;
  /** The percentile that the target is about, 99 for p99. */
  targetPercentile: number | undefined;
  sources: readonly string[];
  fact(name: string, about: Subject, phase: 'baseline' | 'incident'): Fact | undefined;
  /** The largest number of any pool of a service. */
  worstOfPools(name: string, service: string, phase: 'baseline' | 'incident'): Fact | undefined;
  /** The pool that metrics know by another name. */
  poolOf(service: string, traced: string): Subject;
}

/** Walks slow and other requests of the entry operation; nothing when there are no requests in the incident. */
export async function traceSlowRequests(input: TracedInput): Promise<Traced | undefined> {
  const { store, requests } = input;
  let { phases } = input;
  const times = await operationTimes(store, requests, phases);
  const all = times.filter((t) => t.phase === 'incident').reduce((sum, t) => sum + t.requests, 0);
  if (all === 0) return undefined;
  if (!times.some((t) => t.phase === 'baseline')) phases = { ...phases, hasBaseline: false };
  const percentile = slowPercentile(all, input.targetPercentile);
  const overallNs = await overallQuantile(store, requests, phases, percentile / 100);
  const entry = chooseEntry(times, percentile, overallNs, phases.hasBaseline);
  if (!entry) return undefined;
  // An entry operation that was not there before has nothing to be compared with.
  if (entry.requests.baseline === 0) phases = { ...phases, hasBaseline: false };
  const sampled = await sampleRequests(store, requests, phases, entry);
  const loaded = await loadTraces(store, sampled);
  const peers = learnPeers(loaded.traces);
  const traces = loaded.traces.map((t) => walk(t, peers.of));
  const slow = traces.filter((t) => t.request.slow);
  const incident = slow.filter((t) => t.request.phase === 'incident');
  if (incident.length === 0) return undefined;
  const origin: Origin = {
    query: `otel_traces: spans of ${loaded.traces.length} sampled requests of ${entry.operation}, critical path of the slow ones`,
    rows: loaded.spans,
    sources: input.sources,
  };
  const counted = withStalls(tally(slow), (name, about, phase) =>
    about.kind === 'pool'
      ? input.worstOfPools(name, about.service ?? '', phase)
      : input.fact(name, about, phase),
  );
  const cells = cellFacts(counted, origin);
  const telemetry: Telemetry = {
    entry: subject('operation', entry.operation, entry.service),
    cells,
    excess: await excessOf(store, requests, phases, entry, slow, compared(times), origin),
    patterns: findPatterns({
      incident,
      baseline: slow.filter((t) => t.request.phase === 'baseline'),
      hasBaseline: phases.hasBaseline,
      cells,
      tally: counted,
      origin,
      fact: input.fact,
      poolOf: input.poolOf,
      cacheWrites: traces.some((t) => t.spans.some((s) => s.role === 'cache'))
        ? await cacheWrites(store, phases)
        : [],
      occupants: await queueOccupants(store, phases, traces),
    }),
    hasBaseline: phases.hasBaseline,
  };
  const removal = tailRemoval({ traces, slowShare: entry.slowShare, cells, cellOf: counted.cellOf });
  return {
    entry,
    phases,
    telemetry: phases.hasBaseline ? { ...telemetry, removal } : telemetry,
    traces,
    slow,
    origin,
    cellOf: counted.cellOf,
    peers,
  };
}

/** Operations with requests enough in the incident to be compared. */
const compared = (times: readonly OperationTimes[]): number =>
  times.filter((t) => t.phase === 'incident' && t.requests >= 20).length;
