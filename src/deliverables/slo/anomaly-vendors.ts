import { bare, type Selector } from '../../evidence/readers/promql/ast.js';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import type { Watched } from './anomaly.js';
import { type CountedSum, termsOf } from './vendor-query.js';
import {
  datadogCount,
  datadogFilter,
  dynatraceCount,
  dynatraceFilter,
  newRelicCount,
  newRelicFilter,
  sumOf,
} from './vendor-terms.js';

/** A watched signal as each vendor's own monitor of what is usual at this hour. */
export interface AnomalyMonitors {
  datadog: unknown;
  newRelic: unknown;
  dynatrace: unknown;
}

/** A quarter of an hour, as our own rule waits. */
const FOR_S = 900;
const FOR_MINUTES = 15;
/** Widths that the vendors' bands take. */
const WIDEST = { datadog: 6, dynatrace: 10 } as const;

/**
 * Monitors of Datadog, New Relic and Dynatrace for a signal: sums of counters, or one aggregate of a gauge; `undefined`
 * where the query is neither. Their bands are the vendors' own with as many spreads: the alarms that were measured
 * are those of our band, and the messages say so.
 */
export function anomalyMonitors(w: Watched, width: number): AnomalyMonitors | undefined {
  const of = signalOf(w.query);
  if (!of) return undefined;
  const words = `${w.name} is outside of what this time of the ${w.season} usually is. The width of ${width} spreads was measured with Kneepoint’s band; this one is the vendor’s own. Runbook: runbook.md#anomaly_${w.name.toLowerCase()}`;
  return {
    datadog: {
      type: 'query alert',
      name: `${w.name}: unusual for this hour`,
      query: `avg(last_4h):anomalies(${of.datadog}, 'agile', ${Math.min(width, WIDEST.datadog)}, direction='both', interval=60, alert_window='last_15m', seasonality='${w.season === 'day' ? 'daily' : 'weekly'}') >= 1`,
      message: words,
      priority: 4,
      tags: ['made-by:kneepoint', 'severity:ticket'],
      options: {
        thresholds: { critical: 1, critical_recovery: 0 },
        threshold_windows: { trigger_window: 'last_15m', recovery_window: 'last_15m' },
        // A series that is gone.
        notify_no_data: true,
        no_data_timeframe: 2 * FOR_MINUTES,
        require_full_window: false,
        include_tags: true,
      },
    },
    newRelic: {
      name: `${w.name}: unusual for this hour`,
      description: words,
      enabled: true,
      baselineDirection: 'UPPER_AND_LOWER',
      signalSeasonality: w.season === 'day' ? 'DAILY' : 'WEEKLY',
      nrql: { query: of.newRelic },
      signal: { aggregationWindow: 60, aggregationMethod: 'EVENT_FLOW', aggregationDelay: 120 },
      terms: [
        {
          operator: 'ABOVE',
          priority: 'WARNING',
          threshold: width,
          thresholdDuration: FOR_S,
          thresholdOccurrences: 'ALL',
        },
      ],
      expiration: {
        closeViolationsOnExpiration: true,
        expirationDuration: FOR_S,
        openViolationOnExpiration: true,
      },
      violationTimeLimitSeconds: 86_400,
    },
    dynatrace: {
      schemaId: 'builtin:anomaly-detection.metric-events',
      scope: 'environment',
      value: {
        enabled: true,
        summary: `${w.name}: unusual for this hour`,
        queryDefinition: { type: 'METRIC_SELECTOR', metricSelector: of.dynatrace },
        modelProperties: {
          type: 'SEASONAL_BASELINE',
          tolerance: Math.min(width, WIDEST.dynatrace),
          alertOnNoData: true,
          alertCondition: 'OUTSIDE',
          violatingSamples: FOR_MINUTES,
          samples: FOR_MINUTES,
          dealertingSamples: FOR_MINUTES,
        },
        eventTemplate: {
          title: `${w.name}: unusual for this hour`,
          description: words,
          eventType: 'CUSTOM_ALERT',
          davisMerge: true,
          metadata: [],
        },
      },
    },
  };
}

interface Signal {
  datadog: string;
  newRelic: string;
  dynatrace: string;
}

function signalOf(query: string): Signal | undefined {
  const e = parsePromql(query);
  const terms = termsOf(e);
  return terms ? counted(terms) : gauge(query);
}

function counted(terms: readonly CountedSum[]): Signal | undefined {
  const [datadog, newRelic, dynatrace] = [
    sumOf(terms, datadogCount),
    sumOf(terms, newRelicCount),
    sumOf(terms, dynatraceCount),
  ];
  if (!datadog || !newRelic || !dynatrace) return undefined;
  return { datadog, newRelic: `SELECT ${newRelic} FROM Metric`, dynatrace };
}

const NRQL_NAMES: Readonly<Record<string, string>> = { avg: 'average', sum: 'sum', max: 'max', min: 'min' };

/** One aggregate of a gauge. */
function gauge(query: string): Signal | undefined {
  const e = bare(parsePromql(query));
  if (e.kind !== 'aggregate' || e.by || e.without || NRQL_NAMES[e.op] === undefined) return undefined;
  const s = bare(e.expr);
  if (s.kind !== 'selector' || s.rangeMs !== undefined || s.metric === '') return undefined;
  return inLanguages(e.op, s);
}

function inLanguages(op: string, s: Selector): Signal | undefined {
  const [datadog, newRelic, dynatrace] = [datadogFilter(s), newRelicFilter(s), dynatraceFilter(s)];
  if (datadog === undefined || newRelic === undefined || dynatrace === undefined) return undefined;
  return {
    datadog: `${op}:${s.metric}{${datadog}}`,
    newRelic: `SELECT ${NRQL_NAMES[op]}(${s.metric}) FROM Metric${newRelic === '' ? '' : ` WHERE ${newRelic}`}`,
    dynatrace: `${s.metric}${dynatrace}:splitBy():${op}`,
  };
}
