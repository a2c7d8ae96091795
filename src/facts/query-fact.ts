import { type Fact, type FactDraft, measured } from '../domain/index.js';

/** Where a batch of facts came from: the query, the rows it looked at and the sources they are of. */
export interface Origin {
  query: string;
  rows: number;
  sources: readonly string[];
}

/** Digits kept of a computed value: sums of parts in another order differ beyond them. */
const KEPT_DIGITS = 10;
export const steady = (value: number): number => Number(value.toPrecision(KEPT_DIGITS));

/** A measured fact, its numbers cut to the digits that do not depend on the order of summing. */
export function fromQuery(draft: FactDraft, origin: Origin): Fact {
  const { interval } = draft;
  return measured(
    {
      ...draft,
      value: steady(draft.value),
      ...(interval ? { interval: [steady(interval[0]), steady(interval[1])] as [number, number] } : {}),
    },
    [{ kind: 'query', query: origin.query, rows: origin.rows, sources: [...origin.sources] }],
  );
}
