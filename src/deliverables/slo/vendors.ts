import { durationText } from '../../evidence/readers/promql/duration.js';
import type { SloPlan } from './plan.js';
import { short } from './rules.js';
import { countersOf } from './vendor-query.js';
import { datadogCount, dynatraceCount, newRelicCount, sumOf } from './vendor-terms.js';

/** Objects of a vendor's API; and the promises that its language cannot say, with the reason. */
export interface VendorFile<T> {
  json: T[];
  left: string[];
}

/** An SLO of Datadog, and monitors of its burn; `SLO_ID` stands for the id that it gets. */
export interface DatadogPromise {
  slo: {
    type: 'metric';
    name: string;
    description: string;
    query: { numerator: string; denominator: string };
    thresholds: { timeframe: string; target: number }[];
    tags: string[];
  };
  monitors: {
    type: 'slo alert';
    name: string;
    query: string;
    message: string;
    priority: number;
    tags: string[];
    options: { thresholds: { critical: number }; include_tags: boolean };
  }[];
}
/** Input of New Relic's mutation for a condition. */
export interface NewRelicCondition {
  name: string;
  description: string;
  enabled: boolean;
  nrql: { query: string };
  signal: {
    aggregationWindow: number;
    slideBy: number;
    aggregationMethod: 'EVENT_FLOW';
    aggregationDelay: number;
  };
  terms: {
    operator: 'ABOVE';
    priority: 'CRITICAL' | 'WARNING';
    threshold: number;
    thresholdDuration: number;
    thresholdOccurrences: 'AT_LEAST_ONCE';
  }[];
  expiration: {
    closeViolationsOnExpiration: boolean;
    expirationDuration: number;
    openViolationOnExpiration: boolean;
  };
  violationTimeLimitSeconds: number;
}
/** An object of Dynatrace's settings. */
export interface DynatraceSlo {
  schemaId: 'builtin:monitoring.slo';
  scope: 'environment';
  value: {
    enabled: boolean;
    name: string;
    metricName: string;
    metricExpression: string;
    evaluationType: 'AGGREGATE';
    filter: string;
    evaluationWindow: string;
    targetSuccess: number;
    targetWarning: number;
    errorBudgetBurnRate: { burnRateVisualizationEnabled: boolean; fastBurnThreshold?: number };
  };
}

const CANNOT = 'its queries are no sums of counters, which is all that can be carried over';

function each<T>(
  plans: readonly SloPlan[],
  make: (p: SloPlan) => T[] | undefined,
): { made: T[]; left: string[] } {
  const made: T[] = [];
  const left: string[] = [];
  for (const p of plans) {
    const of = make(p);
    if (of) made.push(...of);
    else left.push(`${p.spec.id}: ${CANNOT}`);
  }
  return { made, left };
}

const name = (p: SloPlan): string => `${p.spec.service}: ${p.spec.name}`;

const DATADOG_FRAMES: Record<number, string> = { 7: '7d', 30: '30d', 90: '90d' };

/** Datadog: a metric SLO each, and a burn-rate monitor on it for every pair of windows. */
export function datadog(plans: readonly SloPlan[]): VendorFile<DatadogPromise> {
  const { made, left } = each(plans, (p): DatadogPromise[] | undefined => {
    const c = countersOf(p);
    const bad = c && sumOf(c.bad, datadogCount);
    const total = c && sumOf(c.total, datadogCount);
    if (!bad || !total) return undefined;
    const days = Math.round(p.periodS / 86_400);
    const timeframe = DATADOG_FRAMES[days] ?? '30d';
    const slo: DatadogPromise['slo'] = {
      type: 'metric',
      name: name(p),
      description: p.spec.description || `${short(p.spec.objective * 100)} % over ${days} days.`,
      query: { numerator: `${total} - ${bad.includes(' ') ? `(${bad})` : bad}`, denominator: total },
      thresholds: [{ timeframe, target: Number(short(p.spec.objective * 100)) }],
      tags: [`service:${p.spec.service}`, `slo:${p.spec.id}`, 'made-by:kneepoint'],
    };
    const monitors = p.alerts
      .filter((a) => !a.outage)
      .map((a): DatadogPromise['monitors'][number] => ({
        type: 'slo alert',
        name: `${name(p)}: ${short(a.factor)} times as fast as allowed over ${durationText(a.longS)}`,
        // The id is known once the SLO is made.
        query: `burn_rate("SLO_ID").over("${timeframe}").long_window("${durationText(a.longS)}").short_window("${durationText(a.shortS)}") > ${short(a.factor)}`,
        message: `Runbook: runbook.md#${a.name.toLowerCase()}`,
        priority: a.severity === 'page' ? 1 : 4,
        tags: [`service:${p.spec.service}`, `slo:${p.spec.id}`, `severity:${a.severity}`],
        options: { thresholds: { critical: Number(short(a.factor)) }, include_tags: true },
      }));
    return [{ slo, monitors }];
  });
  return { json: made, left };
}

/** New Relic: NRQL conditions on the share of bad events. Windows beyond six hours cannot be alerted on there. */
export function newRelic(plans: readonly SloPlan[]): VendorFile<NewRelicCondition> {
  const { made, left } = each(plans, (p): NewRelicCondition[] | undefined => {
    const c = countersOf(p);
    const bad = c && sumOf(c.bad, newRelicCount);
    const total = c && sumOf(c.total, newRelicCount);
    if (!bad || !total) return undefined;
    return p.alerts
      .filter((a) => a.longS <= 21_600)
      .map((a) => ({
        name: `${name(p)}: more than ${short(a.threshold * 100)} % bad over ${durationText(a.longS)}`,
        description: `Runbook: runbook.md#${a.name.toLowerCase()}`,
        enabled: true,
        nrql: { query: `SELECT (${bad}) / (${total}) FROM Metric` },
        signal: {
          aggregationWindow: a.longS,
          slideBy: 60,
          aggregationMethod: 'EVENT_FLOW',
          aggregationDelay: 120,
        },
        terms: [
          {
            operator: 'ABOVE',
            priority: a.severity === 'page' ? 'CRITICAL' : 'WARNING',
            threshold: Number(short(a.threshold)),
            thresholdDuration: 60,
            thresholdOccurrences: 'AT_LEAST_ONCE',
          },
        ],
        expiration: {
          closeViolationsOnExpiration: true,
          expirationDuration: 1800,
          openViolationOnExpiration: false,
        },
        violationTimeLimitSeconds: 86_400,
      }));
  });
  return { json: made, left };
}

/** Dynatrace: an SLO by metric expression, with its own alert on burn. */
export function dynatrace(plans: readonly SloPlan[]): VendorFile<DynatraceSlo> {
  const { made, left } = each(plans, (p): DynatraceSlo[] | undefined => {
    const c = countersOf(p);
    const bad = c && sumOf(c.bad, dynatraceCount);
    const total = c && sumOf(c.total, dynatraceCount);
    const page = p.alerts.find((a) => a.severity === 'page' && !a.outage);
    if (!bad || !total) return undefined;
    return [
      {
        schemaId: 'builtin:monitoring.slo',
        scope: 'environment',
        value: {
          enabled: true,
          name: name(p),
          metricName: p.spec.id.replaceAll('-', '_'),
          metricExpression: `(100)*((${total}) - (${bad}))/(${total})`,
          evaluationType: 'AGGREGATE',
          filter: '',
          evaluationWindow: `-${Math.round(p.periodS / 86_400)}d`,
          targetSuccess: Number(short(p.spec.objective * 100)),
          targetWarning: Number(short((1 - p.budget / 2) * 100)),
          errorBudgetBurnRate: page
            ? { burnRateVisualizationEnabled: true, fastBurnThreshold: Number(short(page.factor)) }
            : { burnRateVisualizationEnabled: false },
        },
      },
    ];
  });
  return { json: made, left };
}
