import {
  AHEAD_MARGIN,
  type NamedPolicy,
  STAFFED_MARGIN,
  TREND_MINUTES,
  TREND_TARGET,
} from '../../models/autoscaling/policies.js';
import type { Workload } from '../../models/autoscaling/replay.js';
import type { ScheduledFloor } from '../../models/autoscaling/schedule.js';

export interface ManifestInput {
  /** A DNS label. */
  name: string;
  workload: Workload;
  minReplicas: number;
  maxReplicas: number;
  chosen: NamedPolicy;
  /** The daily floors of the days before, where the choice has a schedule. */
  schedule: readonly ScheduledFloor[];
  memoryMiB?: number;
}

export interface ManifestFile {
  path: string;
  text: string;
}

/** The manifests that bring the choice about: the scaler, a disruption budget, requests and limits, and VPA as advice. */
export function scalingManifests(m: ManifestInput): ManifestFile[] {
  return [
    m.chosen.manifest === 'keda'
      ? { path: 'keda.yaml', text: keda(m) }
      : m.chosen.manifest === 'target-tracking'
        ? { path: 'target-tracking.json', text: tracking(m) }
        : { path: 'hpa.yaml', text: hpa(m) },
    { path: 'pdb.yaml', text: budget(m) },
    { path: 'resources-patch.yaml', text: resources(m) },
    { path: 'vpa.yaml', text: vpa(m) },
  ];
}

function behaviour(m: ManifestInput, indent: string): string {
  const own = m.chosen.policy.kind === 'hpa' ? m.chosen.policy.behavior : undefined;
  const down = own?.scaleDown.stabilizationWindowSeconds ?? 300;
  return [
    'behavior:',
    '  scaleUp:',
    '    stabilizationWindowSeconds: 0',
    '    policies:',
    '      - { type: Percent, value: 100, periodSeconds: 15 }',
    '      - { type: Pods, value: 4, periodSeconds: 15 }',
    '  scaleDown:',
    `    stabilizationWindowSeconds: ${down}`,
    '    policies:',
    '      - { type: Percent, value: 100, periodSeconds: 15 }',
  ]
    .map((line) => indent + line)
    .join('\n');
}

const targetOf = (m: ManifestInput): number =>
  Math.round((m.chosen.policy.kind === 'hpa' ? m.chosen.policy.targetUtilisation : 0.8) * 100);

const hpa = (m: ManifestInput): string => `# ${m.chosen.name}: chosen by replaying the recorded load.
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: ${m.name}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: ${m.name} }
  minReplicas: ${m.chosen.policy.kind === 'fixed' ? m.chosen.policy.replicas : m.minReplicas}
  maxReplicas: ${m.chosen.policy.kind === 'fixed' ? m.chosen.policy.replicas : m.maxReplicas}
${behaviour(m, '  ')}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: ${targetOf(m)} }
`;

/** Numbers in queries: short, and never in exponent form. */
const figure = (v: number): string => String(Number(v.toFixed(5)));

function keda(m: ManifestInput): string {
  const { serviceSeconds, coresPerReplica, startSeconds } = m.workload;
  const rate = `sum(rate(http_requests_total{service="${m.name}"}[1m]))`;
  const policy = m.chosen.policy.kind === 'hpa' ? m.chosen.policy : undefined;
  const metric = policy?.metric;
  const margin = m.chosen.aheadOfTrend || m.chosen.needsForecaster ? AHEAD_MARGIN : STAFFED_MARGIN;
  const query = (text: string, threshold: string): string => `    - type: prometheus
      metricType: AverageValue
      metadata:
        serverAddress: http://prometheus.monitoring:9090
        query: '${text}'
        threshold: "${threshold}"`;
  const triggers = [
    ...(metric?.kind === 'staffing'
      ? [
          `    # replicas = (requests a second x ${figure(serviceSeconds)} s x ${1 + margin} + ${figure(metric.spareCores)} spare cores) / ${coresPerReplica} cores`,
          query(
            `(${rate} * ${figure(serviceSeconds)} * ${1 + margin} + ${figure(metric.spareCores)}) / ${coresPerReplica}`,
            '1',
          ),
        ]
      : metric?.kind === 'rate'
        ? [query(rate, figure((coresPerReplica * (policy?.targetUtilisation ?? 0.8)) / serviceSeconds))]
        : [`    - type: cpu\n      metricType: Utilization\n      metadata: { value: "${targetOf(m)}" }`]),
    ...(m.chosen.aheadOfTrend
      ? [
          `    # ahead of the trend: what the load will be when a replica started now serves`,
          query(
            `(${rate} + clamp_min(deriv(${rate}[${TREND_MINUTES}m:15s]), 0) * ${startSeconds + 60}) * ${figure(serviceSeconds)} / ${coresPerReplica} / ${TREND_TARGET}`,
            '1',
          ),
        ]
      : []),
    ...(m.chosen.needsSchedule ? hours(m.schedule).map(cron) : []),
  ];
  return `# ${m.chosen.name}: chosen by replaying the recorded load.
# Put the name of your request counter and its label into the query; the highest trigger wins.
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: ${m.name}
spec:
  scaleTargetRef:
    name: ${m.name}
  pollingInterval: 15
  minReplicaCount: ${m.minReplicas}
  maxReplicaCount: ${m.maxReplicas}
  advanced:
    horizontalPodAutoscalerConfig:
${behaviour(m, '      ')}
  triggers:
${triggers.join('\n')}
`;
}

/** The floors hour by hour, neighbours of one height joined. */
function hours(schedule: readonly ScheduledFloor[]): { from: number; to: number; replicas: number }[] {
  const byHour = Array.from({ length: 24 }, (_, h) =>
    schedule
      .filter((s) => s.fromMinute < (h + 1) * 60 && s.toMinute > h * 60)
      .reduce((most, s) => Math.max(most, s.replicas), 0),
  );
  const joined: { from: number; to: number; replicas: number }[] = [];
  byHour.forEach((replicas, h) => {
    const last = joined[joined.length - 1];
    if (last && last.replicas === replicas) last.to = h + 1;
    else joined.push({ from: h, to: h + 1, replicas });
  });
  return joined.filter((j) => j.replicas > 0);
}

const cron = (h: { from: number; to: number; replicas: number }): string => `    - type: cron
      metadata:
        timezone: Etc/UTC
        start: "0 ${h.from} * * *"
        end: "${h.to === 24 ? '59 23' : `0 ${h.to}`} * * *"
        desiredReplicas: "${h.replicas}"`;

const tracking = (m: ManifestInput): string =>
  `${JSON.stringify(
    {
      TargetValue: m.chosen.policy.kind === 'target-tracking' ? m.chosen.policy.target * 100 : 60,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      ScaleOutCooldown: 60,
      ScaleInCooldown: 300,
    },
    null,
    2,
  )}\n`;

const budget = (m: ManifestInput): string => `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: ${m.name}
spec:
  # One at a time: a drain must not take what the autoscaler has just judged to be needed.
  maxUnavailable: 1
  selector:
    matchLabels:
      app: ${m.name}
`;

const resources = (
  m: ManifestInput,
): string => `# kubectl patch deployment ${m.name} --patch-file resources-patch.yaml
# The request is what the replay counted as a replica. No CPU limit: a quota would stop work that the node has room for.
spec:
  template:
    spec:
      containers:
        - name: ${m.name}
          resources:
            requests:
              cpu: ${Math.round(m.workload.coresPerReplica * 1000)}m${m.memoryMiB === undefined ? '\n              # memory: measure its peak, and set request and limit to it with a margin' : `\n              memory: ${m.memoryMiB}Mi\n            limits:\n              memory: ${m.memoryMiB}Mi`}
`;

const vpa = (
  m: ManifestInput,
): string => `# Advice alone: an updater that changes CPU requests would fight an autoscaler that reads CPU use.
apiVersion: autoscaling.k8s.io/v1
kind: VerticalPodAutoscaler
metadata:
  name: ${m.name}
spec:
  targetRef: { apiVersion: apps/v1, kind: Deployment, name: ${m.name} }
  updatePolicy:
    updateMode: "Off"
  resourcePolicy:
    containerPolicies:
      - containerName: "*"
        controlledResources: [cpu, memory]
# read it: kubectl get vpa ${m.name} -o jsonpath='{.status.recommendation.containerRecommendations}'
`;
