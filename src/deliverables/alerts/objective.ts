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
import { MIN_EVENTS as FEWEST } from '../slo/plan.js';
import { type BurnAlert, burnFacts, type RefusedAlert } from './burn.js';
import { type CountedOver, countedOver } from './period.js';

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
  /** Alerts that could never fire, or only tell what the budget allows, each with its reason. */
  refused: RefusedAlert[];
  /** The time that it is counted over. */
  over: CountedOver;
}

export const MIN_EVENTS = constant(
  'slo.minimumEvents',
  FEWEST,
  'count',
  'Kneepoint: fewer bad requests than this in the long window say nothing about the service',
);
const DEFAULT_BUDGET = constant(
  'slo.errorBudget',
  0.001,
  'ratio',
  'Kneepoint: 99.9 % until the case states an error target',
);
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

function withAlerts(draft: Omit<Objective, 'alerts' | 'refused' | 'over'>, context: Context): Objective {
  const over = countedOver(context);
  return { ...draft, over, ...burnFacts(draft.id, draft.budget, over.lengthS) };
}

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
