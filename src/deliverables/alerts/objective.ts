import {
  type Context,
  constant,
  derived,
  type Fact,
  formatNumber,
  type Subject,
} from '../../domain/index.js';
import { calc } from '../../readings/compose.js';
import { aimedLoad, isWhole, loadPoints, topLoad } from '../../readings/load.js';
import { alertName, latencyTargets } from '../parts.js';

/** What is promised: a share of requests that may be bad, over a period. */
export interface Objective {
  id: 'availability' | 'latency' | `latency${number}`;
  kind: 'availability' | 'latency';
  /** Share of requests that may fail or be slow. */
  budget: Fact;
  /** True when no target was stated and a default stands in. */
  assumed: boolean;
  /** Present for latency: slower requests are bad. */
  limit?: Fact;
  /** The operation it was stated of; absent for the whole. */
  of?: Subject;
  /** A method and route, or an RPC method, when the operation is called like one. */
  route?: string;
  alerts: BurnAlert[];
  /** Alerts that could never fire, each with its reason. */
  refused: { alert: BurnAlert; worst: Fact }[];
}
export interface BurnAlert {
  severity: 'page' | 'ticket';
  long: string;
  short: string;
  longS: Fact;
  /** Share of the period's budget that is gone when it has fired for the whole window. */
  spent: Fact;
  factor: Fact;
  /** Share of bad requests from which it fires: factor × budget. */
  threshold: Fact;
}

const SOURCE = 'Beyer et al., The Site Reliability Workbook, 2018, chapter 5, table 5-8';
export const PERIOD = constant('slo.period', 30 * 86_400, 's', SOURCE);
export const MIN_EVENTS = constant(
  'slo.minimumEvents',
  5,
  'count',
  'Kneepoint: fewer bad requests than this in the long window say nothing about the service',
);
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
const SHARES: Record<string, number> = {
  'latency.p999': 0.001,
  'latency.p99': 0.01,
  'latency.p95': 0.05,
  'latency.p90': 0.1,
};
/** More objectives than these page for the same trouble. */
const MOST_LATENCY = 3;

/** Objectives from the stated targets; burn-rate factors computed for the period. */
export function objectivesOf(context: Context): Objective[] {
  return [availability(context), ...latencies(context)];
}

function availability(context: Context): Objective {
  const errors = context.facts.find({ name: 'errors.ratio', phase: ['target', 'planned'] });
  const said = context.facts.find({ name: 'availability.ratio', phase: ['target', 'planned'] });
  const budget =
    errors && errors.value > 0 && errors.value < 1
      ? errors
      : said && said.value > 0 && said.value < 1
        ? derived(
            {
              name: 'slo.errorBudget',
              subject: said.subject,
              value: Number((1 - said.value).toPrecision(6)),
              unit: 'ratio',
              phase: 'target',
            },
            '1 − availability target',
            [said],
          )
        : DEFAULT_BUDGET;
  return withAlerts(
    { id: 'availability', kind: 'availability', budget, assumed: budget === DEFAULT_BUDGET },
    context,
  );
}

/** "p99 < 700 ms" allows one request in a hundred to be slower. One objective a subject, by its highest percentile. */
function latencies(context: Context): Objective[] {
  const seen = new Set<string>();
  const targets = latencyTargets(context).filter((f) => !seen.has(f.subject.id) && seen.add(f.subject.id));
  return targets.slice(0, MOST_LATENCY).map((limit, i) => {
    const budget = derived(
      {
        name: 'slo.slowBudget',
        subject: limit.subject,
        value: SHARES[limit.name] ?? 0.01,
        unit: 'ratio',
        phase: 'target',
      },
      'one minus the percentile of the latency target',
      [limit],
    );
    const whole = isWhole(context, limit.subject) || limit.subject.kind !== 'operation';
    const route = /^(?:[A-Z]+ )?(\/[\w\-.:{}/]+|[A-Z][A-Za-z]+)$/.exec(limit.subject.name)?.[1];
    return withAlerts(
      {
        id: i === 0 ? 'latency' : (`latency${i + 1}` as const),
        kind: 'latency',
        budget,
        assumed: false,
        limit,
        ...(whole ? {} : { of: limit.subject, ...(route ? { route } : {}) }),
      },
      context,
    );
  });
}

function withAlerts(draft: Omit<Objective, 'alerts' | 'refused'>, context: Context): Objective {
  const all = WINDOWS.map((w): BurnAlert => {
    const longS = constant(`slo.window.${w.long}`, w.longS, 's', SOURCE);
    const spent = constant(`slo.spent.${w.long}`, w.spent, 'ratio', SOURCE);
    const factor = derived(
      {
        name: `slo.burnFactor.${w.long}`,
        subject: context.app,
        value: (w.spent * PERIOD.value) / w.longS,
        unit: 'factor',
      },
      'share of the budget spent × period ÷ window',
      [spent, PERIOD, longS],
    );
    return {
      severity: w.severity,
      long: w.long,
      short: w.short,
      longS,
      spent,
      factor,
      threshold: derived(
        {
          name: `slo.threshold.${draft.id}.${w.long}`,
          subject: draft.budget.subject,
          value: Number((factor.value * draft.budget.value).toPrecision(6)),
          unit: 'ratio',
          phase: 'target',
        },
        'burn factor × share that may be bad',
        [factor, draft.budget],
      ),
    };
  });
  return {
    ...draft,
    alerts: all.filter((a) => a.threshold.value < 1),
    refused: all.filter((a) => a.threshold.value >= 1).map((alert) => ({ alert, worst: alert.threshold })),
  };
}

export const burnName = (o: Objective, a: BurnAlert): string => `${alertName(o.id)}Burn${a.long}`;
export const burstName = (o: Objective): string => `${alertName(o.id)}InBurst`;

/** The alert of a burst: a window of minutes, while traffic is beyond the calm. */
export interface BurstAlert {
  /** Requests a second from which the traffic is a burst. */
  from: Fact;
  /** Share of bad requests: twice what the objective allows. */
  factor: Fact;
}
const BURST_FACTOR = constant(
  'slo.burstFactor',
  2,
  'factor',
  'Kneepoint: an hour’s window is too slow for a burst of minutes; twice the share allowed, kept for five minutes at burst traffic',
);
const BURSTS = ['bursty', 'event', 'seasonal'];

/** Present when the case says that its load comes in bursts and a calm and a peak rate are known. */
export function burstAlert(context: Context): BurstAlert | undefined {
  if (!context.case.traits.some((t) => BURSTS.includes(t.trait))) return undefined;
  const points = loadPoints(context);
  const calm = points.find((p) => p.phase === 'steady') ?? points.find((p) => p.phase === 'any');
  const high = topLoad(points) === calm ? aimedLoad(points) : topLoad(points);
  if (!calm || !high || high.rate.value < 1.5 * calm.rate.value) return undefined;
  return {
    from: calc(
      'slo.burstFrom',
      context.app,
      [Number(formatNumber(Math.sqrt(calm.rate.value * high.rate.value), 2).replace(/\s/g, '')), '1/s'],
      'geometric mean of the calm and the high rate, rounded',
      [calm.rate, high.rate],
    ),
    factor: BURST_FACTOR,
  };
}
