import { type DeliverableEntry, name, say, type Text } from '../../domain/index.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { type Watch, watchesOf } from '../signals/index.js';
import { digits, type Json, json, sentence } from '../text.js';
import type { BurnAlert } from './burn.js';
import { type Objective, objectivesOf } from './objective.js';
import { badWords } from './prometheus.js';

/** Azure Monitor alert rules as an ARM template: log queries on requests, platform metrics for the rest. */
export default {
  id: 'alerts/azure',
  about: 'Azure Monitor alerts: requests by Application Insights queries, leading signs by platform metrics',
  make(result, context) {
    if (!usesTool(context, 'application-insights', 'azure-monitor')) return [];
    const parts = partsOf(result, context);
    return [
      {
        id: 'alerts/azure',
        path: 'alerts/azure-alerts.json',
        kind: 'alerts',
        stack: 'Azure Monitor',
        language: 'json',
        title: say`Azure Monitor alerts of ${name(result.case.appName || context.app.name)}`,
        use: say`az deployment group create -g "$GROUP" -f alerts/azure-alerts.json -p insights="$INSIGHTS_ID" plan="$PLAN_ID" cache="$CACHE_ID" sql="$SQL_ID" actions="$ACTION_GROUP_ID"`,
        text: json(template(parts)),
      },
    ];
  },
} satisfies DeliverableEntry;

/** ISO 8601 durations that Azure takes for a window; three days are not among them. */
const WINDOWS: Record<string, string> = { '5m': 'PT5M', '1h': 'PT1H', '6h': 'PT6H' };

function template(p: Parts): Json {
  const parameter: Json = { type: 'string' };
  return {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: {
      insights: parameter,
      plan: parameter,
      cache: parameter,
      sql: parameter,
      actions: parameter,
    },
    resources: [
      ...objectivesOf(p.context).flatMap((o) => o.alerts.flatMap((a) => queryRule(o, a, p))),
      ...watchesOf(p).flatMap((w) => (w.azure ? [metricRule(w, w.azure, p)] : [])),
    ],
  };
}

function queryRule(o: Objective, a: BurnAlert, p: Parts): Json[] {
  const window = WINDOWS[a.long];
  if (!window) return [];
  const bad: Text = o.limit ? say`duration > ${digits(o.limit)}` : say`success == false`;
  // itemCount undoes sampling: each kept record stands for that many requests.
  const query = say`requests | summarize bad = sumif(itemCount, ${bad}), total = sum(itemCount) | where total > 0 and bad >= 5 | project share = todouble(bad) / total`;
  return [
    {
      type: 'Microsoft.Insights/scheduledQueryRules',
      apiVersion: '2022-06-15',
      name: `${p.job}-${o.id}-${a.long}`,
      location: '[resourceGroup().location]',
      properties: {
        displayName: {
          text: say`${name(p.app)}: more than ${digits(a.threshold, 100)} % of requests ${badWords(o)} over ${a.long}`,
        },
        severity: a.long === '6h' ? 2 : 1,
        enabled: true,
        scopes: ["[parameters('insights')]"],
        evaluationFrequency: 'PT5M',
        windowSize: window,
        criteria: {
          allOf: [
            {
              query: { text: query },
              timeAggregation: 'Maximum',
              metricMeasureColumn: 'share',
              operator: 'GreaterThan',
              threshold: digits(a.threshold, 1, 6),
              failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
            },
          ],
        },
        autoMitigate: true,
        actions: { actionGroups: ["[parameters('actions')]"] },
      },
    },
  ];
}

function metricRule(w: Watch, a: NonNullable<Watch['azure']>, p: Parts): Json {
  const scope = w.layer === 'cache' ? 'cache' : w.layer === 'database' ? 'sql' : 'plan';
  return {
    type: 'Microsoft.Insights/metricAlerts',
    apiVersion: '2018-03-01',
    name: `${p.job}-${w.id}`,
    location: 'global',
    properties: {
      description: { text: say`${w.title}. ${sentence(w.means)}` },
      severity: 3,
      enabled: true,
      scopes: [`[parameters('${scope}')]`],
      evaluationFrequency: 'PT1M',
      windowSize: 'PT5M',
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion',
            name: w.id,
            metricName: a.metric,
            operator: w.above ? 'GreaterThan' : 'LessThan',
            threshold: digits(w.threshold, a.scale, 3),
            timeAggregation: a.aggregation,
          },
        ],
      },
      autoMitigate: true,
      actions: [{ actionGroupId: "[parameters('actions')]" }],
    },
  };
}
