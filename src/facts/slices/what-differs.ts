import { normalCdf } from '../../models/distribution.js';
import { benjaminiHochberg } from '../../models/multiplicity.js';
import { coverSlices, rowIn, type Slice, type SliceRows, searchSlices } from '../../models/slice-search.js';
import { inRanges } from './ranges.js';

/** Attributes of one request, by name. */
export type AttributeRow = Readonly<Record<string, string>>;

/** What one group of requests has more often than the other. */
export interface Difference {
  where: Slice['where'];
  /** Other slices that hold nearly the same requests: the same thing by another name. */
  alike: Slice['where'][];
  /** Requests of each group inside the slice. */
  here: number;
  there: number;
  /** Share of each group that lies in the slice. */
  shareHere: number;
  shareThere: number;
  /** How many times as common among the first group, with its 95 % interval. */
  factor: number;
  interval: [number, number];
  /** False-discovery rate at which this difference is named (Benjamini and Hochberg), over all slices looked at. */
  q: number;
  /** The attribute says how a request ended (status, error, retries): an effect, or its sign, rather than a cause. */
  outcome: boolean;
}

export interface Differences {
  found: Difference[];
  /** Slices that were compared. */
  compared: number;
  /** Attributes that were compared. */
  attributes: string[];
}

/** False discoveries among the named differences, at most. */
const LEVEL = 0.05;
/** A difference smaller than this is no lead, however sure. */
const LEAST_FACTOR = 1.5;
/** Share of the first group that a slice must hold. */
const LEAST_SHARE = 0.1;
const FEWEST = 5;
/** Attributes whose combinations are searched: the ones that differ most by themselves. */
const COMBINED = 8;
/** Slices that share this part of their requests are one. */
const ALIKE = 0.9;
const OUTCOME =
  /(^|[._])(status|status_code|error|exception|fault|outcome|duration|elapsed|latency|timeout|retry|retries|retry_count|resend_count|attempts?)([._]|$)/i;

/**
 * What the requests of one group have in common that those of the other have not: slow against normal ones, those
 * after against those before. Slices of up to three attributes; first the one that sets the groups apart most, then
 * what is left without it. Both groups may be samples, each drawn without regard to the attributes.
 */
export function whatDiffers(here: readonly AttributeRow[], there: readonly AttributeRow[]): Differences {
  if (here.length < FEWEST || there.length < FEWEST) return { found: [], compared: 0, attributes: [] };
  const all = tableOf(here, there);
  const causes = pick(all, (a) => !OUTCOME.test(a));
  const outcomes = pick(all, (a) => OUTCOME.test(a));
  const alone = searchSlices(causes, { ...SEARCH, deepest: 1 });
  const best = new Map<string, number>();
  for (const s of alone.slices)
    for (const w of s.where) best.set(w.attribute, Math.max(best.get(w.attribute) ?? 0, s.score));
  const leading = new Set(
    [...best]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, COMBINED)
      .map(([a]) => a),
  );
  const combined = pick(causes, (a) => leading.has(a));
  const deep = searchSlices(combined, SEARCH);
  const after = searchSlices(outcomes, { ...SEARCH, deepest: 1 });
  const compared = alone.tested + deep.tested + after.tested;
  const named = [
    ...coverSlices(combined, { ...SEARCH, leastShare: LEAST_SHARE }),
    ...coverSlices(outcomes, { ...SEARCH, deepest: 1, leastShare: LEAST_SHARE }),
  ];
  const pool = [...deep.slices, ...alone.slices, ...after.slices];
  const sure = falseDiscoveryRates(pool, compared, here.length, there.length);
  const found = named
    .map((s) => differenceOf(s, all, pool, sure, here.length, there.length))
    .filter(
      (d) =>
        d.q <= LEVEL &&
        d.factor >= LEAST_FACTOR &&
        d.interval[0] > 1 &&
        d.here >= FEWEST &&
        d.shareHere >= LEAST_SHARE,
    );
  const toldBefore = (d: Difference): boolean =>
    found.some((e) => !e.outcome && e.alike.some((where) => nameOf(where) === nameOf(d.where)));
  return {
    compared,
    attributes: all.attributes.slice(),
    found: found.filter((d) => !d.outcome || !toldBefore(d)),
  };
}

const SEARCH = { reference: 'rest', fewest: FEWEST } as const;

/** Rows of the first group are what was observed, rows of the other what is expected. */
function tableOf(here: readonly AttributeRow[], there: readonly AttributeRow[]): SliceRows {
  const rows = [...here, ...there];
  const names = [...new Set(rows.flatMap((r) => Object.keys(r)))].sort();
  const columns = names.map((name) => ({ name, values: inRanges(rows.map((r) => r[name] ?? '')) }));
  const useful = columns.filter((c) => new Set(c.values).size > 1);
  return {
    attributes: useful.map((c) => c.name),
    values: useful.map((c) => c.values),
    observed: Float64Array.from(rows, (_, i) => (i < here.length ? 1 : 0)),
    expected: Float64Array.from(rows, (_, i) => (i < here.length ? 0 : 1)),
    count: new Float64Array(rows.length).fill(1),
  };
}

function pick(rows: SliceRows, wanted: (attribute: string) => boolean): SliceRows {
  const kept = rows.attributes.map((a, i) => ({ a, i })).filter(({ a }) => wanted(a));
  return {
    ...rows,
    attributes: kept.map(({ a }) => a),
    values: kept.map(({ i }) => rows.values[i] as readonly string[]),
  };
}

const nameOf = (where: Slice['where']): string => where.map((w) => `${w.attribute}=${w.value}`).join('\n');

/** Of all slices looked at; those with no more in the first group count as certain not to differ. */
function falseDiscoveryRates(
  pool: readonly Slice[],
  compared: number,
  here: number,
  there: number,
): Map<string, number> {
  const p = pool.map((s) => chance(s.observed, here, s.count - s.observed, there));
  const none = new Array<number>(Math.max(0, compared - p.length)).fill(1);
  const q = benjaminiHochberg([...p, ...none]);
  return new Map(pool.map((s, i) => [nameOf(s.where), q[i] as number]));
}

/** One-sided p of the likelihood-ratio test of two shares (G-test of a 2 × 2 table). */
function chance(a: number, na: number, b: number, nb: number): number {
  if (a / na <= b / nb) return 1;
  const part = (x: number, n: number, p: number): number =>
    (x > 0 ? x * Math.log(x / (n * p)) : 0) + (x < n ? (n - x) * Math.log((n - x) / (n * (1 - p))) : 0);
  const pooled = (a + b) / (na + nb);
  const g = 2 * (part(a, na, pooled) + part(b, nb, pooled));
  return normalCdf(-Math.sqrt(Math.max(0, g)));
}

function differenceOf(
  slice: Slice,
  rows: SliceRows,
  pool: readonly Slice[],
  sure: ReadonlyMap<string, number>,
  here: number,
  there: number,
): Difference {
  const inside = membersOf(rows, slice);
  const a = inside.filter((i) => i < here).length;
  const b = inside.length - a;
  const [shareHere, shareThere] = [a / here, b / there];
  // Half a request is added on each side, so that a value that the other group never has stays finite.
  const factor = (a + 0.5) / (here + 0.5) / ((b + 0.5) / (there + 0.5));
  // Log ratio of two shares (D. Katz et al., Biometrics 34, 1978).
  const error = 1.96 * Math.sqrt(1 / (a + 0.5) - 1 / (here + 0.5) + 1 / (b + 0.5) - 1 / (there + 0.5));
  return {
    where: slice.where,
    alike: alikeOf(slice, inside, rows, pool),
    here: a,
    there: b,
    shareHere,
    shareThere,
    factor,
    interval: [factor * Math.exp(-error), factor * Math.exp(error)],
    q: sure.get(nameOf(slice.where)) ?? 1,
    outcome: slice.where.some((w) => OUTCOME.test(w.attribute)),
  };
}

const membersOf = (rows: SliceRows, slice: Pick<Slice, 'where'>): number[] => {
  const within = rowIn(rows, slice);
  return [...rows.count.keys()].filter(within);
};

/** Single values of other attributes that mark nearly the same requests. */
function alikeOf(
  slice: Slice,
  inside: readonly number[],
  rows: SliceRows,
  pool: readonly Slice[],
): Slice['where'][] {
  const own = new Set(slice.where.map((w) => w.attribute));
  const members = new Set(inside);
  const seen = new Set<string>();
  return pool.flatMap((other) => {
    const [part] = other.where;
    if (other.where.length !== 1 || !part || own.has(part.attribute) || seen.has(nameOf(other.where)))
      return [];
    seen.add(nameOf(other.where));
    const theirs = membersOf(rows, other);
    const both = theirs.filter((i) => members.has(i)).length;
    return both >= ALIKE * (theirs.length + inside.length - both) ? [other.where] : [];
  });
}
