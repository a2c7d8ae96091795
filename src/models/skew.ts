/**
 * What the hottest part of divided work (a shard, a partition, a key) allows the whole to do: with a share s of the work
 * on one part, the whole stops growing when that part is full, at capacity / s, however many parts there are.
 */
export interface SkewVerdict {
  /** Share of the work on the hottest part, 0..1. */
  hottestShare: number;
  /** An even share, 1 / parts. */
  evenShare: number;
  /** What the whole can do, in capacities of one part: 1 / hottest share. Even work would give the number of parts. */
  ceilingParts: number;
}

/** @param work of each part, in any unit. Undefined when nothing is done at all. */
export function skewOf(work: readonly number[]): SkewVerdict | undefined {
  const whole = work.reduce((sum, w) => sum + w, 0);
  if (work.length === 0 || whole <= 0) return undefined;
  const hottestShare = Math.max(...work) / whole;
  return { hottestShare, evenShare: 1 / work.length, ceilingParts: 1 / hottestShare };
}

/**
 * The share of the hottest part after the hottest key is salted: written under k keys, which fall on parts at random. The
 * fullest of them takes the most that is expected when k balls fall into n bins; the rest of the work stays as even as it
 * was.
 * @param keyShare of all work on the hottest key; `parts` it is divided over.
 */
export function saltedShare(keyShare: number, parts: number, salts: number): number {
  const rest = (1 - keyShare) / parts;
  return rest + (keyShare / salts) * expectedFullest(salts, parts);
}

const EXACT_WORK = 2e6;

/**
 * Mean of the greatest number of k balls in one of n bins: exact where that is cheap; else from one bin's distribution
 * (binomial) with the bins taken as independent, within a few per cent.
 */
export function expectedFullest(balls: number, bins: number): number {
  if (bins <= 1) return balls;
  const atMost = balls * balls * bins <= EXACT_WORK ? exactly(balls, bins) : independently(balls, bins);
  let mean = 0;
  for (let k = 0; k < balls; k++) mean += 1 - atMost(k);
  return Math.min(balls, Math.max(1, mean));
}

/** P(no bin has more than m): bin after bin takes its binomial part of the balls that are left. */
function exactly(balls: number, bins: number): (m: number) => number {
  return (m) => {
    let left = new Float64Array(balls + 1);
    left[balls] = 1;
    for (let bin = 0; bin < bins; bin++) {
      const p = 1 / (bins - bin);
      const next = new Float64Array(balls + 1);
      for (let r = 0; r <= balls; r++) {
        const here = left[r] ?? 0;
        if (here === 0) continue;
        if (p === 1) {
          if (r <= m) next[0] = (next[0] ?? 0) + here;
          continue;
        }
        let probability = (1 - p) ** r;
        for (let j = 0; j <= Math.min(m, r); j++) {
          next[r - j] = (next[r - j] ?? 0) + here * probability;
          probability = (probability * (r - j) * p) / ((j + 1) * (1 - p));
        }
      }
      left = next;
    }
    return left[0] ?? 0;
  };
}

function independently(balls: number, bins: number): (m: number) => number {
  const p = 1 / bins;
  const atMost: number[] = [];
  let probability = (1 - p) ** balls;
  let sum = 0;
  for (let k = 0; k <= balls; k++) {
    sum = Math.min(1, sum + probability);
    atMost.push(sum ** bins);
    probability = (probability * (balls - k) * p) / ((k + 1) * (1 - p));
  }
  return (m) => atMost[m] ?? 1;
}

/**
 * The fewest salts that bring the hottest part under a share; undefined when none up to `most` does (the rest alone is
 * too much).
 */
export function saltsFor(
  keyShare: number,
  parts: number,
  underShare: number,
  most = 1024,
): number | undefined {
  for (let k = 1; k <= most; k = k < 16 ? k + 1 : k * 2)
    if (saltedShare(keyShare, parts, k) <= underShare) return k;
  return undefined;
}
