import { plain } from '../../domain/index.js';
import { HYPOTHESES } from '../../hypotheses/registry.js';
import { type Because, proposalSchema, settleProposal } from '../../method/proposals/index.js';
import { ToolFault } from '../fault.js';
import { caseArgument, tool } from '../tool.js';

const TOLD: Record<Because, string> = {
  moved: 'it moved since the baseline',
  contrast: 'it did not hold before',
  'no-baseline': 'nothing from before to compare with: a hint',
  'small-step': 'so small a move happens on its own: a hint',
  'held-before': 'it held before the trouble as well: tells nothing',
  symptom: 'every cause would show it: tells nothing',
  repeats: 'another number of the same kind was counted: tells nothing new',
  enough: 'enough signs were counted: adds nothing',
};

export default tool({
  name: 'test_hypothesis',
  title: 'Test a hypothesis of your own',
  about:
    'Propose a cause: claim, mechanism, subject, and predictions as comparisons over facts ("pool.wait.mean@… #incident above 3 times the same #baseline"). Code settles it by the rules of the catalogue: what was measured counts, words do not; stated facts make it plausible at most; it competes with all other causes for the cells of the excess budget that it says it explains. Name predictions that could fail; mark those it cannot do without as necessary.',
  input: proposalSchema.extend({ case: caseArgument }),
  async run({ case: id, ...proposal }, session, progress) {
    const { result, context } = await session.investigation(id, progress);
    let settled: ReturnType<typeof settleProposal>;
    try {
      settled = settleProposal(proposal, result, context, HYPOTHESES);
    } catch (error) {
      if (error instanceof RangeError)
        throw new ToolFault(
          `It cannot be tested: ${error.message}.`,
          'subject, explains',
          'Take subjects from fact ids (name@subject#phase), and cells from read_evidence of=excess.',
        );
      throw error;
    }
    const { finding: f, because } = settled;
    return [
      { line: `verdict: ${f.verdict}, probability ${Number(f.probability.toPrecision(2))}` },
      ...(f.rival === undefined
        ? []
        : [
            {
              line: 'a cause of the catalogue explains the same time: it is the same cause in other words, or one of the two',
            },
          ]),
      {
        wide: true,
        table: ['part', 'text'],
        rows: [
          ['decided by', plain(f.decidedBy)],
          ...(f.claim ? [['claims', plain(f.claim.says)]] : []),
          ...(f.rival === undefined ? [] : [['lost to', f.rival]]),
        ],
      },
      {
        table: ['prediction', 'outcome', 'basis', 'weight', 'why', 'says'],
        rows: f.observations.map((o, i) => [
          o.prediction,
          o.outcome,
          o.basis,
          o.logLikelihoodRatio,
          o.outcome === 'seen'
            ? TOLD[because[i] ?? 'no-baseline']
            : o.outcome === 'unmeasured'
              ? 'measure it: it adds nothing until then'
              : 'it speaks against the claim',
          plain(o.says),
        ]),
      },
    ];
  },
});
