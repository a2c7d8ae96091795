import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lintDashboard } from '../../src/deliverables/dashboard/lint.js';
import { plain } from '../../src/domain/index.js';
import { parsePromql } from '../../src/evidence/readers/promql/parse.js';
import { investigate } from '../../src/investigate/investigate.js';
import { type OpenMetrics, toOpenMetrics } from './otlp-openmetrics.js';
import { prometheusIn } from './prometheus-server.js';
import { has, run } from './tools.js';

const LAB = fileURLToPath(new URL('../../examples/novapay/', import.meta.url));
/** The recording has a point every two seconds. */
const STEP_S = 2;
const RATE_INTERVAL = '20s';

interface Panel {
  title: string;
  description: string;
  type: string;
  collapsed?: boolean;
  panels?: Panel[];
  targets?: { expr: string; legendFormat: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-prometheus-'));
const prometheus = prometheusIn(folder);

/** How many points a query has over the incident. */
async function pointsOf(expr: string, { fromMs, toMs }: OpenMetrics): Promise<number> {
  const asked = new URLSearchParams({
    query: expr.replaceAll('$__rate_interval', RATE_INTERVAL),
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(STEP_S),
  });
  const response = await fetch(`${prometheus.url()}/api/v1/query_range?${asked}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data?: { result: { values: [number, string][] }[] };
  };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return (data?.result ?? []).flatMap((r) => r.values).filter(([, v]) => v !== 'NaN').length;
}

describe.skipIf(!has('prometheus') || !has('promtool'))('the dashboard of the recorded incident', () => {
  let dashboard: { panels: Panel[] } = { panels: [] };
  let metrics: OpenMetrics = { text: '', fromMs: 0, toMs: 0 };

  beforeAll(async () => {
    const { result } = await investigate({
      caseText: readFileSync(join(LAB, 'case.yaml'), 'utf8'),
      evidence: [
        { path: join(LAB, 'incident'), role: 'incident' },
        { path: join(LAB, 'healthy'), role: 'baseline' },
      ],
      redact: true,
    });
    const file = (path: string): string =>
      plain(result.deliverables.find((d) => d.path === path)?.text ?? []);
    dashboard = JSON.parse(file('dashboard/grafana.json'));

    metrics = toOpenMetrics(join(LAB, 'incident/metrics.ndjson.gz'));
    prometheus.fill(metrics);
    // The rules as shipped, evaluated as often as the recording has points: it lasts two minutes.
    const rules = join(folder, 'rules.yml');
    writeFileSync(rules, file('alerts/rules.yml').replaceAll('interval: 1m', `interval: ${STEP_S}s`));
    // What is recorded is read by other rules, and that by others again: a pass each.
    for (const _pass of [1, 2, 3]) {
      await prometheus.start();
      const recorded = run('promtool', [
        'tsdb',
        'create-blocks-from',
        'rules',
        `--url=${prometheus.url()}`,
        `--start=${Math.floor(metrics.fromMs / 1000)}`,
        `--end=${Math.ceil(metrics.toMs / 1000)}`,
        `--output-dir=${prometheus.data}`,
        rules,
      ]);
      expect(recorded.status, recorded.output).toBe(0);
      await prometheus.stop();
    }
    await prometheus.start();
  }, 600_000);
  afterAll(async () => {
    await prometheus.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has no flaw by its own linter, and queries that parse', () => {
    expect(lintDashboard(dashboard)).toEqual([]);
    for (const p of dashboard.panels.flatMap((p) => [p, ...(p.panels ?? [])]))
      for (const t of p.targets ?? [])
        expect(() => parsePromql(t.expr.replaceAll('$__rate_interval', '1m'))).not.toThrow();
  });

  it('shows data in every panel; only what compares with last week has a line to wait for', async () => {
    const open = dashboard.panels.filter((p) => p.type !== 'row');
    const empty: string[] = [];
    for (const p of open)
      for (const t of p.targets ?? [])
        if ((await pointsOf(t.expr, metrics)) === 0) empty.push(`${p.title}: ${t.legendFormat || t.expr}`);
    expect(empty).toEqual(['Hit ratio of Redis, now and in the same hour a week before: a week before']);
    expect(open.length).toBeGreaterThan(12);
  });

  it('keeps what has no series in a closed row, and says where they would come from', async () => {
    const closed = dashboard.panels.filter((p) => p.collapsed).flatMap((p) => p.panels ?? []);
    for (const p of closed) {
      expect(p.description).toMatch(/they come from .*, and the telemetry given has none of them/);
      for (const t of p.targets ?? []) expect(await pointsOf(t.expr, metrics)).toBe(0);
    }
  });
});
