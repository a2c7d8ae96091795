import type { Fact, Layer, Subject, Text } from '../../domain/index.js';
import type { Parts } from '../parts.js';

/** Systems that queries are written for. */
export const SYSTEMS = ['prometheus', 'datadog', 'newrelic', 'dynatrace', 'azure', 'cloudwatch'] as const;
export type System = (typeof SYSTEMS)[number];

/** A CloudWatch metric: namespace, name, dimension and statistic. */
export interface CloudMetric {
  namespace: string;
  metric: string;
  dimension: string;
  statistic: string;
  /** What a value in the fact's unit is multiplied by. */
  scale?: number;
}

/** A leading sign of a cause: watched before users feel it, and a panel of the dashboard. */
export interface Watch {
  /** CamelCase, unique in a result: the name of the alert. */
  id: string;
  layer: Layer;
  subject: Subject;
  /** Causes it is a sign of. */
  hypotheses: readonly string[];
  /** Causes that its value settles, one way or the other; the first of all where nothing is said. */
  decides?: readonly string[];
  title: Text;
  /** Of the value of the Prometheus query. */
  unit: 's' | 'percentunit' | 'short' | 'ops';
  threshold: Fact;
  /** The quantity that a target may be stated of; then the sign is acted on there. */
  of?: string;
  /** Fact unit → unit of the query in Prometheus. */
  scale: number;
  above: boolean;
  means: Text;
  prometheus: Text;
  /** Events a second behind a share, in PromQL: a share of few is none. */
  events?: Text;
  /** What exports the series of the Prometheus query, in words. */
  from: string;
  /** True when the telemetry given has metrics, but none that the query reads. */
  absent: boolean;
  /** What its panel shows where that is more than the query. */
  panel?: { title: Text; targets: readonly { query: Text; legend: string }[] };
  datadog?: { query: Text; scale: number };
  newrelic?: { query: Text; scale: number };
  /** The same in the language of metric events and in that of dashboards (DQL), with values in the same unit. */
  dynatrace?: { selector: Text; dql: Text; scale: number };
  /** A platform metric of Azure Monitor. */
  azure?: { metric: string; scale: number; aggregation: 'Average' | 'Maximum' | 'Total' };
  cloudwatch?: CloudMetric;
}

/** One kind of sign; makes a watch for each part of the case that it fits. */
export type Signal = (parts: Parts) => Watch[];
