import {
  type CausePart,
  type Context,
  derived,
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
  all: readonly Judged[] = [],
): Forecaster {
  if (!forecasting || !context.telemetry) return () => undefined;
  const entry = context.telemetry.entry;
  // What only plausible causes claim may as well be this one's doing.
  const supported = all.filter((j) => j.finding.verdict === 'supported');
  const explained = sumOfShares(supported);
  return (remedy, judged) => {
    if (!remedy.retiming || judged.finding.verdict !== 'supported' || judged.claims.length === 0)
      return undefined;
    const made = forecasting.retime(
      judged.claims,
      remedy.retiming,
      partOf(judged, context, supported, explained),
    );
    if (!made) return undefined;
    return { p99: made.then, says: say`p99 of ${name(entry.name)}: ${num(made.now)} → ${range(made.then)}.` };
  };
}

const sumOfShares = (all: readonly Judged[]): number =>
  all.reduce((sum, j) => sum + (j.finding.claim?.share ?? 0), 0);

/**
 * Whether what another cause claims may be the doing of this one: it is seen at the same part, or at a process that has
 * to read what this store or statement answers.
 */
function mayFollow(other: Judged, judged: Judged, context: Context): boolean {
  const { subject } = judged.finding;
  const seenAt = other.finding.subject;
  if (seenAt.id === subject.id) return true;
  if (subject.kind === 'statement') return seenAt.kind === 'service' && seenAt.name === subject.service;
  if ((subject.kind !== 'cache' && subject.kind !== 'database') || seenAt.kind !== 'service') return false;
  return (context.telemetry?.cells ?? []).some((c) => c.service === seenAt.name && c.peer?.id === subject.id);
}

/** How much of the rise of the p99 is the cause's: by its claim, and with its part of what no cause explains. */
function partOf(
  judged: Judged,
  context: Context,
  supported: readonly Judged[],
  stands: number,
): CausePart | undefined {
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
  const following = supported.filter((j) => j !== judged && mayFollow(j, judged, context));
  const withFollowing =
    following.length === 0
      ? withUnexplained
      : derived(
          {
            name: 'excess.shareAtBest',
            subject: { ...judged.finding.subject, id: `at-best:${judged.finding.id}` },
            value: Math.min(1, (claim.share + sumOfShares(following)) / explained),
            unit: 'ratio',
          },
          'share of the cause and of those that may follow from it ÷ share of all supported causes',
          [
            withUnexplained,
            ...following.flatMap(
              (j) => context.facts.all.find((f) => f.id === j.finding.claim?.facts[1]) ?? [],
            ),
          ],
        );
  return { before, claimed, withUnexplained, withFollowing };
}
