import type { Context, Fact } from '../domain/index.js';
import { componentOf, inSeconds } from '../readings/compose.js';
import { AIM, aimedLoad, isWhole, loadBehind, loadPoints, NOW, shareOf, topLoad } from '../readings/load.js';
import { cacheFlow, connectionLimit, instancesOf, mainService, statementTimes } from '../readings/parts.js';
import { isQueue, type Network, networkOf } from './network.js';

/** Something that fills up with the load. */
export interface Resource {
  name: string;
  /** Busy share at the rate it was read at. */
  used: number;
  at: number;
  /** `instances`: more of them share the load; `fixed`: one server or limit for all. */
  scales: 'instances' | 'fixed';
  /** Which requests reach it: all, those that a cache does not answer, or writes. */
  reached: 'all' | 'misses' | 'misses and writes' | 'writes';
  /** Work that a request costs there can be cut in the service's own code. */
  ownCode: boolean;
  /** Servers behind one line and the work of a request there, where telemetry showed them. */
  servers?: number;
  workMs?: number;
  /** A limit in members (connections, pool), where it is one. */
  limit?: number;
  /** Rests on a default or on figures of slow calls: to be checked before it is believed. */
  soft?: string;
}

/** Latency at a load, in milliseconds. */
export interface LatencyPoint {
  rate: number;
  p50?: number;
  p95?: number;
  p99?: number;
}

/** What is known of a service today, and what is asked of it. What was not said is absent. */
export interface Today {
  name: string;
  /** The highest load seen, requests a second. */
  rate?: number;
  target?: number;
  objective: { p50?: number; p95?: number; p99?: number };
  latency: LatencyPoint[];
  resources: Resource[];
  hitRatio?: number;
  readShare?: number;
  instances?: number;
  cores?: number;
  /** Growth of the load a period, and what the period is was said by the user. */
  growth?: number;
  costLimit?: number;
  /** What requests wait for, with the time that a request spends on it. */
  dependencies: { name: string; latencyMs?: number; store?: true }[];
  /** What traces and metrics showed of each part; its stations are among the resources unless it was seen at another scale. */
  network?: Network;
}

const WORDS: Record<string, string> = {
  'cpu.utilisation': 'CPU',
  'eventloop.utilisation': 'event loop',
  'workers.utilisation': 'workers',
  'threads.utilisation': 'threads',
  'disk.utilisation': 'disk',
  'network.utilisation': 'network',
  'connections.utilisation': 'connections',
  'pool.utilisation': 'pool',
};
const OWN = ['cpu.utilisation', 'eventloop.utilisation', 'workers.utilisation', 'threads.utilisation'];
const PERCENTILES = ['p50', 'p95', 'p99'] as const;

/** Reads a case with its facts, said or measured, as the readings do. */
export function todayOf(context: Context): Today {
  const points = loadPoints(context);
  const top = topLoad(points);
  const aim = aimedLoad(points);
  const service = mainService(context);
  const network = networkOf(context);
  const stations = network && ofTheSameScale(network, top?.rate) ? network : undefined;
  const hit = hitOf(context);
  const read = shareOf(context, 'read');
  const instances = service ? instancesOf(context, service) : undefined;
  const own = (f: Fact): boolean => isWhole(context, f.subject) || f.subject.id === service?.subject.id;
  const cost = context.facts
    .every({ name: 'cost.change' })
    .filter((f) => f.value >= 0 && f.value < 2)
    .sort((a, b) => a.value - b.value)[0];
  const found = {
    rate: top?.rate.value ?? stations?.rate,
    network,
    target: aim?.rate.value,
    hitRatio: hit,
    readShare: read?.value,
    instances: instances?.value ?? (stations && countOf(stations)),
    cores: context.facts.every({ name: 'cpu.cores' }).find(own)?.value,
    growth: context.facts.every({ name: 'growth.ratio' }).find((f) => f.value > 0)?.value,
    costLimit: cost?.value,
  };
  return {
    name: context.case.appName,
    objective: Object.fromEntries(
      PERCENTILES.flatMap((p) => {
        const f = context.facts.every({ name: `latency.${p}`, phase: AIM }).find(own);
        return f ? [[p, inSeconds(f) * 1000]] : [];
      }),
    ),
    latency: latencyPoints(context, points, own),
    resources: [
      ...(stations ? resourcesOf(stations) : []),
      ...busy(context, points, own, stations !== undefined),
      ...connections(context, stations !== undefined),
    ],
    dependencies: withCalls(stations, dependenciesOf(context)),
    ...Object.fromEntries(Object.entries(found).filter(([, v]) => v !== undefined)),
  };
}

/** What a case says that requests wait for, outside of the service. */
const dependenciesOf = (context: Context): Today['dependencies'] =>
  context.components
    .filter(
      (c) =>
        c.subject.kind === 'dependency' || c.roles.includes('third-party') || c.roles.includes('internal'),
    )
    .map((c) => {
      const f = context.facts.find({
        name: ['latency.mean', 'latency.p50', 'latency.p95', 'latency.p99'],
        subject: c.subject,
        phase: NOW,
      });
      return { name: c.subject.name, ...(f ? { latencyMs: inSeconds(f) * 1000 } : {}) };
    });

/** With what traces show of the calls of a request: how long all of them to one part take together. */
const withCalls = (network: Network | undefined, said: Today['dependencies']): Today['dependencies'] => {
  const calls = new Map((network?.calls ?? []).map((c) => [c.name, c.visits * c.eachMs]));
  const known = said.map((d) => {
    const latencyMs = calls.get(d.name);
    return latencyMs === undefined ? d : { ...d, latencyMs };
  });
  const names = new Set(said.map((d) => d.name));
  return [
    ...known,
    ...(network?.calls ?? [])
      .filter((c) => !names.has(c.name))
      .map((c) => ({
        name: c.name,
        latencyMs: c.visits * c.eachMs,
        ...(c.store ? { store: c.store } : {}),
      })),
  ];
};

/** Telemetry of less than this share of the rate that is said is of a test bed, or of a part of the instances. */
const SAME_SCALE = 0.5;
const ofTheSameScale = (network: Network, said: Fact | undefined): boolean =>
  said === undefined || said.basis === 'measured' || network.rate >= SAME_SCALE * said.value;

/** Instances of the service that requests come to, by its event loops. */
const countOf = (network: Network): number | undefined =>
  network.stations.find((s) => s.kind === 'event loop' && s.service === network.entry)?.servers;

const resourcesOf = (network: Network): Resource[] =>
  network.stations.map((s) => ({
    name: s.name,
    used: s.busy,
    at: network.rate,
    scales: s.kind === 'machine' ? 'fixed' : 'instances',
    reached: 'all',
    ownCode: s.service === network.entry && isQueue(s),
    ...(isQueue(s) && s.servers !== undefined ? { servers: s.servers, workMs: s.demandMs } : {}),
    ...(s.kind === 'pool' && s.servers !== undefined ? { limit: s.servers } : {}),
    ...(s.soft ? { soft: s.soft } : {}),
  }));

/** Latency of the whole by the load it was seen under: before the trouble under the calm load, in it under the highest. */
function latencyPoints(
  context: Context,
  points: ReturnType<typeof loadPoints>,
  own: (f: Fact) => boolean,
): LatencyPoint[] {
  const byRate = new Map<number, LatencyPoint>();
  for (const p of PERCENTILES)
    for (const phase of ['baseline', 'steady', 'any', 'incident', 'peak'] as const) {
      const f = context.facts.every({ name: `latency.${p}`, phase }).find(own);
      const seen = f && loadBehind(points, f)?.rate;
      if (!f || seen?.basis !== f.basis) continue;
      const rate = seen.value;
      const point = byRate.get(rate) ?? { rate };
      if (point[p] === undefined) byRate.set(rate, { ...point, [p]: inSeconds(f) * 1000 });
    }
  return [...byRate.values()].sort((a, b) => a.rate - b.rate);
}

function busy(
  context: Context,
  points: ReturnType<typeof loadPoints>,
  own: (f: Fact) => boolean,
  hasStations: boolean,
): Resource[] {
  return (
    context.facts
      .every({ name: Object.keys(WORDS), phase: NOW })
      .filter((f) => f.value > 0 && f.value <= 1)
      // What telemetry showed is there as a station, by its mean and not by its busiest moments.
      .filter((f) => !hasStations || f.basis !== 'measured')
      .sort((a, b) => b.value - a.value)
      .filter((f, i, all) => all.findIndex((x) => x.name === f.name && x.subject.id === f.subject.id) === i)
      .flatMap((f): Resource[] => {
        const base = loadBehind(points, f);
        // A share that was measured belongs to the rate of that recording, not to one that was said of another time.
        if (!base || base.rate.basis !== f.basis) return [];
        const owner = componentOf(context, f.subject);
        const kind = owner?.subject.kind ?? f.subject.kind;
        const data = ['database', 'search', 'storage'].includes(kind);
        const name = `${WORDS[f.name]}${own(f) || !owner ? '' : ` of ${owner.subject.name}`}`;
        const ofService = own(f) && OWN.includes(f.name);
        return [
          {
            name,
            used: f.value,
            at: base.rate.value,
            scales: data || !OWN.includes(f.name) ? 'fixed' : 'instances',
            reached: data ? 'misses and writes' : 'all',
            ownCode: ofService,
          },
        ];
      })
  );
}

/** The hit ratio of the application's cache that was seen where the rate was: said with said, measured with measured. */
function hitOf(context: Context): number | undefined {
  const flow = cacheFlow(context);
  const basis = topLoad(loadPoints(context))?.rate.basis;
  if (!flow || basis === undefined || flow.hit.basis === basis) return flow?.hit.value;
  return context.facts
    .every({ name: 'cache.hitRatio', subjectKind: 'cache', phase: [...NOW, 'baseline'] })
    .find((f) => f.basis === basis)?.value;
}

/** Connections by Little's law, where the time of a statement and a limit are known. */
function connections(context: Context, hasStations: boolean): Resource[] {
  const rate = topLoad(loadPoints(context))?.rate;
  if (!rate) return [];
  const top = rate.value;
  const hit = hitOf(context);
  return (
    statementTimes(context)
      .filter((s) => s.subject.kind === 'statement' && s.time.basis === rate.basis && s.time.value > 0)
      // Pools that were watched tell it of all statements together, with how often each runs.
      .filter((s) => !hasStations || s.time.basis !== 'measured')
      .flatMap((s): Resource[] => {
        const limit = s.database ? connectionLimit(context, s.database) : undefined;
        if (!limit || !s.database) return [];
        const share = shareOf(context, s.kind)?.value ?? 1;
        const calls = s.kind === 'read' && hit !== undefined ? share * (1 - hit) : share;
        const why = [
          ...(limit.isDefault ? [`${limit.fact.value} is the product’s default`] : []),
          ...(s.fromSlowLog ? ['its time is that of slow calls, the mean of all is lower'] : []),
        ];
        return [
          {
            name: `connections of ${s.database.subject.name}, by ${s.subject.name}`,
            used: (top * calls * inSeconds(s.time)) / limit.fact.value,
            at: top,
            scales: 'fixed',
            reached: s.kind === 'write' ? 'writes' : hit === undefined ? 'all' : 'misses',
            ownCode: false,
            limit: limit.fact.value,
            ...(why.length > 0 ? { soft: why.join('; ') } : {}),
          },
        ];
      })
  );
}
