import type { Bout } from '../../models/bout.js';
import { onset } from '../../models/onset.js';
import { type Account, account, type NodeRows } from './accounting.js';
import { type Deviation, deviations } from './deviation.js';
import { type Quantity, TRAITS } from './quantity.js';
import { type MetricSeries, rowsOf, type Span, spacingMs } from './series.js';

export interface Call {
  caller: string;
  callee: string;
}
/** What is slow or failing, as an alert or a user says it. */
export interface Target {
  node: string;
  quantity: 'latency' | 'failures' | 'availability';
  /** When the alert fired. */
  atMs?: number;
}
export interface SuspectQuery {
  series: readonly MetricSeries[];
  calls: readonly Call[];
  baseline: Span;
  incident: Span;
  target?: Target;
}

export interface Suspect {
  node: string;
  /** What about the node: the quantity that can have brought about its other deviations. */
  quantity: Quantity;
  /** Chance that the trouble starts here, given that it starts at a node of the metrics; sums to 1 over the suspects. */
  probability: number;
  /** Share of the target's excess that starts here; only when the excess was accounted for. */
  share?: number;
  /** Times what the baseline shows at this node. */
  overNormal: number;
  /** Its deviating metrics, the leading one first. */
  deviations: Deviation[];
}
export interface MetricSuspects {
  /** Most probable first; empty when nothing deviates beyond what the baseline shows. */
  suspects: Suspect[];
  method: 'accounting' | 'deviation';
  /** Chance that the baseline shows as much. */
  pValue: number;
  /** When the trouble starts, and the interval it may as well have started in; unknown without suspects. */
  onset?: { atMs: number; fromMs: number; toMs: number };
  /** Share of the possible onsets under which the first suspect is the same. */
  stability: number;
}

/** Named only when the baseline shows as much in fewer than one of twenty windows. */
const ALPHA = 0.05;
/** Rows that the incident is cut into, at most, when the baseline has rows enough to compare with then. */
const WINDOW_ROWS = 12;
/** Rows of the baseline below which no chance as small as what names a suspect could show. */
const BASELINE_ROWS = 80;

/**
 * Where the trouble starts, from metrics alone. With a target, its latency or failures are accounted for along the
 * call graph; without one (or without series for it), nodes are compared by how far they deviate. A cause outranks
 * its symptoms; what the baseline shows as well is no suspect.
 */
export function metricSuspects(query: SuspectQuery): MetricSuspects {
  const { target } = query;
  const accounted = target ? byAccounting(query, target) : undefined;
  return accounted ?? byDeviation(query);
}

/** Failures by whichever series the node has: a failed share, or an availability (in per cent or as a share). */
const VALUE_QUANTITIES: Readonly<Record<Target['quantity'], readonly Quantity[]>> = {
  latency: ['latency'],
  failures: ['availability', 'failures'],
  availability: ['availability', 'failures'],
};

function byAccounting(query: SuspectQuery, target: Target): MetricSuspects | undefined {
  const nodes = nodesOf(query);
  const at = nodes.indexOf(target.node);
  const series = pick(query.series, target);
  const watched = series.get(target.node);
  if (at < 0 || !watched) return undefined;
  const { rowMs, rows, contextRows } = frame(query, target, watched);
  if (rows < 2) return undefined;
  const requests = requestSeries(query.series);
  const nodeRows = (fromMs: number, count: number): NodeRows[] =>
    nodes.map((n) => {
      const value = rowsOf(series.get(n), fromMs, rowMs, count);
      const served = rowsOf(requests.get(n), fromMs, rowMs, count);
      return {
        value: target.quantity === 'latency' ? value : failedShare(series.get(n), value, served),
        requests: served,
      };
    });
  const baselineRows = Math.floor((query.baseline.toMs - query.baseline.fromMs) / rowMs);
  const baseline = nodeRows(query.baseline.fromMs, baselineRows);
  const own = nodeRows(query.incident.fromMs, rows);
  const window = own.map((n, i) => ({
    value: joined(tail(baseline[i]?.value, contextRows), n.value),
    requests: joined(tail(baseline[i]?.requests, contextRows), n.requests),
  }));
  const touching = touched(query, target, rowMs, rows, contextRows);
  const edges = query.calls.map((c) => ({
    caller: nodes.indexOf(c.caller),
    callee: nodes.indexOf(c.callee),
  }));
  const result = account({
    baseline,
    window,
    edges,
    target: at,
    quantity: target.quantity === 'latency' ? 'latency' : 'failures',
    ...(touching ? { touching } : {}),
  });
  const first = result.shares.indexOf(Math.max(...result.shares));
  // One window in twenty passes the test by chance: without an alert it takes more to name a node.
  const named =
    result.pValue < ALPHA && (target.atMs !== undefined || (result.overNormal[first] as number) >= LEAST);
  return {
    method: 'accounting',
    pValue: result.pValue,
    stability: result.stability,
    ...(named
      ? {
          suspects: suspectsOf(result, nodes, query, target),
          onset: onsetOf(result, query.incident.fromMs - contextRows * rowMs, rowMs),
        }
      : { suspects: [] }),
  };
}

/** Length of a row, rows of the incident, and rows of the baseline that serve as its quiet context. */
function frame(query: SuspectQuery, target: Target, watched: MetricSeries) {
  const length = query.incident.toMs - query.incident.fromMs;
  const spacing = spacingMs(watched.timesMs);
  const wanted = Math.min(
    length / WINDOW_ROWS,
    (query.baseline.toMs - query.baseline.fromMs) / BASELINE_ROWS,
  );
  const rowMs = Math.max(Number.isNaN(spacing) ? length : spacing, Math.ceil(wanted));
  const rows = Math.max(1, Math.round(length / rowMs));
  const startsInside = target.atMs !== undefined && target.atMs - rowMs >= query.incident.fromMs;
  const baselineRows = Math.floor((query.baseline.toMs - query.baseline.fromMs) / rowMs);
  return { rowMs, rows, contextRows: startsInside ? 0 : Math.min(rows, Math.floor(baselineRows / 2)) };
}

/** An alert fires within a row of the trouble; without one, the trouble is anywhere in the incident. */
function touched(
  query: SuspectQuery,
  target: Target,
  rowMs: number,
  rows: number,
  contextRows: number,
): Bout | undefined {
  const from = query.incident.fromMs;
  if (target.atMs === undefined || contextRows > 0) return { from: contextRows, to: contextRows + rows };
  const first = Math.max(0, Math.ceil((target.atMs - rowMs - from) / rowMs));
  return { from: first, to: Math.max(first + 1, Math.floor((target.atMs + rowMs - from) / rowMs) + 1) };
}

function suspectsOf(result: Account, nodes: string[], query: SuspectQuery, target: Target): Suspect[] {
  const beyond = material(deviations(query.series, query.baseline, query.incident));
  const order = [...result.shares.keys()]
    .filter((n) => (result.shares[n] as number) > 0)
    .sort((a, b) => (result.shares[b] as number) - (result.shares[a] as number) || a - b);
  const weights = probabilities(order.map((n) => result.shares[n] as number));
  return order.map((n, i) => {
    const node = nodes[n] as string;
    const own = leading(beyond.filter((d) => d.node === node));
    return {
      node,
      quantity: own[0] && TRAITS[own[0].quantity].resource ? own[0].quantity : target.quantity,
      probability: weights[i] as number,
      share: result.shares[n] as number,
      overNormal: result.overNormal[n] as number,
      deviations: own,
    };
  });
}

const onsetOf = ({ bout }: Account, fromMs: number, rowMs: number): MetricSuspects['onset'] => ({
  atMs: fromMs + bout.from * rowMs,
  fromMs: fromMs + Math.max(0, bout.from - 1) * rowMs,
  toMs: fromMs + (bout.from + 1) * rowMs,
});

/**
 * The nodes by their strongest deviation. The baseline ends where the leading series change, when that is before the
 * stated start: an incident that was noticed late has run into its own baseline.
 */
function byDeviation(query: SuspectQuery): MetricSuspects {
  const first = rankDeviations(query);
  const lead = strongest(deviations(query.series, query.baseline, query.incident));
  const series = lead && query.series.find((s) => s.node === lead.node && s.metric === lead.metric);
  if (!series) return first;
  const found = onsetIn(series, query);
  if (!found) return first;
  const starts = [...new Set([found.fromMs, found.atMs, found.toMs])];
  const ranked = starts.map((start) => rankDeviations(startingAt(query, start)));
  const best = ranked[starts.indexOf(found.atMs)] ?? first;
  const leader = best.suspects[0]?.node;
  if (leader === undefined) return best;
  return {
    ...best,
    onset: found,
    stability: ranked.filter((r) => r.suspects[0]?.node === leader).length / ranked.length,
  };
}

const strongest = (all: readonly Deviation[]): Deviation | undefined =>
  all
    .filter((d) => TRAITS[d.quantity].worse !== 0)
    .reduce<Deviation | undefined>((a, b) => (a === undefined || b.strength > a.strength ? b : a), undefined);

const startingAt = (query: SuspectQuery, startMs: number): SuspectQuery => ({
  ...query,
  baseline: { ...query.baseline, toMs: Math.min(query.baseline.toMs, startMs) },
  incident: { ...query.incident, fromMs: startMs },
});

function onsetIn(series: MetricSeries, { baseline, incident }: SuspectQuery): MetricSuspects['onset'] {
  const rows: number[] = [];
  for (let i = 0; i < series.timesMs.length; i++) {
    const at = series.timesMs[i] as number;
    if ((at >= baseline.fromMs && at < baseline.toMs) || (at >= incident.fromMs && at < incident.toMs))
      rows.push(i);
  }
  const step = onset(rows.map((i) => series.values[i] as number));
  if (!step) return undefined;
  const time = (k: number): number => series.timesMs[rows[k] as number] as number;
  return { atMs: time(step.at), fromMs: time(step.interval[0]), toMs: time(step.interval[1]) };
}

function rankDeviations(query: SuspectQuery): MetricSuspects {
  const all = deviations(query.series, query.baseline, query.incident);
  const telling = all.filter((d) => TRAITS[d.quantity].worse !== 0);
  const limit = normalLimit(telling);
  const beyond = all.filter((d) => d.overNormal > limit);
  const named = beyond.filter((d) => TRAITS[d.quantity].worse !== 0);
  const from = named.length > 0 ? named : beyond;
  const withMechanism = new Set(from.filter((d) => !SYMPTOMS.includes(d.quantity)).map((d) => d.node));
  const strengths = new Map<string, number>();
  for (const d of from) {
    const callee = strongestCallee(d, from, query.calls);
    const own =
      withMechanism.size === 0 || withMechanism.has(d.node) ? d.overNormal : d.overNormal * SYMPTOM_ONLY;
    const weight = callee === undefined ? own : Math.min(own, callee * EXPLAINED);
    strengths.set(d.node, Math.max(strengths.get(d.node) ?? 0, weight));
  }
  const order = [...strengths].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const weights = probabilities(order.map(([, strength]) => strength));
  const most = Math.max(0, ...telling.map((d) => d.overNormal));
  return {
    method: 'deviation',
    pValue: pValueOf(telling, most),
    stability: order.length > 0 ? 1 : 0,
    suspects: order.map(([node], i) => {
      const own = leading(material(all).filter((d) => d.node === node));
      return {
        node,
        quantity: own[0]?.quantity ?? 'other',
        probability: weights[i] as number,
        overNormal: Math.max(...from.filter((d) => d.node === node).map((d) => d.overNormal)),
        deviations: own,
      };
    }),
  };
}

/** Strength is squared: twice as far off is taken as four times as probable; sums to 1. */
function probabilities(strengths: readonly number[]): number[] {
  const squares = strengths.map((s) => s ** 2);
  const total = squares.reduce((a, b) => a + b, 0);
  return squares.map((s) => s / total);
}

/** Latency and failures start in a callee that deviates too: how far it does, or nothing. */
function strongestCallee(
  d: Deviation,
  beyond: readonly Deviation[],
  calls: readonly Call[],
): number | undefined {
  if (!SYMPTOMS.includes(d.quantity)) return undefined;
  const callees = new Set(
    calls.filter((c) => c.caller === d.node && c.callee !== d.node).map((c) => c.callee),
  );
  const theirs = beyond.filter((o) => callees.has(o.node)).map((o) => o.overNormal);
  return theirs.length === 0 ? undefined : Math.max(...theirs);
}
/** A symptom is never as strong a suspect as the callee that explains it. */
const EXPLAINED = 0.25;
/** A node that is only slow or failing, while another shows what may make it so, counts half. */
const SYMPTOM_ONLY = 0.5;
const SYMPTOMS: readonly Quantity[] = ['latency', 'failures', 'availability', 'waiting', 'requests'];

/** What the most unusual series of any normal block shows, 5 at least: so that many series find no more than few do. */
const normalLimit = (all: readonly Deviation[]): number => Math.max(LEAST, ...blockMaxima(all));
const LEAST = 5;

function pValueOf(all: readonly Deviation[], most: number): number {
  const maxima = blockMaxima(all);
  return (1 + maxima.filter((m) => m >= most).length) / (1 + maxima.length);
}

function blockMaxima(all: readonly Deviation[]): number[] {
  const blocks = Math.max(0, ...all.map((d) => d.normal.length));
  return Array.from({ length: blocks }, (_, b) =>
    Math.max(0, ...all.map((d) => d.normal[Math.floor((b * d.normal.length) / blocks)] ?? 0)),
  );
}

/** Beyond what is material and sure to be no noise. */
const material = (all: readonly Deviation[]): Deviation[] =>
  all.filter((d) => d.strength >= 1 && d.overNoise >= LEAST);

const leading = (own: Deviation[]): Deviation[] =>
  own.sort(
    (a, b) => TRAITS[a.quantity].causeOrder - TRAITS[b.quantity].causeOrder || b.strength - a.strength,
  );

function nodesOf({ series, calls }: SuspectQuery): string[] {
  return [...new Set([...series.map((s) => s.node), ...calls.flatMap((c) => [c.caller, c.callee])])].sort();
}

/** One series a node of what the target is watched by: the target's own metric where the node has it. */
function pick(series: readonly MetricSeries[], target: Target): Map<string, MetricSeries> {
  const wanted = VALUE_QUANTITIES[target.quantity];
  const fitting = series.filter((s) => wanted.includes(s.quantity));
  const own = fitting
    .filter((s) => s.node === target.node)
    .sort((a, b) => wanted.indexOf(a.quantity) - wanted.indexOf(b.quantity) || typical(b) - typical(a))[0];
  const chosen = new Map<string, MetricSeries>();
  for (const s of fitting) {
    const before = chosen.get(s.node);
    if (!before || (s.metric === own?.metric && before.metric !== own.metric)) chosen.set(s.node, s);
  }
  return chosen;
}
/** Means add up along a path, so they are the better account; then medians. */
const typical = (s: MetricSeries): number =>
  /avg|average|mean/i.test(s.metric) ? 2 : /50/.test(s.metric) ? 1 : 0;

function requestSeries(series: readonly MetricSeries[]): Map<string, MetricSeries> {
  const chosen = new Map<string, MetricSeries>();
  for (const s of series) if (s.quantity === 'requests' && !chosen.has(s.node)) chosen.set(s.node, s);
  return chosen;
}

/** Failed share of the requests, 0..1: of an availability (per cent when it goes above 1.5), a share, or a count. */
function failedShare(
  series: MetricSeries | undefined,
  values: Float64Array,
  requests: Float64Array,
): Float64Array {
  const large = series?.values.some((v) => v > 1.5) ?? false;
  if (series?.quantity === 'availability') return values.map((v) => 1 - v / (large ? 100 : 1));
  return large ? values.map((v, i) => v / Math.max(v, requests[i] as number)) : values;
}

const tail = (values: Float64Array | undefined, rows: number): Float64Array =>
  rows === 0 || !values ? new Float64Array() : values.slice(-rows);

function joined(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
