import { stringify } from 'yaml';
import { slug } from '../../domain/index.js';
import { argumentsOf, type ChaosExperiment } from './experiment.js';
import { type Fault, parseFault } from './fault.js';

export interface ExportTarget {
  namespace: string;
  /** Label selector of the pods: "app=checkout". */
  selector: string;
}

/** A document for a cluster, or why a fault has none there. */
export interface Exported {
  yaml: string;
  lacking: string[];
}

/** The faults of an experiment's method: activities that call `kneepoint chaos inject`. */
export function faultsOf(experiment: ChaosExperiment): { name: string; fault: Fault }[] {
  return experiment.method.flatMap((a) => {
    const p = a.provider;
    if (p.type !== 'process' || p.path !== 'kneepoint') return [];
    const words = argumentsOf(p.arguments as string[] | string | Record<string, string>);
    if (words[0] !== 'chaos' || words[1] !== 'inject') return [];
    const parsed = parseFault(words[2] ?? '', words.slice(3));
    return 'fault' in parsed ? [{ name: a.name, fault: parsed.fault }] : [];
  });
}

/** Chaos Mesh 2: one object a fault. */
export function chaosMesh(experiment: ChaosExperiment, target: ExportTarget): Exported {
  return exported(experiment, (name, fault) => {
    const [key = 'app', value = ''] = target.selector.split('=');
    const metadata = { name: kubernetesName(name), namespace: target.namespace };
    const selector = { namespaces: [target.namespace], labelSelectors: { [key]: value } };
    const duration = `${fault.seconds}s`;
    const base = { mode: 'all', selector, duration };
    const network = (action: string, more: object): object => ({
      apiVersion: 'chaos-mesh.org/v1alpha1',
      kind: 'NetworkChaos',
      metadata,
      spec: { action, ...base, direction: 'to', ...more },
    });
    if (fault.kind === 'cpu')
      return {
        apiVersion: 'chaos-mesh.org/v1alpha1',
        kind: 'StressChaos',
        metadata,
        // There is no quota there; stress takes the rest of a core away.
        spec: {
          ...base,
          stressors: {
            cpu: { workers: 1, load: Math.round(100 * Math.max(0, 1 - Math.min(1, fault.cores))) },
          },
        },
      };
    if (fault.kind !== 'network') return undefined;
    const t = fault.toxic;
    if (t.type === 'latency')
      return network('delay', {
        delay: { latency: `${t.latencyMs}ms`, jitter: `${t.jitterMs}ms`, correlation: '0' },
      });
    if (t.type === 'bandwidth')
      return network('bandwidth', {
        bandwidth: { rate: `${Math.round(t.kbPerSecond)}kbps`, limit: 20971520, buffer: 10000 },
      });
    if (t.type === 'timeout') return network('partition', {});
    return undefined;
  });
}

/** Litmus 3: one ChaosEngine with the faults as experiments. */
export function litmus(experiment: ChaosExperiment, target: ExportTarget): Exported {
  return exported(experiment, (name, fault) => {
    const env = (values: Record<string, string | number>): object[] =>
      Object.entries({ TOTAL_CHAOS_DURATION: fault.seconds, ...values }).map(([n, v]) => ({
        name: n,
        value: String(v),
      }));
    const engine = (id: string, values: Record<string, string | number>): object => ({
      apiVersion: 'litmuschaos.io/v1alpha1',
      kind: 'ChaosEngine',
      metadata: { name: kubernetesName(name), namespace: target.namespace },
      spec: {
        engineState: 'active',
        appinfo: { appns: target.namespace, applabel: target.selector, appkind: 'deployment' },
        chaosServiceAccount: `${id}-sa`,
        experiments: [{ name: id, spec: { components: { env: env(values) } } }],
      },
    });
    if (fault.kind === 'cpu')
      return engine('pod-cpu-hog', {
        CPU_CORES: 1,
        CPU_LOAD: Math.round(100 * Math.max(0, 1 - Math.min(1, fault.cores))),
      });
    if (fault.kind !== 'network') return undefined;
    const t = fault.toxic;
    if (t.type === 'latency')
      return engine('pod-network-latency', { NETWORK_LATENCY: t.latencyMs, JITTER: t.jitterMs });
    if (t.type === 'bandwidth')
      return engine('pod-network-rate-limit', { NETWORK_BANDWIDTH: `${Math.round(t.kbPerSecond * 8)}kbit` });
    if (t.type === 'timeout') return engine('pod-network-loss', { NETWORK_PACKET_LOSS_PERCENTAGE: 100 });
    return undefined;
  });
}

function exported(
  experiment: ChaosExperiment,
  make: (name: string, fault: Fault) => object | undefined,
): Exported {
  const documents: string[] = [];
  const lacking: string[] = [];
  for (const { name, fault } of faultsOf(experiment)) {
    const document = make(name, fault);
    if (document) documents.push(stringify(document));
    else
      lacking.push(
        `${name}: ${fault.kind === 'network' ? fault.toxic.type : fault.kind} has no counterpart there`,
      );
  }
  return { yaml: documents.join('---\n'), lacking };
}

const kubernetesName = (text: string): string =>
  slug(text)
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 50) || 'fault';
