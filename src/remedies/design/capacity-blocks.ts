import {
  type Block,
  bareNumber,
  bullets,
  type Context,
  code,
  type Fact,
  num,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { type CpuDemand, cpuDemand, instancesThen, PLANNING } from './arithmetic.js';
import { LEAD, SCALE_DOWN, WEEK } from './chosen.js';
import { kebab, raw, whole } from './code-text.js';
import { uses } from './language.js';
import { costLimit, figure, type Scene } from './scene.js';
import { atLoad } from './wording.js';

export interface Growth {
  cpu: CpuDemand | undefined;
  /** Multiple of today's capacity, at least one. */
  growth: Fact | undefined;
  instances: ReturnType<typeof instancesThen>;
  cost: Fact | undefined;
  /** Hours a week that the extra capacity may run inside the cost limit, if the tier were the whole bill. */
  hours: Fact | undefined;
  /** Whether running it always breaks the limit even so. */
  breaks: boolean;
}

/** What the load to design for needs of the service tier, and for how long the limit on cost lets it run. */
export function growthOf(scene: Scene): Growth {
  const cpu = cpuDemand(scene);
  const growth = cpu?.growth;
  const cost = costLimit(scene.context);
  const extra = growth ? growth.value - 1 : 0;
  const hours =
    growth && cost && extra > 0
      ? figure(
          scene,
          'design.rentHours',
          [Math.min(WEEK.value, (cost.value / extra) * WEEK.value), 'count'],
          'cost limit ÷ extra capacity × hours of a week, if the tier were the whole bill',
          [cost, growth, WEEK],
        )
      : undefined;
  return {
    cpu,
    growth,
    instances: growth ? instancesThen(scene, growth) : undefined,
    cost,
    hours,
    breaks: cost !== undefined && extra > cost.value,
  };
}

export function growthTable(scene: Scene, g: Growth): Block {
  const rows: Text[][] = [
    [
      say`processor use now`,
      g.cpu ? say`${num(g.cpu.used)} at ${num(g.cpu.at)}` : say`not said at a known rate`,
    ],
    [say`the same ${atLoad(scene)}`, g.cpu ? say`${num(g.cpu.then)}` : say`use × rate ÷ rate it was read at`],
    [
      say`capacity for ${num(PLANNING)}`,
      g.growth ? say`${num(g.growth)} of today’s` : say`that ÷ ${num(PLANNING)}`,
    ],
    ...(g.instances
      ? [[say`instances of ${scene.serviceName}`, say`${num(g.instances.now)} → ${num(g.instances.then)}`]]
      : []),
    ...(g.hours && g.cost
      ? [
          [
            say`hours a week the extra may run within ${num(g.cost)}`,
            say`${num(g.hours, { digits: 2 })}, even if this tier were the whole bill`,
          ],
        ]
      : []),
  ];
  return table(['Quantity', '> Value'], rows, say`Capacity of ${scene.serviceName}`);
}

/** What scales the service by itself, in the manner of its platform. */
export function scalingManifest(context: Context, scene: Scene, g: Growth, scheduled: boolean): Block[] {
  const app = kebab(scene.service?.subject.name ?? context.case.appName, 'service');
  const least = g.instances ? whole(g.instances.now) : { name: '<instances today>' };
  const most = g.instances ? whole(g.instances.then) : { name: '<instances for the peak>' };
  const target = bareNumber(PLANNING, 100, (value) => String(Math.round(value)));
  if (
    uses(context, 'kubernetes', 'eks', 'gke', 'aks', 'keda') ||
    context.components.some((c) => /\bpods?\b/i.test(c.places.map((p) => p.text).join(' '))) ||
    /\bpods?\b|kubernetes|\bk8s\b/i.test(context.case.inputs.architecture ?? '')
  )
    return [
      code(
        'yaml',
        say`apiVersion: keda.sh/${{ name: 'v1alpha1' }}
kind: ScaledObject
metadata: { name: ${app} }
spec:
  scaleTargetRef: { name: ${app} }
  minReplicaCount: ${least}
  maxReplicaCount: ${most}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        scaleDown: { stabilizationWindowSeconds: ${raw(SCALE_DOWN)} }
  triggers:
    - type: cpu
      metricType: Utilization
      metadata: { value: "${target}" }
${
  scheduled
    ? say`    - type: cron                       # start ${num(LEAD)} before the crowd: reacting is too slow for its ramp
      metadata:
        timezone: <zone>
        start: "<cron of the event, less ${num(LEAD)}>"
        end: "<cron of its end>"
        desiredReplicas: "${most}"`
    : say`    # add a trigger on requests a second per pod: it moves before the processor does`
}`,
        say`${scene.serviceName} on Kubernetes (KEDA)`,
      ),
    ];
  if (uses(context, 'app-service'))
    return [
      code(
        'bash',
        say`az monitor autoscale create -g $GROUP --resource $PLAN --resource-type Microsoft.Web/serverfarms \\
  --name ${app} --min-count ${least} --max-count ${most} --count ${least}
az monitor autoscale rule create -g $GROUP --autoscale-name ${app} --scale out $STEP --condition "CpuPercentage > ${target} avg $WINDOW"
${
  scheduled
    ? say`az monitor autoscale profile create -g $GROUP --autoscale-name ${app} --name event --count ${most} --min-count ${most} \\
  --start "$EVENT_START_LESS_LEAD" --end "$EVENT_END" --timezone "$ZONE"    # lead: ${num(LEAD)}`
    : ''
}`,
        say`${scene.serviceName} on Azure App Service`,
      ),
    ];
  if (uses(context, 'ecs', 'ec2', 'alb', 'rds'))
    return [
      code(
        'bash',
        say`aws application-autoscaling register-scalable-target --service-namespace ecs --resource-id "service/$CLUSTER/${app}" \\
  --scalable-dimension ecs:service:DesiredCount --min-capacity ${least} --max-capacity ${most}
aws application-autoscaling put-scaling-policy --policy-name ${app}-cpu --policy-type TargetTrackingScaling ...   # target ${target}
${
  scheduled
    ? say`aws application-autoscaling put-scheduled-action --scheduled-action-name ${app}-peak --schedule "cron(<peak, less ${num(LEAD)}>)" \\
  --scalable-target-action MinCapacity=${most},MaxCapacity=${most}`
    : ''
}`,
        say`${scene.serviceName} on AWS; for an Auto Scaling group the same with its own names`,
      ),
    ];
  return [
    bullets([
      say`Scale ${scene.serviceName} on requests a second per instance, which moves first; processor use of ${scene.serviceName} at ${num(PLANNING)} is the second signal, and its capacity is kept ${num(SCALE_DOWN)} after a peak.`,
    ]),
  ];
}
