/** Mean number inside a system: arrivals a second × seconds inside. J. D. C. Little, Operations Research 9, 1961, L = λW. */
export const littlesLaw = (ratePerSecond: number, timeInsideSeconds: number): number =>
  ratePerSecond * timeInsideSeconds;

/**
 * Busy share of `servers` that each need `serviceSeconds` per arrival; above 1 the work cannot be done.
 * (Utilisation law: P. J. Denning and J. P. Buzen, The Operational Analysis of Queueing Network Models, 1978.)
 */
export const utilisation = (ratePerSecond: number, serviceSeconds: number, servers: number): number =>
  (ratePerSecond * serviceSeconds) / servers;

/** Share of arrivals lost by `servers` servers without a queue at `load` erlangs; recursion of Erlang's B formula. */
export function erlangB(servers: number, load: number): number {
  let blocked = 1;
  for (let c = 1; c <= servers; c++) blocked = (load * blocked) / (c + load * blocked);
  return blocked;
}

/**
 * Share of arrivals that must wait in M/M/c; 1 at or above full load.
 * (A. K. Erlang 1917; C = B / (1 − ρ(1 − B)), e.g. H. C. Tijms, A First Course in Stochastic Models, 2003, §5.1.)
 */
export function erlangC(servers: number, load: number): number {
  if (load >= servers) return 1;
  const blocked = erlangB(servers, load);
  return blocked / (1 - (load / servers) * (1 - blocked));
}

export interface QueueWait {
  utilisation: number;
  /** Share of arrivals that wait. */
  waitShare: number;
  /** Mean wait over all arrivals; infinite at or above full load. */
  meanWaitSeconds: number;
  /** Mean number waiting. */
  meanQueue: number;
}

/** M/M/c: Poisson arrivals, exponential service, `servers` servers. Mean wait = C·s / (c(1 − ρ)). */
export function multiServerWait(ratePerSecond: number, serviceSeconds: number, servers: number): QueueWait {
  const load = ratePerSecond * serviceSeconds;
  const busy = load / servers;
  const waitShare = erlangC(servers, load);
  const meanWaitSeconds =
    busy >= 1 ? Number.POSITIVE_INFINITY : (waitShare * serviceSeconds) / (servers * (1 - busy));
  return { utilisation: busy, waitShare, meanWaitSeconds, meanQueue: ratePerSecond * meanWaitSeconds };
}

/** The wait in M/M/c that a share `p` of arrivals does not exceed: 0 where at least `p` do not wait at all. */
export function multiServerWaitQuantile(
  ratePerSecond: number,
  serviceSeconds: number,
  servers: number,
  p: number,
): number {
  const { utilisation: busy, waitShare } = multiServerWait(ratePerSecond, serviceSeconds, servers);
  if (busy >= 1) return Number.POSITIVE_INFINITY;
  if (1 - p >= waitShare) return 0;
  return (serviceSeconds / (servers * (1 - busy))) * Math.log(waitShare / (1 - p));
}

/**
 * Mean wait in G/G/c by scaling M/M/c with the squared coefficients of variation of arrivals and service.
 * (A. O. Allen, Probability, Statistics and Queueing Theory, 1990, §5.2.3; J. F. C. Kingman 1961 for c = 1.)
 * For Poisson arrivals exact with one server; against simulated log-normal service 85 % busy it is off by −1 to +4 % with two to
 * four servers and a service variation up to 1, by +7 to +14 % at 4, and by up to +35 % with sixteen; more at lower load.
 */
export function variableWait(
  ratePerSecond: number,
  serviceSeconds: number,
  servers: number,
  arrivalVariation: number,
  serviceVariation: number,
): number {
  const { meanWaitSeconds } = multiServerWait(ratePerSecond, serviceSeconds, servers);
  return (meanWaitSeconds * (arrivalVariation + serviceVariation)) / 2;
}

/** The fewest servers whose utilisation stays at or below `ceiling`. */
export const serversFor = (ratePerSecond: number, serviceSeconds: number, ceiling: number): number =>
  Math.max(1, Math.ceil((ratePerSecond * serviceSeconds) / ceiling - 1e-9));

/** Seconds until a backlog is gone; infinite when arrivals are not slower than service. */
export const drainSeconds = (backlog: number, arrivalPerSecond: number, servicePerSecond: number): number =>
  backlog <= 0
    ? 0
    : servicePerSecond > arrivalPerSecond
      ? backlog / (servicePerSecond - arrivalPerSecond)
      : Number.POSITIVE_INFINITY;

/**
 * Calls reaching a callee per first attempt, when each attempt fails with `failure` and is retried up to `retries`
 * times: 1 + f + … + f^r. Over `depth` tiers that all retry it is raised to that power.
 */
export function retryAmplification(failure: number, retries: number, depth = 1): number {
  let sum = 0;
  for (let i = 0; i <= retries; i++) sum += failure ** i;
  return sum ** depth;
}

/** Share of requests that meet at least one of `calls` slow calls, each slow with `share`. 1 − (1 − p)^n. */
export const fanOutShare = (share: number, calls: number): number => -Math.expm1(calls * Math.log1p(-share));
