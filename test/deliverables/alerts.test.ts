import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { burnName } from '../../src/deliverables/alerts/burn.js';
import { objectivesOf } from '../../src/deliverables/alerts/objective.js';
import { plansOf, promisesOf } from '../../src/deliverables/alerts/specs.js';
import { partsOf } from '../../src/deliverables/parts.js';
import { plain } from '../../src/domain/index.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { lintRules } from '../../src/experiments/rules/lint.js';
import { readRuleFile } from '../../src/experiments/rules/rule-file.js';
import { runRuleTests } from '../../src/experiments/rules/unit-test.js';
import { investigate } from '../../src/investigate/investigate.js';
import { deliverablesOf, PROMPTS } from './cases.js';

const caseOf = (targets: string): string => `[app_name]: Shop
[architecture]: Node.js API → Kafka → workers → PostgreSQL primary + read replica
[current_metrics]: p99 2 s at 900 req/s
[target_metrics]: ${targets}
[observability]: Prometheus
`;
const STATES = caseOf(
  'p99 < 700 ms, CPU below 70%, queue lag under 30 s, replica lag < 5 s, 99.9% availability per calendar month',
);
const LOOSE = caseOf('error rate < 20 %, p95 < 2 s');

const withPrometheus = [...PROMPTS.map(([, p]) => p), STATES, LOOSE];

describe('alert rules of a case', () => {
  it.each(withPrometheus)('do what they ship tests for, by our own evaluator: %#', async (prompt) => {
    const { files } = await deliverablesOf(prompt);
    const rules = files.get('alerts/rules.yml');
    if (rules === undefined) return;
    const { checks, failures } = runRuleTests(files.get('alerts/rules.test.yml') ?? '', readRuleFile(rules));
    expect(failures).toEqual([]);
    expect(checks).toBeGreaterThan(15);
  });

  it.each(withPrometheus)('have no known defect: %#', async (prompt) => {
    const { files } = await deliverablesOf(prompt);
    const rules = files.get('alerts/rules.yml');
    if (rules === undefined) return;
    const groups = readRuleFile(rules);
    expect(groups.length).toBeGreaterThan(0);
    expect(lintRules(groups)).toEqual([]);
  });

  it('have the names, windows and thresholds that every vendor’s alerts and the runbook are given', async () => {
    for (const caseText of withPrometheus) {
      const { result, context } = await investigate({ caseText, evidence: [], redact: true });
      const promises = promisesOf(partsOf(result, context));
      for (const { facts, plan } of [
        ...promises.objectives.map((o) => ({ facts: o.objective, plan: o.plan })),
        ...promises.states.map((s) => ({ facts: s.state, plan: s.plan })),
      ]) {
        expect(facts.alerts.map((a) => burnName(facts, a))).toEqual(plan.alerts.map((a) => a.name));
        facts.alerts.forEach((a, i) => {
          expect(a.threshold.value).toBeCloseTo(plan.alerts[i]?.threshold ?? 0, 6);
          expect(a.longS.value).toBe(plan.alerts[i]?.longS);
        });
        expect(facts.refused.length).toBe(plan.refused.length);
      }
    }
  });

  it('leave out an alert that no share can reach, and say why', async () => {
    const { files } = await deliverablesOf(LOOSE);
    expect(files.get('alerts/rules.yml')).toContain(
      '# Left out: AvailabilityBurn1h. 14.4 × 0.2 = 2.88: more than all would have to be bad.',
    );
    expect(files.get('alerts/rules.yml')).not.toContain('alert: AvailabilityBurn1h');
  });
});

describe('promises of a case', () => {
  it('count how full and how old things are in minutes, where the case states a limit', async () => {
    const { files } = await deliverablesOf(STATES);
    const specs = readSloSpecs(files.get('slo/openslo.yaml') ?? '');
    expect(specs.map((s) => s.id).sort()).toEqual([
      'shop-availability',
      'shop-backlog-kafka',
      'shop-latency',
      'shop-processors-busy',
      'shop-replica-behind',
    ]);
    const cpu = specs.find((s) => s.id === 'shop-processors-busy');
    expect(cpu?.indicator).toMatchObject({ kind: 'threshold', limit: 0.7 });
    expect(cpu?.budgeting.method).toBe('timeslices');
    expect(specs.find((s) => s.id === 'shop-backlog-kafka')?.indicator).toMatchObject({ limit: 30 });
  });

  it('are none of ours: a usual limit of a sign is no promise', async () => {
    const { files } = await deliverablesOf(LOOSE);
    expect(readSloSpecs(files.get('slo/openslo.yaml') ?? '').map((s) => s.id)).toEqual([
      'shop-availability',
      'shop-latency',
    ]);
  });

  it.each([
    ['99.9 % availability per calendar month', { kind: 'calendar', unit: 'month', offsetMinutes: 0 }],
    ['99.9 % availability, quarterly', { kind: 'calendar', unit: 'quarter', offsetMinutes: 0 }],
    ['99.9 % availability over 28 days', { kind: 'rolling', seconds: 28 * 86_400 }],
    ['99.9 % availability in any 7 days', { kind: 'rolling', seconds: 7 * 86_400 }],
    ['99.9 % availability', { kind: 'rolling', seconds: 30 * 86_400 }],
  ])('are counted over the time that the targets say: %s', async (targets, period) => {
    const { context } = await investigate({ caseText: caseOf(targets), evidence: [], redact: true });
    expect(objectivesOf(context)[0]?.over.period).toEqual(period);
  });

  it('have the factors of their time: 13.44 of 28 days, not 14.4', async () => {
    const { files } = await deliverablesOf(caseOf('99.9 % availability over 28 days'));
    expect(files.get('alerts/rules.yml')).toContain('> 0.01344)');
  });

  it('are the same in the rules and in the specification that is written beside them', async () => {
    const { result, context } = await investigate({ caseText: STATES, evidence: [], redact: true });
    const plans = plansOf(promisesOf(partsOf(result, context)));
    const { files } = await deliverablesOf(STATES);
    const specs = readSloSpecs(files.get('slo/openslo.yaml') ?? '');
    expect(specs.map(({ objective, indicator, period }) => ({ objective, indicator, period }))).toEqual(
      plans.map(({ spec: { objective, indicator, period } }) => ({ objective, indicator, period })),
    );
  });
});

describe('native histograms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-native-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const point = (minute: number, status: number, count: number) => ({
    startTimeUnixNano: String(Date.UTC(2026, 0, 1) * 1e6),
    timeUnixNano: String((Date.UTC(2026, 0, 1) + minute * 60_000) * 1e6),
    attributes: [
      { key: 'http.response.status_code', value: { intValue: String(status) } },
      { key: 'http.route', value: { stringValue: '/pay' } },
    ],
    count: String(count),
    sum: count * 0.2,
    scale: 3,
    zeroCount: '0',
    positive: { offset: -20, bucketCounts: [String(count)] },
  });
  const telemetry = {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: 'http.server.request.duration',
                unit: 's',
                exponentialHistogram: {
                  aggregationTemporality: 2,
                  dataPoints: Array.from({ length: 10 }, (_, i) => point(i, 200, 1000 * (i + 1))),
                },
              },
            ],
          },
        ],
      },
    ],
  };

  it('are asked by their own functions in rules, dashboard and specification, and no bucket is missed', async () => {
    const path = join(folder, 'metrics.json');
    writeFileSync(path, JSON.stringify(telemetry));
    const { result } = await investigate({
      caseText: caseOf('p99 < 700 ms, 99.9 % availability'),
      evidence: [{ path, role: 'incident' }],
      redact: true,
    });
    const file = (name: string): string =>
      plain(result.deliverables.find((d) => d.path === name)?.text ?? []);
    const rules = file('alerts/rules.yml');
    const job = 'http_server_request_duration_seconds{job="shop"}';
    expect(rules).toContain(`(histogram_fraction(0, 0.7, sum(rate(${job}[5m]))) >= 0)`);
    expect(rules).toContain(`histogram_count(sum(rate(${job}[5m])))`);
    expect(rules).not.toMatch(/duration_seconds_bucket\{job="shop"|LatencyBucketMissing/);
    expect(lintRules(readRuleFile(rules).filter((g) => g.name.startsWith('slo-')))).toEqual([]);
    expect(file('alerts/rules.test.yml')).toContain('its histogram is native');
    expect(file('dashboard/grafana.json')).toContain('histogram_quantile(0.99, sum(rate(');
    expect(file('alerts/runbook.md')).not.toContain('BucketMissing');
    expect(readSloSpecs(file('slo/openslo.yaml'))).toHaveLength(2);
  });
});
