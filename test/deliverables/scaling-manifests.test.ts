import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { scalingManifests } from '../../src/deliverables/scaling/manifests.js';
import { comparePolicies, type NamedPolicy } from '../../src/models/autoscaling/policies.js';
import type { Workload } from '../../src/models/autoscaling/replay.js';

const WORKLOAD: Workload = {
  serviceSeconds: 0.02,
  coresPerReplica: 2,
  startSeconds: 60,
  objective: { quantile: 0.99, seconds: 0.5 },
};
const DAY = 1440;
const load = Array.from({ length: 3 * DAY }, (_, m) => (m % DAY >= 1080 && m % DAY < 1140 ? 900 : 150));
const BOUNDS = { minReplicas: 3, maxReplicas: 40 };
const { played } = comparePolicies(load, WORKLOAD, { learn: DAY, startMinute: 0, ...BOUNDS });
const named = (name: string): NamedPolicy => {
  const found = played.find((p) => p.name === name);
  if (!found) throw new Error(`no policy ${name}`);
  return found;
};
const manifestsOf = (chosen: NamedPolicy) =>
  new Map(
    scalingManifests({
      name: 'orders',
      workload: WORKLOAD,
      ...BOUNDS,
      chosen,
      schedule: [{ fromMinute: 1050, toMinute: 1150, replicas: 12 }],
      memoryMiB: 512,
    }).map((f) => [f.path, f.text]),
  );
/** The documents of a file as plain objects; fails on YAML that does not parse. */
const objects = (text: string | undefined): Record<string, never>[] =>
  parseAllDocuments(text ?? '').map((d) => {
    if ('errors' in d && d.errors.length > 0) throw d.errors[0];
    return d.toJS() as Record<string, never>;
  });

describe('the manifests of a choice', () => {
  it('are an HPA v2 with target, bounds and behaviour', () => {
    const [hpa] = objects(manifestsOf(named('HPA, CPU 60 %')).get('hpa.yaml'));
    expect(hpa).toMatchObject({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      spec: {
        scaleTargetRef: { name: 'orders' },
        minReplicas: 3,
        maxReplicas: 40,
        metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 60 } } }],
        behavior: { scaleUp: { stabilizationWindowSeconds: 0 } },
      },
    });
  });
  it('are a KEDA object with its schedule, where the choice has one', () => {
    const [keda] = objects(manifestsOf(named('schedule + KEDA staffed')).get('keda.yaml'));
    expect(keda).toMatchObject({ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' });
    const triggers = (keda as unknown as { spec: { triggers: { type: string }[] } }).spec.triggers;
    expect(triggers.map((t) => t.type)).toEqual(expect.arrayContaining(['prometheus', 'cron']));
  });
  it('are a target-tracking policy in JSON, where a cloud scales', () => {
    const text = manifestsOf(named('target tracking, CPU 60 %')).get('target-tracking.json') ?? '';
    expect(JSON.stringify(JSON.parse(text))).toMatch(/60/);
  });
  it('keep some of it up, ask for and bound what a replica takes, and take advice of the VPA alone', () => {
    const files = manifestsOf(named('HPA, CPU 60 %'));
    expect(objects(files.get('pdb.yaml'))[0]).toMatchObject({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
    });
    expect(objects(files.get('vpa.yaml'))[0]).toMatchObject({
      kind: 'VerticalPodAutoscaler',
      spec: { updatePolicy: { updateMode: 'Off' } },
    });
    expect(files.get('resources-patch.yaml')).toMatch(/requests:[\s\S]*memory: 512Mi/);
  });
});
