import { type Bout, boutProbabilities, bouts, quietLevel } from '../../models/bout.js';
import { type CallEdge, excessShares } from '../../models/excess-flow.js';
import { quantile } from '../../models/quantile.js';
import { median } from '../../models/spread.js';

/** One node's rows: what is watched (mean latency, or the failed share) and how many requests it served. */
export interface NodeRows {
  /** One value a row; `NaN` where the node had no traffic or was not seen. */
  value: Float64Array;
  /** Requests a row; `NaN` where unknown, which counts as one for each request of the target. */
  requests: Float64Array;
}

/** The same nodes, in the same order, in the baseline and in the window of the incident. */
export interface AccountingInput {
  baseline: readonly NodeRows[];
  window: readonly NodeRows[];
  edges: readonly CallEdge[];
  /** Number of the node whose excess is accounted for. */
  target: number;
  /** Rows of the window that the trouble reaches into, when an alert says so. */
  touching?: Bout;
  /** `failures` are counted, so that one failure is the least that can be seen. */
  quantity: 'latency' | 'failures';
}

export interface Account {
  /** Share of the target's excess that starts at each node; sums to 1, or all 0. */
  shares: Float64Array;
  /** Excess of each node per request of the target, in the bout that explains the target best. */
  excess: Float64Array;
  /** That excess over the largest that the baseline shows in such a bout (once in a hundred). */
  overNormal: Float64Array;
  /** Chance that a window of the baseline, as long as the incident's, shows as much (two tests, Bonferroni). */
  pValue: number;
  /** The bout that explains the target best. */
  bout: Bout;
  /** Probability of the bouts in which the first suspect is the same. */
  stability: number;
}

/** An excess that the baseline's own windows reach once in a hundred is where noise ends. */
const NORMAL_QUANTILE = 0.99;
/** Places where a bout may start or end, at most: every pair of them is tried. */
const MOST_EDGES = 24;
/** Windows of the baseline that are compared with, at most. */
const NULL_WINDOWS = 300;

/**
 * Accounts for the target's excess like money: latency (or failures) of every node per request of the target, in the
 * affected rows against the quiet rows beside them, split along the call graph. The quiet rows beside the incident
 * are its reference, so a baseline of another day or load does no harm; the baseline says how far such a difference
 * strays when nothing is wrong. A callee that nobody called before is its caller's doing and explains nothing.
 */
export function account(input: AccountingInput): Account {
  const rows = input.window[input.target]?.value.length ?? 0;
  const step = Math.max(1, Math.ceil(rows / MOST_EDGES));
  const candidates = bouts(rows, Math.min(2, rows - 1), input.touching, step);
  const levels = input.baseline.map((n) => median(n.value));
  const noise = input.baseline.map(() => new Float64Array(candidates.length));
  // A baseline shorter than the window is turned as a whole, with the bouts scaled to it.
  const nullRows = Math.min(rows, Math.max(1, input.baseline[input.target]?.value.length ?? 0));
  const scaled = candidates.map((b) => scaledTo(b, nullRows / rows));
  const windows = nullWindows(input, nullRows);
  const drawn = windows.map((w) => excesses(w, input, scaled, levels));
  const values = new Float64Array(windows.length);
  for (const [n, quantiles] of noise.entries())
    for (let c = 0; c < candidates.length; c++) {
      for (let w = 0; w < windows.length; w++) values[w] = Math.abs(drawn[w]?.[n]?.[c] as number);
      quantiles[c] = quantile(values.sort(), NORMAL_QUANTILE);
    }
  const targetNoise = noiseOf(
    input.baseline[input.target]?.value,
    input.quantity,
    input.window[input.target],
  );
  const judge = (window: readonly NodeRows[], excess: Float64Array[], among: readonly Bout[]) => {
    const chances = boutProbabilities(window[input.target]?.value ?? [], targetNoise, among);
    return { chances, best: bestOf(chances), excess };
  };
  const seen = judge(input.window, excesses(input.window, input, candidates, levels), candidates);
  const floors = candidates.map((b) => leastVisible(input, b));
  const ratio = (excess: Float64Array[], n: number, c: number): number =>
    (excess[n]?.[c] as number) / Math.max(noise[n]?.[c] as number, floors[c] as number);
  const shares = (excess: Float64Array[], c: number): Float64Array => {
    const beyond = (n: number, x: number): number => {
      const r = x / Math.max(noise[n]?.[c] as number, floors[c] as number);
      return r > 1 ? x * (1 - 1 / r ** 2) : 0;
    };
    const cut = Float64Array.from(excess, (e, n) => beyond(n, e[c] as number));
    cut[input.target] = Math.max(0, excess[input.target]?.[c] as number);
    return excessShares(cut, input.edges, input.target, beyond);
  };
  // Two ways to be unusual: the target and the first suspect together, or any one node below the target by itself.
  const together = (excess: Float64Array[], c: number): number => {
    const part = shares(excess, c);
    const first = part.indexOf(Math.max(...part));
    return Math.max(0, ratio(excess, input.target, c)) * Math.max(0, ratio(excess, first, c));
  };
  const reachable = below(input.edges, input.target, input.window.length);
  const alone = (excess: Float64Array[], c: number): number =>
    Math.max(...reachable.map((n) => ratio(excess, n, c)));
  const nulls = windows.map((w, i) => judge(w, drawn[i] as Float64Array[], scaled));
  const pValue = Math.min(
    1,
    ...[together, alone].map((statistic) => {
      const observed = statistic(seen.excess, seen.best);
      const asMuch = nulls.filter((n) => statistic(n.excess, n.best) >= observed).length;
      return (2 * (1 + asMuch)) / (1 + windows.length);
    }),
  );
  const mean = new Float64Array(input.window.length);
  const firsts = new Map<number, number>();
  for (const [c] of candidates.entries()) {
    const chance = seen.chances[c] as number;
    if (chance < 1e-6) continue;
    const part = shares(seen.excess, c);
    for (let n = 0; n < part.length; n++) mean[n] = (mean[n] as number) + chance * (part[n] as number);
    const first = part.indexOf(Math.max(...part));
    firsts.set(first, (firsts.get(first) ?? 0) + chance);
  }
  return {
    shares: mean,
    excess: Float64Array.from(seen.excess, (e) => e[seen.best] as number),
    overNormal: Float64Array.from(seen.excess, (_, n) => ratio(seen.excess, n, seen.best)),
    pValue,
    bout: candidates[seen.best] ?? { from: 0, to: rows },
    stability: firsts.get(mean.indexOf(Math.max(...mean))) ?? 0,
  };
}

/** Excess of every node in every bout, per request of the target. */
function excesses(
  window: readonly NodeRows[],
  { target }: AccountingInput,
  candidates: readonly Bout[],
  levels: readonly number[],
): Float64Array[] {
  const requests = window[target]?.requests ?? new Float64Array();
  return window.map((node, n) => {
    const found = new Float64Array(candidates.length);
    if (node.value.every(Number.isNaN)) return found;
    const calls = n === target ? requests : node.requests;
    for (const [c, bout] of candidates.entries()) {
      const quiet = quietLevel(node.value, bout);
      const level = Number.isNaN(quiet) ? (levels[n] as number) : quiet;
      if (Number.isNaN(level)) continue;
      let sum = 0;
      for (let i = bout.from; i < bout.to; i++) {
        const value = node.value[i] as number;
        const perRequest = (calls[i] as number) / (requests[i] as number);
        if (!Number.isNaN(value)) sum += (value - level) * (Number.isFinite(perRequest) ? perRequest : 1);
      }
      found[c] = sum / (bout.to - bout.from);
    }
    return found;
  });
}

/** The smallest excess that could be seen in a bout: one failure, or nothing for latency. */
function leastVisible({ quantity, window, target }: AccountingInput, bout: Bout): number {
  if (quantity === 'latency') return Number.MIN_VALUE;
  let requests = 0;
  for (let i = bout.from; i < bout.to; i++) requests += window[target]?.requests[i] || 0;
  return requests > 0 ? 1 / requests : Number.MIN_VALUE;
}

/** Scale of the row-to-row noise of the target around the quiet level. */
function noiseOf(
  baseline: Float64Array | undefined,
  quantity: AccountingInput['quantity'],
  window: NodeRows | undefined,
): number {
  const steps: number[] = [];
  for (let i = 1; i < (baseline?.length ?? 0); i++) {
    const step = Math.abs((baseline?.[i] as number) - (baseline?.[i - 1] as number));
    if (!Number.isNaN(step)) steps.push(step);
  }
  const floor = quantity === 'failures' ? 1 / Math.max(1, median(window?.requests ?? [])) : 1e-12;
  return Math.max(steps.length === 0 ? floor : median(steps), floor);
}

/** Windows as long as the incident's, from the baseline taken as a circle (D. N. Politis and J. P. Romano, 1992). */
function nullWindows({ baseline, target }: AccountingInput, rows: number): NodeRows[][] {
  const length = baseline[target]?.value.length ?? 0;
  if (length === 0) return [];
  const stride = Math.max(1, Math.floor(length / NULL_WINDOWS));
  const circle = (values: Float64Array): Float64Array =>
    Float64Array.from({ length: length + rows }, (_, i) => values[i % length] as number);
  const turned = baseline.map((n) => ({ value: circle(n.value), requests: circle(n.requests) }));
  const windows: NodeRows[][] = [];
  for (let start = 0; start < length; start += stride)
    windows.push(
      turned.map((n) => ({
        value: n.value.subarray(start, start + rows),
        requests: n.requests.subarray(start, start + rows),
      })),
    );
  return windows;
}

const scaledTo = ({ from, to }: Bout, by: number): Bout => {
  const start = Math.floor(from * by);
  return { from: start, to: Math.max(start + 1, Math.round(to * by)) };
};

/** The target and all that it calls, directly or not. */
function below(edges: readonly CallEdge[], target: number, nodes: number): number[] {
  const seen = new Uint8Array(nodes);
  const open = [target];
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    if (seen[n]) continue;
    seen[n] = 1;
    for (const e of edges) if (e.caller === n) open.push(e.callee);
  }
  return [...seen.keys()].filter((n) => seen[n] === 1);
}

const bestOf = (chances: Float64Array): number => chances.indexOf(Math.max(...chances));
