import { durationText } from '../../evidence/readers/promql/duration.js';
import type { SloSpec } from '../../evidence/readers/slo/spec.js';
import {
  type BurnAlertRule,
  type BurnPair,
  burnAlerts,
  burnPairs,
  type RefusedBurnAlert,
} from '../../models/slo/burn-rate.js';
import { outageAlert } from '../../models/slo/outage.js';
import { periodSeconds } from '../../models/slo/period.js';
import { overWindow, type Rates, ratesOf } from './rates.js';

/** An alert on burn with its name, and how many bad ones it needs. */
export interface NamedAlert extends BurnAlertRule {
  name: string;
  /** Fewer bad events (or slices) than this in the long window say nothing. */
  atLeast: number;
  /** For a complete outage: the usual pages of a loose objective come late. */
  outage: boolean;
}

/** All that is written about one promise, in whatever language. */
export interface SloPlan {
  spec: SloSpec;
  budget: number;
  periodS: number;
  rates: Rates | undefined;
  /** How bad and total are counted. */
  counting: 'events' | 'time' | 'slices';
  /** Slices: 1 where the minute that ends now is bad. */
  sliceBad: string | undefined;
  /** Counts of bad events behind slices, for the guard. */
  by: string[];
  alerts: NamedAlert[];
  refused: (RefusedBurnAlert & { name: string })[];
  notes: string[];
}

/** Fewer bad events than this in the long window say nothing of a service. */
export const MIN_EVENTS = 5;
/** A share of an hour is noise when three requests make it; more are asked for where only five minutes count. */
const MIN_OUTAGE_EVENTS = 10;
const MIN_SLICES = 2;
/** A minute weighed by its ratio is half bad when an outage begins in it. */
const MIN_RATIO_SLICES = 1.5;
/** The shortest window of an alert that the author asks for. */
const SHORTEST_S = 300;

/** Decides what is counted and which alerts there are. */
export function planOf(spec: SloSpec): SloPlan {
  const budget = Number((1 - spec.objective).toPrecision(12));
  const periodS = periodSeconds(spec.period);
  const { indicator, budgeting } = spec;
  const rates = indicator.kind === 'threshold' ? undefined : ratesOf(indicator);
  const slices = indicator.kind === 'threshold' || budgeting.method !== 'occurrences';
  const counting = slices ? 'slices' : rates?.weight === 'time' ? 'time' : 'events';
  const { alerts, refused } = burnAlerts(spec.objective, periodS, pairsOf(spec, periodS));
  const base = alertBase(spec);
  const named = alerts.map(
    (a): NamedAlert => ({
      ...a,
      name: `${base}Burn${durationText(a.longS)}`,
      atLeast: leastOf(spec, counting, MIN_EVENTS),
      outage: false,
    }),
  );
  const chosen = named.filter((a) => !(a.severity === 'page' ? spec.page : spec.ticket).disabled);
  return {
    spec,
    budget,
    periodS,
    rates,
    counting,
    sliceBad: slices ? sliceOf(spec, rates) : undefined,
    by: rates?.by ?? [],
    alerts: [...outageOf(spec, named, counting, base), ...chosen],
    refused: refused.map((r) => ({ ...r, name: `${base}Burn${durationText(r.longS)}` })),
    notes: [...spec.notes, ...(rates?.notes ?? []), ...sliceNotes(spec, slices)],
  };
}

function leastOf(spec: SloSpec, counting: SloPlan['counting'], events: number): number {
  if (counting === 'events') return events;
  if (counting === 'time') return MIN_RATIO_SLICES;
  return spec.budgeting.method === 'ratio-timeslices' ? MIN_RATIO_SLICES : MIN_SLICES;
}

function pairsOf(spec: SloSpec, periodS: number): BurnPair[] {
  if (spec.asked.length === 0) return burnPairs(periodS);
  return spec.asked.map((a) => ({
    severity: a.severity,
    longS: a.longS,
    shortS: Math.max(SHORTEST_S, Math.round(a.longS / 12 / 60) * 60),
    spent: (a.factor * a.longS) / periodS,
  }));
}

function outageOf(
  spec: SloSpec,
  alerts: readonly NamedAlert[],
  counting: SloPlan['counting'],
  base: string,
): NamedAlert[] {
  // Who asks for alerts of their own gets those alone.
  const found = spec.page.disabled || spec.asked.length > 0 ? undefined : outageAlert(spec.objective, alerts);
  return found
    ? [
        {
          ...found,
          name: `${base}Outage`,
          atLeast: leastOf(spec, counting, MIN_OUTAGE_EVENTS),
          outage: true,
        },
      ]
    : [];
}

/** `checkout-api` → `CheckoutApi`: alert names are words in capitals. */
export const alertBase = (spec: SloSpec): string => {
  const words = (spec.alertName || spec.id).split(/[^A-Za-z0-9]+/).filter((w) => w !== '');
  const name = words.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join('');
  return /^[A-Za-z]/.test(name) ? name : `Slo${name}`;
};

/** The window of a slice: a rate needs two samples, so that two minutes are the shortest. */
export const sliceWindow = (spec: SloSpec): string =>
  durationText(Math.max(120, spec.budgeting.method === 'occurrences' ? 0 : spec.budgeting.sliceS));

const FAILS = { lt: '>=', lte: '>', gt: '<=', gte: '<' } as const;

function sliceOf(spec: SloSpec, rates: Rates | undefined): string {
  const { indicator, budgeting } = spec;
  const w = sliceWindow(spec);
  if (indicator.kind === 'threshold') {
    const q = overWindow(indicator.query, w, 'average');
    return `(${q}) ${FAILS[indicator.op]} bool ${indicator.limit}`;
  }
  if (!rates) throw new Error('a share has rates');
  const share = `(${rates.bad(w)}) / ((${rates.total(w)}) > 0)`;
  // A slice without events is good.
  return budgeting.method === 'timeslices'
    ? `(${share} > bool ${Number((1 - budgeting.target).toPrecision(12))}) or 0 * (${rates.total(w)})`
    : `(${share}) or 0 * (${rates.total(w)})`;
}

const sliceNotes = (spec: SloSpec, slices: boolean): string[] =>
  slices
    ? [`slices are judged every minute over the last ${sliceWindow(spec)}; a minute without events is good`]
    : [];
