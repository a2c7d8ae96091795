import { z } from 'zod';
import { markdownSections } from '../../report/markdown.js';
import { CHARACTERS_A_PART, type Part, partOf } from '../answer.js';
import { ToolFault } from '../fault.js';
import { caseArgument, tool } from '../tool.js';

export default tool({
  name: 'read_report',
  title: 'Read a report section',
  about:
    'Reads one section of the report as Markdown: 0 verdict and what to do first; 1 scenario and hypotheses; 2 measurement plan; 3 bottlenecks per layer; 4 optimisations in priority order; 5 caching and queuing; 6 database; 7 code; 8 test harness; 9 monitoring, alerts, runbooks; 10 cost and capacity. A long section comes in parts.',
  input: z.strictObject({
    case: caseArgument,
    section: z.int().min(0).max(10),
    part: z.int().min(1).max(1000).default(1),
  }),
  async run({ case: id, section, part }, session, progress): Promise<Part[]> {
    const { result } = await session.investigation(id, progress);
    const found = markdownSections(result).find((s) => s.number === section);
    if (!found) throw new ToolFault('There is no such section.', 'section', 'Give 0 to 10.');
    const { text, parts } = partOf(found.text, part);
    if (text === undefined)
      throw new ToolFault(`The section has ${parts} parts.`, 'part', `Give 1 to ${parts}.`);
    return [
      { line: `section ${section} of 10, part ${part} of ${parts}` },
      { text, more: (rest) => `${rest} more characters of this part did not fit` },
      ...(part < parts
        ? [
            {
              line: `${parts - part} more parts of up to ${CHARACTERS_A_PART} characters: read_report section=${section} part=${part + 1}`,
            },
          ]
        : []),
    ];
  },
});
