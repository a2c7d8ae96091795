import { bootstrapInterval } from '../src/models/bootstrap.js';

/** Share of the ranks (1 = first; `undefined` = not named) that are at most `k`. */
export const topShare = (ranks: readonly (number | undefined)[], k: number): number =>
  ranks.length === 0 ? 0 : ranks.filter((r) => r !== undefined && r <= k).length / ranks.length;

/** The same with a bootstrap interval over the cases. */
export function topInterval(ranks: readonly (number | undefined)[], k: number): [number, number] {
  if (ranks.length === 0) return [0, 0];
  return bootstrapInterval(
    ranks.length,
    (pick) =>
      topShare(
        Array.from(pick, (i) => ranks[i]),
        k,
      ),
    { resamples: 2000 },
  );
}

/** Mean of the shares at 1 to 5. */
export const averageAt5 = (ranks: readonly (number | undefined)[]): number =>
  [1, 2, 3, 4, 5].reduce((sum, k) => sum + topShare(ranks, k), 0) / 5;

/** 1-based place of the first that fits; `undefined` when none does. */
export function rankOf<T>(ordered: readonly T[], fits: (x: T) => boolean): number | undefined {
  const at = ordered.findIndex(fits);
  return at < 0 ? undefined : at + 1;
}

/** The probability given to the first answer of a case, and whether it was right: what calibration is told from. */
export interface Outcome {
  probability: number;
  right: boolean;
}

/** No answer counts as one of probability 0 that was not right: the cases all have a cause. */
export const outcomeOf = <T extends { probability: number }>(
  first: T | undefined,
  fits: (x: T) => boolean,
): Outcome =>
  first === undefined
    ? { probability: 0, right: false }
    : { probability: first.probability, right: fits(first) };

/** Mean squared distance of the probability from what came true; .25 is a coin that says one half. */
export const brierScore = (outcomes: readonly Outcome[]): number =>
  outcomes.length === 0
    ? 0
    : outcomes.reduce((sum, o) => sum + (o.probability - Number(o.right)) ** 2, 0) / outcomes.length;
