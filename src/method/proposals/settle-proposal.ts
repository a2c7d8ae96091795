import {
  type Context,
  FACT_NAMES,
  type FactName,
  type Finding,
  type Hypothesis,
  hash,
  indexFacts,
  type MeasurementDraft,
  name,
  type Prediction,
  quote,
  type Result,
  type Subject,
  say,
} from '../../domain/index.js';
import { settleBudget } from '../budget.js';
import { infer } from '../infer.js';
import type { Comparison, Proposal } from './proposal.js';
import { type Because, cellId, WHEN_ABSENT, weigh } from './weigh.js';

export interface SettledProposal {
  finding: Finding;
  /** What each prediction told, in the order of the proposal. */
  because: Because[];
}

/** Before any evidence: somebody had an idea. Two independent signs in measured facts are needed to reach a half. */
const PRIOR = 0.05;

/**
 * Settles a proposed cause as the catalogue's own are settled: its predictions are weighed on the facts, and it competes with
 * every cause of the catalogue for the milliseconds of the excess. What it says in words never counts; on stated facts it
 * is plausible at most. Throws a RangeError when the subject, or a cell that it would explain, is unknown.
 */
export function settleProposal(
  proposal: Proposal,
  result: Pick<Result, 'facts' | 'components'>,
  context: Context,
  catalogue: readonly Hypothesis[],
): SettledProposal {
  const known = { ...context, facts: indexFacts(result.facts) };
  const weighed = weigh(proposal, known);
  const hypothesis = hypothesisOf(proposal, subjectOf(proposal.subject, result, context), weighed, known);
  const mine = infer([hypothesis], known);
  const judged = [...infer(catalogue, context), ...mine];
  settleBudget(judged, context);
  const [own] = mine;
  if (!own) throw new RangeError('the proposal has no subject');
  return { finding: own.finding, because: weighed.map((w) => w.because) };
}

function hypothesisOf(
  proposal: Proposal,
  about: Subject,
  weighed: ReturnType<typeof weigh>,
  context: Context,
): Hypothesis {
  const cells = proposal.explains.map((cell) => knownCell(cellId(cell), context));
  return {
    id: `proposed-${hash(JSON.stringify(proposal))}`,
    layer: proposal.layer,
    title: proposal.claim,
    mechanism: proposal.mechanism,
    startedBy: [],
    // It is proposed for this trouble: neither its symptom nor a recent change tells anything more.
    explains: context.symptoms.map((s) => s.kind),
    prior: PRIOR,
    subjects: () => [about],
    predictions: weighed.map((w, i): Prediction => {
      const comparison = proposal.predictions[i];
      return {
        id: `p${i + 1}`,
        necessary: comparison?.necessary ?? false,
        whenSeen: w.whenSeen,
        whenAbsent: WHEN_ABSENT,
        test: () => ({ outcome: w.outcome, says: w.says, facts: w.facts }),
        measure: () => measurementOf(comparison, proposal),
      };
    }),
    describe: () => ({
      title: say`${quote(proposal.claim)}`,
      statement: say`${quote(proposal.mechanism)}`,
      refutedIf: say`a necessary prediction is measured and absent, or another cause explains the same time`,
    }),
    claims: () => cells.map((cell) => ({ cell, share: 1 })),
    remedies: [],
  };
}

function subjectOf(id: string, result: Pick<Result, 'facts' | 'components'>, context: Context): Subject {
  const found =
    result.components.find((c) => c.subject.id === id)?.subject ??
    result.facts.find((f) => f.subject.id === id)?.subject ??
    (context.app.id === id ? context.app : undefined);
  if (!found) throw new RangeError(`no fact and no part of the system is about ${id}`);
  return found;
}

function knownCell(id: string, context: Context): string {
  if (context.telemetry?.cells.some((c) => c.id === id)) return id;
  throw new RangeError(`the excess budget has no cell ${id}`);
}

/** What to record for a comparison that nobody could make. */
function measurementOf(comparison: Comparison | undefined, proposal: Proposal): MeasurementDraft {
  const id = comparison?.fact ?? '';
  const [factName = '', about = proposal.subject] = id.split(/[@#!]/);
  const meaning = factName in FACT_NAMES ? FACT_NAMES[factName as FactName][1] : undefined;
  return {
    layer: proposal.layer,
    question: say`Does ${quote(proposal.claim)} hold?`,
    signal: meaning === undefined ? say`${name(factName)}` : say`${meaning}`,
    tool: 'metrics or traces',
    command: say`record ${name(factName)} of ${name(about)}`,
    language: 'text',
    window: say`through the trouble, and a window of the same length before it`,
    decides: say`it must be ${comparison?.is ?? 'above'} what the proposal names`,
    effortMinutes: 30,
  };
}
