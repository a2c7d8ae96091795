import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IncidentEvidence, LogLine, SpanRow } from '../../src/facts/changes/evidence.js';
import { suspectChange } from '../../src/facts/changes/suspect.js';
import type { Suite } from '../main.js';

/** Which commit, if any, did it: alert, logs, metrics, traces, deploys and commits in. */
export default {
  suite: 'rca/incidents',
  about: 'guilty commit or "none", first failing service, blast radius',
  async run(folder) {
    const truth = readJson(join(folder, 'truth.json')) as Record<string, Truth>;
    const rows = readdirSync(folder)
      .filter((name) => name in truth && existsSync(join(folder, name, 'alert.json')))
      .sort()
      .map((name) => judge(join(folder, name), truth[name] as Truth));
    const share = (xs: boolean[]): number => (xs.length === 0 ? 0 : xs.filter(Boolean).length / xs.length);
    return {
      cases: rows.length,
      exact: share(rows.map((r) => r.exact)),
      none: share(rows.filter((r) => r.noCommit).map((r) => r.exact)),
      decoys: rows.filter((r) => r.decoy).length,
      firstService: share(rows.map((r) => r.firstService)),
      blastRadiusF1: rows.reduce((sum, r) => sum + r.f1, 0) / Math.max(1, rows.length),
      outcomes: rows.map((r) => ({ probability: r.probability, right: r.exact })),
      baselines: {
        latestDeploy: share(rows.map((r) => r.latestDeploy)),
        alwaysNone: share(rows.map((r) => r.noCommit)),
      },
    };
  },
} satisfies Suite;

interface Truth {
  root_cause_commit: string;
  first_failing_service: string;
  blast_radius: string[];
  decoy_deploy_commits: string[];
}

function judge(folder: string, truth: Truth) {
  const evidence = load(folder);
  const answer = suspectChange(evidence);
  const onset = answer.signature.onsetMs ?? Number.POSITIVE_INFINITY;
  const latest = evidence.deploys.filter((d) => d.atMs <= onset).sort((a, b) => b.atMs - a.atMs)[0]?.sha;
  const first = answer.ranked[0];
  const named = first?.kind === 'commit' ? first.sha : 'none';
  const hit = answer.blastRadius.filter((s) => truth.blast_radius.includes(s)).length;
  const precision = answer.blastRadius.length === 0 ? 0 : hit / answer.blastRadius.length;
  const recall = truth.blast_radius.length === 0 ? 0 : hit / truth.blast_radius.length;
  return {
    exact: named === truth.root_cause_commit,
    probability: answer.ranked[0]?.probability ?? 0,
    noCommit: truth.root_cause_commit === 'none',
    decoy: truth.decoy_deploy_commits.includes(named),
    firstService: answer.firstService === truth.first_failing_service,
    f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall),
    latestDeploy: latest === truth.root_cause_commit,
  };
}

/** Reads one incident's folder; the truth stays outside. */
function load(folder: string): IncidentEvidence {
  const alert = readJson(join(folder, 'alert.json')) as Row;
  const context = (name: string): Row[] =>
    existsSync(join(folder, 'context', name)) ? (readJson(join(folder, 'context', name)) as Row[]) : [];
  return {
    alert: {
      service: String(alert.service),
      metric: String(alert.metric),
      atMs: Date.parse(String(alert.fired_at)),
    },
    series: metrics(readFileSync(join(folder, 'metrics.csv'), 'utf8')),
    logs: readFileSync(join(folder, 'logs.ndjson'), 'utf8')
      .split('\n')
      .filter((l) => l.trim() !== '')
      .map((l): LogLine => {
        const row = JSON.parse(l) as Row;
        return {
          atMs: Date.parse(String(row.timestamp)),
          service: String(row.service),
          severity: String(row.severity_text ?? row.level ?? ''),
          message: String(row.msg ?? row.message ?? row.body ?? ''),
        };
      }),
    spans: spans(readJson(join(folder, 'traces.json')) as Row[]),
    commits: context('commits.json').map((c) => ({
      sha: String(c.sha),
      atMs: Date.parse(String(c.timestamp)),
      message: String(c.message),
      files: (c.files_changed as string[] | undefined) ?? [],
      ...(typeof c.diff === 'string' ? { diff: c.diff } : {}),
    })),
    deploys: context('deploys.json').map((d) => ({
      atMs: Date.parse(String(d.timestamp)),
      service: String(d.service),
      sha: String(d.commit_sha),
    })),
    switches: context('flags.json').map((f) => ({
      atMs: Date.parse(String(f.timestamp)),
      service: String(f.service),
      name: String(f.flag),
      what: String(f.change),
    })),
  };
}

type Row = Record<string, unknown>;

function metrics(csv: string): IncidentEvidence['series'] {
  const byKey = new Map<string, IncidentEvidence['series'][number]>();
  for (const line of csv.split('\n').slice(1)) {
    const [time, service, metric, value] = line.split(',');
    if (!time || !service || !metric || value === undefined) continue;
    const key = `${service}\n${metric}`;
    const series = byKey.get(key) ?? { service, metric, points: [] };
    series.points.push({ atMs: Date.parse(time), value: Number(value) });
    byKey.set(key, series);
  }
  for (const s of byKey.values()) s.points.sort((a, b) => a.atMs - b.atMs);
  return [...byKey.values()];
}

const spans = (rows: Row[]): SpanRow[] =>
  rows.map((r) => ({
    traceId: String(r.trace_id),
    spanId: String(r.span_id),
    ...(typeof r.parent_id === 'string' ? { parentId: r.parent_id } : {}),
    service: String(r.service),
    name: String(r.name),
    startMs: Date.parse(String(r.start)),
    durationMs: Number(r.duration_ms),
    failed: r.status === 'ERROR',
    ...(typeof r.error === 'string' ? { error: r.error } : {}),
    attributes: (r.attributes as Record<string, string | number> | undefined) ?? {},
  }));

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
