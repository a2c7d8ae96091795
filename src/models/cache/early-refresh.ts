/**
 * Probabilistic early refresh: a reader refreshes before expiry when −Δ β ln(u) reaches past it, where Δ is the time
 * to recompute. With β = 1 at most about one reader in the last Δ refreshes, whatever the rate.
 * (A. Vattani, F. Chierichetti and K. Lowenstein, Optimal Probabilistic Cache Stampede Prevention, VLDB 2015, eq. 1.)
 */
export const refreshesEarly = (
  remainingMs: number,
  recomputeMs: number,
  beta: number,
  uniform: number,
): boolean => -recomputeMs * beta * Math.log(uniform) >= remainingMs;

/**
 * Readers that find an entry expired before the first of them has refilled it: the crowd behind one expiry, rate ×
 * time to recompute, at least one. (Little's law.)
 */
export const crowdPerExpiry = (readsPerSecond: number, recomputeMs: number): number =>
  Math.max(1, (readsPerSecond * recomputeMs) / 1000);

/**
 * Share of expiries that some reader refreshes in time: 1 − exp(−rate ∫ P(refresh early)). The chance at a remaining
 * time r is exp(−r / (Δβ)); its integral over r ≥ 0 is Δβ.
 */
export const refreshedInTime = (readsPerSecond: number, recomputeMs: number, beta: number): number =>
  -Math.expm1((-readsPerSecond * recomputeMs * beta) / 1000);

/** The β with which such a share of expiries is refreshed in time; at least the 1 of the paper, which is optimal. */
export const betaFor = (readsPerSecond: number, recomputeMs: number, share: number): number =>
  Math.max(1, -Math.log1p(-share) / ((readsPerSecond * recomputeMs) / 1000));
