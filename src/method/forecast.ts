import {
  type CausePart,
  type Context,
  derived,
  type Fact,
  type Forecasting,
  name,
  num,
  type Remedy,
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
      partOf(judged, context, remedy, supported, explained),
    );
    if (!made) return undefined;
    return { p99: made.then, says: say`p99 of ${name(entry.name)}: ${num(made.now)} → ${range(made.then)}.` };
  };
}

const sumOfShares = (all: readonly Judged[]): number =>
  all.reduce((sum, j) => sum + (j.finding.claim?.share ?? 0), 0);

/**
 * Whether what another cause claims may be the doing of this one: it is seen at the same part, at a pool of this process
 * (what makes it slow holds its connections longer), or at a process that has to read what this store or statement answers.
 */
function mayFollow(other: Judged, judged: Judged, context: Context): boolean {
  const { subject } = judged.finding;
  const seenAt = other.finding.subject;
  if (seenAt.id === subject.id) return true;
  if (subject.kind === 'service') return seenAt.kind === 'pool' && seenAt.service === subject.name;
  if (subject.kind === 'statement') return seenAt.kind === 'service' && seenAt.name === subject.service;
  if ((subject.kind !== 'cache' && subject.kind !== 'database') || seenAt.kind !== 'service') return false;
  return (context.telemetry?.cells ?? []).some((c) => c.service === seenAt.name && c.peer?.id === subject.id);
}

/** Whether a remedy for one cause may end another: it follows, or came with the change that is taken back. */
const goesWith = (other: Judged, judged: Judged, context: Context, remedy: Remedy): boolean =>
  mayFollow(other, judged, context) ||
  (remedy.retiming?.takesChangeBack === true &&
    other.finding.changes.some((c) => judged.finding.changes.includes(c)));

/** Whether one remedy ends two causes: it is a remedy for both, at the same part. */
const mendsBoth = (other: Judged, judged: Judged, remedy: Remedy): boolean =>
  other.finding.subject.id === judged.finding.subject.id && other.hypothesis.remedies.includes(remedy.id);

/** How much of the rise of the p99 goes with a remedy for a cause: by what is claimed, and with its part of what no cause explains. */
function partOf(
  judged: Judged,
  context: Context,
  remedy: Remedy,
  supported: readonly Judged[],
  stands: number,
): CausePart | undefined {
  const entry = context.telemetry?.entry;
  const rest = context.facts.find({ name: 'excess.unexplainedShare' });
  const others = supported.filter((j) => j !== judged);
  const mended = [judged, ...others.filter((j) => mendsBoth(j, judged, remedy))];
  const claimed = shareOf(mended, context);
  if (!entry || !claimed || !rest) return undefined;
  const before = context.facts.find({ name: 'latency.p99', subject: entry, phase: 'baseline' });
  if (!before) return undefined;
  const explained = Math.max(claimed.value, stands > 0 ? stands : 1 - Math.max(0, rest.value));
  const withUnexplained = derived(
    {
      name: 'excess.shareOfExplained',
      subject: { ...judged.finding.subject, id: `explained:${idOf(mended)}` },
      value: Math.min(1, claimed.value / explained),
      unit: 'ratio',
    },
    'share of the cause ÷ share of all supported causes',
    [claimed, rest],
  );
  const following = others.filter((j) => !mended.includes(j) && goesWith(j, judged, context, remedy));
  const withFollowing =
    following.length === 0
      ? withUnexplained
      : derived(
          {
            name: 'excess.shareAtBest',
            subject: { ...judged.finding.subject, id: `at-best:${idOf([...mended, ...following])}` },
            value: Math.min(1, (claimed.value + sumOfShares(following)) / explained),
            unit: 'ratio',
          },
          'share of the cause and of those that may follow from it ÷ share of all supported causes',
          [withUnexplained, ...sharesOf(following, context)],
        );
  return { before, claimed, withUnexplained, withFollowing };
}

const idOf = (all: readonly Judged[]): string => all.map((j) => j.finding.id).join('+');

const sharesOf = (all: readonly Judged[], context: Context): Fact[] =>
  all.flatMap((j) => context.facts.all.find((f) => f.id === j.finding.claim?.facts[1]) ?? []);

/** What causes claim of the excess together; of one, its own fact. */
function shareOf(causes: readonly Judged[], context: Context): Fact | undefined {
  const facts = sharesOf(causes, context);
  const [only] = facts;
  if (facts.length < 2 || !only) return causes[0]?.finding.claim ? only : undefined;
  return derived(
    {
      name: 'excess.shareTogether',
      subject: { ...only.subject, id: `together:${idOf(causes)}` },
      value: Math.min(1, sumOfShares(causes)),
      unit: 'ratio',
    },
    'sum of the shares of causes that one remedy ends',
    facts,
  );
}
