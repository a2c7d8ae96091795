import {
  DEFAULT_BEHAVIOR,
  desiredForAverage,
  desiredForMetrics,
  desiredForPods,
  NO_MEMORY,
  type PodMetric,
  type ScalingRules,
  scaleOnce,
} from '../../src/models/autoscaling/hpa.js';
import { exactMva, type Station } from '../../src/models/capacity/mva.js';
import { fitUsl } from '../../src/models/capacity/usl.js';
import { erlangC } from '../../src/models/queueing.js';

/** One published number and what we compute for it. */
export interface Check {
  name: string;
  passed: boolean;
  detail: string;
}

/** Numbers of the literature that the models must give, to the digits printed there. */
export const PUBLISHED: readonly Record<string, unknown>[] = [
  {
    name: 'USL: SPEC SDM91 (R package usl)',
    n: [1, 18, 36, 72, 108, 144, 216],
    x: [64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775.0, 1702.2],
    alpha: 0.0277285,
    beta: 0.0001044,
    gamma: 89.995,
    peak: 96.52,
  },
  {
    name: 'MVA: Jain 1991, p. 577',
    service: [0.125, 0.3, 0.2],
    visits: [16, 10, 5],
    population: 20,
    think: 4,
    residence: [0.373, 4.854, 0.3],
    queue: [1.991, 16.177, 0.5],
    throughput: 0.3332,
  },
  {
    name: 'MVA: Bolch et al. 2006, example 8.3',
    service: [0.02, 0.2, 0.4, 0.6],
    visits: [1, 0.4, 0.2, 0.1],
    population: 6,
    think: 0,
    throughput: 9.92,
  },
  { name: 'Erlang C: Tijms 2003', servers: 100, utilisation: 0.95, wait: 0.506 },
  { name: 'HPA: twice the target doubles', replicas: 4, value: 200, target: 100, desired: 8 },
  { name: 'HPA: half the target halves', replicas: 4, value: 50, target: 100, desired: 2 },
  { name: 'HPA: within the tolerance', replicas: 10, value: 105, target: 100, desired: 10 },
  {
    name: 'HPA walkthrough: 305 % of 50 %',
    replicas: 1,
    value: 305,
    target: 50,
    min: 1,
    max: 10,
    desired: 7,
  },
  { name: 'HPA walkthrough: load gone', replicas: 7, value: 0, target: 50, min: 1, max: 10, desired: 1 },
  {
    name: 'HPA behaviour: 4 pods or 10 % a minute, from 80 towards 10',
    behavior: {
      scaleDown: {
        stabilizationWindowSeconds: 0,
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 60 },
          { type: 'Percent', value: 10, periodSeconds: 60 },
        ],
      },
    },
    replicas: 80,
    recommended: 10,
    every: 60,
    sequence: [72, 64, 57, 51, 45, 40, 36, 32, 28, 24, 20, 16, 12, 10],
  },
  {
    name: 'HPA behaviour: at most 5 pods and 10 % a minute, the lesser',
    behavior: {
      scaleDown: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Min',
        policies: [
          { type: 'Percent', value: 10, periodSeconds: 60 },
          { type: 'Pods', value: 5, periodSeconds: 60 },
        ],
      },
    },
    replicas: 100,
    recommended: 80,
    every: 60,
    sequence: [95, 90, 85, 80],
  },
  {
    name: 'HPA behaviour: scaling down disabled',
    behavior: { scaleDown: { selectPolicy: 'Disabled' } },
    replicas: 10,
    recommended: 2,
    every: 60,
    sequence: [10, 10],
  },
  {
    name: 'HPA behaviour: as set by default, up by four pods or double every 15 s',
    replicas: 1,
    recommended: 60,
    every: 15,
    sequence: [5, 10, 20, 40, 60],
  },
  {
    name: 'HPA behaviour: as set by default, down after five minutes',
    replicas: 10,
    before: 10,
    recommended: 2,
    every: 150,
    sequence: [10, 2],
  },
];

/** Relative tolerance of fitted parameters. */
const FIT_TOLERANCE = 1e-3;

/** Checks one case by the keys it has: a USL fit, a closed network, Erlang C, or an autoscaler's decision. */
export function checkCase(entry: Record<string, unknown>, fallback: string): Check | undefined {
  const name = typeof entry.name === 'string' ? entry.name : fallback;
  const field = (...keys: string[]): unknown => {
    const found = Object.keys(entry).find((k) => keys.includes(k.toLowerCase()));
    return found === undefined ? undefined : entry[found];
  };
  const list = (...keys: string[]): number[] | undefined => {
    const v = field(...keys);
    return Array.isArray(v) && v.every((x) => typeof x === 'number') ? v : undefined;
  };
  const number = (...keys: string[]): number | undefined => {
    const v = field(...keys);
    return typeof v === 'number' ? v : undefined;
  };
  const n = list('n', 'concurrency', 'load');
  const x = list('x', 'throughput');
  if (n && x) {
    const fit = fitUsl(n.map((v, i) => ({ n: v, throughput: x[i] ?? Number.NaN })));
    const wanted: [string, number | undefined, number | undefined][] = [
      ['alpha', number('alpha', 'sigma'), fit?.alpha],
      ['beta', number('beta', 'kappa'), fit?.beta],
      ['gamma', number('gamma', 'lambda'), fit?.gamma],
      ['peak', number('peak', 'peakn', 'nmax'), fit?.peakN],
    ];
    return verdict(
      name,
      wanted.map(([what, want, got]) => [what, want, got, fitTolerance(want)]),
    );
  }
  const service = list('s', 'service', 'servicetimes', 'demands', 'd');
  if (service) return network(name, service, list, number, field);
  const servers = number('c', 'servers');
  if (servers !== undefined) {
    const rho = number('rho', 'utilisation', 'utilization');
    const load = number('load', 'erlangs', 'a', 'offered') ?? (rho ?? 0) * servers;
    const want = number('wait', 'pwait', 'p_wait', 'erlangc');
    return verdict(name, [['P(wait)', want, erlangC(servers, load), digits(want)]]);
  }
  const sequence = list('sequence', 'replicasovertime', 'expectedsequence');
  if (sequence) return behaviour(name, sequence, number, field);
  const want = number('desired', 'expected', 'desiredreplicas', 'expectedreplicas');
  const target = number('target', 'targetvalue', 'desiredmetricvalue');
  if (want !== undefined && target !== undefined) {
    const current = number('replicas', 'current', 'currentreplicas') ?? 0;
    const pods = podsOf(field('pods'));
    const tolerance = number('tolerance');
    const got = pods
      ? desiredForPods(current, pods, target, tolerance)
      : desiredForAverage(
          current,
          number('value', 'metric', 'currentvalue', 'currentmetricvalue') ?? Number.NaN,
          target,
          tolerance,
        );
    const low = number('min', 'minreplicas') ?? 0;
    const high = number('max', 'maxreplicas') ?? Number.POSITIVE_INFINITY;
    return verdict(name, [['replicas', want, Math.min(high, Math.max(low, got)), 0]]);
  }
  const metrics = field('metrics');
  if (want !== undefined && Array.isArray(metrics)) {
    const current = number('replicas', 'current', 'currentreplicas') ?? 0;
    const each = metrics.map((m: Record<string, number | null>) => {
      const value = m.value ?? m.current;
      return value == null
        ? undefined
        : desiredForAverage(current, value, m.target ?? Number.NaN, number('tolerance'));
    });
    return verdict(name, [['replicas', want, desiredForMetrics(current, each), 0]]);
  }
  return undefined;
}

/** Pods as numbers, as `null` for one that reports nothing, or with their state. */
function podsOf(given: unknown): PodMetric[] | undefined {
  if (!Array.isArray(given)) return undefined;
  return given.map((p: unknown): PodMetric => {
    if (typeof p === 'number') return { state: 'ready', value: p };
    if (p === null) return { state: 'missing' };
    const pod = p as { state?: string; ready?: boolean; value?: number };
    const value = pod.value === undefined ? {} : { value: pod.value };
    if (pod.ready === false || /not.?ready|unready|pending/i.test(pod.state ?? ''))
      return { state: 'not-ready', ...value };
    return pod.value === undefined || pod.state === 'missing'
      ? { state: 'missing' }
      : { state: 'ready', ...value };
  });
}

/** Replicas pass by pass, while the recommendation stays: windows, policies and bounds. */
function behaviour(name: string, sequence: number[], number: Find<number>, field: Find<unknown>): Check {
  const given = (field('behavior', 'behaviour') ?? {}) as {
    scaleUp?: Partial<ScalingRules>;
    scaleDown?: Partial<ScalingRules>;
  };
  const behavior = {
    scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, ...given.scaleUp },
    scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, ...given.scaleDown },
  };
  const limits = {
    minReplicas: number('min', 'minreplicas') ?? 1,
    maxReplicas: number('max', 'maxreplicas') ?? 10_000,
  };
  const every = number('every', 'everyseconds', 'period') ?? 15;
  const wanted = number('recommended', 'recommendation', 'desired') ?? 0;
  let replicas = number('replicas', 'current', 'currentreplicas') ?? 0;
  const before = number('before');
  let memory =
    before === undefined ? NO_MEMORY : { ...NO_MEMORY, recommendations: [{ at: 0, replicas: before }] };
  return verdict(
    name,
    sequence.map((want, i): Row => {
      const now = before === undefined ? i * every : (i + 1) * every;
      const pass = scaleOnce(now, replicas, wanted, limits, behavior, memory);
      replicas = pass.replicas;
      memory = pass.memory;
      return [`pass ${i + 1}`, want, pass.replicas, 0];
    }),
  );
}

type Find<T> = (...keys: string[]) => T | undefined;

function network(
  name: string,
  service: number[],
  list: Find<number[]>,
  number: Find<number>,
  field: Find<unknown>,
): Check {
  const visits = list('v', 'visits') ?? service.map(() => 1);
  const servers = list('m', 'servers') ?? service.map(() => 1);
  const kinds = (field('kinds', 'types') as string[] | undefined) ?? [];
  const stations: Station[] = service.map((_, i) => ({
    name: String(i),
    kind: kinds[i] === 'delay' ? 'delay' : 'queue',
    servers: servers[i] ?? 1,
  }));
  const solved = exactMva(stations, [
    {
      name: 'all',
      visits,
      service,
      population: number('n', 'population', 'customers') ?? 0,
      think: number('z', 'think', 'thinktime') ?? 0,
    },
  ]);
  const rows: Row[] = [];
  const throughput = number('x', 'throughput');
  rows.push(['X', throughput, solved.throughput[0], digits(throughput)]);
  (list('r', 'residence', 'responsetimes') ?? []).forEach((v, i) => {
    rows.push([`R${i + 1}`, v, solved.residencePerVisit[i]?.[0], digits(v)]);
  });
  (list('q', 'queue', 'queuelengths') ?? []).forEach((v, i) => {
    rows.push([`Q${i + 1}`, v, solved.queue[i], digits(v)]);
  });
  (list('u', 'utilisation', 'utilization') ?? []).forEach((v, i) => {
    rows.push([`U${i + 1}`, v, solved.utilisation[i], digits(v)]);
  });
  const response = number('response', 'rtotal');
  rows.push(['response', response, solved.response[0], digits(response)]);
  return verdict(name, rows);
}

type Row = [what: string, wanted: number | undefined, got: number | undefined, tolerance: number];

/** Half a unit of the last digit printed, a little more for the rounding of the source. */
function digits(value: number | undefined): number {
  const text = String(value ?? '');
  const places = text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
  return 0.6 * 10 ** -places;
}

/** A fitted parameter holds within 1e-3, or within what its printed digits allow. */
const fitTolerance = (value: number | undefined): number =>
  Math.max(FIT_TOLERANCE * Math.abs(value ?? 0), digits(value));

function verdict(name: string, rows: readonly Row[]): Check {
  const asked = rows.filter(([, wanted]) => wanted !== undefined);
  const wrong = asked.filter(
    ([, wanted, got, tolerance]) => !(Math.abs((got ?? Number.NaN) - (wanted ?? 0)) <= tolerance + 1e-12),
  );
  return {
    name,
    passed: asked.length > 0 && wrong.length === 0,
    detail: wrong.map(([what, wanted, got]) => `${what} ${got} instead of ${wanted}`).join(', '),
  };
}
