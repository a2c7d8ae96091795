import {
  constant,
  type Deliverable,
  type DeliverableEntry,
  type Fact,
  name,
  num,
  say,
  type Text,
} from '../../domain/index.js';
import { PLANNING } from '../../remedies/design/arithmetic.js';
import { growthOf } from '../../remedies/design/capacity-blocks.js';
import { LEAD, SCALE_DOWN } from '../../remedies/design/chosen.js';
import { sceneOf } from '../../remedies/design/scene.js';
import { mayHold, type Parts, partsOf } from '../parts.js';
import { digits, whole } from '../text.js';

const BURSTS = ['bursty', 'event', 'seasonal', 'batch'];
const STEP = constant(
  'scaling.step',
  100,
  'count',
  'Kubernetes documentation, HPA behaviour: per cent that may be added a period; doubles',
);
const STEPS = constant('scaling.steps', 4, 'count', 'Method: the peak is reached in four steps of one size');
const AT_LEAST = constant('scaling.leastStep', 1, 'count', 'Method: a step adds an instance at least');
const EVERY_MINUTE = constant(
  'azure.autoscaleAverage',
  60,
  's',
  'Azure Monitor documentation, autoscale rules: the shortest time over which a metric is averaged',
);
const EVERY = constant('scaling.period', 15, 's', 'Kubernetes default period of a scaling policy');

/** Capacity before the crowd: a schedule for what is announced, reaction for the rest. */
export default {
  id: 'scaling/prescale',
  about: 'an autoscaling manifest for the platform of the case, with a schedule ahead of the burst',
  make(result, context) {
    const parts = partsOf(result, context);
    const bursts =
      context.case.traits.some((t) => BURSTS.includes(t.trait)) ||
      context.facts.find({ name: 'burst.factor' }) !== undefined;
    if (!bursts && !parts.kubernetes) return [];
    const size = sizeOf(parts);
    const aws = context.components.some((c) =>
      ['alb', 'rds', 'ec2', 'ecs', 'dynamodb'].includes(c.product ?? ''),
    );
    const azure = context.components.some((c) =>
      ['app-service', 'azure-sql', 'service-bus', 'azure-front-door'].includes(c.product ?? ''),
    );
    const make = (d: Pick<Deliverable, 'path' | 'stack' | 'language' | 'use' | 'text'>): Deliverable[] => [
      {
        id: 'scaling/prescale',
        kind: 'scaling',
        title: say`Capacity of ${name(result.case.appName || context.app.name)} ahead of the crowd, ${num(LEAD)} before it`,
        ...d,
      },
    ];
    if (azure)
      return make({
        path: 'scaling/prescale.sh',
        stack: 'Azure Monitor autoscale',
        language: 'bash',
        use: say`GROUP=… PLAN_ID=… EVENT_START=… EVENT_END=… sh scaling/prescale.sh`,
        text: azureScript(parts, size),
      });
    if (aws && !parts.kubernetes)
      return make({
        path: 'scaling/prescale.sh',
        stack: 'EC2 Auto Scaling',
        language: 'bash',
        use: say`ASG=… PEAK_CRON='<minute> <hour> * * <weekday>' END_CRON='<minute> <hour> * * <weekday>' sh scaling/prescale.sh`,
        text: awsScript(parts, size),
      });
    return make({
      path: 'scaling/keda.yaml',
      stack: 'Kubernetes (KEDA)',
      language: 'yaml',
      use: say`NOW=$(kubectl get deployment ${parts.job} -o jsonpath='{.spec.replicas}') PEAK=… START='<minute> <hour> * * <weekday>' END='<minute> <hour> * * <weekday>' envsubst < scaling/keda.yaml | kubectl apply -f -`,
      text: keda(parts, size),
    });
  },
} satisfies DeliverableEntry;

export interface Size {
  growth: Fact | undefined;
  now: Fact | undefined;
  peak: Fact | undefined;
}

/** Instances now and at the load asked for: by the utilisation law, else by the growth of the rate. */
export function sizeOf(p: Parts): Size {
  const scene = sceneOf(p.context, {
    finding: '',
    hypothesis: 'cpu-saturation',
    subject: p.service?.subject ?? p.context.app,
    supported: false,
  });
  const g = growthOf(scene);
  if (g.growth && g.growth.value > 1)
    return { growth: g.growth, now: g.instances?.now, peak: g.instances?.then };
  return { growth: undefined, now: g.instances?.now ?? instances(p), peak: undefined };
}

const instances = (p: Parts): Fact | undefined =>
  p.service
    ? p.context.facts.find({
        name: 'instances',
        subject: p.service.subject,
        phase: ['any', 'peak', 'incident', 'steady'],
      })
    : undefined;

const FULL_FIRST = ['connection-limit', 'pool-exhausted'];
const caution = (p: Parts): string =>
  mayHold(p, ...FULL_FIRST)
    ? '# First bound the connections (pooler or pool sizes): each new instance brings its own pool to a database that is full.\n'
    : '';

const why = (size: Size): Text =>
  size.growth
    ? say`# Capacity for the load asked for at ${digits(PLANNING, 100)} % use: ${digits(size.growth, 1, 2)} times today's${size.now && size.peak ? say`, ${whole(size.now)} -> ${whole(size.peak)} instances` : say`; PEAK = NOW times that, rounded up`}.`
    : say`# How busy the instances are at which rate was not said: PEAK = NOW x (load asked for / load now) x (use now / ${digits(PLANNING, 1)}), rounded up.`;

function keda(p: Parts, size: Size): Text {
  const now = size.now ? say`${whole(size.now)}` : say`\${NOW}`;
  const peak = size.peak ? say`${whole(size.peak)}` : say`\${PEAK}`;
  return say`${why(size)}
# The schedule starts ${digits(LEAD, 1 / 60)} minutes before the crowd: reacting is too slow for its ramp.
${caution(p)}apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: ${kubeName(p)}
spec:
  scaleTargetRef:
    name: ${kubeName(p)}
  minReplicaCount: ${now}
  maxReplicaCount: ${peak}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleUp:
          stabilizationWindowSeconds: 0
          policies:
            - { type: Percent, value: ${whole(STEP)}, periodSeconds: ${whole(EVERY)} }
        scaleDown:
          stabilizationWindowSeconds: ${whole(SCALE_DOWN)}
  triggers:
    - type: cron
      metadata:
        timezone: Etc/UTC
        start: "\${START}"
        end: "\${END}"
        desiredReplicas: "${peak}"
    - type: cpu
      metricType: Utilization
      metadata:
        value: "${digits(PLANNING, 100)}"
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${kubeName(p)}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: ${kubeName(p)}
`;
}

/** A DNS label: what else stands in a name is not allowed there. */
const kubeName = (p: Parts): string =>
  p.job
    .normalize('NFKD')
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50) || 'service';

function awsScript(p: Parts, size: Size): Text {
  const n = kubeName(p);
  return say`#!/bin/sh
${why(size)}
# PEAK_CRON lies ${digits(LEAD, 1 / 60)} minutes before the crowd (UTC); END_CRON when it is over.
${caution(p)}set -eu
: "\${ASG:?}" "\${PEAK_CRON:?}" "\${END_CRON:?}" "\${NOW:=${size.now ? whole(size.now) : ''}}" "\${PEAK:=${size.peak ? whole(size.peak) : ''}}"
: "\${NOW:?instances today}" "\${PEAK:?instances for the peak}"
aws autoscaling put-scheduled-update-group-action --auto-scaling-group-name "$ASG" --scheduled-action-name ${n}-peak \\
  --recurrence "$PEAK_CRON" --time-zone Etc/UTC --min-size "$PEAK" --desired-capacity "$PEAK" --max-size "$((PEAK + PEAK / 4))"
aws autoscaling put-scheduled-update-group-action --auto-scaling-group-name "$ASG" --scheduled-action-name ${n}-after \\
  --recurrence "$END_CRON" --time-zone Etc/UTC --min-size "$NOW" --desired-capacity "$NOW" --max-size "$((PEAK + PEAK / 4))"
aws autoscaling put-scaling-policy --auto-scaling-group-name "$ASG" --policy-name ${n}-cpu --policy-type TargetTrackingScaling \\
  --target-tracking-configuration '{"PredefinedMetricSpecification":{"PredefinedMetricType":"ASGAverageCPUUtilization"},"TargetValue":${digits(PLANNING, 100)}}'
# undo: aws autoscaling delete-scheduled-action --auto-scaling-group-name "$ASG" --scheduled-action-name ${n}-peak
`;
}

function azureScript(p: Parts, size: Size): Text {
  const n = kubeName(p);
  return say`#!/bin/sh
${why(size)}
# EVENT_START lies ${digits(LEAD, 1 / 60)} minutes before the crowd, UTC, as <year>-<month>-<day>T<hour>:<minute>.
${caution(p)}set -eu
: "\${GROUP:?}" "\${PLAN_ID:?resource id of the App Service plan}" "\${EVENT_START:?}" "\${EVENT_END:?}" "\${NOW:=${size.now ? whole(size.now) : ''}}" "\${PEAK:=${size.peak ? whole(size.peak) : ''}}"
: "\${NOW:?instances today}" "\${PEAK:?instances for the peak}"
az monitor autoscale create -g "$GROUP" --resource "$PLAN_ID" -n ${n} --min-count "$NOW" --max-count "$PEAK" --count "$NOW"
az monitor autoscale rule create -g "$GROUP" --autoscale-name ${n} --scale out "$(( PEAK / ${digits(STEPS)} + ${digits(AT_LEAST)} ))" --condition "CpuPercentage > ${digits(PLANNING, 100)} avg ${digits(EVERY_MINUTE, 1 / 60)}m"
az monitor autoscale profile create -g "$GROUP" --autoscale-name ${n} -n event --min-count "$PEAK" --max-count "$PEAK" --count "$PEAK" \\
  --start "$EVENT_START" --end "$EVENT_END" --timezone UTC
# undo: az monitor autoscale profile delete -g "$GROUP" --autoscale-name ${n} -n event
`;
}
