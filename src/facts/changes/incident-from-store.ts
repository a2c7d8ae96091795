import type { Store } from '../../evidence/store/index.js';
import type { Commit, Deploy, IncidentEvidence, LogLine, Series, SpanRow, Switch } from './evidence.js';

/** Points of one series are averaged over this time. */
const BUCKET_SECONDS = 30;
const MOST_SERIES_POINTS = 500_000;
const MOST_LOGS = 50_000;
const MOST_SPANS = 20_000;

/**
 * The incident as plain rows, from all that was collected; nothing when no commit, flag or setting with a time is known.
 * Logs and spans beyond a bound are left out, those that tell of trouble last.
 */
export async function incidentFromStore(store: Store): Promise<IncidentEvidence | undefined> {
  const changes = await store.query<{
    atMs: number;
    kind: string;
    service: string;
    name: string;
    summary: string;
    revision: string;
    files: string[];
    diff: string;
  }>(
    `SELECT toUnixTimestamp64Milli(Timestamp) AS atMs, Kind AS kind, ServiceName AS service, Name AS name, Summary AS summary,
            Revision AS revision, Files AS files, Diff AS diff
     FROM changes WHERE HasTime AND (Revision != '' OR Kind IN ('flag', 'other')) ORDER BY Timestamp, Revision, Kind, Name LIMIT 20000`,
  );
  const commits: Commit[] = changes
    .filter((c) => c.kind === 'commit')
    .map((c) => ({
      sha: c.revision,
      atMs: Number(c.atMs),
      message: c.summary,
      files: c.files,
      ...(c.diff === '' ? {} : { diff: c.diff }),
    }));
  const deploys: Deploy[] = changes
    .filter((c) => c.kind === 'deploy')
    .map((c) => ({ atMs: Number(c.atMs), service: c.service, sha: c.revision }));
  const switches: Switch[] = changes
    .filter((c) => (c.kind === 'flag' || c.kind === 'other') && (c.name !== '' || c.summary !== ''))
    .map((c) => ({
      atMs: Number(c.atMs),
      service: c.service,
      name: c.name || c.summary,
      what: c.summary.startsWith(c.name) ? c.summary.slice(c.name.length).trim() : c.summary,
    }));
  if (commits.length + switches.length === 0) return undefined;
  const [alert] = await store.query<{ service: string; metric: string; atMs: number }>(
    `SELECT ServiceName AS service, MetricName AS metric, toUnixTimestamp64Milli(Timestamp) AS atMs
     FROM alerts WHERE ServiceName != '' ORDER BY Timestamp LIMIT 1`,
  );
  return {
    ...(alert ? { alert: { ...alert, atMs: Number(alert.atMs) } } : {}),
    series: await seriesOf(store),
    logs: await logsOf(store),
    spans: await spansOf(store),
    commits,
    deploys,
    switches,
  };
}

async function seriesOf(store: Store): Promise<Series[]> {
  const table = (name: string, where: string): string =>
    `SELECT ServiceName, MetricName, toUnixTimestamp64Milli(TimeUnix) AS ms, Value FROM ${name} WHERE ${where}`;
  const rows = await store.query<{ service: string; metric: string; atMs: number; value: number }>(
    `SELECT ServiceName AS service, MetricName AS metric, min(ms) AS atMs, avg(Value) AS value
     FROM (${table('otel_metrics_gauge', "ServiceName != ''")} UNION ALL ${table('otel_metrics_sum', "ServiceName != '' AND NOT IsMonotonic")})
     WHERE ms > 0 GROUP BY service, metric, intDiv(ms, ${BUCKET_SECONDS * 1000})
     ORDER BY service, metric, atMs LIMIT ${MOST_SERIES_POINTS}`,
  );
  const series = new Map<string, Series>();
  for (const r of rows) {
    const key = `${r.service}\n${r.metric}`;
    const one = series.get(key) ?? { service: r.service, metric: r.metric, points: [] };
    one.points.push({ atMs: Number(r.atMs), value: r.value });
    series.set(key, one);
  }
  return [...series.values()];
}

const logsOf = async (store: Store): Promise<LogLine[]> =>
  (
    await store.query<LogLine>(
      `SELECT toUnixTimestamp64Milli(Timestamp) AS atMs, ServiceName AS service, SeverityText AS severity, left(Body, 400) AS message
       FROM otel_logs WHERE ServiceName != ''
       ORDER BY match(SeverityText, '(?i)warn|err|fatal|crit|panic') DESC, Timestamp, ServiceName, Body LIMIT ${MOST_LOGS}`,
    )
  ).map((l) => ({ ...l, atMs: Number(l.atMs) }));

const spansOf = async (store: Store): Promise<SpanRow[]> =>
  (
    await store.query<{
      traceId: string;
      spanId: string;
      parentId: string;
      service: string;
      name: string;
      startMs: number;
      durationMs: number;
      failed: number | boolean;
      error: string;
    }>(
      `SELECT TraceId AS traceId, SpanId AS spanId, ParentSpanId AS parentId, ServiceName AS service, SpanName AS name,
              toUnixTimestamp64Milli(Timestamp) AS startMs, Duration / 1e6 AS durationMs, StatusCode = 'Error' AS failed,
              left(if(StatusMessage != '', StatusMessage, SpanAttributes['exception.message']), 400) AS error
       FROM otel_traces ORDER BY failed DESC, Timestamp, TraceId, SpanId LIMIT ${MOST_SPANS}`,
    )
  ).map(({ parentId, error, ...s }) => ({
    ...s,
    startMs: Number(s.startMs),
    failed: Boolean(s.failed),
    ...(parentId === '' ? {} : { parentId }),
    ...(error === '' ? {} : { error }),
    attributes: {},
  }));
