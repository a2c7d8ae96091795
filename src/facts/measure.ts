import {
  type Block,
  type Case,
  type Fact,
  type Forecasting,
  type Measured,
  type Problem,
  type Result,
  type Source,
  type Subject,
  subject,
} from '../domain/index.js';
import type { Store } from '../evidence/store/index.js';
import { releaseSuspects } from './changes/releases.js';
import { changeSuspects } from './changes/suspects.js';
import { planFacts } from './database/plan/given-plans.js';
import { statementFacts } from './database/statements/given-statistics.js';
import { onTracedStatements } from './database/statements/traced-statements.js';
import { metricFacts } from './deviations/metric-facts.js';
import { exemplarFacts } from './exemplars.js';
import { forecasting } from './forecasting.js';
import { logFacts } from './logs/log-facts.js';
import { missCrowdFacts } from './logs/miss-crowd-facts.js';
import { requestPaths } from './paths.js';
import { phasesByRole } from './phases.js';
import { splitNote, traceProblems } from './problems.js';
import { calleeAddresses, recordedMetrics } from './recorded-metrics.js';
import { attributesOf, type Outgoing, operationFacts, outgoing, outgoingFacts } from './red.js';
import { findRequests } from './requests.js';
import { inCommon } from './slices/in-common.js';
import { addressOf } from './span-kind.js';
import { choosePhases } from './split.js';
import { partsOf, topology } from './topology.js';
import { afterAnswerFacts } from './trace-study/after-answer-facts.js';
import { type Traced, traceSlowRequests } from './traced.js';
import { resourceFacts } from './use/index.js';
import { type CaseWindows, cutToWindows } from './windows.js';

/** What the store gives to the method. */
export interface Measurement {
  measured: Measured;
  forecasting?: Forecasting;
  paths: Result['paths'];
  problems: Problem[];
  /** Blocks for single sections of the report. */
  extras?: Result['extras'];
}

/**
 * From the store to all that the method needs: facts, parts and links, slow requests with their excess, patterns,
 * forecasts, and what was odd about the evidence. Traces, metrics, or both may be missing.
 */
export async function measure(
  store: Store,
  sources: readonly Source[],
  theCase: Case,
  windows: CaseWindows = {},
): Promise<Measurement> {
  const ids = sources.map((s) => s.id);
  const cut = await cutToWindows(store, windows);
  const requests = await findRequests(store);
  const chosen = cut ?? (await choosePhases(store, requests, phasesByRole(sources), theCase));
  const { phases } = chosen;
  const resources = await resourceFacts(store, phases, ids);
  const commits = await changeSuspects(store, ids);
  const plans = await planFacts(store, sources);
  const statements = await statementFacts(store, phases, ids);
  const metrics = await recordedMetrics(store);
  const missed = await missCrowdFacts(store, phases, ids);
  const examples = await exemplarFacts(store, phases, ids);
  if (!requests) {
    const suspects = await metricFacts(store, phases, theCase.links, ids);
    const logs = await logFacts(store, phases, ids);
    const shown = [suspects, logs, commits, examples];
    return {
      measured: {
        facts: onceEach([
          ...resources,
          ...shown.flatMap((s) => s.facts),
          ...statements.facts,
          ...plans.facts,
          ...missed,
        ]),
        components: partsOf(resources, []),
        links: [],
        changes: [],
        ...(metrics.length > 0 ? { recorded: { metrics, callees: [] } } : {}),
      },
      paths: [],
      ...extras(
        shown.flatMap((s) => s.blocks),
        [...statements.blocks, ...plans.blocks],
      ),
      problems: chosen.says === undefined ? [] : [splitNote(chosen.says)],
    };
  }
  const traced = await traceSlowRequests({
    store,
    requests,
    phases,
    targetPercentile: targetPercentile(theCase),
    sources: ids,
    fact: lookUp(resources),
    worstOfPools: (name, service, phase) =>
      resources
        .filter(
          (f) =>
            f.name === name &&
            f.subject.kind === 'pool' &&
            f.subject.service === service &&
            f.phase === phase,
        )
        .sort((a, b) => b.value - a.value)[0],
    poolOf: poolNames(resources),
  });
  const calls = await outgoing(store, phases);
  const calleeOf = calleesBy(traced);
  const operations = await operationFacts(store, phases, ids);
  const { components, links } = await topology(store, calls, calleeOf);
  const byId = new Map<string, Fact>();
  // Traces tell durations of single operations exactly; metrics count every request. The first to tell wins.
  for (const f of [...operations, ...outgoingFacts(calls, calleeOf, ids), ...resources])
    if (!byId.has(f.id)) byId.set(f.id, f);
  const paths = traced
    ? requestPaths(traced.traces, traced.telemetry.hasBaseline, traced.origin)
    : { paths: [], facts: [] };
  const common = traced ? await inCommon(store, requests, traced.phases, traced.entry, ids) : undefined;
  const suspects = await metricFacts(store, phases, [...theCase.links, ...links], ids);
  const logs = await logFacts(store, phases, ids);
  const awaited = traced
    ? afterAnswerFacts(traced.traces, traced.entry, traced.origin)
    : { facts: [], blocks: [] };
  const shown = [common, await releaseSuspects(store, ids), suspects, logs, commits, examples];
  const sameStatements = await onTracedStatements(traced?.telemetry.cells ?? [], [
    ...plans.facts,
    ...statements.facts,
  ]);
  const facts = onceEach([
    ...byId.values(),
    ...paths.facts,
    ...shown.flatMap((s) => s?.facts ?? []),
    ...statements.facts,
    ...plans.facts,
    ...sameStatements,
    ...awaited.facts,
    ...missed,
  ]);
  const p99 = facts.find(
    (f) => f.name === 'latency.p99' && f.phase === 'incident' && f.subject.id === traced?.telemetry.entry.id,
  );
  const forecasts = traced ? forecasting(traced, p99) : undefined;
  return {
    measured: {
      facts,
      components: [...components, ...partsOf(facts, components)],
      links,
      changes: [],
      ...(traced ? { telemetry: traced.telemetry } : {}),
      ...(metrics.length > 0 ? { recorded: { metrics, callees: calleeAddresses(calls, calleeOf) } } : {}),
    },
    ...(forecasts ? { forecasting: forecasts } : {}),
    paths: paths.paths,
    problems: traceProblems(requests, traced?.traces ?? [], chosen.says),
    ...extras(
      shown.flatMap((s) => s?.blocks ?? []),
      [...statements.blocks, ...plans.blocks],
      awaited.blocks,
    ),
  };
}

/** Blocks that the sections on bottlenecks, on the database and on caching and queuing show at their ends. */
function extras(bottlenecks: Block[], database: Block[], caching: Block[] = []): Pick<Measurement, 'extras'> {
  const told = {
    ...(bottlenecks.length > 0 ? { bottlenecks } : {}),
    ...(database.length > 0 ? { database } : {}),
    ...(caching.length > 0 ? { caching } : {}),
  };
  return Object.keys(told).length > 0 ? { extras: told } : {};
}

/** The percentile that the latency target is about. */
function targetPercentile(theCase: Case): number | undefined {
  const target = theCase.facts.find((f) => f.phase === 'target' && /^latency\.p\d+$/.test(f.name));
  const digits = target && /\d+$/.exec(target.name)?.[0];
  return digits === undefined ? undefined : Number(digits) / 10 ** Math.max(0, digits.length - 2);
}

const lookUp =
  (facts: readonly Fact[]) =>
  (name: string, about: Subject, phase: 'baseline' | 'incident'): Fact | undefined =>
    facts.find((f) => f.name === name && f.subject.id === about.id && f.phase === phase);

/** Pools go by `host:port/database` in traces and in metrics; where the host is told in another way, the rest decides. */
function poolNames(facts: readonly Fact[]): (service: string, traced: string) => Subject {
  const known = [
    ...new Map(facts.filter((f) => f.subject.kind === 'pool').map((f) => [f.subject.id, f.subject])).values(),
  ];
  return (service, traced) => {
    const own = known.filter((s) => s.service === service);
    const rest = /:\d+(?:\/.*)?$/.exec(traced)?.[0];
    const alike = own.filter((s) => s.name === traced || (rest !== undefined && s.name.endsWith(rest)));
    return alike.length === 1 && alike[0]
      ? alike[0]
      : own.length === 1 && own[0]
        ? own[0]
        : subject('pool', traced, service);
  };
}

/** Whom an outgoing call goes to, by the same rules as in the walked requests. */
function calleesBy(traced: Traced | undefined): (row: Outgoing) => Subject {
  return (row) => {
    const address = addressOf(attributesOf(row));
    const known = address === undefined ? undefined : traced?.peers.service(address, row.phase);
    if (known !== undefined) return subject('service', known);
    if (row.peerService !== '')
      return subject(traced?.peers.isService(row.peerService) ? 'service' : 'dependency', row.peerService);
    if (row.messaging !== '') return subject('queue', row.destination || row.messaging);
    return subject('dependency', address ?? (row.rpcService || row.name));
  };
}

/** Counters and plans tell of single statements what traces may have told already: the first to tell wins. */
function onceEach(facts: readonly Fact[]): Fact[] {
  const byId = new Map<string, Fact>();
  for (const f of facts) if (!byId.has(f.id)) byId.set(f.id, f);
  return [...byId.values()];
}
