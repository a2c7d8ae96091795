import openmetrics from '../../readers/openmetrics.js';
import { arrayOf, isObject, type JsonObject } from '../../readers/sample.js';
import { parseTimeNs } from '../../readers/time.js';
import { change, firstLine } from '../live/change.js';
import { AskFault } from '../live/fault.js';
import { type GaugeSeries, writeGauges } from '../live/gauges.js';
import { type Answer, parseJson } from '../live/http.js';
import { readAs } from '../live/read-as.js';
import { type Asking, isoMs, type Page, type SourceSystem } from '../source.js';
import { quantity } from './quantity.js';

const NODES = 20;
const A_PAGE = '500';

const object = (value: unknown): JsonObject => (isObject(value) ? value : {});
const items = (answer: Answer): JsonObject[] => {
  const value = object(parseJson(answer));
  if (!Array.isArray(value.items)) throw new AskFault('malformed', 'its answer is no list');
  return value.items.filter(isObject);
};

export default {
  id: 'kubernetes',
  title: 'Kubernetes',
  asks: 'rollouts, events, use and limits of pods, throttling, pressure on nodes',
  example: 'https://kubernetes.default.svc',
  products: ['kubernetes', 'eks', 'gke', 'aks', 'openshift'],
  gives: ['changes', 'metrics'],
  address: 'url',
  once: 'now',
  credentials: { token: ['KUBE_TOKEN', 'KUBERNETES_TOKEN'] },
  options: {
    namespace: 'namespace to look into; all when left out',
    cadvisor: 'no: do not ask the nodes for throttling of containers',
  },
  headers: (credential) => ({
    ...(credential?.token === undefined ? {} : { authorization: `Bearer ${credential.token}` }),
  }),
  async probe({ client }) {
    const value = object(await client.json({ path: '/version' }));
    return {
      version: String(value.gitVersion ?? ''),
      can: ['changes', 'metrics'],
      notes: ['What it says is of now; only events and rollouts reach back.'],
    };
  },
  async plan(asking) {
    return pagesOf(asking).map((p) => ({ query: p.query, calls: 1 }));
  },
  async collect(asking) {
    for (const page of pagesOf(asking)) await inPart(asking, page);
    if (asking.option('cadvisor') !== 'no') await cadvisor(asking);
  },
} satisfies SourceSystem;

/** A right or an API that is missing costs that part alone. */
async function inPart(asking: Asking, page: Page): Promise<void> {
  try {
    await asking.page(page);
  } catch (error) {
    if (!(error instanceof AskFault) || !['forbidden', 'not-found', 'unavailable'].includes(error.kind))
      throw error;
    asking.gap({
      what: `Kubernetes gives no ${page.query}: ${error.what}.`,
      todo: 'Give the account get and list on it (events, replicasets, pods, nodes, metrics.k8s.io); the metrics API needs metrics-server.',
    });
  }
}

function pagesOf(asking: Asking): Page[] {
  const namespace = asking.option('namespace');
  const within = (group: string, kind: string): string =>
    `/${group}/${namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`}${kind}`;
  const page = (query: string, path: string, read: Page['read']): Page => ({
    query,
    ask: () => asking.client.ask({ path, parameters: [['limit', A_PAGE]] }),
    read,
  });
  const { fromMs, toMs } = asking.window;
  const inWindow = (time: unknown): boolean => {
    const ms = Date.parse(String(time));
    return ms >= fromMs - 24 * 3_600_000 && ms < toMs;
  };
  return [
    page(
      `rollouts from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
      within('apis/apps/v1', 'replicasets'),
      (answer, sink) => {
        for (const set of items(answer)) {
          const meta = object(set.metadata);
          // A new replica set of a deployment is a rollout; one that was scaled is not.
          const owner = arrayOf(meta.ownerReferences)
            .filter(isObject)
            .find((o) => o.kind === 'Deployment' || o.kind === 'Rollout');
          if (!owner || !inWindow(meta.creationTimestamp)) continue;
          const images = arrayOf(object(object(object(set.spec).template).spec).containers)
            .filter(isObject)
            .map((c) => String(c.image ?? ''));
          const revision = String(object(meta.annotations)['deployment.kubernetes.io/revision'] ?? '');
          sink.change(
            change({
              timeNs: parseTimeNs(meta.creationTimestamp),
              kind: 'deploy',
              service: String(owner.name),
              name: String(owner.name),
              version: images[0]?.split(':').at(-1) ?? '',
              revision,
              summary: `rollout ${revision} of ${String(owner.name)}: ${images.join(', ')}`,
            }),
            0,
          );
        }
      },
    ),
    page(`events from ${isoMs(fromMs)} to ${isoMs(toMs)}`, within('api/v1', 'events'), (answer, sink) => {
      for (const e of items(answer)) {
        const at = e.eventTime ?? e.lastTimestamp ?? e.firstTimestamp;
        const about = object(e.involvedObject);
        if (!inWindow(at) || !TELLING.test(String(e.reason))) continue;
        sink.change(
          change({
            timeNs: parseTimeNs(at),
            kind: 'other',
            service: String(about.name ?? '').replace(/(?:-[a-f0-9]{6,10})?-[a-z0-9]{5}$/, ''),
            name: String(e.reason),
            summary: `${String(e.reason)} ${String(about.kind ?? '')} ${String(about.name ?? '')}: ${firstLine(e.message)}${Number(e.count) > 1 ? ` (${String(e.count)} times)` : ''}`,
          }),
          0,
        );
      }
    }),
    page('use of pods', within('apis/metrics.k8s.io/v1beta1', 'pods'), (answer, sink) => {
      writeGauges(items(answer).flatMap(usage), sink);
    }),
    page('requests and limits of pods', within('api/v1', 'pods'), (answer, sink) => {
      writeGauges(
        items(answer).flatMap((p) => limits(p, toMs)),
        sink,
      );
    }),
    page('conditions of nodes', '/api/v1/nodes', (answer, sink) => {
      writeGauges(
        items(answer).flatMap((n) => pressure(n, toMs)),
        sink,
      );
    }),
  ];
}

/** Reasons of events that can alter how fast something is. */
const TELLING =
  /^(?:Killing|OOMKilling|BackOff|Evicted|Preempted|FailedScheduling|ScalingReplicaSet|SuccessfulRescale|NodeNotReady|NodeHasDiskPressure|NodeHasInsufficientMemory|Unhealthy|FailedMount|SystemOOM|Rebooted)$/;

const podService = (meta: JsonObject): string => {
  const labels = object(meta.labels);
  const said = labels['app.kubernetes.io/name'] ?? labels.app;
  return typeof said === 'string'
    ? said
    : String(meta.name ?? '').replace(/(?:-[a-f0-9]{6,10})?-[a-z0-9]{5}$|-\d+$/, '');
};

function usage(pod: JsonObject): GaugeSeries[] {
  const meta = object(pod.metadata);
  const ms = Date.parse(String(pod.timestamp));
  return arrayOf(pod.containers)
    .filter(isObject)
    .flatMap((c) => {
      const attributes: [string, string][] = [
        ['k8s.pod.name', String(meta.name ?? '')],
        ['k8s.container.name', String(c.name ?? '')],
      ];
      const use = object(c.usage);
      const of = (name: string, unit: string, value: number): GaugeSeries => ({
        service: podService(meta),
        name,
        unit,
        attributes,
        points: [[ms, value]],
      });
      return [
        of('container.cpu.usage.cores', '{cpu}', quantity(use.cpu)),
        of('container.memory.usage', 'By', quantity(use.memory)),
      ];
    });
}

function limits(pod: JsonObject, atMs: number): GaugeSeries[] {
  const meta = object(pod.metadata);
  return arrayOf(object(pod.spec).containers)
    .filter(isObject)
    .flatMap((c) => {
      const attributes: [string, string][] = [
        ['k8s.pod.name', String(meta.name ?? '')],
        ['k8s.container.name', String(c.name ?? '')],
      ];
      const resources = object(c.resources);
      return (['requests', 'limits'] as const).flatMap((which) =>
        (['cpu', 'memory'] as const).flatMap((what): GaugeSeries[] => {
          const value = quantity(object(resources[which])[what]);
          return Number.isFinite(value)
            ? [
                {
                  service: podService(meta),
                  name: `k8s.container.${what}_${which.slice(0, -1)}`,
                  unit: what === 'cpu' ? '{cpu}' : 'By',
                  attributes,
                  points: [[atMs, value]],
                },
              ]
            : [];
        }),
      );
    });
}

function pressure(node: JsonObject, atMs: number): GaugeSeries[] {
  const name = String(object(node.metadata).name ?? '');
  return arrayOf(object(node.status).conditions)
    .filter(isObject)
    .filter((c) => /Pressure$/.test(String(c.type)))
    .map((c) => ({
      service: name,
      name: 'k8s.node.condition',
      unit: '1',
      attributes: [['condition', String(c.type)]],
      points: [[atMs, c.status === 'True' ? 1 : 0]],
    }));
}

/** What the kubelets' cAdvisor counts: quota periods and how many were throttled. Counters since a container's start, read once. */
async function cadvisor(asking: Asking): Promise<void> {
  const names = await asking.look('nodes', async () => {
    try {
      return items(await asking.client.ask({ path: '/api/v1/nodes', parameters: [['limit', A_PAGE]] })).map(
        (n) => String(object(n.metadata).name ?? ''),
      );
    } catch (error) {
      if (error instanceof AskFault && error.kind === 'forbidden') return [];
      throw error;
    }
  });
  for (const node of names.slice(0, NODES))
    await inPart(asking, {
      query: `cAdvisor of ${node}`,
      ask: () =>
        asking.client.ask({
          path: `/api/v1/nodes/${encodeURIComponent(node)}/proxy/metrics/cadvisor`,
          headers: { accept: 'text/plain' },
        }),
      async read(answer, sink) {
        const kept = answer.bytes
          .toString('utf8')
          .split('\n')
          .filter((l) =>
            /^(?:# TYPE )?container_(?:cpu_cfs_|memory_working_set_bytes|spec_cpu_|spec_memory_limit)/.test(
              l,
            ),
          )
          .filter((l) => l.startsWith('#') || /container="[^"]+"/.test(l))
          .map((l) => l.replace(/container="([^"]+)"/, 'service="$1",container="$1"'));
        if (kept.length > 0) await readAs(openmetrics, Buffer.from(`${kept.join('\n')}\n`), sink);
        return undefined;
      },
    });
}
