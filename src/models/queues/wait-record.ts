/**
 * How many waited how long: weights by class of wait, each class 1 % wide. The classes are counted in units of a ten
 * thousandth of the service time, so a record says the same whatever the unit of time.
 */
export interface WaitRecord {
  unitSeconds: number;
  /** Weight of those that waited less than a unit, then of each class. */
  weights: Float64Array;
  total: number;
}

/** Logarithm of the width of a class, and classes up to 10¹⁰ services. */
const WIDTH = 0.01;
const CLASSES = Math.ceil(Math.log(1e14) / WIDTH) + 1;
const UNITS_A_SERVICE = 1e4;

export const waitRecord = (serviceSeconds: number): WaitRecord => ({
  unitSeconds: serviceSeconds / UNITS_A_SERVICE,
  weights: new Float64Array(CLASSES),
  total: 0,
});

export const copyOf = (record: WaitRecord): WaitRecord => ({ ...record, weights: record.weights.slice() });

/** Counts `weight` customers that waited `seconds`. */
export function addWait(record: WaitRecord, seconds: number, weight: number): void {
  record.total += weight;
  const units = seconds / record.unitSeconds;
  const at = units < 1 ? 0 : Math.min(CLASSES - 1, Math.floor(Math.log(units) / WIDTH) + 1);
  record.weights[at] = (record.weights[at] as number) + weight;
}

/**
 * Counts `weight` customers of whom a share `waits` waits, for times that are exponential with `decay` a second. A
 * negative weight takes them out again.
 */
export function addExponentialWaits(record: WaitRecord, weight: number, waits: number, decay: number): void {
  const { weights, unitSeconds } = record;
  record.total += weight;
  const rate = decay * unitSeconds;
  const some = Number.isFinite(rate) ? waits : 0;
  weights[0] = (weights[0] as number) + weight * (1 - some);
  if (some === 0) return;
  // Classes far below the mean share nothing worth an exponential each: the first one counted has theirs too.
  const first = Math.min(CLASSES - 1, Math.max(1, Math.floor(Math.log(1e-3 / rate) / WIDTH)));
  let above = 1;
  for (let k = first; k < CLASSES && above > 1e-15; k++) {
    const next = k === CLASSES - 1 ? 0 : Math.exp(-rate * Math.exp(WIDTH * k));
    weights[k] = (weights[k] as number) + weight * some * (above - next);
    above = next;
  }
}

/** The wait in seconds that a share `quantile` does not exceed; 0 when so many do not wait. */
export function waitQuantile({ weights, total, unitSeconds }: WaitRecord, quantile: number): number {
  const wanted = (1 - quantile) * total;
  let above = 0;
  for (let k = CLASSES - 1; k > 0; k--) {
    const here = weights[k] as number;
    if (above + here > wanted) return unitSeconds * Math.exp(WIDTH * (k - (wanted - above) / here));
    above += here;
  }
  return 0;
}
