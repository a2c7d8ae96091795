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
        text: json(conditions(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

function conditions(p: Parts): Json[] {
  return [
    ...objectivesOf(p.context).flatMap((o) => burn(o, p)),
    ...watchesOf(p).flatMap((w): Json[] =>
      w.newrelic
        ? [
            condition(w.title, w.newrelic.query, say`${sentence(w.means)} Runbook: ${w.id}.`, {
              operator: w.above ? 'ABOVE' : 'BELOW',
              threshold: digits(w.threshold, w.newrelic.scale, 6),
              seconds: 300,
            }),
          ]
        : [],
    ),
  ];
}

function burn(o: Objective, p: Parts): Json[] {
  const page = o.alerts.find((a) => a.long === '1h');
  if (!page) return [];
  const from = `FROM Transaction WHERE appName = '${p.job}' AND transactionType = 'Web'`;
  const query: Text = o.limit
    ? say`SELECT percentage(count(*), WHERE duration > ${digits(o.limit, 0.001, 6)}) ${from}`
    : say`SELECT percentage(count(*), WHERE error IS true) ${from}`;
  return [
    condition(
      say`${name(p.app)}: too many requests ${badWords(o)}`,
      query,
      say`More than ${digits(page.threshold, 100)} % are ${badWords(o)}; ${digits(o.budget, 100, 4)} % may be. appName is taken as ${p.job}: set it to yours. Runbook: first five minutes.`,
      { operator: 'ABOVE', threshold: digits(page.threshold, 100, 4), seconds: 300 },
    ),
  ];
}

interface Term {
  operator: 'ABOVE' | 'BELOW';
  threshold: Json;
  seconds: number;
}
const condition = (title: Text, query: Text, description: Text, term: Term): Json => ({
  name: { text: title },
  description: { text: description },
  enabled: true,
  nrql: { query: { text: query } },
  terms: [
    {
      operator: term.operator,
      priority: 'CRITICAL',
      threshold: term.threshold,
      thresholdDuration: term.seconds,
      thresholdOccurrences: 'ALL',
    },
  ],
  signal: { aggregationWindow: 60, aggregationMethod: 'EVENT_FLOW', aggregationDelay: 120 },
  expiration: {
    closeViolationsOnExpiration: true,
    expirationDuration: 1800,
    openViolationOnExpiration: false,
  },
  violationTimeLimitSeconds: 86_400,
});
