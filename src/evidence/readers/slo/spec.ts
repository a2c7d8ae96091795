import type { Period } from '../../../models/slo/period.js';

/** What tells good from bad, as PromQL. `{{.window}}` stands for the window. */
export type Indicator =
  /** Events counted: bad of total, or good of total. */
  | {
      kind: 'events';
      bad: string;
      total: string /** Values are counts an interval, no counters. */;
      gauge?: boolean;
    }
  | { kind: 'events'; good: string; total: string; gauge?: boolean }
  /** A share that is already computed. */
  | { kind: 'ratio'; query: string; of: 'bad' | 'good' }
  /** A value that is good while it stands on one side of a limit. */
  | { kind: 'threshold'; query: string; op: 'lt' | 'lte' | 'gt' | 'gte'; limit: number };

export type Budgeting =
  | { method: 'occurrences' }
  /** A slice is good as a whole when at least `target` of its events are. */
  | { method: 'timeslices'; target: number; sliceS: number }
  | { method: 'ratio-timeslices'; sliceS: number };

/** An alert on burn that the author asks for in place of the usual ones. */
export interface AskedAlert {
  severity: 'page' | 'ticket';
  factor: number;
  longS: number;
  line: number;
}

/** Who is told, and whether. */
export interface AlertChoice {
  disabled: boolean;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** One promise, from whatever language it was written in. */
export interface SloSpec {
  /** Lower case, letters, digits and dashes; unlike all others of the file. */
  id: string;
  name: string;
  service: string;
  description: string;
  /** Share that must be good, between 0 and 1. */
  objective: number;
  indicator: Indicator;
  budgeting: Budgeting;
  period: Period;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  alertName: string;
  page: AlertChoice;
  ticket: AlertChoice;
  asked: AskedAlert[];
  /** PromQL; while it answers anything, nothing counts: planned maintenance. */
  exclude: string | undefined;
  /** What was read in one of several ways, in words. */
  notes: string[];
  line: number;
}

/** Words as an id: lower case, digits and dashes. */
export const idOf = (...words: string[]): string =>
  words
    .join('-')
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 80) || 'slo';

export const NO_CHOICE: AlertChoice = { disabled: false, labels: {}, annotations: {} };
/** Key of an annotation or label that holds `exclude`. */
export const EXCLUDE_KEY = 'kneepoint/exclude';

/** Id of a promise: the service and its name, the service only once. */
export const sloId = (service: string, ...words: string[]): string => {
  const name = idOf(...words);
  const of = idOf(service);
  return name === of || name.startsWith(`${of}-`) ? name : idOf(service, ...words);
};
