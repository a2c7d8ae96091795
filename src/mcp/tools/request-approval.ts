import { z } from 'zod';
import { keptStatements } from '../../governance/approvals/folder.js';
import { planOf } from '../../governance/approvals/plan.js';
import { standingOf } from '../../governance/approvals/standing.js';
import { caseArgument, tool } from '../tool.js';

export default tool({
  name: 'request_approval',
  title: 'Request approval',
  about:
    'Says where a recommendation stands: the hash of the exact plan (recommendation, evidence, deliverables), the roles that must approve it, who has, and the command with which a person signs. It decides nothing and writes nothing: only people with keys approve. Show its answer to the user.',
  input: z.strictObject({
    case: caseArgument,
    recommendation: z.string().min(1).max(200).describe('id of a recommendation, as findings lists it'),
  }),
  async run({ case: id, recommendation }, session, progress) {
    const { result } = await session.investigation(id, progress);
    const { policy, folder } = session.approvals;
    const plan = planOf(result, recommendation);
    const kept = folder === undefined ? { read: [], unreadable: [] } : keptStatements(folder, plan);
    const standing = standingOf(plan, kept.read, policy, new Date());
    return [
      { line: `state: ${standing.state}` },
      {
        table: ['part', 'text'],
        rows: [
          ['recommendation', plan.recommendation],
          ['title', plan.title],
          ['risk', plan.risk],
          ['plan sha256', plan.hash],
          ['roles that must approve', policy.approvals[plan.risk].join(', ')],
          ['still missing', standing.missing.join(', ') || 'none'],
          ...(standing.toBeReviewed ? [['to be reviewed', 'allowed without approval']] : []),
        ],
      },
      {
        table: ['decision', 'role', 'by', 'at', 'does not count because'],
        rows: standing.statements.map(({ statement: s, void: why }) => [s.decision, s.role, s.by, s.at, why]),
      },
      {
        line: `a person investigates the same case (kneepoint investigate …), compares the hash, and signs: kneepoint approve kneepoint-report/result.json ${plan.recommendation.replace(/[^\w-]/g, '')} --role ${standing.missing[0] ?? 'ROLE'} --reason TEXT --key FILE`,
      },
    ];
  },
});
