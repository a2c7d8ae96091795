import { quantile, sorted } from '../quantile.js';
import { fitUtilisation } from './candidates.js';
import { type CapacityStep, meanOf } from './steps.js';

/** Where a resource is full, by the utilisation law over the steps in which it was watched. */
export interface ResourceLimit {
  name: string;
  /** Work a request, as a share of all there is of the resource for so many milliseconds. */
  demandMs: number;
  /** Busy share without any load: neighbours, timers, housekeeping. */
  idleShare: number;
  /** Requests a second at full use. */
  fullAt: number;
  /** Busy share at the highest rate watched. */
  busyTo: number;
}

/** What every resource can carry, the one that is full first in front; none where the rate did not change. */
export function limitsOf(steps: readonly CapacityStep[]): ResourceLimit[] {
  const lines = new Map(namesOf(steps).flatMap((name) => lineOfResource(steps, name)));
  const machine = machineOf(steps);
  const whole = machine && lines.get(machine.name);
  return [...lines.values()]
    .map((l): ResourceLimit => {
      const isThread = serversOf(steps, l.name) === 1;
      const share = isThread && machine && whole ? shareOfThread(l, whole, machine.servers) : 1;
      return { ...l, fullAt: (1000 * (share - l.idleShare)) / l.demandMs };
    })
    .sort((a, b) => a.fullAt - b.fullAt || (a.name < b.name ? -1 : 1));
}

/** The steps with the busy share of the resource that is full first; unchanged where none was watched at two rates. */
export function byFirstLimit(steps: readonly CapacityStep[]): CapacityStep[] {
  const first = limitsOf(steps)[0];
  if (!first) return [...steps];
  const share = first.idleShare + (first.demandMs * first.fullAt) / 1000;
  return watched(steps, first.name).map((s) =>
    s.utilisation === undefined ? s : { ...s, utilisation: s.utilisation / share },
  );
}

function lineOfResource(steps: readonly CapacityStep[], name: string): [string, ResourceLimit][] {
  const own = watched(steps, name);
  const fit = fitUtilisation(own);
  const last = own.filter((s) => s.utilisation !== undefined).at(-1);
  const { demandMs = 0, idleShare = 0 } = fit?.parameters ?? {};
  return fit
    ? [[name, { name, demandMs, idleShare, fullAt: fit.capacity, busyTo: last?.utilisation ?? 0 }]]
    : [];
}

/** The processors that threads share: the resource of which it is known what neighbours take. */
function machineOf(steps: readonly CapacityStep[]): { name: string; servers: number } | undefined {
  const found = steps
    .flatMap((s) => s.resources ?? [])
    .find((r) => r.others !== undefined && (r.servers ?? 1) > 1);
  return found && { name: found.name, servers: found.servers ?? 1 };
}

const serversOf = (steps: readonly CapacityStep[], name: string): number | undefined =>
  steps.flatMap((s) => s.resources ?? []).find((r) => r.name === name)?.servers;

/**
 * The share of a second that a thread gets when it has always something to do: with n others at work on c processors it is all where
 * n < c, and c ÷ (n + 1) where they share evenly. How many are at work is taken as Poisson, with the mean that the machine has at
 * that rate beside the thread; found by going to and fro, for the rate depends on the share.
 */
function shareOfThread(thread: ResourceLimit, machine: ResourceLimit, processors: number): number {
  let share = 1;
  for (let round = 0; round < 20; round++) {
    const rate = (1000 * (share - thread.idleShare)) / thread.demandMs;
    const busy = processors * Math.min(1, machine.idleShare + (machine.demandMs * rate) / 1000);
    share = (share + evenShare(Math.max(0, busy - share), processors)) / 2;
  }
  return Math.max(share, thread.idleShare + 1e-6);
}

const MOST_OTHERS = 60;

function evenShare(others: number, processors: number): number {
  let chance = Math.exp(-others);
  let lost = 0;
  for (let n = 0; n <= MOST_OTHERS; n++) {
    if (n >= processors) lost += chance * (1 - processors / (n + 1));
    chance *= others / (n + 1);
  }
  return 1 - lost;
}

/** Neighbours that took so much more of the machine than in the other steps made requests wait for them. */
const DISTURBED = 0.1;
const LEAST_TIMED = 3;

/** The steps without the latency of those that neighbours disturbed; unchanged where fewer than three with a latency would be left. */
export function withoutDisturbed(steps: readonly CapacityStep[]): CapacityStep[] {
  const othersIn = (s: CapacityStep): number => Math.max(0, ...(s.resources ?? []).map((r) => r.others ?? 0));
  const usual = quantile(sorted(steps.map(othersIn)), 0.5);
  const isCalm = (s: CapacityStep): boolean => othersIn(s) <= usual + DISTURBED;
  if (steps.filter((s) => isCalm(s) && meanOf(s) !== undefined).length < LEAST_TIMED) return [...steps];
  return steps.map((s) => {
    if (isCalm(s)) return s;
    const { meanMs: _, p50Ms: _p50, p95Ms: _p95, p99Ms: _p99, ...rest } = s;
    return rest;
  });
}

const namesOf = (steps: readonly CapacityStep[]): string[] => [
  ...new Set(steps.flatMap((s) => s.resources?.map((r) => r.name) ?? [])),
];

/**
 * Steps in order of load with one resource as their utilisation. What neighbours took is levelled to its median: it comes and
 * goes with them and not with the rate, and a line through it would lean by chance.
 */
function watched(steps: readonly CapacityStep[], name: string): CapacityStep[] {
  const others = sorted(steps.flatMap((s) => s.resources?.find((r) => r.name === name)?.others ?? []));
  const level = others.length > 0 ? quantile(others, 0.5) : 0;
  return [...steps]
    .sort((a, b) => a.throughput - b.throughput)
    .map((s) => {
      const use = s.resources?.find((r) => r.name === name);
      const { utilisation: _, ...rest } = s;
      return use
        ? {
            ...rest,
            utilisation: use.busy - (use.others ?? level) + level,
            ...(use.servers === undefined ? {} : { servers: use.servers }),
          }
        : rest;
    });
}
