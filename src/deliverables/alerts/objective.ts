import { type Context, constant, derived, type Fact } from '../../domain/index.js';

/** The objectives of a case as facts: what share may fail, what share may be slow, over which period. */
export interface Objective {
  errorBudget: Fact;
  /** Present when a latency target with a percentile is stated. */
  latency?: { limit: Fact; budget: Fact };
  periodS: Fact;
  pages: BurnAlert[];
}
export interface BurnAlert {
  severity: 'page' | 'ticket';
  long: string;
  short: string;
  longS: Fact;
  /** Share of the period's budget that may be gone before it fires. */
  spent: Fact;
  factor: Fact;
}

const SOURCE = 'Beyer et al., The Site Reliability Workbook, 2018, chapter 5, table 5-8';
const PERIOD = constant('slo.period', 30 * 86_400, 's', SOURCE);
const DEFAULT_BUDGET = constant(
  'slo.errorBudget',
  0.001,
  'ratio',
  'Kneepoint: 99.9 % until the case states an error target',
);
const WINDOWS = [
  { severity: 'page', long: '1h', short: '5m', longS: 3600, spent: 0.02 },
  { severity: 'page', long: '6h', short: '30m', longS: 21_600, spent: 0.05 },
  { severity: 'ticket', long: '3d', short: '6h', longS: 259_200, spent: 0.1 },
] as const;

/** Objectives from the stated targets; burn-rate factors computed for the period. */
export function objectiveOf(context: Context): Objective {
  const errors = context.facts.find({ name: 'errors.ratio', phase: 'target' });
  const availability = context.facts.find({ name: 'availability.ratio', phase: 'target' });
  const errorBudget =
    errors ??
    (availability
      ? derived(
          { name: 'slo.errorBudget', subject: context.app, value: 1 - availability.value, unit: 'ratio' },
          '1 − availability target',
          [availability],
        )
      : DEFAULT_BUDGET);
  const latency = latencyTarget(context);
  return {
    errorBudget,
    ...(latency ? { latency } : {}),
    periodS: PERIOD,
    pages: WINDOWS.map((w) => {
      const longS = constant(`slo.window.${w.long}`, w.longS, 's', SOURCE);
      const spent = constant(`slo.spent.${w.long}`, w.spent, 'ratio', SOURCE);
      return {
        severity: w.severity,
        long: w.long,
        short: w.short,
        longS,
        spent,
        factor: derived(
          {
            name: `slo.burnFactor.${w.long}`,
            subject: context.app,
            value: (w.spent * PERIOD.value) / w.longS,
            unit: 'factor',
          },
          'share of the budget spent × period / window',
          [spent, PERIOD, longS],
        ),
      };
    }),
  };
}

const SHARES = [
  { name: 'latency.p999', share: 0.001 },
  { name: 'latency.p99', share: 0.01 },
  { name: 'latency.p95', share: 0.05 },
  { name: 'latency.p90', share: 0.1 },
] as const;

/** "p99 < 700 ms" allows one request in a hundred to be slower. */
function latencyTarget(context: Context): Objective['latency'] {
  for (const { name, share } of SHARES) {
    const limit =
      context.facts.find({ name, subject: context.app, phase: 'target' }) ??
      context.facts.find({ name, phase: 'target' });
    if (!limit) continue;
    const budget = derived(
      { name: 'slo.slowBudget', subject: context.app, value: share, unit: 'ratio' },
      'one minus the percentile of the latency target',
      [limit],
    );
    return { limit, budget };
  }
  return undefined;
}
