import { describe, expect, it } from 'vitest';
import { lintDashboard } from '../../../src/deliverables/dashboard/lint.js';
import { grafanaDashboard, type Panel } from '../../../src/deliverables/dashboard/panels.js';
import { dashboardOf } from '../../../src/deliverables/slo/dashboard.js';
import { planOf } from '../../../src/deliverables/slo/plan.js';
import { readSloSpecs } from '../../../src/evidence/readers/slo/read.js';
import { deliverablesOf, HOSTILE, hostilePrompt, PROMPTS } from '../cases.js';

const panel: Panel = {
  type: 'timeseries',
  title: 'Requests a second',
  description: 'What arrives.',
  unit: 'reqps',
  targets: [{ expr: 'sum(rate(http_requests_total[$__rate_interval]))', legend: 'all' }],
  width: 12,
};
const of = (...panels: Panel[]): unknown =>
  grafanaDashboard({
    uid: 'shop',
    title: 'Shop',
    description: 'A shop.',
    tags: [],
    refresh: '1m',
    from: 'now-3h',
    marks: [],
    rows: [{ title: 'Requests', panels }],
  });
const rules = (dashboard: unknown): string[] => lintDashboard(dashboard).map((f) => f.rule);

describe('the dashboards that are made', () => {
  it.each([...PROMPTS, ...HOSTILE.map((name) => [`hostile: ${name}`, hostilePrompt(name)] as const)])(
    'have no flaw: %s',
    async (_, prompt) => {
      const text = (await deliverablesOf(prompt)).files.get('dashboard/grafana.json');
      if (text !== undefined) expect(lintDashboard(JSON.parse(text))).toEqual([]);
    },
  );
  it('have none for promises either', () => {
    const spec = `version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.9
    sli: { events: { error_query: 'sum(rate(bad_total[{{.window}}]))', total_query: 'sum(rate(all_total[{{.window}}]))' } }
    alerting: { name: Shop }
`;
    expect(lintDashboard(dashboardOf(readSloSpecs(spec).map(planOf), 'shop'))).toEqual([]);
  });
});

describe('a flaw is found:', () => {
  it('none in a good panel', () => expect(lintDashboard(of(panel))).toEqual([]));
  it.each<[string, Partial<Panel>, string]>([
    ['no description', { description: ' ' }, 'panel-title-description'],
    ['no unit', { unit: '' }, 'panel-units'],
    ['no query', { targets: [] }, 'panel-no-targets'],
    ['a query that does not parse', { targets: [{ expr: 'sum(rate(', legend: '' }] }, 'target-promql'],
    [
      'a rate that does not follow the zoom',
      { targets: [{ expr: 'sum(rate(http_requests_total[5m]))', legend: '' }] },
      'target-rate-interval',
    ],
    [
      'the level of a counter',
      { targets: [{ expr: 'sum(http_requests_total)', legend: '' }] },
      'target-counter',
    ],
  ])('%s', (_, part, rule) => {
    expect(rules(of({ ...panel, ...part }))).toEqual([rule]);
  });
  it('what is no dashboard, ids twice, panels on one another', () => {
    expect(rules({ title: 'x' })).toContain('layout');
    const twice = of(panel, panel) as { panels: { id: number; gridPos: { x: number } }[] };
    const [, first, second] = twice.panels;
    if (!first || !second) throw new Error('two panels');
    second.id = first.id;
    second.gridPos.x = first.gridPos.x;
    expect(rules(twice)).toEqual(['panel-id', 'panel-place']);
  });
});
