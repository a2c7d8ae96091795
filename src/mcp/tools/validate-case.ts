import { z } from 'zod';
import { missingInputs } from '../../case/index.js';
import { plain } from '../../domain/index.js';
import { tool } from '../tool.js';
import { caseText, understood } from './start-case.js';

export default tool({
  name: 'validate_case',
  title: 'Validate a case',
  about:
    'Reads a case text without starting it: which numbers were understood as what, what was not, which of the ten inputs are missing and what each would decide.',
  input: z.strictObject({ text: caseText.describe('the case as prose or YAML') }),
  async run({ text }, session) {
    const read = session.read(text);
    const bad = read.problems.some((p) => p.severity === 'error');
    return [
      { line: bad ? 'not valid: see the problems' : 'valid' },
      ...understood(read),
      {
        table: ['missing', 'what that leaves open'],
        rows: missingInputs(read.case).map((g) => [plain(g.text), plain(g.matters)]),
      },
    ];
  },
});
