import { describe, expect, it } from 'vitest';
import { readSloSpecs } from '../../../src/evidence/readers/slo/read.js';
import { writeOpenSlo, writeSloth } from '../../../src/evidence/readers/slo/write.js';
import { FileError } from '../../../src/evidence/readers/yaml-file.js';

const SLOTH = `version: prometheus/v1
service: shop
slos:
  - name: requests
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting:
      name: ShopErrors
      page_alert: {labels: {team: shop}}
      ticket_alert: {disable: true}
`;
const OPENSLO = `apiVersion: openslo/v1
kind: SLI
metadata: {name: fast}
spec:
  thresholdMetric: {metricSource: {type: Prometheus, spec: {query: 'max(p99_seconds)'}}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: latency}
spec:
  service: web
  indicatorRef: fast
  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2024-01-01 00:00:00, timeZone: Europe/Berlin}}]
  budgetingMethod: Timeslices
  objectives: [{op: lt, value: 0.7, targetPercent: 99.5, timeSliceTarget: 0.95, timeSliceWindow: 5m}]
`;

const errorOf = (text: string): FileError => {
  try {
    readSloSpecs(text);
  } catch (error) {
    if (error instanceof FileError) return error;
    throw error;
  }
  throw new Error('it was read');
};

describe('a specification', () => {
  it('of Sloth says service, objective, queries and who is told', () => {
    expect(readSloSpecs(SLOTH)).toMatchObject([
      {
        id: 'shop-requests',
        objective: 0.999,
        alertName: 'ShopErrors',
        page: { disabled: false, labels: { team: 'shop' } },
        ticket: { disabled: true },
        period: { kind: 'rolling', seconds: 2_592_000 },
      },
    ]);
  });

  it('of OpenSLO may refer to its indicator, use slices and the calendar of a zone', () => {
    const [spec] = readSloSpecs(OPENSLO);
    expect(spec).toMatchObject({
      objective: 0.995,
      indicator: { kind: 'threshold', op: 'lt', limit: 0.7 },
      budgeting: { method: 'timeslices', target: 0.95, sliceS: 300 },
      period: { kind: 'calendar', unit: 'month', offsetMinutes: 60 },
    });
    expect(spec?.notes.join()).toContain('changes its clocks');
  });

  it('comes back from OpenSLO as it went in', () => {
    for (const text of [SLOTH, OPENSLO]) {
      const before = readSloSpecs(text);
      const after = readSloSpecs(writeOpenSlo(before));
      expect(after.map((s) => [s.id, s.objective, s.indicator, s.budgeting])).toEqual(
        before.map((s) => [s.id, s.objective, s.indicator, s.budgeting]),
      );
    }
  });

  it('comes back from Sloth, and says what Sloth has no words for', () => {
    const specs = [...readSloSpecs(SLOTH), ...readSloSpecs(OPENSLO)];
    const { files, left } = writeSloth(specs);
    expect(readSloSpecs(files.get('shop') ?? '')).toMatchObject([{ id: 'shop-requests', objective: 0.999 }]);
    expect(left.map((l) => l.spec.id)).toEqual(['web-latency']);
  });

  it.each([
    ['an objective of all', SLOTH.replace('99.9', '100'), 5, 'no budget'],
    ['an objective that is no number', SLOTH.replace('99.9', 'high'), 5, 'is no number'],
    [
      'a query that does not parse',
      SLOTH.replace('sum(rate(http_requests_total[', 'sum(rate(http_requests_total['.slice(4)),
      9,
      'PromQL',
    ],
    ['no queries', SLOTH.replace(/ {4}sli:[\s\S]*?alerting/, '    alerting'), 4, 'neither events nor raw'],
    ['another version', SLOTH.replace('prometheus/v1', 'prometheus/v2'), 1, 'prometheus/v2'],
    [
      'an indicator that is not there',
      OPENSLO.replace('indicatorRef: fast', 'indicatorRef: slow'),
      12,
      'slow',
    ],
    ['a zone that is not one', OPENSLO.replace('Europe/Berlin', 'Mars/North'), 13, 'no time zone'],
    ['broken YAML', 'version: prometheus/v1\nslos: [', 2, ''],
    ['something else', 'groups: []\n', 1, 'neither OpenSLO nor Sloth'],
    ['nothing', '', 1, 'empty'],
  ])('with %s is refused with its line', (_, text, line, what) => {
    const error = errorOf(text);
    expect(error.line).toBe(line);
    expect(error.what).toContain(what);
    expect(error.todo).not.toBe('');
  });
});
