import { plain } from '../../domain/index.js';
import { NO_CHOICE, type SloSpec, sloId } from '../../evidence/readers/slo/spec.js';
import type { Parts } from '../parts.js';
import { planOf, type SloPlan } from '../slo/plan.js';
import { plainName } from '../text.js';
import { boundOf } from './bucket.js';
import { type RequestMetrics, requestMetrics } from './metrics.js';
import { type Objective, objectivesOf } from './objective.js';
import { rateUpTo, requestRate } from './request-queries.js';
import { type StatePromise, statePromises } from './states.js';

/** What a promise is called in its series: two services in one Prometheus must not record into each other's. */
export const promiseId = (o: { id: string }, parts: Parts): string => sloId(parts.job, o.id);

/** The promises of a case in the words of specifications, so that rules, tests and OpenSLO come from one model. */
export interface CasePromises {
  metrics: RequestMetrics;
  objectives: { objective: Objective; plan: SloPlan }[];
  states: { state: StatePromise; plan: SloPlan }[];
}

export function promisesOf(parts: Parts): CasePromises {
  const metrics = requestMetrics(parts);
  return {
    metrics,
    objectives: objectivesOf(parts.context).map((objective) => ({
      objective,
      plan: planOf(requestSpec(objective, metrics, parts)),
    })),
    states: statePromises(parts).map((state) => ({ state, plan: planOf(stateSpec(state, parts)) })),
  };
}

export const plansOf = (p: CasePromises): SloPlan[] => [...p.objectives, ...p.states].map((x) => x.plan);

const common = {
  labels: {},
  annotations: {},
  page: NO_CHOICE,
  ticket: NO_CHOICE,
  asked: [],
  exclude: undefined,
  notes: [],
  line: 0,
} as const satisfies Partial<SloSpec>;

/** Requests that are not bad, of all requests: failures by status, slow ones by the bucket at the limit. */
function requestSpec(o: Objective, m: RequestMetrics, parts: Parts): SloSpec {
  const labels = o.route ? `,${m.route}="${o.route}"` : '';
  const window = '{{.window}}';
  const total = requestRate(m, { labels, window });
  const words = o.limit
    ? `requests slower than ${seconds(boundOf(m, o.limit).value)}${o.of ? ` (${plainName(o.of.name)})` : ''}`
    : 'requests that fail';
  return {
    ...common,
    notes: [],
    asked: [],
    id: promiseId(o, parts),
    alertName: o.id,
    name: words,
    service: parts.job,
    description: o.assumed
      ? 'Nobody stated a target of failures: this is a default.'
      : 'As the targets of the case state it.',
    objective: Number((1 - o.budget.value).toPrecision(12)),
    indicator: o.limit
      ? { kind: 'events', good: plain(rateUpTo(m, o.limit, { labels, window })), total }
      : {
          kind: 'events',
          bad: requestRate(m, { labels: `${labels},${m.status}=~"${m.failed}"`, window }),
          total,
        },
    budgeting: { method: 'occurrences' },
    period: o.over.period,
  };
}

const SLICE_S = 60;

/** A value that is good while it is below its limit, judged every minute. */
const stateSpec = (s: StatePromise, parts: Parts): SloSpec => ({
  ...common,
  notes: [],
  asked: [],
  id: promiseId(s, parts),
  alertName: s.id,
  name: `${s.kind}: ${plainName(plain(s.watch.title))}`,
  service: parts.job,
  description: 'The limit is that of the case; how many minutes may be beyond it is a default.',
  objective: Number((1 - s.budget.value).toPrecision(12)),
  indicator: {
    kind: 'threshold',
    query: plain(s.watch.prometheus),
    op: 'lte',
    limit: Number((s.limit.value * s.watch.scale).toPrecision(12)),
  },
  budgeting: { method: 'timeslices', target: 1, sliceS: SLICE_S },
  period: s.over.period,
});

const seconds = (s: number): string => (s < 1 ? `${Number((s * 1000).toPrecision(6))} ms` : `${s} s`);
