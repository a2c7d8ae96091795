import { stringify } from 'yaml';
import { durationText } from '../promql/duration.js';
import { EXCLUDE_KEY, type Indicator, idOf, type SloSpec } from './spec.js';

const YAML = { lineWidth: 0, aliasDuplicateObjects: false } as const;
const CALENDAR = { day: '1d', week: '1w', month: '1M', quarter: '1Q', year: '1Y' } as const;

const source = (query: string): unknown => ({
  metricSource: { type: 'Prometheus', spec: { query } },
});

function openIndicator(i: Indicator): unknown {
  switch (i.kind) {
    case 'events':
      return {
        ratioMetric: {
          counter: i.gauge !== true,
          ...('bad' in i ? { bad: source(i.bad) } : { good: source(i.good) }),
          total: source(i.total),
        },
      };
    case 'ratio':
      return { ratioMetric: { rawType: i.of === 'good' ? 'success' : 'failure', raw: source(i.query) } };
    case 'threshold':
      return { thresholdMetric: source(i.query) };
  }
}

/** Promises as OpenSLO v1, a document each. */
export function writeOpenSlo(specs: readonly SloSpec[]): string {
  return specs
    .map((s) => {
      const { period, budgeting, indicator } = s;
      const annotations = { ...s.annotations, ...(s.exclude ? { [EXCLUDE_KEY]: s.exclude } : {}) };
      return stringify(
        {
          apiVersion: 'openslo/v1',
          kind: 'SLO',
          metadata: {
            name: s.id,
            displayName: s.name,
            ...(Object.keys(s.labels).length > 0 ? { labels: s.labels } : {}),
            ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
          },
          spec: {
            service: s.service,
            ...(s.description ? { description: s.description } : {}),
            indicator: { metadata: { name: `${s.id}-sli` }, spec: openIndicator(indicator) },
            timeWindow: [
              period.kind === 'rolling'
                ? { duration: durationText(period.seconds), isRolling: true }
                : {
                    duration: CALENDAR[period.unit],
                    isRolling: false,
                    calendar: { startTime: '2024-01-01 00:00:00', timeZone: zoneText(period.offsetMinutes) },
                  },
            ],
            budgetingMethod:
              budgeting.method === 'occurrences'
                ? 'Occurrences'
                : budgeting.method === 'timeslices'
                  ? 'Timeslices'
                  : 'RatioTimeslices',
            objectives: [
              {
                displayName: s.name,
                target: s.objective,
                ...(indicator.kind === 'threshold' ? { op: indicator.op, value: indicator.limit } : {}),
                ...(budgeting.method === 'timeslices' ? { timeSliceTarget: budgeting.target } : {}),
                ...(budgeting.method === 'occurrences'
                  ? {}
                  : { timeSliceWindow: durationText(budgeting.sliceS) }),
              },
            ],
          },
        },
        YAML,
      );
    })
    .join('---\n');
}
const zoneText = (minutes: number): string =>
  minutes === 0 || minutes % 60 !== 0 ? 'UTC' : `Etc/GMT${minutes > 0 ? '-' : '+'}${Math.abs(minutes) / 60}`;

/** Promises as Sloth prometheus/v1, a file each service; with those that its language cannot say. */
export function writeSloth(specs: readonly SloSpec[]): {
  files: Map<string, string>;
  left: { spec: SloSpec; reason: string }[];
} {
  const left: { spec: SloSpec; reason: string }[] = [];
  const byService = new Map<string, SloSpec[]>();
  for (const spec of specs) {
    const reason =
      spec.indicator.kind === 'threshold'
        ? 'Sloth knows events and ratios, no thresholds'
        : spec.budgeting.method !== 'occurrences'
          ? 'Sloth counts events, no time slices'
          : spec.period.kind === 'calendar'
            ? 'Sloth knows rolling windows only'
            : undefined;
    if (reason) left.push({ spec, reason });
    else byService.set(spec.service, [...(byService.get(spec.service) ?? []), spec]);
  }
  const files = new Map(
    [...byService].map(([service, of]) => [
      service,
      stringify({ version: 'prometheus/v1', service, slos: of.map(slothSlo) }, YAML),
    ]),
  );
  return { files, left };
}

function slothSlo(s: SloSpec): unknown {
  const i = s.indicator;
  return {
    name: idOf(s.name),
    objective: Number((s.objective * 100).toPrecision(10)),
    ...(s.description ? { description: s.description } : {}),
    ...(Object.keys(s.labels).length > 0 ? { labels: s.labels } : {}),
    sli:
      i.kind === 'events'
        ? {
            events: {
              error_query: 'bad' in i ? i.bad : `(${i.total}) - (${i.good})`,
              total_query: i.total,
            },
          }
        : {
            raw: { error_ratio_query: i.kind === 'ratio' && i.of === 'good' ? `1 - (${i.query})` : i.query },
          },
    alerting: {
      name: s.alertName || s.id,
      ...(s.exclude ? { annotations: { [EXCLUDE_KEY]: s.exclude } } : {}),
      page_alert: s.page.disabled ? { disable: true } : { labels: { severity: 'page', ...s.page.labels } },
      ticket_alert: s.ticket.disabled
        ? { disable: true }
        : { labels: { severity: 'ticket', ...s.ticket.labels } },
    },
  };
}
