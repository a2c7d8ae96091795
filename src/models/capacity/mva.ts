import { erlangB } from '../queueing.js';

/**
 * A place where requests spend time.
 * - `queue`: `servers` servers in front of one line;
 * - `delay`: no line; everyone is served at once (a remote call, think time inside the system).
 */
export interface Station {
  name: string;
  kind: 'queue' | 'delay';
  servers: number;
}

/** One class of requests: visits and mean service time per visit at each station, in one unit of time. */
export interface RequestClass {
  name: string;
  visits: readonly number[];
  service: readonly number[];
  /** Customers in the closed network. */
  population: number;
  /** Time between an answer and the next request. */
  think: number;
}

export interface NetworkResult {
  /** Requests per unit of time, by class. */
  throughput: number[];
  /** Mean time in the system, by class, without think time. */
  response: number[];
  /** Mean time per visit by station, class by class. */
  residencePerVisit: number[][];
  /** Mean number at each station, all classes. */
  queue: number[];
  /** Busy share of each station's servers; for a delay station the mean number in it. */
  utilisation: number[];
}

/** States beyond this are for the approximation: exact values would take too long. */
const EXACT_STATES = 2_000_000;

/**
 * Exact mean value analysis of a closed product-form network. One class with any number of servers a station
 * (M. Reiser and S. S. Lavenberg, J. ACM 27, 1980; marginal probabilities for multi-server stations as in
 * R. Jain, The Art of Computer Systems Performance Analysis, 1991, box 36.1), several classes with single-server and
 * delay stations (Bolch et al., Queueing Networks and Markov Chains, 2006, alg. 8.2).
 * Throws a RangeError when several classes meet a multi-server station, or when the states are too many.
 */
export function exactMva(stations: readonly Station[], classes: readonly RequestClass[]): NetworkResult {
  const first = classes[0];
  if (!first) throw new RangeError('a network needs at least one class');
  if (classes.length === 1) return singleClass(stations, first);
  if (stations.some((s) => s.kind === 'queue' && s.servers > 1))
    throw new RangeError(
      'several classes at a multi-server station have no exact solution here: use approximateMva',
    );
  const states = classes.reduce((product, c) => product * (c.population + 1), 1);
  if (states * stations.length > EXACT_STATES)
    throw new RangeError(`${states} populations are too many for the exact solution: use approximateMva`);
  return multiClass(stations, classes);
}

function singleClass(stations: readonly Station[], c: RequestClass): NetworkResult {
  const k = stations.length;
  const demand = stations.map((_, i) => at(c.visits, i) * at(c.service, i));
  let queue = new Array<number>(k).fill(0);
  let residence = [...demand];
  let throughput = 0;
  // p[i][j]: probability of j at station i, only for multi-server stations (j = 0 … servers − 1).
  const marginal = stations.map((s) => [1, ...new Array<number>(Math.max(0, s.servers - 1)).fill(0)]);
  for (let n = 1; n <= c.population; n++) {
    residence = stations.map((s, i) => {
      const d = at(demand, i);
      if (s.kind === 'delay') return d;
      if (s.servers === 1) return d * (1 + at(queue, i));
      const p = at(marginal, i);
      let idle = 0;
      for (let j = 1; j < s.servers; j++) idle += (s.servers - j) * at(p, j - 1);
      return (d / s.servers) * (1 + at(queue, i) + idle);
    });
    throughput = n / (c.think + sum(residence));
    stations.forEach((s, i) => {
      if (s.kind !== 'queue' || s.servers === 1) return;
      const p = at(marginal, i);
      const load = throughput * at(demand, i);
      const next = [...p];
      for (let j = 1; j < s.servers; j++) next[j] = (load / j) * at(p, j - 1);
      let above = load;
      for (let j = 1; j < s.servers; j++) above += (s.servers - j) * at(next, j);
      // Round-off can push the last one below nothing when all servers are busy.
      next[0] = Math.max(0, 1 - above / s.servers);
      marginal[i] = next;
    });
    queue = residence.map((r) => throughput * r);
  }
  return {
    throughput: [throughput],
    response: [sum(residence)],
    residencePerVisit: residence.map((r, i) => [at(c.visits, i) > 0 ? r / at(c.visits, i) : 0]),
    queue,
    utilisation: stations.map((s, i) => (throughput * at(demand, i)) / (s.kind === 'delay' ? 1 : s.servers)),
  };
}

function multiClass(stations: readonly Station[], classes: readonly RequestClass[]): NetworkResult {
  const sizes = classes.map((c) => c.population + 1);
  const stride = sizes.map((_, r) => sizes.slice(0, r).reduce((a, b) => a * b, 1));
  const states = sizes.reduce((a, b) => a * b, 1);
  const k = stations.length;
  const queue = new Float64Array(states * k);
  const demand = classes.map((c) => stations.map((_, i) => at(c.visits, i) * at(c.service, i)));
  let throughput = classes.map(() => 0);
  let residence = demand.map((d) => [...d]);
  for (let state = 1; state < states; state++) {
    const population = sizes.map((size, r) => Math.floor(state / at(stride, r)) % size);
    residence = demand.map((d, r) =>
      at(population, r) === 0
        ? d.map(() => 0)
        : d.map((v, i) =>
            at(stations, i).kind === 'delay' ? v : v * (1 + (queue[(state - at(stride, r)) * k + i] ?? 0)),
          ),
    );
    throughput = classes.map((c, r) =>
      at(population, r) === 0 ? 0 : at(population, r) / (c.think + sum(at(residence, r))),
    );
    for (let i = 0; i < k; i++)
      queue[state * k + i] = classes.reduce((s, _, r) => s + at(throughput, r) * at(at(residence, r), i), 0);
  }
  return networkResult(stations, classes, demand, throughput, residence);
}

/**
 * Bard–Schweitzer approximation: the queue an arrival finds is that of the full network less its own share. For
 * several servers it is corrected by the probability that all are busy (A. Seidmann et al. 1987: D/m of queueing, the
 * rest as delay). Errors of 5 to 15 % are usual near the knee. (P. Schweitzer 1979; Y. Bard 1979.)
 */
export function approximateMva(
  stations: readonly Station[],
  classes: readonly RequestClass[],
): NetworkResult {
  const demand = classes.map((c) => stations.map((_, i) => at(c.visits, i) * at(c.service, i)));
  const visited = demand.map((d) => Math.max(1, d.filter((v) => v > 0).length));
  let queue = classes.map((c, r) =>
    stations.map((_, i) => (at(at(demand, r), i) > 0 ? c.population / at(visited, r) : 0)),
  );
  let throughput = classes.map(() => 0);
  let residence = demand.map((d) => [...d]);
  for (let round = 0; round < 20_000; round++) {
    residence = classes.map((c, r) =>
      stations.map((s, i) => {
        const d = at(at(demand, r), i);
        if (s.kind === 'delay' || c.population === 0) return d;
        const found = classes.reduce(
          (total, other, q) =>
            total +
            (q === r && other.population > 0
              ? (at(at(queue, q), i) * (other.population - 1)) / other.population
              : at(at(queue, q), i)),
          0,
        );
        return (d / s.servers) * (1 + found) + (d * (s.servers - 1)) / s.servers;
      }),
    );
    throughput = classes.map((c, r) =>
      c.population === 0 ? 0 : c.population / (c.think + sum(at(residence, r))),
    );
    let moved = 0;
    queue = queue.map((row, r) =>
      row.map((before, i) => {
        const now =
          at(throughput, r) * queuedPart(at(stations, i), at(at(residence, r), i), at(at(demand, r), i));
        moved = Math.max(moved, Math.abs(now - before));
        return now;
      }),
    );
    if (moved < 1e-10) break;
  }
  return networkResult(stations, classes, demand, throughput, residence);
}

/** In Seidmann's split, time in the delay part of a multi-server station is not found by arrivals. */
const queuedPart = (s: Station, residence: number, demand: number): number =>
  s.kind === 'queue' && s.servers > 1 ? residence - (demand * (s.servers - 1)) / s.servers : residence;

function networkResult(
  stations: readonly Station[],
  classes: readonly RequestClass[],
  demand: readonly (readonly number[])[],
  throughput: readonly number[],
  residence: readonly (readonly number[])[],
): NetworkResult {
  const total = (i: number, of: readonly (readonly number[])[]): number =>
    classes.reduce((s, _, r) => s + at(throughput, r) * at(at(of, r), i), 0);
  return {
    throughput: [...throughput],
    response: residence.map(sum),
    residencePerVisit: stations.map((_, i) =>
      classes.map((c, r) => (at(c.visits, i) > 0 ? at(at(residence, r), i) / at(c.visits, i) : 0)),
    ),
    queue: stations.map((_, i) => total(i, residence)),
    utilisation: stations.map((s, i) => total(i, demand) / (s.kind === 'delay' ? 1 : s.servers)),
  };
}

/** An open network under Poisson arrivals: each station by itself (Jackson 1957). */
export interface OpenStation {
  name: string;
  utilisation: number;
  /** Mean time per visit; infinite at or above full load. */
  residence: number;
  queue: number;
}

/** Utilisation and mean times of stations that each see `rate × visits`, with exponential service. */
export function openNetwork(
  stations: readonly Station[],
  rate: number,
  visits: readonly number[],
  service: readonly number[],
): OpenStation[] {
  return stations.map((s, i) => {
    const arrivals = rate * at(visits, i);
    const time = at(service, i);
    if (s.kind === 'delay')
      return { name: s.name, utilisation: arrivals * time, residence: time, queue: arrivals * time };
    const load = arrivals * time;
    const busy = load / s.servers;
    if (busy >= 1)
      return {
        name: s.name,
        utilisation: busy,
        residence: Number.POSITIVE_INFINITY,
        queue: Number.POSITIVE_INFINITY,
      };
    const blocked = erlangB(s.servers, load);
    const waits = blocked / (1 - busy * (1 - blocked));
    const residence = time + (waits * time) / (s.servers * (1 - busy));
    return { name: s.name, utilisation: busy, residence, queue: arrivals * residence };
  });
}

function at<T>(row: ArrayLike<T>, i: number): T {
  const v = row[i];
  if (v === undefined) throw new RangeError(`a class gives no value for station ${i}`);
  return v;
}
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
