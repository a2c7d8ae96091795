import {
  type CausePart,
  type Context,
  derived,
  type Finding,
  type Forecasting,
  name,
  num,
  range,
  say,
} from '../domain/index.js';
import type { Judged } from './infer.js';
import type { Forecaster } from './recommend.js';

/** A forecaster for the ranking of remedies; none without traces. */
export function forecaster(
  forecasting: Forecasting | undefined,
  context: Context,
  findings: readonly Finding[] = [],
): Forecaster {
  if (!forecasting || !context.telemetry) return () => undefined;
  const entry = context.telemetry.entry;
  // What only plausible causes claim may as well be this one's doing.
  const explained = findings
    .filter((f) => f.verdict === 'supported')
    .reduce((sum, f) => sum + (f.claim?.share ?? 0), 0);
  return (remedy, judged) => {
    if (!remedy.retiming || judged.finding.verdict !== 'supported' || judged.claims.length === 0)
      return undefined;
    const made = forecasting.retime(judged.claims, remedy.retiming, partOf(judged, context, explained));
    if (!made) return undefined;
    return { p99: made.then, says: say`p99 of ${name(entry.name)}: ${num(made.now)} → ${range(made.then)}.` };
  };
}

/** How much of the rise of the p99 is the cause's: by its claim, and with its part of what no cause explains. */
function partOf(judged: Judged, context: Context, stands: number): CausePart | undefined {
  const entry = context.telemetry?.entry;
  const claim = judged.finding.claim;
  const rest = context.facts.find({ name: 'excess.unexplainedShare' });
  const claimed = claim && context.facts.all.find((f) => f.id === claim.facts[1]);
  if (!entry || !claim || !claimed || !rest) return undefined;
  const before = context.facts.find({ name: 'latency.p99', subject: entry, phase: 'baseline' });
  if (!before) return undefined;
  const explained = Math.max(claim.share, stands > 0 ? stands : 1 - Math.max(0, rest.value));
  const withUnexplained = derived(
    {
      name: 'excess.shareOfExplained',
      subject: { ...judged.finding.subject, id: `explained:${judged.finding.id}` },
      value: Math.min(1, claim.share / explained),
      unit: 'ratio',
    },
    'share of the cause ÷ share of all supported causes',
    [claimed, rest],
  );
  return { before, claimed, withUnexplained };
}
