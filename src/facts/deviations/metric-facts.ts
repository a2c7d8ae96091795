import {
  type Block,
  type Fact,
  heading,
  join,
  type Link,
  name,
  num,
  paragraph,
  type Subject,
  say,
  subject,
  type Text,
  table,
} from '../../domain/index.js';
import type { Store } from '../../evidence/store/index.js';
import type { Phases } from '../phases.js';
import { fromQuery, type Origin } from '../query-fact.js';
import type { Deviation } from './deviation.js';
import { storedSeries } from './from-store.js';
import type { MetricSeries } from './series.js';
import {
  type Call,
  type MetricSuspects,
  metricSuspects,
  type Suspect,
  type SuspectQuery,
  type Target,
} from './suspects.js';

/** Suspects that metrics name, as facts and as the blocks that show them. */
export interface MetricFacts {
  facts: Fact[];
  blocks: Block[];
  found?: MetricSuspects;
}

/** Suspects and deviations that are shown; the rest is weaker. */
const SHOWN = 5;
const SHOWN_METRICS = 3;

/**
 * Which nodes left their normal range first and most, from metric series with a baseline: facts `suspect.probability`,
 * `suspect.share` and, for each deviating metric, its medians before and during. Empty without a baseline or metrics.
 */
export async function metricFacts(
  store: Store,
  phases: Phases,
  links: readonly Link[],
  sources: readonly string[],
  target?: Target,
): Promise<MetricFacts> {
  const stored = await storedSeries(store, phases);
  if (!stored || stored.series.length === 0) return { facts: [], blocks: [] };
  const calls = callsBetween(
    links,
    stored.series.map((s) => s.node),
  );
  const query: SuspectQuery = { ...stored, calls };
  const entry = target ?? entryOf(stored.series, calls);
  const accounted = entry ? metricSuspects({ ...query, target: entry }) : undefined;
  // Nobody said that the entry is what hurts: a node may be in trouble that does not reach it yet.
  const found = accounted && accounted.suspects.length > 0 ? accounted : metricSuspects(query);
  const origin: Origin = {
    query: 'otel_metrics_*: series of every node, incident against baseline',
    rows: stored.points,
    sources,
  };
  const compared = fromQuery(
    {
      name: 'metrics.compared',
      subject: subject('system', 'metrics'),
      value: stored.series.length,
      unit: 'count',
    },
    origin,
  );
  const about = (node: string): Subject => subject('service', node);
  const rows = found.suspects.slice(0, SHOWN).map((s) => suspectRow(s, about(s.node), origin));
  return {
    facts: [compared, ...rows.flatMap((r) => r.facts)],
    blocks: blocksOf(
      compared,
      rows.map((r) => r.cells),
      found,
    ),
    found,
  };
}

/** The one node that calls others and is called by none, when its latency is a single series. */
function entryOf(series: readonly MetricSeries[], calls: readonly Call[]): Target | undefined {
  const nodes = [...new Set(series.map((s) => s.node))].sort();
  const roots = nodes.filter(
    (n) =>
      calls.some((c) => c.caller === n && nodes.includes(c.callee)) && !calls.some((c) => c.callee === n),
  );
  const [root] = roots;
  const latencies = series.filter((s) => s.node === root && s.quantity === 'latency');
  return root !== undefined && roots.length === 1 && latencies.length === 1
    ? { node: root, quantity: 'latency' }
    : undefined;
}

/** Links go by subject id, series by the name that the metrics give. */
function callsBetween(
  links: readonly Link[],
  nodes: readonly string[],
): { caller: string; callee: string }[] {
  const byId = new Map(nodes.map((n) => [subject('service', n).id, n]));
  return links.map((l) => ({ caller: byId.get(l.from) ?? l.from, callee: byId.get(l.to) ?? l.to }));
}

function suspectRow(s: Suspect, about: Subject, origin: Origin): { facts: Fact[]; cells: Text[] } {
  const probability = fromQuery(
    { name: 'suspect.probability', subject: about, value: s.probability, unit: 'ratio', phase: 'incident' },
    origin,
  );
  const overNormal = fromQuery(
    { name: 'suspect.overNormal', subject: about, value: s.overNormal, unit: 'factor', phase: 'incident' },
    origin,
  );
  const share =
    s.share === undefined
      ? undefined
      : fromQuery(
          { name: 'suspect.share', subject: about, value: s.share, unit: 'ratio', phase: 'incident' },
          origin,
        );
  const metrics = s.deviations.slice(0, SHOWN_METRICS).map((d) => metricPair(d, s.node, origin));
  return {
    facts: [probability, overNormal, ...(share ? [share] : []), ...metrics.flatMap((m) => m.facts)],
    cells: [
      say`${name(s.node)}`,
      say`${s.quantity}`,
      say`${num(probability)}`,
      say`${num(overNormal)}`,
      metrics.length > 0
        ? join(
            metrics.map((m) => m.text),
            '; ',
          )
        : say`no single metric beyond what is material`,
    ],
  };
}

function metricPair(d: Deviation, node: string, origin: Origin): { facts: Fact[]; text: Text } {
  const of = subject('class', d.metric, node);
  const level = (phase: 'baseline' | 'incident', value: number): Fact =>
    fromQuery({ name: 'metric.median', subject: of, value, unit: 'none', phase }, origin);
  const [before, during] = [level('baseline', d.before), level('incident', d.during)];
  return { facts: [before, during], text: say`${name(d.metric)} ${num(before)} → ${num(during)}` };
}

function blocksOf(compared: Fact, rows: Text[][], found: MetricSuspects): Block[] {
  const title = heading(say`Where metrics left their normal range`);
  if (rows.length === 0)
    return [
      title,
      paragraph(
        say`None of ${num(compared)} metric series deviates beyond what the baseline itself shows: metrics name no suspect.`,
      ),
    ];
  return [
    title,
    table(
      ['Node', 'What', '> Probability', '> Times its own normal', 'Medians, before → during'],
      rows,
      found.method === 'accounting'
        ? say`${num(compared)} series compared. The excess of the entry is split along the call graph; the probability is that the trouble starts there, given that it starts in one of these.`
        : say`${num(compared)} series compared with equally long stretches of the baseline; a cause stands before its symptoms. The probability is that the trouble starts there, given that it starts in one of these.`,
    ),
  ];
}
