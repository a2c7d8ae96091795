/** Rows to search: one row a combination of attribute values, or one a request. Any length; all columns equally long. */
export interface SliceRows {
  attributes: readonly string[];
  /** Per attribute, the value of each row; an empty string says the row has none. */
  values: readonly (readonly string[])[];
  /** Bad events seen in each row: failures, slow requests. */
  observed: Float64Array;
  /** Bad events expected in each row if nothing had happened. */
  expected: Float64Array;
  /** All events in each row. */
  count: Float64Array;
}

export interface Slice {
  /** One to three attributes with their values, in the order of the table's attributes. */
  where: readonly { attribute: string; value: string }[];
  observed: number;
  /** Under the reference asked for: the row's own expectation, or what the rest shows. */
  expected: number;
  count: number;
  /** Log likelihood ratio in nats of "this slice has more" against "nothing happened". */
  score: number;
}

export interface SliceSearch {
  /** All with more observed than expected, best first. */
  slices: Slice[];
  /** How many slices had enough to be judged: the multiplicity. */
  tested: number;
}

export interface SliceOptions {
  /** Attributes in one slice at most. */
  deepest?: 1 | 2 | 3;
  /** `own`: against each row's expectation. `rest`: expectation scaled so that everything outside the slice fits. */
  reference?: 'own' | 'rest';
  /** Slices with fewer bad events are not judged. */
  fewest?: number;
}

/**
 * How many times worse counts as fully worse. Beyond it a narrower, even worse part of a bad slice wins nothing:
 * whatever is several times worse belongs to the same cause. Results change little between 3 and 10.
 */
const FULL_EFFECT = 5;

/**
 * Every slice of up to three attributes, by the likelihood ratio of Poisson counts with one common factor inside the
 * slice (spatial scan statistic, M. Kulldorff, Communications in Statistics 26, 1997, eq. 5), the factor bounded by
 * `FULL_EFFECT`. Wide slices pay for what stayed normal in them, narrow ones for the excess they leave out, so no
 * penalty for depth is needed; equal slices are named by the fewest attributes.
 * Time is rows × combinations of attributes.
 */
export function searchSlices(rows: SliceRows, options: SliceOptions = {}): SliceSearch {
  const { deepest = 3, reference = 'own', fewest = 1 } = options;
  const columns = rows.values.map((v) => encode(v, rows.observed, fewest));
  const total = { observed: sum(rows.observed), expected: sum(rows.expected) };
  const slices: Slice[] = [];
  let tested = 0;
  for (const chosen of combinations(rows.attributes.length, deepest)) {
    for (const cell of cells(rows, columns, chosen)) {
      if (cell.observed < fewest) continue;
      tested++;
      const expected =
        reference === 'own'
          ? cell.expected
          : (cell.expected * (total.observed - cell.observed)) /
            Math.max(total.expected - cell.expected, Number.MIN_VALUE);
      const score = likelihoodRatio(cell.observed, expected);
      if (score > 0)
        slices.push({
          where: chosen.map((a, i) => ({
            attribute: rows.attributes[a] as string,
            value: (columns[a] as Column).names[cell.codes[i] as number] as string,
          })),
          observed: cell.observed,
          expected,
          count: cell.count,
          score: roundOff(score),
        });
    }
  }
  slices.sort(
    (a, b) => b.score - a.score || a.where.length - b.where.length || (sliceKey(a) < sliceKey(b) ? -1 : 1),
  );
  return { slices, tested };
}

/** `attribute=value` of every part, the same for the same slice. */
export const sliceKey = (slice: Pick<Slice, 'where'>): string =>
  slice.where
    .map((w) => `${w.attribute}=${w.value}`)
    .sort()
    .join('\n');

/** Whether a row lies in the slice. */
export function rowIn(rows: SliceRows, slice: Pick<Slice, 'where'>): (row: number) => boolean {
  const parts = slice.where.map((w) => ({
    column: rows.values[rows.attributes.indexOf(w.attribute)],
    value: w.value,
  }));
  return (row) => parts.every((p) => p.column?.[row] === p.value);
}

/**
 * Slices that together explain the excess: the best one, then the best of the rows that it leaves, while what it
 * explains is at least `leastShare` of the whole excess and its score exceeds `leastScore`.
 */
export function coverSlices(
  rows: SliceRows,
  options: SliceOptions & { leastShare?: number; leastScore?: number } = {},
): Slice[] {
  const { leastShare = 0.1, leastScore = 10 } = options;
  const named: Slice[] = [];
  let left = rows;
  let excess: number | undefined;
  for (;;) {
    const best = searchSlices(left, options).slices[0];
    if (!best || best.score < leastScore) return named;
    excess ??= Math.max(sum(rows.observed) - sum(rows.expected), best.observed - best.expected);
    if (named.length > 0 && best.observed - best.expected < leastShare * excess) return named;
    named.push(best);
    const inside = rowIn(left, best);
    left = keepRows(left, (row) => !inside(row));
  }
}

function keepRows(rows: SliceRows, keep: (row: number) => boolean): SliceRows {
  const kept = [...rows.count.keys()].filter(keep);
  const take = (column: Float64Array): Float64Array => Float64Array.from(kept, (r) => column[r] as number);
  return {
    attributes: rows.attributes,
    values: rows.values.map((v) => kept.map((r) => v[r] as string)),
    observed: take(rows.observed),
    expected: take(rows.expected),
    count: take(rows.count),
  };
}

function likelihoodRatio(observed: number, expected: number): number {
  if (!(observed > expected)) return 0;
  const factor = expected > 0 ? Math.min(FULL_EFFECT, observed / expected) : FULL_EFFECT;
  return observed * Math.log(factor) - expected * (factor - 1);
}

/** Sums over the same rows in another order differ in the last bits; slices of the same rows must tie. */
const roundOff = (x: number): number => Number(x.toPrecision(10));

interface Column {
  /** Code of each row; −1 where the value is missing or too rare to be judged. */
  codes: Int32Array;
  names: string[];
}

function encode(values: readonly string[], observed: Float64Array, fewest: number): Column {
  const bad = new Map<string, number>();
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as string;
    if (v !== '') bad.set(v, (bad.get(v) ?? 0) + (observed[i] as number));
  }
  const names = [...bad]
    .filter(([, n]) => n >= fewest)
    .map(([v]) => v)
    .sort();
  const code = new Map(names.map((v, i) => [v, i]));
  return { codes: Int32Array.from(values, (v) => code.get(v) ?? -1), names };
}

interface Cell {
  codes: number[];
  observed: number;
  expected: number;
  count: number;
}

function cells(rows: SliceRows, columns: readonly Column[], chosen: readonly number[]): Iterable<Cell> {
  const picked = chosen.map((a) => columns[a] as Column);
  const found = new Map<number, Cell>();
  for (let row = 0; row < rows.count.length; row++) {
    let key = 0;
    for (const c of picked) {
      const code = c.codes[row] as number;
      key = code < 0 || key < 0 ? -1 : key * c.names.length + code;
    }
    if (key < 0) continue;
    let cell = found.get(key);
    if (!cell) {
      cell = { codes: picked.map((c) => c.codes[row] as number), observed: 0, expected: 0, count: 0 };
      found.set(key, cell);
    }
    cell.observed += rows.observed[row] as number;
    cell.expected += rows.expected[row] as number;
    cell.count += rows.count[row] as number;
  }
  return found.values();
}

function combinations(n: number, deepest: number): number[][] {
  const found: number[][] = [];
  for (let a = 0; a < n; a++) {
    found.push([a]);
    if (deepest < 2) continue;
    for (let b = a + 1; b < n; b++) {
      found.push([a, b]);
      if (deepest < 3) continue;
      for (let c = b + 1; c < n; c++) found.push([a, b, c]);
    }
  }
  return found;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const v of values) total += v;
  return total;
}
