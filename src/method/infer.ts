import {
  type Bearing,
  type Change,
  type Context,
  type Fact,
  type Finding,
  type Hypothesis,
  type Observation,
  type PredictionOutcome,
  plain,
  type Subject,
  say,
  type Text,
} from '../domain/index.js';
import { type Sign, signsOf } from './signs.js';

/** A finding before the excess budget and the ranking have looked at it. */
export interface Judged {
  finding: Finding;
  hypothesis: Hypothesis;
  outcomes: { prediction: Hypothesis['predictions'][number]; outcome: PredictionOutcome }[];
  changes: Change[];
  logOdds: number;
  /** Claimed cells, before rivals have been settled. */
  claims: { cell: string; share: number }[];
  /** At least one decisive prediction was seen in measured facts. */
  measuredSupport: boolean;
}

/**
 * Weights of circumstances that are not predictions, as natural log likelihood ratios. They are small on purpose:
 * a match of symptom or change makes a cause worth testing, and never settles it.
 */
const WEIGHT = {
  symptomMatch: 0.6,
  symptomMismatch: -0.7,
  changeTouches: 0.9,
  changeFits: 0.4,
  /** Everything that was only said, together, moves the log-odds by less than this. */
  statedCap: 2.6,
} as const;

/** A measured sign this strong can carry a verdict by itself (likelihood ratio of about 4.5). */
const DECISIVE = 1.5;
const RULED_OUT = 0.03;
const PLAUSIBLE = 0.12;

/**
 * Binds every hypothesis to the subjects it could hold of and weighs the evidence: log-odds of the prior, plus
 * symptom, change and stated readings (capped), plus the log likelihood ratio of each prediction that the facts
 * decide. Unmeasured predictions add nothing. (Naive Bayes with log likelihood ratios: I. J. Good, Probability and
 * the Weighing of Evidence, 1950, ch. 6.)
 */
export function infer(hypotheses: readonly Hypothesis[], context: Context): Judged[] {
  return hypotheses.flatMap((h) => uniqueById(h.subjects(context)).map((s) => judge(h, s, context)));
}

function judge(hypothesis: Hypothesis, subject: Subject, context: Context): Judged {
  const outcomes = hypothesis.predictions.map((prediction) => ({
    prediction,
    outcome: prediction.test(context, subject),
  }));
  const observations = outcomes.map(({ prediction, outcome }) => observe(prediction, outcome));
  const bearings = context.readings
    .flatMap((r) => r.bearings)
    .filter((b) => b.hypothesis === hypothesis.id && sameSubject(b.subject, subject));
  const changes = fittingChanges(hypothesis, subject, context.changes);

  const statedSum =
    symptomWeight(hypothesis, context) +
    changeWeight(changes, subject) +
    sum(strongestFirst(bearings).map((b, i) => b.logLikelihoodRatio / (i + 1))) +
    sum(observations.filter((o) => o.basis === 'stated').map((o) => o.logLikelihoodRatio));
  const measuredSum = sum(
    observations.filter((o) => o.basis === 'measured').map((o) => o.logLikelihoodRatio),
  );
  // Signs tip a balance and decide nothing: what supports or rules out is a prediction.
  const signs = signsOf(hypothesis.id, subject, context).map(asSignObservation);
  const signSum = sum(signs.map((o) => o.logLikelihoodRatio));
  const logOdds = logit(hypothesis.prior) + bounded(statedSum, WEIGHT.statedCap) + measuredSum + signSum;
  const probability = sigmoid(logOdds);

  const denied = outcomes.some(
    ({ prediction, outcome }) =>
      prediction.necessary === true && outcome.outcome === 'absent' && basisOf(outcome.facts) === 'measured',
  );
  const measuredSupport = observations.some(
    (o) => o.basis === 'measured' && o.outcome === 'seen' && o.logLikelihoodRatio >= DECISIVE,
  );
  const measuredAgainst = observations.some((o) => o.basis === 'measured' && o.outcome === 'absent');
  const said =
    bearings.some((b) => b.logLikelihoodRatio > 0) ||
    observations.some((o) => o.outcome === 'seen' && o.basis === 'stated') ||
    changes.length > 0;
  const verdict: Finding['verdict'] =
    denied || (measuredAgainst && !measuredSupport && probability < RULED_OUT)
      ? 'refuted'
      : measuredSupport && probability >= 0.5
        ? 'supported'
        : said && probability >= PLAUSIBLE
          ? 'plausible'
          : 'untested';
  const described = hypothesis.describe(context, subject);
  const finding: Finding = {
    id: `${hypothesis.id}/${subject.id}`,
    hypothesis: hypothesis.id,
    title: described.title,
    layer: hypothesis.layer,
    subject,
    verdict,
    probability: denied ? Math.min(probability, RULED_OUT) : probability,
    statement: described.statement,
    decidedBy: decidedBy(observations, bearings, verdict),
    refutedIf: described.refutedIf,
    observations: [...observations, ...signs, ...bearings.map(asObservation)],
    changes: changes.map((c) => c.subject.id),
    measurements: [],
    remedies: [...hypothesis.remedies],
  };
  const claims = verdict === 'refuted' || !hypothesis.claims ? [] : hypothesis.claims(context, subject);
  return { finding, hypothesis, outcomes, changes, logOdds, claims, measuredSupport };
}

function observe(prediction: Hypothesis['predictions'][number], outcome: PredictionOutcome): Observation {
  const logLikelihoodRatio =
    outcome.outcome === 'seen'
      ? prediction.whenSeen
      : outcome.outcome === 'absent'
        ? prediction.whenAbsent
        : 0;
  return {
    prediction: prediction.id,
    outcome: outcome.outcome,
    says: outcome.says,
    logLikelihoodRatio,
    basis: basisOf(outcome.facts),
    facts: outcome.facts.map((f) => f.id),
  };
}

const asSignObservation = ({ id, facts, ...sign }: Sign): Observation => ({
  ...sign,
  prediction: id,
  basis: 'measured',
  facts: facts.map((f) => f.id),
});

const asObservation = (b: Bearing): Observation => ({
  prediction: 'reading',
  outcome: b.logLikelihoodRatio >= 0 ? 'seen' : 'absent',
  says: b.because,
  logLikelihoodRatio: b.logLikelihoodRatio,
  basis: 'stated',
  facts: b.facts,
});

/** An outcome is measured only when every fact of evidence behind it is. */
function basisOf(facts: readonly Fact[]): Observation['basis'] {
  const evidence = facts.filter((f) => f.origin !== 'constant' && f.origin !== 'knowledge');
  return evidence.length > 0 && evidence.every((f) => f.basis === 'measured') ? 'measured' : 'stated';
}

/** The strongest observation for the verdict: for it when supported or plausible, against it when refuted. */
function decidedBy(
  observations: readonly Observation[],
  bearings: readonly Bearing[],
  verdict: Finding['verdict'],
): Text {
  const all = [...observations, ...bearings.map(asObservation)];
  const sign = verdict === 'refuted' ? -1 : 1;
  const basis = verdict === 'supported' || verdict === 'refuted' ? 'measured' : undefined;
  const fit = all
    .filter((o) => o.outcome !== 'unmeasured' && o.logLikelihoodRatio * sign > 0)
    .filter((o) => basis === undefined || o.basis === basis)
    .sort((a, b) => sign * (b.logLikelihoodRatio - a.logLikelihoodRatio))[0];
  if (fit) return fit.says;
  const open = observations.find((o) => o.outcome === 'unmeasured');
  return open ? say`untested: ${open.says}` : say`nothing given bears on it`;
}

function symptomWeight(hypothesis: Hypothesis, context: Context): number {
  if (context.symptoms.length === 0) return 0;
  return context.symptoms.some((s) => hypothesis.explains.includes(s.kind))
    ? WEIGHT.symptomMatch
    : WEIGHT.symptomMismatch;
}

function fittingChanges(hypothesis: Hypothesis, subject: Subject, changes: readonly Change[]): Change[] {
  return changes.filter(
    (c) =>
      c.mechanisms.some((m) => hypothesis.startedBy.includes(m)) &&
      (c.touches.length === 0 ||
        touches(c, subject) ||
        // An added call is no suspect for the tail of another callee; what waits for the caller may well be.
        subject.kind !== 'dependency' ||
        c.mechanisms.every((m) => m !== 'call-added')),
  );
}

const touches = (change: Change, subject: Subject): boolean =>
  change.touches.includes(subject.id) ||
  (subject.service !== undefined &&
    change.touches.some((t) => t.endsWith(`:${subject.service?.toLowerCase()}`)));

function changeWeight(changes: readonly Change[], subject: Subject): number {
  if (changes.length === 0) return 0;
  return changes.some((c) => touches(c, subject)) ? WEIGHT.changeTouches : WEIGHT.changeFits;
}

/** A bearing counts for its subject; one on the whole system counts for every subject of that hypothesis. */
const sameSubject = (a: Subject, b: Subject): boolean =>
  a.id === b.id || a.kind === 'system' || (a.kind === 'service' && b.service === a.name);

const strongestFirst = (bearings: readonly Bearing[]): Bearing[] =>
  [...bearings].sort(
    (a, b) =>
      Math.abs(b.logLikelihoodRatio) - Math.abs(a.logLikelihoodRatio) ||
      compare(plain(a.because), plain(b.because)),
  );

function uniqueById(subjects: readonly Subject[]): Subject[] {
  return [...new Map(subjects.map((s) => [s.id, s])).values()];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
/** Nearly `x` while small, never beyond `limit`: more said counts for more, but words alone never reach certainty. */
const bounded = (x: number, limit: number): number => x / (1 + (Math.abs(x) / limit) ** 3) ** (1 / 3);
export const logit = (p: number): number => Math.log(p / (1 - p));
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
