import { constant, derived, type Fact } from '../../domain/index.js';
import { durationText } from '../../evidence/readers/promql/duration.js';
import { type BurnAlertRule, burnAlerts } from '../../models/slo/burn-rate.js';
import { outageAlert } from '../../models/slo/outage.js';
import { alertName } from '../parts.js';
import { SOURCE } from './period.js';

/** An alert on the speed at which a budget goes, its numbers as facts. */
export interface BurnAlert {
  severity: 'page' | 'ticket';
  long: string;
  short: string;
  longS: Fact;
  /** Share of the period's budget that is gone when it has fired for the whole window. */
  spent: Fact;
  factor: Fact;
  /** Share of bad ones from which it fires. */
  threshold: Fact;
  /** Five minutes of their own for an outage, where the usual windows would find it late. */
  outage: boolean;
}
export interface RefusedAlert {
  alert: BurnAlert;
  reason: 'unreachable' | 'fires-within-budget';
}

const OUTAGE_SOURCE =
  'Kneepoint: a fifth of five minutes is the first minute of an outage; half as much again as the budget where that is more';

/**
 * The alerts of a promise: windows, factors and thresholds from the model of promises, the same that rules of specifications
 * are written from. `id` names the facts; `budget`: share that may be bad; `periodS`: time it is counted over.
 */
export function burnFacts(
  id: string,
  budget: Fact,
  periodS: Fact,
): { alerts: BurnAlert[]; refused: RefusedAlert[] } {
  const objective = 1 - budget.value;
  const { alerts, refused } = burnAlerts(objective, periodS.value);
  const outage = outageAlert(objective, alerts);
  const facts = (a: BurnAlertRule): BurnAlert => factsOf(id, budget, periodS, a);
  return {
    alerts: [...(outage ? [outageFacts(id, budget, outage)] : []), ...alerts.map(facts)],
    refused: refused.map((r) => ({ alert: facts(r), reason: r.reason })),
  };
}

function factsOf(id: string, budget: Fact, periodS: Fact, rule: BurnAlertRule): BurnAlert {
  const long = durationText(rule.longS);
  const longS = constant(`slo.window.${long}`, rule.longS, 's', SOURCE);
  const spent = constant(`slo.spent.${long}`, rule.spent, 'ratio', SOURCE);
  const factor = derived(
    { name: `slo.burnFactor.${long}`, subject: budget.subject, value: rule.factor, unit: 'factor' },
    'share of the budget spent × period ÷ window',
    [spent, periodS, longS],
  );
  return {
    severity: rule.severity,
    long,
    short: durationText(rule.shortS),
    longS,
    spent,
    factor,
    threshold: threshold(id, budget, long, rule.threshold, 'burn factor × share that may be bad', [
      factor,
      budget,
    ]),
    outage: false,
  };
}

function outageFacts(id: string, budget: Fact, rule: BurnAlertRule): BurnAlert {
  const long = durationText(rule.longS);
  const share = constant('slo.outageShare', 0.2, 'ratio', OUTAGE_SOURCE);
  const most = constant('slo.outageFactor', 1.5, 'factor', OUTAGE_SOURCE);
  const limit = threshold(
    id,
    budget,
    'outage',
    rule.threshold,
    'the larger of an outage’s share and the share that may be bad × outage factor',
    [share, most, budget],
  );
  return {
    severity: rule.severity,
    long,
    short: durationText(rule.shortS),
    longS: constant(`slo.window.${long}`, rule.longS, 's', OUTAGE_SOURCE),
    spent: constant('slo.spent.outage', rule.spent, 'ratio', OUTAGE_SOURCE),
    factor: derived(
      { name: `slo.outageFactor.${id}`, subject: budget.subject, value: rule.factor, unit: 'factor' },
      'share of an outage ÷ share that may be bad',
      [limit, budget],
    ),
    threshold: limit,
    outage: true,
  };
}

const threshold = (
  id: string,
  budget: Fact,
  window: string,
  value: number,
  formula: string,
  from: Fact[],
): Fact =>
  derived(
    {
      name: `slo.threshold.${id}.${window}`,
      subject: budget.subject,
      value: Number(value.toPrecision(6)),
      unit: 'ratio',
      phase: 'target',
    },
    formula,
    from,
  );

/** The name that the rules give the alert. */
export const burnName = (o: { id: string }, a: Pick<BurnAlert, 'long' | 'outage'>): string =>
  `${alertName(o.id)}${a.outage ? 'Outage' : `Burn${a.long}`}`;
