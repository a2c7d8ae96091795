import type { Context, Fact, Subject } from '../domain/index.js';
import { openNetwork, type Station } from '../models/capacity/mva.js';
import { NOW } from '../readings/load.js';

/** What a request from outside asks of one resource, as traces and metrics show it. */
export interface NetworkStation {
  name: string;
  service: string;
  kind: 'event loop' | 'processors' | 'machine' | 'pool';
  /** Calls that one request from outside makes to it; absent where no trace shows any. */
  visits?: number;
  /** Work a request from outside, milliseconds: busy share × servers ÷ rate. */
  demandMs: number;
  /** Servers behind one line, where they are known. */
  servers?: number;
  /** Busy share at the rate measured. */
  busy: number;
  /** Requests a second from outside at full use. */
  fullAt: number;
  /** Why the figure is to be checked before it is believed. */
  soft?: string;
}

/** A part that is called: how often for a request from outside, and how long a call takes. */
export interface NetworkCall {
  name: string;
  visits: number;
  eachMs: number;
  /** A database, a cache or an index of one's own: no answer can do without it. */
  store?: true;
}

/** Service demands and visits of a running system, read off its own telemetry. */
export interface Network {
  entry: string;
  /** Requests a second from outside when it was measured. */
  rate: number;
  /** Their mean latency then. */
  meanMs?: number;
  stations: NetworkStation[];
  calls: NetworkCall[];
  /** Those of which nothing says how busy they are: their time is passed on as it is. */
  delays: NetworkCall[];
}

/**
 * The queueing network of a service from what was measured of it: visits from the call graph (calls of a part ÷ requests from
 * outside), demand by the utilisation law (busy share × servers ÷ rate; P. J. Denning and J. P. Buzen 1978). `undefined`
 * without a measured rate or a busy share.
 */
export function networkOf(context: Context): Network | undefined {
  const entry = entryOf(context);
  if (!entry) return undefined;
  const operations = context.facts
    .every({ name: 'requests.count', subjectKind: 'operation', phase: NOW, origin: 'measured' })
    .filter((f) => f.subject.service === entry.name);
  const requests = operations.reduce((a, f) => a + f.value, 0);
  const rate = rateOf(context, entry, operations);
  if (rate === undefined) return undefined;
  const visitsOf = (service: string): number | undefined => {
    if (service === entry.name) return 1;
    const calls = context.facts
      .every({ name: 'requests.count', phase: NOW, origin: 'measured' })
      .filter((f) =>
        f.subject.kind === 'operation' ? f.subject.service === service : f.subject.name === service,
      );
    const served = calls.filter((f) => f.subject.kind === 'operation');
    const sum = (served.length > 0 ? served : calls).reduce((a, f) => a + f.value, 0);
    return requests > 0 && sum > 0 ? sum / requests : undefined;
  };
  const stations = [
    ...loops(context, rate),
    ...processors(context, rate, visitsOf),
    ...pools(context, rate),
  ].map((s): NetworkStation => {
    const visits = s.kind === 'machine' ? undefined : visitsOf(s.service);
    return visits === undefined ? s : { ...s, visits };
  });
  if (stations.length === 0) return undefined;
  const meanMs = meanOf(context, entry, operations);
  const told = new Set(stations.map((s) => s.service));
  const calls = requests > 0 ? callsOf(context, requests) : [];
  return {
    entry: entry.name,
    rate,
    ...(meanMs === undefined ? {} : { meanMs }),
    stations: stations.sort((a, b) => a.fullAt - b.fullAt || (a.name < b.name ? -1 : 1)),
    calls,
    delays: calls.filter((c) => !told.has(c.name)),
  };
}

/** The service that requests from outside come to: that of the slow requests, else the busiest that no other calls. */
function entryOf(context: Context): Subject | undefined {
  const named = context.telemetry?.entry.service;
  const services = context.components.map((c) => c.subject).filter((s) => s.kind === 'service');
  const found = named === undefined ? undefined : services.find((s) => s.name === named);
  if (found) return found;
  const called = new Set(context.links.map((l) => l.to));
  const rates = context.facts
    .every({ name: 'throughput', subjectKind: 'service', phase: NOW, origin: 'measured' })
    .filter((f) => f.value > 0);
  const open = rates.filter((f) => !called.has(f.subject.id));
  return [...(open.length > 0 ? open : rates)].sort((a, b) => b.value - a.value)[0]?.subject;
}

/** What the service counted itself; from traces (which may be a sample) where it counted nothing. */
function rateOf(context: Context, entry: Subject, operations: readonly Fact[]): number | undefined {
  const counted = context.facts
    .every({ name: 'throughput', subject: entry, phase: NOW, origin: 'measured' })
    .find((f) => f.value > 0);
  if (counted) return counted.value;
  const times = operations.flatMap((f) =>
    f.window ? [Date.parse(f.window.from), Date.parse(f.window.to)] : [],
  );
  const seconds = times.length > 0 ? (Math.max(...times) - Math.min(...times)) / 1000 : 0;
  const n = operations.reduce((a, f) => a + f.value, 0);
  return seconds > 0 && n > 1 ? n / seconds : undefined;
}

function meanOf(context: Context, entry: Subject, operations: readonly Fact[]): number | undefined {
  const timed = operations.flatMap((count) => {
    const mean = context.facts.find({
      name: 'latency.mean',
      subject: count.subject,
      phase: count.phase,
      origin: 'measured',
    });
    return mean ? [{ n: count.value, ms: mean.value }] : [];
  });
  const n = timed.reduce((a, t) => a + t.n, 0);
  if (n > 0) return timed.reduce((a, t) => a + t.n * t.ms, 0) / n;
  return context.facts.find({ name: 'latency.mean', subject: entry, phase: NOW, origin: 'measured' })?.value;
}

const measuredOf = (context: Context, name: string): Fact[] =>
  context.facts.every({ name, phase: NOW, origin: 'measured' }).filter((f) => f.value > 0);
const measuredValue = (context: Context, name: string, of: Subject): number | undefined =>
  context.facts.find({ name, subject: of, phase: NOW, origin: 'measured' })?.value;

const station = (
  rate: number,
  s: Pick<NetworkStation, 'name' | 'service' | 'kind' | 'busy'> & { servers?: number; soft?: string },
): NetworkStation => ({
  ...s,
  demandMs: (s.busy * (s.servers ?? 1) * 1000) / rate,
  fullAt: rate / s.busy,
});

const loops = (context: Context, rate: number): NetworkStation[] =>
  measuredOf(context, 'eventloop.utilisation.mean').map((f) =>
    station(rate, {
      name: `event loop of ${f.subject.name}`,
      service: f.subject.name,
      kind: 'event loop',
      busy: f.value,
      servers: Math.max(1, measuredValue(context, 'eventloop.count', f.subject) ?? 1),
    }),
  );

/** Processors of services that have no event loop, and of machines: a machine serves nothing itself and is called by nobody. */
function processors(
  context: Context,
  rate: number,
  visitsOf: (service: string) => number | undefined,
): NetworkStation[] {
  const looped = new Set(measuredOf(context, 'eventloop.utilisation.mean').map((f) => f.subject.id));
  const cores = (of: Subject): number | undefined => measuredValue(context, 'cpu.cores', of);
  const shares = measuredOf(context, 'cpu.utilisation.mean').map((f) => ({ of: f.subject, busy: f.value }));
  const timed = measuredOf(context, 'cpu.used').flatMap((f) => {
    const limit = cores(f.subject);
    return limit === undefined ? [] : [{ of: f.subject, busy: f.value / limit }];
  });
  const known = new Map([...shares, ...timed].map((s) => [s.of.id, s]));
  return [...known.values()]
    .filter((s) => s.busy <= 1.2 && !looped.has(s.of.id))
    .map(({ of, busy }) => {
      const machine = visitsOf(of.name) === undefined;
      const servers = cores(of);
      return station(rate, {
        name: `processors of ${of.name}`,
        service: of.name,
        kind: machine ? 'machine' : 'processors',
        busy: Math.min(1, busy),
        ...(servers === undefined ? {} : { servers }),
        ...(machine ? { soft: 'it counts all that ran on that machine, not these requests alone' } : {}),
      });
    });
}

/** Pools by Little's law: members in use = taken a second × time held. */
const pools = (context: Context, rate: number): NetworkStation[] =>
  measuredOf(context, 'pool.rate').flatMap((f) => {
    const held = measuredValue(context, 'pool.hold.mean', f.subject);
    const limit = measuredValue(context, 'pool.limit', f.subject);
    if (held === undefined || limit === undefined || limit <= 0) return [];
    const busy = (f.value * held) / 1000 / limit;
    return busy > 0
      ? [
          station(rate, {
            name: `pool ${f.subject.name}`,
            service: f.subject.service ?? '',
            kind: 'pool',
            busy,
            servers: limit,
          }),
        ]
      : [];
  });

/** Calls that services make, the longest together first. */
const callsOf = (context: Context, requests: number): NetworkCall[] =>
  context.facts
    .every({ name: 'requests.count', phase: NOW, origin: 'measured' })
    .filter((f) => ['database', 'cache', 'search', 'dependency', 'queue', 'service'].includes(f.subject.kind))
    .flatMap((f) => {
      const mean = context.facts.find({
        name: 'latency.mean',
        subject: f.subject,
        phase: f.phase,
        origin: 'measured',
      });
      const store = ['database', 'cache', 'search'].includes(f.subject.kind);
      return mean
        ? [
            {
              name: f.subject.name,
              visits: f.value / requests,
              eachMs: mean.value,
              ...(store ? { store: true as const } : {}),
            },
          ]
        : [];
    })
    .sort((a, b) => b.visits * b.eachMs - a.visits * a.eachMs || (a.name < b.name ? -1 : 1));

/** What the network says of a rate that was not measured. */
export interface NetworkState {
  rate: number;
  /** Mean latency; absent where none was measured, infinite where a station is beyond full use. */
  meanMs?: number;
  stations: { name: string; busy: number; waitMs: number }[];
}

/** Whether requests wait there: a pool's time is that of the calls made with its members, and a machine's that of its services. */
export const isQueue = (s: NetworkStation): boolean => s.kind === 'event loop' || s.kind === 'processors';

/**
 * The network at a rate: each station an M/M/c queue of its own (Jackson 1957); what the measured latency holds beyond the time at
 * stations is passed on unchanged.
 */
export function networkAt(network: Network, rate: number): NetworkState {
  const queues = network.stations.filter(isQueue);
  const stations = queues.map((s): Station => ({ name: s.name, kind: 'queue', servers: s.servers ?? 1 }));
  const at = (x: number) =>
    openNetwork(
      stations,
      x,
      queues.map(() => 1),
      queues.map((s) => s.demandMs / 1000),
    ).map((o) => o.residence * 1000);
  const now = at(network.rate);
  const then = at(rate);
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    rate,
    ...(network.meanMs === undefined || !now.every(Number.isFinite)
      ? {}
      : { meanMs: Math.max(0, network.meanMs - sum(now)) + sum(then) }),
    stations: network.stations.map((s) => {
      const i = queues.indexOf(s);
      const busy = (s.busy * rate) / network.rate;
      const time = i < 0 ? undefined : then[i];
      return { name: s.name, busy, waitMs: time === undefined ? 0 : Math.max(0, time - s.demandMs) };
    }),
  };
}
