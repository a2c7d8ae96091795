import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planOf } from '../../src/deliverables/slo/plan.js';
import { alertmanagerConfig } from '../../src/deliverables/slo/routes.js';
import { testFile } from '../../src/deliverables/slo/rule-tests.js';
import { ruleFile } from '../../src/deliverables/slo/rules.js';
import { readSloSpecs } from '../../src/evidence/readers/slo/read.js';
import { has, run } from './tools.js';

const SPECS = `version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: queue}
spec:
  service: shop
  indicator:
    metadata: {name: depth}
    spec:
      thresholdMetric: {metricSource: {type: Prometheus, spec: {query: max(queue_depth)}}}
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2024-01-01 00:00:00, timeZone: UTC}}]
  budgetingMethod: Timeslices
  objectives: [{op: lt, value: 100, target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 1m}]
`;
const folder = mkdtempSync(join(tmpdir(), 'kneepoint-slo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const plans = readSloSpecs(SPECS).map(planOf);

describe.skipIf(!has('promtool'))('rules of promises', () => {
  it.each(plans.map((p) => [p.spec.id, p] as const))('pass promtool with their tests: %s', (id, plan) => {
    writeFileSync(join(folder, `${id}.rules.yml`), ruleFile([plan]));
    writeFileSync(join(folder, `${id}.test.yml`), testFile([plan], `${id}.rules.yml`).text);
    expect(run('promtool', ['check', 'rules', `${id}.rules.yml`], { cwd: folder }).output).toContain(
      'SUCCESS',
    );
    const tested = run('promtool', ['test', 'rules', `${id}.test.yml`], { cwd: folder });
    expect(tested.output).not.toContain('FAILED');
    expect(tested.status).toBe(0);
  });
});

describe.skipIf(!has('amtool'))('routes of promises', () => {
  it.each([
    ['page', 'page'],
    ['ticket', 'ticket'],
  ])('pass amtool, and take a %s to its receiver', (severity, receiver) => {
    writeFileSync(join(folder, 'alertmanager.yml'), alertmanagerConfig(plans));
    expect(run('amtool', ['check-config', 'alertmanager.yml'], { cwd: folder }).status).toBe(0);
    const routed = run(
      'amtool',
      [
        'config',
        'routes',
        'test',
        '--config.file=alertmanager.yml',
        `severity=${severity}`,
        'slo=shop-requests',
      ],
      { cwd: folder },
    );
    expect(routed.output).toContain(receiver);
    expect(routed.status).toBe(0);
  });
});
