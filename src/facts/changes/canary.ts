import { median, robustSpread } from '../../models/spread.js';
import { type FailingEdge, failingEdges } from './failing-edges.js';
import type { PodCalls, Release, RolloutEvidence } from './rollout-evidence.js';

/** How much speaks against one release; every part lies between 0 (nothing) and 1 (all that it can say). */
export interface ReleaseSuspicion {
  service: string;
  /** Sum of the parts. */
  score: number;
  parts: {
    /** Edges that old pods served meanwhile and no new pod ever did. */
    silent: number;
    /** Calls that fail at new pods and not at the old ones beside them. */
    failing: number;
    /** Failing edges that the release can have caused, by call graph and time. */
    explains: number;
    /** New pods slower than the old ones. */
    slower: number;
    /** New pods that hold more memory or use more CPU than the old ones. */
    heavier: number;
  };
}

export interface CanaryAnswer {
  /** Releases by suspicion; releases that began after detection are not listed. */
  ranked: ReleaseSuspicion[];
  /** Nothing deviates that a release could have done. */
  none: boolean;
  failing: FailingEdge[];
}

/** How long after detection is looked: new pods need minutes to show what they do. */
const LOOK_AFTER_MS = 5 * 60_000;
/** Clocks of the deployment log and of the monitoring agree to about a minute. */
const CLOCK_MS = 60_000;
/** Samples of a pod that just started are not compared in speed and CPU. */
const WARM_UP_MS = 3 * 60_000;
/** Pods run on nodes that differ: speed and resources say half as much as failures. */
const NODE_WEIGHT = 0.5;
/** Below this sum nothing is named. */
const NONE_BELOW = 0.2;

/**
 * Which release of several under way is guilty. New pods are compared with the old pods of the same service at the
 * same time, so that load and neighbours are alike; what fails elsewhere is blamed down the call graph, on releases
 * whose pods began to serve when the failure began. Failures of every kind weigh
 * the same.
 */
export function suspectRelease(evidence: RolloutEvidence, lookAfterMs = LOOK_AFTER_MS): CanaryAnswer {
  const untilMs = evidence.detectedMs + lookAfterMs;
  const releases = evidence.releases.filter((r) => startOf(r) <= evidence.detectedMs + CLOCK_MS);
  if (releases.length === 0) return { ranked: [], none: true, failing: [] };
  const fromMs = Math.min(...releases.map(startOf));
  const failing = failingEdges(evidence, fromMs, untilMs);
  const ranked = releases
    .map((release) => {
      const pods = podsOf(release, evidence, untilMs);
      const parts = {
        silent: silent(pods),
        failing: failingAtNew(pods),
        explains: explains(release, pods, failing, evidence, untilMs),
        slower: slower(pods),
        heavier: heavier(pods),
      };
      return {
        service: release.service,
        score: parts.silent + parts.failing + parts.explains + NODE_WEIGHT * (parts.slower + parts.heavier),
        parts,
      };
    })
    .sort((a, b) => b.score - a.score || (a.service < b.service ? -1 : 1));
  return { ranked, none: (ranked[0]?.score ?? 0) < NONE_BELOW, failing };
}

const startOf = (release: Release): number => Math.min(...release.steps.map((s) => s.startMs));

interface Pods {
  /** When the first new pods were ready. */
  readyMs: number;
  fresh: PodCalls[];
  /** Old pods, each up to the time it was taken away: later rows belong to who got its address. */
  old: PodCalls[];
  untilMs: number;
}

function podsOf(release: Release, evidence: RolloutEvidence, untilMs: number): Pods {
  const steps = release.steps.filter((s) => s.startMs <= untilMs);
  const fresh = new Set(steps.flatMap((s) => s.newPods));
  const takenAt = new Map(steps.flatMap((s) => s.oldPods.map((pod) => [pod, s.startMs] as const)));
  const everNew = new Set(release.steps.flatMap((s) => s.newPods));
  const own = evidence.pods.filter((p) => p.service === release.service);
  const until = (p: PodCalls, ms: number): PodCalls => ({
    ...p,
    points: p.points.filter((x) => x.atMs <= ms),
  });
  return {
    readyMs: Math.min(...steps.map((s) => s.readyMs)),
    fresh: own.filter((p) => fresh.has(p.pod)).map((p) => until(p, untilMs)),
    old: own
      .filter((p) => !everNew.has(p.pod))
      .map((p) => until(p, Math.min(untilMs, takenAt.get(p.pod) ?? untilMs))),
    untilMs,
  };
}

const edgeOf = (p: PodCalls): string => `${p.caller}\n${p.callee}`;
/** Samples with calls. A success share without a latency is one kept from earlier calls. */
const served = (p: PodCalls, fromMs: number): number =>
  p.points.filter((x) => x.atMs > fromMs && x.success !== undefined && x.latencyMs !== undefined).length;
const everCalled = (p: PodCalls): boolean =>
  p.points.some((x) => x.success !== undefined || x.latencyMs !== undefined);

/**
 * Share of the edges that old pods serve and no new pod has served. An edge counts by the chance that a pod as busy as
 * the old ones would have shown itself by now.
 */
function silent(pods: Pods): number {
  const from = pods.readyMs + CLOCK_MS;
  const edges = [...new Set(pods.old.map(edgeOf))].sort();
  let expected = 0;
  let missing = 0;
  for (const edge of edges) {
    const rates = pods.old
      .filter((p) => edgeOf(p) === edge)
      .map((p) => ({ seen: served(p, from), samples: p.points.filter((x) => x.atMs > from).length }))
      .filter((r) => r.samples > 0);
    const samples = Math.max(0, ...rates.map((r) => r.samples));
    const share = rates.reduce((s, r) => s + r.seen / r.samples, 0) / Math.max(1, rates.length);
    const surprise = share <= 0 ? 0 : 1 - (1 - Math.min(share, 0.99)) ** samples;
    expected += surprise;
    if (!pods.fresh.some((p) => edgeOf(p) === edge && everCalled(p))) missing += surprise;
  }
  return expected > 0 ? missing / Math.max(1, expected) : 0;
}

/** Half of the full weight is reached where five calls in a hundred more fail. */
const HALF_LOSS = 0.05;

/** How much more fails at new pods than at old pods beside them, on any edge. */
function failingAtNew(pods: Pods): number {
  let most = 0;
  for (const edge of new Set(pods.fresh.map(edgeOf))) {
    const rows = (list: readonly PodCalls[], from: number): number[] =>
      list
        .filter((p) => edgeOf(p) === edge)
        .flatMap((p) => p.points.filter((x) => x.atMs > from).flatMap((x) => x.success ?? []));
    const fresh = rows(pods.fresh, pods.readyMs);
    const old = rows(pods.old, pods.readyMs);
    if (fresh.length === 0) continue;
    most = Math.max(most, (old.length === 0 ? 1 : mean(old)) - mean(fresh) - 2 * standardError(fresh, old));
  }
  return most / (most + HALF_LOSS);
}

/** Share of what was lost on failing edges that the release can have caused. */
function explains(
  release: Release,
  pods: Pods,
  failing: readonly FailingEdge[],
  evidence: RolloutEvidence,
  untilMs: number,
): number {
  const lost = failing.reduce((sum, e) => sum + e.loss, 0);
  if (lost === 0) return 0;
  let explained = 0;
  for (const edge of failing)
    explained += edge.loss * reach(release, pods, edge, evidence, untilMs) * fits(pods, edge);
  return (explained / lost) * (lost / (lost + HALF_LOSS));
}

/** Blame for an edge falls on its callee, less on what the callee calls, least on what its caller passed on from others. */
const BELOW = 0.7;
const BESIDE = 0.3;

function reach(
  release: Release,
  pods: Pods,
  edge: FailingEdge,
  evidence: RolloutEvidence,
  untilMs: number,
): number {
  const { service } = release;
  if (service === edge.callee) return sparesNew(pods, edge) ? BESIDE : 1;
  if (below(edge.callee, evidence).has(service))
    return stillCalled(service, edge, evidence, untilMs) ? BELOW : 0;
  if (service === edge.caller) return BESIDE;
  return below(edge.caller, evidence).has(service) ? BESIDE : 0;
}

/** Old pods fail as much as the new ones do: then the release did not bring it. */
function sparesNew(pods: Pods, edge: FailingEdge): boolean {
  const losses = (list: readonly PodCalls[]): number[] =>
    list
      .filter((p) => p.caller === edge.caller && p.callee === edge.callee)
      .flatMap((p) => p.points.filter((x) => x.atMs >= edge.firstBadMs).flatMap((x) => x.success ?? []));
  const [old, fresh] = [losses(pods.old), losses(pods.fresh)];
  return (
    old.length > 0 && fresh.length > 0 && mean(old) < 1 - HALF_LOSS && mean(old) <= mean(fresh) + HALF_LOSS
  );
}

/**
 * What is called much less than its siblings since the failure began stands behind the step that fails, and is not
 * its cause.
 */
function stillCalled(
  service: string,
  edge: FailingEdge,
  evidence: RolloutEvidence,
  untilMs: number,
): boolean {
  const kept = new Map<string, number>();
  for (const callee of new Set(evidence.pods.filter((p) => p.caller === edge.callee).map((p) => p.callee))) {
    const rows = evidence.pods.filter(
      (p) => p.caller === edge.callee && p.callee === callee && p.service === callee,
    );
    const share = (from: number, to: number): number => {
      const points = rows.flatMap((p) => p.points.filter((x) => x.atMs >= from && x.atMs <= to));
      return points.length === 0 ? 0 : points.filter((x) => x.latencyMs !== undefined).length / points.length;
    };
    const before = share(Number.NEGATIVE_INFINITY, edge.lastGoodMs);
    if (before > 0) kept.set(callee, share(edge.firstBadMs, untilMs) / before);
  }
  const own = kept.get(service);
  return own === undefined || own >= Math.max(...kept.values()) / 2;
}

/** Services that a service calls, directly or through others. */
function below(service: string, evidence: RolloutEvidence): Set<string> {
  const found = new Set<string>();
  const queue = [service];
  for (let at = queue.pop(); at !== undefined; at = queue.pop())
    for (const p of evidence.pods)
      if (p.caller === at && !found.has(p.callee)) {
        found.add(p.callee);
        queue.push(p.callee);
      }
  return found;
}

/** Blame fades with the time that a release served well before the failure began. */
const FADE_MS = 2 * 60_000;

/** 1 when the new pods began to serve as the failure began, less the longer they served before, 0 when later. */
function fits(pods: Pods, edge: FailingEdge): number {
  const seen = pods.fresh.flatMap((p) => p.points.map((x) => x.atMs));
  const began = Math.min(pods.readyMs, ...seen);
  if (began > edge.firstBadMs + CLOCK_MS / 2) return 0;
  return Math.exp(-Math.max(0, edge.lastGoodMs - began) / FADE_MS);
}

/** Median of the new pods against the spread of the old pods, in logarithms; 1 from eight times on. */
function excess(fresh: readonly number[], old: readonly number[]): number {
  const positive = (xs: readonly number[]): number[] => xs.filter((x) => x > 0).map(Math.log);
  const [a, b] = [positive(fresh), positive(old)];
  if (a.length === 0 || b.length === 0) return 0;
  const { centre, scale } = robustSpread(b, 0);
  const above = median(a) - centre - 2 * scale;
  return Math.max(0, Math.min(1, above / Math.log(8)));
}

/** Latencies that differ by less are the same: histogram buckets are no finer. */
const SAME_LATENCY_MS = 10;

function slower(pods: Pods): number {
  let most = 0;
  for (const edge of new Set(pods.fresh.map(edgeOf))) {
    const rows = (list: readonly PodCalls[]): number[] =>
      list
        .filter((p) => edgeOf(p) === edge)
        .flatMap((p) =>
          warm(p, pods).flatMap((x) => (x.latencyMs === undefined ? [] : x.latencyMs + SAME_LATENCY_MS)),
        );
    most = Math.max(most, excess(rows(pods.fresh), rows(pods.old)));
  }
  return most;
}

function heavier(pods: Pods): number {
  const memory = (list: readonly PodCalls[]): number[] =>
    list.flatMap((p) => p.points.filter((x) => x.atMs > pods.readyMs).flatMap((x) => x.memory ?? []));
  const cpu = (list: readonly PodCalls[]): number[] =>
    list.flatMap((p) => warm(p, pods).flatMap((x) => x.cpu ?? []));
  return Math.max(excess(memory(pods.fresh), memory(pods.old)), excess(cpu(pods.fresh), cpu(pods.old)));
}

const warm = (p: PodCalls, pods: Pods) => p.points.filter((x) => x.atMs > pods.readyMs + WARM_UP_MS);
const mean = (xs: readonly number[]): number => xs.reduce((s, x) => s + x, 0) / xs.length;

/** Of the difference of two means, each with its own variance (B. L. Welch, Biometrika 34, 1947). */
function standardError(a: readonly number[], b: readonly number[]): number {
  const part = (xs: readonly number[]): number => {
    if (xs.length < 2) return 0;
    const centre = mean(xs);
    return xs.reduce((s, x) => s + (x - centre) ** 2, 0) / (xs.length - 1) / xs.length;
  };
  return Math.sqrt(part(a) + part(b));
}
