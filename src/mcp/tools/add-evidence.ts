import { z } from 'zod';
import { caseArgument, tool } from '../tool.js';

export default tool({
  name: 'add_evidence',
  title: 'Add evidence',
  about:
    'Adds a file or folder of telemetry below a root to a case: traces, metrics, logs, profiles, plans, change events. It is read, redacted and turned into facts by the next question. Say role=baseline for a time when all was well: without one, nothing can be told from how the system always is.',
  input: z.strictObject({
    case: caseArgument,
    path: z.string().min(1).max(1000),
    role: z
      .enum(['incident', 'baseline'])
      .optional()
      .describe('which time it is from; by the names of its folders when absent'),
  }),
  async run({ case: id, path, role }, session) {
    const added = session.add(id, path, role);
    return [
      { line: `case ${session.case(id).id}: ${session.case(id).evidence.length} paths of evidence` },
      { table: ['added', 'role'], rows: added.map((e) => [session.roots.shown(e.path), e.role]) },
      { line: 'next: findings' },
    ];
  },
});
