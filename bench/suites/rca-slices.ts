import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { expectFromHistory, type Leaf } from '../../src/facts/slices/expectation.js';
import { coverSlices, type SliceRows, searchSlices, sliceKey } from '../../src/models/slice-search.js';
import type { Suite } from '../main.js';

interface Truth {
  data: string;
  /** The minute of the alarm: every method is given it, so it is no part of the answer. */
  timestamp: number;
  /** One slice, or a list of them where several causes met. */
  cause: Row | Row[];
}
type Row = Record<string, string | number>;

/**
 * Which attribute values the failures have in common. A case counts in `top1` when the slice named first is exactly a
 * true one, and where several causes met, when all of them are named before anything else; in `top3` and `top5` when
 * all true slices are among the first three or five. `setExact`: the slices that the search names by itself as the
 * whole answer are the true ones, no more and no fewer.
 */
const slices: Suite = {
  suite: 'rca/slices',
  about: 'exact slice of up to three attributes in multi-attribute incidents',
  async run(folder) {
    const truth: Truth[] = parse(readFileSync(join(folder, 'truth.yaml'), 'utf8'));
    const cases = truth
      .filter((t) => existsSync(join(folder, `${t.data}.csv`)))
      .sort((a, b) => (a.data < b.data ? -1 : 1))
      .map((t) => judge(t, answer(load(join(folder, `${t.data}.csv`), Number(t.timestamp)))));
    const share = (pick: (c: (typeof cases)[number]) => boolean): number =>
      cases.filter(pick).length / Math.max(1, cases.length);
    return {
      cases: cases.length,
      top1: share((c) => c.within(1)),
      top3: share((c) => c.within(3)),
      top5: share((c) => c.within(5)),
      setExact: share((c) => c.setExact),
      baselines: {
        largestExcess: share((c) => c.largestExcess),
        random: cases.reduce((p, c) => p + c.chance, 0) / Math.max(1, cases.length),
      },
      missed: cases.filter((c) => !c.within(1)).map((c) => c.name),
    };
  },
};
export default slices;

function answer(rows: SliceRows) {
  const { slices: ranked, tested } = searchSlices(rows);
  const byExcess = [...ranked].sort((a, b) => b.observed - b.expected - (a.observed - a.expected));
  return {
    ranked: ranked.slice(0, 10).map(sliceKey),
    named: coverSlices(rows).map(sliceKey),
    largestExcess: byExcess.slice(0, 1).map(sliceKey),
    tested,
  };
}

function judge(truth: Truth, found: ReturnType<typeof answer>) {
  const wanted = [truth.cause].flat().map((row) =>
    sliceKey({
      where: Object.entries(row).map(([attribute, value]) => ({ attribute, value: String(value) })),
    }),
  );
  const has = (list: readonly string[]): boolean => wanted.every((w) => list.includes(w));
  return {
    name: truth.data,
    within: (k: number): boolean => has(found.ranked.slice(0, Math.max(k, wanted.length))),
    setExact: has(found.named) && found.named.length === wanted.length,
    largestExcess: has(found.largestExcess),
    chance: 1 / Math.max(1, found.tested),
  };
}

/** One minute of a file against the minutes before it. */
function load(path: string, minute: number): SliceRows {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  const column = (name: string): number => names.indexOf(name);
  const attributes = names.filter((n) => !['min', 'value', 'cnt'].includes(n));
  const minutes = new Map<number, Leaf[]>();
  for (const line of lines) {
    const cells = line.split(',');
    const at = Number(cells[column('min')]);
    const leaf: Leaf = {
      values: attributes.map((a) => cells[column(a)] ?? ''),
      bad: Number(cells[column('value')]),
      count: Number(cells[column('cnt')]),
    };
    const leaves = minutes.get(at);
    if (leaves) leaves.push(leaf);
    else minutes.set(at, [leaf]);
  }
  const history = [...minutes].filter(([at]) => at < minute).map(([, leaves]) => leaves);
  return expectFromHistory(attributes, history, minutes.get(minute) ?? []);
}
