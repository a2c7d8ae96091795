import type { Store } from '../../evidence/store/index.js';
import type { EdgeSeries, PodCalls, PodPoint, Release, RolloutEvidence } from './rollout-evidence.js';

/** Points are laid this far apart, or closer when the recording is short. */
const WIDEST_BUCKET_MS = 60_000;
const NARROWEST_BUCKET_MS = 5_000;
const BUCKETS = 40;
/** Two versions must have served side by side in this many buckets to be compared. */
const TOGETHER = 3;
const MOST_ROWS = 200_000;
const MOST_SPANS = 2_000_000;

const SERVED = "SpanKind IN ('Server', 'Consumer')";
const VERSION = "ResourceAttributes['service.version']";

const POD =
  "coalesce(nullIf(ResourceAttributes['k8s.pod.name'], ''), nullIf(ResourceAttributes['service.instance.id'], ''), nullIf(ResourceAttributes['container.id'], ''), nullIf(ResourceAttributes['host.name'], ''), ResourceAttributes['service.version'])";

interface Seen {
  service: string;
  version: string;
  pod: string;
  atMs: number;
}
interface Row {
  service: string;
  pod: string;
  caller: string;
  atMs: number;
  calls: number;
  failed: number;
  latencyMs: number;
}

/**
 * Releases that ran beside their predecessors while requests were recorded: services of which a version appeared
 * later than the first, with what each instance served. Nothing when no service had two versions at a time.
 */
export async function rolloutFromTraces(store: Store): Promise<RolloutEvidence | undefined> {
  const [range] = await store.query<{ fromMs: number; toMs: number; spans: number; twoVersions: number }>(
    `SELECT min(lowMs) AS fromMs, max(highMs) AS toMs, sum(spans) AS spans, countIf(versions > 1) AS twoVersions FROM (
       SELECT min(toUnixTimestamp64Milli(Timestamp)) AS lowMs, max(toUnixTimestamp64Milli(Timestamp)) AS highMs, count() AS spans,
              uniqExactIf(${VERSION}, ${VERSION} != '') AS versions
       FROM otel_traces WHERE ${SERVED} GROUP BY ServiceName)`,
  );
  if (!range || range.twoVersions === 0) return undefined;
  const length = Number(range.toMs) - Number(range.fromMs);
  const bucketMs = Math.round(Math.min(WIDEST_BUCKET_MS, Math.max(NARROWEST_BUCKET_MS, length / BUCKETS)));
  const bucket = `intDiv(toUnixTimestamp64Milli(Timestamp), ${bucketMs}) * ${bucketMs}`;
  const seen = await store.query<Seen>(
    `SELECT ServiceName AS service, ${VERSION} AS version, ${POD} AS pod, ${bucket} AS atMs
     FROM otel_traces WHERE ${SERVED} AND ${VERSION} != ''
     GROUP BY service, version, pod, atMs ORDER BY service, version, pod, atMs LIMIT ${MOST_ROWS}`,
  );
  const releases = releasesOf(
    seen.map((r) => ({ ...r, atMs: Number(r.atMs) })),
    bucketMs,
  );
  if (releases.length === 0) return undefined;
  // Whole traces are left out of very large recordings, the same ones each time.
  const one = `cityHash64(TraceId) % ${Math.max(1, Math.ceil(range.spans / MOST_SPANS))} = 0`;
  const rows = await store.query<Row>(
    `SELECT s.service AS service, s.pod AS pod, p.ServiceName AS caller, s.bucket AS atMs,
            count() AS calls, countIf(s.status = 'Error') AS failed, quantileExact(0.5)(s.ns) / 1e6 AS latencyMs
     FROM (SELECT TraceId, ParentSpanId, ServiceName AS service, ${POD} AS pod, ${bucket} AS bucket,
                  StatusCode AS status, Duration AS ns
           FROM otel_traces WHERE ${SERVED} AND ${one}) AS s
     LEFT JOIN (SELECT TraceId, SpanId, ServiceName FROM otel_traces WHERE NOT (${SERVED}) AND ${one}) AS p
       ON p.TraceId = s.TraceId AND p.SpanId = s.ParentSpanId
     GROUP BY service, pod, caller, atMs ORDER BY service, pod, caller, atMs LIMIT ${MOST_ROWS}`,
  );
  const points = rows.map((r) => ({ ...r, atMs: Number(r.atMs) }));
  return {
    releases,
    pods: podsOf(points),
    edges: edgesOf(points),
    detectedMs: Number(range.toMs),
  };
}

/** A version is a release when it appeared after the first and served beside an older one. */
function releasesOf(rows: readonly Seen[], bucketMs: number): Release[] {
  const services = new Map<string, Map<string, { at: Set<number>; pods: Set<string> }>>();
  for (const r of rows) {
    const versions = services.get(r.service) ?? new Map<string, { at: Set<number>; pods: Set<string> }>();
    const seen = versions.get(r.version) ?? { at: new Set<number>(), pods: new Set<string>() };
    seen.at.add(r.atMs);
    seen.pods.add(r.pod);
    versions.set(r.version, seen);
    services.set(r.service, versions);
  }
  return [...services].flatMap(([service, versions]): Release[] => {
    const inOrder = [...versions]
      .map(([version, v]) => ({ version, ...v, first: Math.min(...v.at) }))
      .sort((a, b) => a.first - b.first || (a.version < b.version ? -1 : 1));
    const [oldest] = inOrder;
    const steps = inOrder
      .slice(1)
      .filter(
        (v) =>
          oldest !== undefined &&
          v.first >= oldest.first + 2 * bucketMs &&
          [...v.at].filter((t) => inOrder.some((o) => o.first < v.first && o.at.has(t))).length >= TOGETHER,
      )
      .map((v) => ({
        startMs: v.first - bucketMs,
        readyMs: v.first,
        newPods: [...v.pods].sort(),
        oldPods: [],
      }));
    return steps.length > 0 ? [{ service, steps }] : [];
  });
}

function podsOf(rows: readonly Row[]): PodCalls[] {
  const pods = new Map<string, { pod: string; service: string; caller: string; points: PodPoint[] }>();
  for (const r of rows) {
    const key = JSON.stringify([r.service, r.pod, r.caller]);
    const one = pods.get(key) ?? { pod: r.pod, service: r.service, caller: r.caller, points: [] };
    one.points.push({ atMs: r.atMs, success: 1 - r.failed / r.calls, latencyMs: r.latencyMs });
    pods.set(key, one);
  }
  return [...pods.values()].map((p) => ({
    ...p,
    callee: p.service,
    points: p.points.sort((a, b) => a.atMs - b.atMs),
  }));
}

function edgesOf(rows: readonly Row[]): EdgeSeries[] {
  const edges = new Map<string, { caller: string; callee: string; at: Map<number, [number, number]> }>();
  for (const r of rows) {
    const key = JSON.stringify([r.caller, r.service]);
    const edge = edges.get(key) ?? { caller: r.caller, callee: r.service, at: new Map() };
    const [calls, failed] = edge.at.get(r.atMs) ?? [0, 0];
    edge.at.set(r.atMs, [calls + r.calls, failed + r.failed]);
    edges.set(key, edge);
  }
  return [...edges.values()].map(({ caller, callee, at }) => ({
    caller,
    callee,
    points: [...at]
      .sort(([a], [b]) => a - b)
      .map(([atMs, [calls, failed]]) => ({ atMs, success: 1 - failed / calls })),
  }));
}
