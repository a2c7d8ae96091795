import { type DeliverableEntry, name, say } from '../../domain/index.js';
import { type Parts, partsOf, usesTool } from '../parts.js';
import { type Watch, watchesOf } from '../signals/index.js';
import { digits, type Json, json, sentence } from '../text.js';
import { objectivesOf } from './objective.js';
import { badWords } from './prometheus.js';

/** CloudWatch alarms for what the platform measures: the load balancer, the database, the queue, the cache. */
export default {
  id: 'alerts/cloudwatch',
  about: 'CloudWatch alarms on load balancer, database, cache and queue',
  make(result, context) {
    const aws = context.components.some((c) =>
      ['alb', 'rds', 'ec2', 'ecs', 'dynamodb', 'sqs', 'lambda'].includes(c.product ?? ''),
    );
    if (!usesTool(context, 'cloudwatch') && !(aws && context.tools.length === 0)) return [];
    const parts = partsOf(result, context);
    const alarms = alarmsOf(parts);
    if (alarms.length === 0) return [];
    return [
      {
        id: 'alerts/cloudwatch',
        path: 'alerts/cloudwatch-alarms.json',
        kind: 'alerts',
        stack: 'CloudWatch',
        language: 'json',
        title: say`CloudWatch alarms of ${name(result.case.appName || context.app.name)}`,
        use: say`envsubst < alerts/cloudwatch-alarms.json | jq -c '.[]' | while read -r a; do aws cloudwatch put-metric-alarm --cli-input-json "$a"; done    # set ALB, DB, CACHE, QUEUE, ASG, TABLE, TOPIC first`,
        text: json(alarms),
      },
    ];
  },
} satisfies DeliverableEntry;

const VARIABLE: Record<string, string> = {
  DBInstanceIdentifier: '$DB',
  CacheClusterId: '$CACHE',
  QueueName: '$QUEUE',
  AutoScalingGroupName: '$ASG',
  TableName: '$TABLE',
};

function alarmsOf(p: Parts): Json[] {
  const base = { ActionsEnabled: true, AlarmActions: ['$TOPIC'], TreatMissingData: 'notBreaching' };
  const balancer = p.context.components.some((c) => c.product === 'alb');
  const requests = balancer
    ? objectivesOf(p.context).flatMap((o): Json[] => {
        const page = o.alerts.find((a) => a.long === '1h');
        if (!page) return [];
        const metric = (id: string, MetricName: string, Stat: string): Json => ({
          Id: id,
          ReturnData: false,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/ApplicationELB',
              MetricName,
              Dimensions: [{ Name: 'LoadBalancer', Value: '$ALB' }],
            },
            Period: 60,
            Stat,
          },
        });
        return [
          {
            AlarmName: { text: say`${p.job}-${o.id}` },
            AlarmDescription: {
              text: say`More than ${digits(page.threshold, 100)} % of requests of ${name(p.app)} are ${badWords(o)}. Runbook: first five minutes.`,
            },
            ...base,
            EvaluationPeriods: 5,
            DatapointsToAlarm: 4,
            Threshold: digits(page.threshold, 1, 6),
            ComparisonOperator: 'GreaterThanThreshold',
            Metrics: o.limit
              ? [
                  // PR: percentile rank, the share of requests up to a value, in per cent.
                  {
                    Id: 'fast',
                    ReturnData: false,
                    MetricStat: {
                      Metric: {
                        Namespace: 'AWS/ApplicationELB',
                        MetricName: 'TargetResponseTime',
                        Dimensions: [{ Name: 'LoadBalancer', Value: '$ALB' }],
                      },
                      Period: 60,
                      Stat: { text: say`PR(:${digits(o.limit, 0.001, 6)})` },
                    },
                  },
                  {
                    Id: 'share',
                    Expression: '1 - fast / 100',
                    Label: 'share of slow requests',
                    ReturnData: true,
                  },
                ]
              : [
                  metric('bad', 'HTTPCode_Target_5XX_Count', 'Sum'),
                  metric('elb', 'HTTPCode_ELB_5XX_Count', 'Sum'),
                  metric('total', 'RequestCount', 'Sum'),
                  {
                    Id: 'share',
                    Expression: '(FILL(bad,0) + FILL(elb,0)) / total',
                    Label: 'share of failed requests',
                    ReturnData: true,
                  },
                ],
          },
        ];
      })
    : [];
  const signs = watchesOf(p).flatMap((w): Json[] => (w.cloudwatch ? [sign(w, w.cloudwatch, p, base)] : []));
  return [...requests, ...signs];
}

const sign = (
  w: Watch,
  c: NonNullable<Watch['cloudwatch']>,
  p: Parts,
  base: { [key: string]: Json },
): Json => ({
  AlarmName: `${p.job}-${w.id}`,
  AlarmDescription: { text: say`${w.title}. ${sentence(w.means)}` },
  ...base,
  Namespace: c.namespace,
  MetricName: c.metric,
  Dimensions: [{ Name: c.dimension, Value: VARIABLE[c.dimension] ?? `$${c.dimension}` }],
  Statistic: c.statistic,
  Period: 60,
  EvaluationPeriods: 5,
  DatapointsToAlarm: 3,
  Threshold: digits(w.threshold, c.scale ?? 1, 3),
  ComparisonOperator: w.above ? 'GreaterThanThreshold' : 'LessThanThreshold',
});
