import { isQueue, type Network } from '../../capacity/network.js';
import { asymptoticBounds } from '../../models/capacity/bounds.js';
import { approximateMva, exactMva, type Station } from '../../models/capacity/mva.js';
import { short } from '../../report/load-run.js';
import { EXIT, UserError } from '../exit.js';
import type { CapacityFitOptions } from './options.js';
import { columns, percent } from './words.js';

/** Service demands as `--demands` takes them: seconds. */
export interface Demands {
  stations: {
    name: string;
    visits?: number;
    service?: number;
    demand?: number;
    servers?: number;
    kind?: 'queue' | 'delay';
  }[];
  think?: number;
  population?: number;
}

/** Service demands alone: bounds, and mean value analysis up to past the knee. */
export function fromDemands(text: string, options: CapacityFitOptions): number {
  const file = options.demands ?? '';
  let given: Demands;
  try {
    given = JSON.parse(text) as Demands;
  } catch (error) {
    throw new UserError(
      EXIT.badInput,
      `The demands are no JSON: ${(error as Error).message.slice(0, 120)}.`,
      file,
      'Write {"stations": [{"name": "cpu", "visits": 1, "service": 0.02}], "think": 1}.',
    );
  }
  const wrong =
    !Array.isArray(given?.stations) || given.stations.length === 0
      ? 'there are no stations'
      : given.stations
          .map((s, i) =>
            typeof s.name === 'string' &&
            (s.demand ?? (s.visits ?? 1) * (s.service ?? Number.NaN)) >= 0 &&
            Number.isInteger(s.servers ?? 1) &&
            (s.servers ?? 1) >= 1
              ? undefined
              : `station ${i + 1} has no name, or no demand or service time in seconds`,
          )
          .find((w) => w !== undefined);
  if (wrong)
    throw new UserError(
      EXIT.badInput,
      `The demands cannot be used: ${wrong}.`,
      file,
      'Give each station a name and visits × service (seconds) or a demand.',
    );
  const solved = solveDemands(given);
  if (!solved.limits[0])
    throw new UserError(
      EXIT.badInput,
      'No station has a queue: nothing limits.',
      file,
      'Give the demand at the processors or the database.',
    );
  const { rows, limits: order, star, names } = solved;
  const lines = [
    `${order[0]?.name} limits: it is full at ${short(order[0]?.fullAt)} requests a second${order[1] ? `, then ${order[1].name} at ${short(order[1].fullAt)}` : ''}; the bounds cross at ${short(star)} requests inside.`,
    '',
    ...insideTable(rows, names),
    'Mean value analysis of the demands given; nothing was held against a measurement: untested until load steps are given.',
  ];
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ kneePopulation: star, limits: order, rows }, null, 1)}\n`
      : `${lines.join('\n')}\n`,
  );
  return EXIT.fine;
}

interface Inside {
  n: number;
  throughput: number;
  responseSeconds: number;
  bounds: [number, number];
  utilisation: (number | undefined)[];
}

/** Requests inside, and what comes of them: exact mean value analysis, by the approximation where they are very many. */
export function solveDemands(given: Demands): {
  rows: Inside[];
  limits: { name: string; fullAt: number }[];
  /** Requests inside at which the bounds cross. */
  star: number;
  names: string[];
} {
  const stations: Station[] = given.stations.map((s) => ({
    name: s.name,
    kind: s.kind === 'delay' ? 'delay' : 'queue',
    servers: s.servers ?? 1,
  }));
  const visits = given.stations.map((s) => (s.demand === undefined ? (s.visits ?? 1) : 1));
  const service = given.stations.map((s) => s.demand ?? s.service ?? 0);
  const think = given.think ?? 0;
  const demand = visits.map((v, i) => v * (service[i] ?? 0));
  const each = demand.map((d, i) => (stations[i]?.kind === 'delay' ? 0 : d / (stations[i]?.servers ?? 1)));
  const queues = each.filter((d) => d > 0);
  const delays = think + demand.reduce((a, d, i) => a + (stations[i]?.kind === 'delay' ? d : 0), 0);
  if (queues.length === 0) return { rows: [], limits: [], star: 0, names: [] };
  const star = asymptoticBounds(queues, 1, delays).kneePopulation;
  const most = given.population ?? Math.max(2, Math.ceil(star * 2));
  const sizes = [
    ...new Set(
      [1, 0.5, 0.8, 1, 1.5, 2].map((f, i) => (i === 0 ? 1 : Math.max(1, Math.round(star * f)))).concat(most),
    ),
  ].sort((a, b) => a - b);
  const solve = (population: number) => {
    const classes = [{ name: 'all', visits, service, population, think }];
    return population <= 20_000 ? exactMva(stations, classes) : approximateMva(stations, classes);
  };
  const rows = sizes.map((n) => {
    const solved = solve(n);
    const bounds = asymptoticBounds(queues, n, delays);
    return {
      n,
      throughput: solved.throughput[0] ?? 0,
      responseSeconds: solved.response[0] ?? 0,
      bounds: bounds.throughput,
      utilisation: solved.utilisation.map((u, i) => (stations[i]?.kind === 'delay' ? undefined : u)),
    };
  });
  const limits = each
    .map((d, i) => ({ name: stations[i]?.name ?? '', fullAt: d > 0 ? 1 / d : Number.POSITIVE_INFINITY }))
    .filter((o) => Number.isFinite(o.fullAt))
    .sort((a, b) => a.fullAt - b.fullAt);
  return { rows, limits, star, names: stations.map((s) => s.name) };
}

export const insideTable = (rows: readonly Inside[], names: readonly string[]): string[] =>
  columns([
    ['inside', 'throughput/s', 'at most', 'response ms', `busy: ${names.join(', ')}`],
    ...rows.map((r) => [
      String(r.n),
      short(r.throughput),
      short(r.bounds[1]),
      short(r.responseSeconds * 1000),
      r.utilisation.map((u) => (u === undefined ? '–' : percent(u))).join(', '),
    ]),
  ]);

/** The network in the form of `--demands`: what is no queue is passed on. */
export function demandsOf(network: Network): Demands {
  const queues = network.stations.filter(isQueue);
  const own = queues.reduce((a, s) => a + s.demandMs, 0);
  const rest = Math.max(0, (network.meanMs ?? own) - own);
  return {
    stations: [
      ...queues.map((s) => ({ name: s.name, demand: s.demandMs / 1000, servers: s.servers ?? 1 })),
      ...(rest > 0 ? [{ name: 'passed on', demand: rest / 1000, kind: 'delay' as const }] : []),
    ],
  };
}
