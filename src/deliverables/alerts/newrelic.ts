import { type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { watchesOf } from '../signals/index.js';
import { digits, type Json, json, sentence } from '../text.js';
import { type Objective, objectivesOf } from './objective.js';
import { badWords } from './prometheus.js';

/** NRQL alert conditions as input of the NerdGraph mutation, one a line of work. */
export default {
  id: 'alerts/newrelic',
  about:
    'New Relic NRQL conditions: failures and slow requests, and the leading signs of the suspected causes',
  make(result, context) {
    if (!usesTool(context, 'new-relic')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'alerts/newrelic',
        path: 'alerts/newrelic-conditions.json',
        kind: 'alerts',
        stack: 'New Relic',
        language: 'json',
        title: say`New Relic conditions of ${name(result.case.appName || context.app.name)}`,
        use: say`jq -c '.[]' alerts/newrelic-conditions.json | while read -r c; do jq -n --argjson c "$c" --argjson a "$NR_ACCOUNT" --arg p "$NR_POLICY" '{query: "mutation($a: Int!, $p: ID!, $c: AlertsNrqlConditionStaticInput!) { alertsNrqlConditionStaticCreate(accountId: $a, policyId: $p, condition: $c) { id } }", variables: {a: $a, p: $p, c: $c}}' | curl -sS https://api.newrelic.com/graphql -H "API-Key: $NR_KEY" -H 'Content-Type: application/json' -d @-; done`,
        text: json(nrqlConditions(parts).map(conditionJson)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** A condition, whatever it is written as. */
export interface NrqlCondition {
  /** Words that tell it from the others of the case. */
  id: string;
  title: Text;
  query: Text;
  description: Text;
  above: boolean;
  threshold: Json;
  /** Seconds for which every point must be beyond the threshold. */
  durationS: number;
}
/** Points a minute, waited for two; after half an hour without one an open incident ends, at the latest after a day. */
export const SIGNAL = { windowS: 60, delayS: 120, expiresS: 1800, limitS: 86_400 } as const;

export function nrqlConditions(p: Parts): NrqlCondition[] {
  return [
    ...objectivesOf(p.context).flatMap((o) => burn(o, p)),
    ...watchesOf(p).flatMap((w): NrqlCondition[] =>
      w.newrelic
        ? [
            {
              id: w.id,
              title: w.title,
              query: w.newrelic.query,
              description: say`${sentence(w.means)} Runbook: ${w.id}.`,
              above: w.above,
              threshold: digits(w.threshold, w.newrelic.scale, 6),
              durationS: 300,
            },
          ]
        : [],
    ),
  ];
}

/** Where requests of the service are, in NRQL. */
export const fromRequests = (p: Parts): string =>
  `FROM Transaction WHERE appName = '${p.job}' AND transactionType = 'Web'`;

/** The share of bad requests in per cent, without what it is taken from. */
export const percentageBad = (o: Objective): Text =>
  o.limit
    ? say`percentage(count(*), WHERE duration > ${digits(o.limit, 0.001, 6)})`
    : say`percentage(count(*), WHERE error IS true)`;

function burn(o: Objective, p: Parts): NrqlCondition[] {
  const page = o.alerts.find((a) => a.long === '1h');
  if (!page) return [];
  return [
    {
      id: o.id,
      title: say`${name(p.app)}: too many requests ${badWords(o)}`,
      query: say`SELECT ${percentageBad(o)} ${fromRequests(p)}`,
      description: say`More than ${digits(page.threshold, 100)} % are ${badWords(o)}; ${digits(o.budget, 100, 4)} % may be. appName is taken as ${p.job}: set it to yours. Runbook: first five minutes.`,
      above: true,
      threshold: digits(page.threshold, 100, 4),
      durationS: 300,
    },
  ];
}

const conditionJson = (c: NrqlCondition): Json => ({
  name: { text: c.title },
  description: { text: c.description },
  enabled: true,
  nrql: { query: { text: c.query } },
  terms: [
    {
      operator: c.above ? 'ABOVE' : 'BELOW',
      priority: 'CRITICAL',
      threshold: c.threshold,
      thresholdDuration: c.durationS,
      thresholdOccurrences: 'ALL',
    },
  ],
  signal: {
    aggregationWindow: SIGNAL.windowS,
    aggregationMethod: 'EVENT_FLOW',
    aggregationDelay: SIGNAL.delayS,
  },
  expiration: {
    closeViolationsOnExpiration: true,
    expirationDuration: SIGNAL.expiresS,
    openViolationOnExpiration: false,
  },
  violationTimeLimitSeconds: SIGNAL.limitS,
});
